"""Who is calling: signatures as far as their structure goes, roles assumed through STS, and the account's quotas."""

import re
import secrets
from collections.abc import Callable, Mapping
from datetime import timedelta
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from sandbox.partner_central.answers import AwsError, request_id
from sandbox.partner_central.state import Audit, Caller, Desk, seconds

WRITES = frozenset(
    {
        "CreateOpportunity",
        "UpdateOpportunity",
        "AssociateOpportunity",
        "DisassociateOpportunity",
        "AssignOpportunity",
        "RejectEngagementInvitation",
        "StartEngagementFromOpportunityTask",
        "StartEngagementByAcceptingInvitationTask",
    }
)
READS = frozenset(
    {
        "GetOpportunity",
        "GetAwsOpportunitySummary",
        "ListOpportunities",
        "ListSolutions",
        "GetEngagementInvitation",
        "ListEngagementInvitations",
    }
)

_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key>[\w+=/.-]+?)/(?P<day>\d{8})/(?P<region>[\w-]+)/(?P<service>[\w-]+)"
    r"/aws4_request, ?SignedHeaders=(?P<headers>[\w;-]+), ?Signature=[0-9a-f]{64}"
)


def signed_key(headers: Mapping[str, str], service: str) -> str:
    """The access key that a request is signed with, for any of AWS's services.

    The signature itself is not computed, its scope and headers are checked.
    """
    if "authorization" not in headers:
        raise AwsError("MissingAuthenticationTokenException", "Missing Authentication Token")
    signed = _AUTHORIZATION.fullmatch(headers["authorization"])
    if signed is None or "x-amz-date" not in headers or "host" not in signed["headers"].split(";"):
        raise AwsError(
            "IncompleteSignatureException", "Authorization header is not in the form of Signature Version 4"
        )
    if signed["service"] != service:
        told = f"Credential should be scoped to correct service: '{service}'."
        raise AwsError("InvalidSignatureException", told)
    if signed["region"] != "us-east-1" or not headers["x-amz-date"].startswith(signed["day"]):
        raise AwsError("InvalidSignatureException", "Credential should be scoped to a valid region.")
    return signed["key"]


def caller(desk: Desk, headers: Mapping[str, str], service: str) -> Caller:
    """Whom a signed request comes from."""
    key = signed_key(headers, service)
    known = desk.callers.get(key)
    if known is None and key.startswith("ASIA"):
        raise AwsError(
            "UnrecognizedClientException", "The security token included in the request is invalid."
        )
    if known is None:
        return Caller(arn=f"arn:aws:iam::{desk.account}:user/{key}")
    if known.token is not None and headers.get("x-amz-security-token") != known.token:
        raise AwsError(
            "UnrecognizedClientException", "The security token included in the request is invalid."
        )
    if known.expires is not None and desk.now() >= known.expires:
        raise AwsError("ExpiredTokenException", "The security token included in the request is expired")
    return known


class Quota:
    """So many requests a second for one account, with as many at once as ``burst`` seconds hold."""

    def __init__(self, per_second: float, burst: float) -> None:
        self._gap, self._burst = 1 / per_second, burst
        self._next = 0.0

    def take(self, clock: Callable[[], float]) -> None:
        """ThrottlingException when it is too soon; a refused request uses nothing up."""
        now = clock()
        if now < self._next - self._burst:
            raise AwsError("ThrottlingException", "Rate exceeded")
        self._next = max(now, self._next) + self._gap


_NAME = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)


def assume_role(desk: Desk, headers: Mapping[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
    """STS AssumeRole (Query protocol): keys that are the role's, with the person who acts as source identity."""
    asked = {name: values[0] for name, values in parse_qs(body.decode()).items()}
    try:
        by = caller(desk, headers, "sts")
    except AwsError as error:
        return sts_error(403, "InvalidClientTokenId", str(error))
    role, session = asked.get("RoleArn", ""), asked.get("RoleSessionName", "")
    identity = asked.get("SourceIdentity")
    if asked.get("Action") != "AssumeRole":
        return sts_error(400, "InvalidAction", f"Could not find operation {asked.get('Action')}")
    if not _NAME.fullmatch(session) or (identity is not None and not _NAME.fullmatch(identity)):
        told = "1 validation error detected: Member must satisfy regular expression pattern: [\\w+=,.@-]*"
        return sts_error(400, "ValidationError", told)
    matched = re.fullmatch(r"arn:aws:iam::(\d{12}):role/(?:.*/)?([\w+=,.@-]+)", role)
    if matched is None or role in desk.refused_roles:
        told = f"User: {by.arn} is not authorized to perform: sts:AssumeRole on resource: {role}"
        return sts_error(403, "AccessDenied", told)
    key, secret, token = "ASIA" + secrets.token_hex(8).upper(), secrets.token_hex(20), secrets.token_hex(40)
    arn = f"arn:aws:sts::{matched[1]}:assumed-role/{matched[2]}/{session}"
    expires = desk.now() + timedelta(seconds=int(asked.get("DurationSeconds", "3600")))
    desk.callers[key] = Caller(arn, session, identity, token, expires)
    desk.audit.append(Audit(desk.now(), "AssumeRole", by.arn, session, identity))
    return _sts(
        200,
        "<AssumeRoleResponse xmlns='https://sts.amazonaws.com/doc/2011-06-15/'><AssumeRoleResult>"
        f"<SourceIdentity>{escape(identity or '')}</SourceIdentity>"
        f"<AssumedRoleUser><AssumedRoleId>AROA:{escape(session)}</AssumedRoleId><Arn>{escape(arn)}</Arn>"
        f"</AssumedRoleUser><Credentials><AccessKeyId>{key}</AccessKeyId><SecretAccessKey>{secret}"
        f"</SecretAccessKey><SessionToken>{token}</SessionToken><Expiration>{seconds(expires)}</Expiration>"
        "</Credentials></AssumeRoleResult><ResponseMetadata><RequestId>"
        f"{request_id()}</RequestId></ResponseMetadata></AssumeRoleResponse>",
    )


def sts_error(status: int, code: str, message: str) -> tuple[int, dict[str, str], bytes]:
    """An error as STS writes it."""
    kind = "Sender" if status < 500 else "Receiver"
    return _sts(
        status,
        "<ErrorResponse xmlns='https://sts.amazonaws.com/doc/2011-06-15/'>"
        f"<Error><Type>{kind}</Type><Code>{escape(code)}</Code><Message>{escape(message)}</Message></Error>"
        f"<RequestId>{request_id()}</RequestId></ErrorResponse>",
    )


def _sts(status: int, text: str) -> tuple[int, dict[str, str], bytes]:
    return status, {"content-type": "text/xml"}, text.encode()
