"""AWS: who the bot is there, what IAM lets it do in the configured catalog, and the queue and bucket beside it."""

from collections.abc import Iterator

from bot.config import Config
from bot.doctor.examiners import Looked, NotGranted, PartnerExaminer
from bot.doctor.values import Check, Finds, fail, named, ok, warn
from bot.errors import BotError, Refused, Unavailable
from bot.settings import Settings

CATALOGS = {
    "Sandbox": "Catalog Sandbox: nothing reaches AWS's people. ACE_CATALOG=AWS does, when you are ready.",
    "AWS": "Catalog AWS: what is approved reaches AWS's people.",
}


def partner(examiner: PartnerExaminer, settings: Settings, config: Config) -> Finds:
    """Credentials, role, every read of Partner Central, and what else of AWS is set up."""
    try:
        yield ok("aws.credentials", f"The bot has AWS credentials: {examiner.credentials()}.")
    except BotError as error:
        yield fail(
            "aws.credentials",
            str(error),
            "Give the host a role, or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
        )
        return
    became = list(_roles(examiner, config))
    yield from became
    if all(check.state == "ok" for check in became):
        yield ok("aws.catalog", CATALOGS[examiner.catalog])
        yield from _reads(examiner)
    yield from _beside(examiner, settings)


def _roles(examiner: PartnerExaminer, config: Config) -> Iterator[Check]:
    """As nobody in particular, and as a person: a trust policy may let in the one and not the other."""
    if examiner.role is None:
        yield ok("aws.role", "No ACE_ROLE_ARN is set: AWS sees the bot, and not who approved.")
        return
    person = next((p for p in config.people if not p.outsider), None)
    for who in ("", *([person.email] if person else [])):
        words = f"naming {who} as source identity" if who else "for nobody in particular"
        try:
            examiner.sign_in(who)
        except Unavailable as error:
            yield fail("aws.role", str(error), "Let this machine reach sts.us-east-1.amazonaws.com.")
            return
        except Refused as error:
            yield fail(
                "aws.role",
                f"The bot cannot become its role {words}. {error}",
                f"Put this statement into the trust policy of {examiner.role}, and let the bot's own identity do both.",
                tuple(examiner.trust(who).splitlines()),
            )
            return
        yield ok("aws.role", f"The bot can become {examiner.role}, {words}.")


def _reads(examiner: PartnerExaminer) -> Iterator[Check]:
    tried = list(examiner.looks())
    denied, away = [one for one in tried if one.denied], [one for one in tried if one.away]
    for one in tried:
        if one.said and not one.denied and not one.away:
            yield fail("aws.reads", f"{one.action} does not work: {one.said}", _mend(one, examiner.catalog))
    if away:
        yield fail(
            "aws.reads",
            f"AWS did not answer {named([one.action for one in away])}: {away[0].said}",
            "Let this machine reach partnercentral-selling.us-east-1.api.aws, and run it again.",
        )
    if denied:
        yield _denied(examiner, tried, denied)
    if tried and not any(one.said for one in tried):
        yield ok("aws.reads", f"All {len(tried)} reads that could be tried work.")
    if not any(one.action == "ListSolutions" and one.said for one in tried):
        yield _solutions(examiner)


def _denied(examiner: PartnerExaminer, tried: list[Looked], denied: list[Looked]) -> Check:
    actions = [f"partnercentral:{one.action}" for one in denied]
    other = "AWS" if examiner.catalog == "Sandbox" else "Sandbox"
    whose = examiner.role or "the identity that the bot's AWS credentials belong to"
    hint = ""
    if len(denied) == len(tried) and examiner.answers_in(other):
        hint = f" Catalog {other} would answer: is ACE_CATALOG right?"
    return fail(
        "aws.permissions",
        f"IAM does not allow {named(actions, 10)} in catalog {examiner.catalog}.{hint}",
        f"Add this statement to the policies of {whose}.",
        tuple(examiner.statement(examiner.catalog).splitlines()),
    )


def _mend(one: Looked, catalog: str) -> str:
    if "INCOMPATIBLE_BENEFIT_AWS_PARTNER_STATE" in (one.said or ""):
        return "Link this AWS account to Partner Central: Partner Central → Account → AWS account linking."
    return f"Look whether the account has access to catalog {catalog}: Partner Central → Account linking."


def _solutions(examiner: PartnerExaminer) -> Check:
    try:
        count = examiner.solutions()
    except BotError as error:
        return warn(
            "aws.solutions", f"Solutions could not be counted: {error}", "Run it again with --only aws."
        )
    if count:
        return ok("aws.solutions", f"{count} active solution{'s' * (count != 1)} can be referred with.")
    return warn(
        "aws.solutions",
        f"There is no active solution in catalog {examiner.catalog}, and a referral names one, or a product of AWS.",
        "Register one: Partner Central → Build → Solutions; in the Sandbox catalog AWS gives you some.",
    )


def _beside(examiner: PartnerExaminer, settings: Settings) -> Iterator[Check]:
    if (url := settings.partner_events_queue_url) is not None:
        yield _queue(examiner, url)
    if (name := settings.drops_bucket) is not None:
        yield _bucket(examiner, name, settings.drops_prefix or "")


def _queue(examiner: PartnerExaminer, url: str) -> Check:
    queue = url.rpartition("/")[2]
    try:
        examiner.queue(url)
    except NotGranted:
        return warn(
            "aws.queue",
            f"The bot may not look at the queue {queue} without taking from it, so it was not tried.",
            "Grant sqs:GetQueueAttributes on it beside sqs:ReceiveMessage and sqs:DeleteMessage, to see it here.",
        )
    except BotError as error:
        return fail(
            "aws.queue", str(error), "Mend PARTNER_EVENTS_QUEUE_URL: the URL of the queue in the SQS console."
        )
    return ok("aws.queue", f"The queue {queue} answers.")


def _bucket(examiner: PartnerExaminer, name: str, prefix: str) -> Check:
    try:
        examiner.bucket(name, prefix)
    except NotGranted as error:
        return fail(
            "aws.bucket",
            str(error),
            f"Grant s3:ListBucket on arn:aws:s3:::{name} and s3:GetObject on what is in it.",
        )
    except BotError as error:
        return fail("aws.bucket", str(error), "Mend DROPS_BUCKET: the name of the bucket in the S3 console.")
    return ok("aws.bucket", f"The bucket {name} can be listed.")
