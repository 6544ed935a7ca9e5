"""What the doctor asks of AWS; keeps the promises of ``bot.doctor.examiners.PartnerExaminer``. Only reads.

``READS`` and ``WRITES`` are every action of Partner Central that this package calls, in one place.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_exponential_jitter

from bot.aws import DENIED, NO_CREDENTIALS, THROTTLED, Service, code
from bot.doctor.examiners import Looked, NotGranted
from bot.errors import BotError, Refused, Unavailable
from bot.partner_central.access import Access, Sessions, session_name
from bot.partner_central.failures import after_read

READS = (
    "GetAwsOpportunitySummary",
    "GetEngagementInvitation",
    "GetOpportunity",
    "ListEngagementFromOpportunityTasks",
    "ListEngagementInvitations",
    "ListOpportunities",
    "ListSolutions",
)
WRITES = ("AssociateOpportunity", "CreateOpportunity", "StartEngagementFromOpportunityTask")
INSIDE = (
    "CreateEngagement",
    "CreateEngagementInvitation",
    "CreateResourceSnapshot",
    "CreateResourceSnapshotJob",
    "StartResourceSnapshotJob",
    "SubmitOpportunity",
)
"""What AWS's task does in its caller's name (Partner Central API Reference, StartEngagementFromOpportunityTask)."""
_METHODS = {
    "env": "from the environment",
    "iam-role": "the role of this host",
    "container-role": "the role of this container",
    "assume-role-with-web-identity": "the role of this pod",
    "sso": "of a sign-in to AWS",
    "shared-credentials-file": "from the shared credentials file",
}
_FRESH = frozenset({"ResourceNotFoundException"})


class Examining:
    """One partner account in one catalog, with what else of AWS is set up. Nothing is sent before it is asked for."""

    def __init__(self, *, catalog: str, role_arn: str | None) -> None:
        self.catalog, self.role = catalog, role_arn
        self._sessions = Sessions(role_arn)
        self._access = Access(self._sessions, "")

    # -- who we are -----------------------------------------------------------------------------------------
    def credentials(self) -> str:
        try:
            found = self._sessions.base.get_credentials()
        except (BotoCoreError, ClientError) as error:
            raise Refused(f"The bot's AWS credentials cannot be used: {error}") from error
        if found is None:
            raise Refused(NO_CREDENTIALS)
        return _METHODS.get(found.method, found.method)

    def sign_in(self, who: str) -> None:
        Access(self._sessions, who).reading()

    # -- Partner Central ------------------------------------------------------------------------------------
    def looks(self) -> Iterator[Looked]:
        solutions, _ = self._tried("ListSolutions", MaxResults=1)
        yield solutions
        listed, page = self._tried(
            "ListOpportunities",
            MaxResults=1,
            Sort={"SortBy": "LastModifiedDate", "SortOrder": "DESCENDING"},
        )
        yield listed
        for row in page.get("OpportunitySummaries", ())[:1]:
            yield self._tried("GetOpportunity", Identifier=row["Id"])[0]
            yield self._tried("GetAwsOpportunitySummary", RelatedOpportunityIdentifier=row["Id"])[0]
            yield self._tried("ListEngagementFromOpportunityTasks", OpportunityIdentifier=[row["Id"]])[0]
        invited, page = self._tried("ListEngagementInvitations", ParticipantType="RECEIVER", MaxResults=1)
        yield invited
        for row in page.get("EngagementInvitationSummaries", ())[:1]:
            yield self._tried("GetEngagementInvitation", Identifier=row["Id"])[0]

    def solutions(self) -> int:
        page = self._asked("ListSolutions", self.catalog, Status=["Active"], MaxResults=100)
        return len(page["SolutionSummaries"])

    def answers_in(self, catalog: str) -> bool:
        try:
            self._asked("ListOpportunities", catalog, MaxResults=1)
        except BotError:
            return False
        return True

    def _tried(self, action: str, **arguments: Any) -> tuple[Looked, Mapping[str, Any]]:
        try:
            return Looked(action=action), self._asked(action, self.catalog, **arguments)
        except Unavailable as error:
            return Looked(action=action, said=str(error), away=True), {}
        except NotGranted as error:
            return Looked(action=action, said=str(error), denied=True), {}
        except Refused as error:
            if code(error.__cause__) in _FRESH:  # it went while we looked, or AWS has said nothing of it yet
                return Looked(action=action), {}
            return Looked(action=action, said=str(error)), {}

    def _asked(self, action: str, catalog: str, **arguments: Any) -> dict[str, Any]:
        ask = getattr(self._access.reading(), _method(action))
        tries = Retrying(  # the ten reads a second are the whole account's, and a bot may be at work
            retry=retry_if_exception(lambda error: code(error) in THROTTLED),
            stop=stop_after_attempt(6),
            wait=wait_exponential_jitter(multiplier=0.25, max=1.5, jitter=0.25),
            reraise=True,
        )
        try:
            answer: dict[str, Any] = tries(ask, Catalog=catalog, **arguments)
        except (ClientError, BotoCoreError) as error:
            told = after_read(error, self._access.name, catalog)
            if isinstance(error, ClientError) and _by_iam(error):
                raise NotGranted(str(told)) from error
            raise told from error
        return answer

    # -- policies -------------------------------------------------------------------------------------------
    def statement(self, catalog: str) -> str:
        return json.dumps(
            {
                "Effect": "Allow",
                "Action": sorted(f"partnercentral:{name}" for name in (*READS, *WRITES, *INSIDE)),
                "Resource": "*",
                "Condition": {"StringEquals": {"partnercentral:Catalog": catalog}},
            },
            indent=2,
        )

    def trust(self, who: str) -> str:
        named = f"*@{who.rpartition('@')[2]}" if "@" in who else session_name(who)
        return json.dumps(
            {
                "Effect": "Allow",
                "Principal": {"AWS": "ARN of the identity that the bot's own credentials belong to"},
                "Action": ["sts:AssumeRole", "sts:SetSourceIdentity"],
                "Condition": {
                    "StringLike": {"sts:SourceIdentity": list(dict.fromkeys((named, session_name(""))))}
                },
            },
            indent=2,
        )

    # -- beside it ------------------------------------------------------------------------------------------
    def queue(self, url: str) -> None:
        region = re.search(r"//sqs\.([a-z0-9-]+)\.", url)
        service = Service(
            "sqs", f"The queue {url.rpartition('/')[2]} of Amazon SQS", region=region[1] if region else None
        )
        _granted(
            service,
            "get_queue_attributes",
            "sqs:GetQueueAttributes",
            QueueUrl=url,
            AttributeNames=["QueueArn"],
        )

    def bucket(self, name: str, prefix: str) -> None:
        service = Service("s3", f"The bucket {name} of Amazon S3")
        needs = f"s3:ListBucket on the bucket {name}"
        _granted(service, "list_objects_v2", needs, Bucket=name, Prefix=prefix, MaxKeys=1)


def _granted(service: Service, method: str, needs: str, **arguments: Any) -> None:
    try:
        service.ask(method, needs=needs, **arguments)
    except Refused as error:
        if code(error.__cause__) in DENIED:
            raise NotGranted(str(error)) from error
        raise


def _by_iam(error: ClientError) -> bool:
    """Whether a policy is what denies it: the partner's state has the same error with a reason."""
    return code(error) in DENIED and "Reason" not in dict(error.response)


def _method(action: str) -> str:
    """boto3's name of an operation."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", action).lower()
