"""AWS's errors as ours: what each means for the write or read that met it."""

from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, ParamValidationError

from bot.aws import DENIED, NOT_SENT, STALE_KEYS, THROTTLED, code, server_side
from bot.errors import BotError, Refused, Unavailable, Unverified
from bot.guards import Fate

_QUOTA = "ServiceQuotaExceededException"


def fate(error: BaseException) -> Fate | None:
    """What became of a request that met this."""
    match error:
        case ClientError() if server_side(error):
            return Fate.LOST
        case ClientError():
            later = code(error) in THROTTLED | STALE_KEYS | {_QUOTA}
            return Fate.BUSY if later else Fate.REFUSED
        case ParamValidationError() | NoCredentialsError():
            return Fate.UNASKED
        case BotoCoreError():
            return Fate.UNSENT if isinstance(error, NOT_SENT) else Fate.LOST
    return None


def says_already(error: BaseException | None) -> bool:
    """Whether it may mean that what was asked for is there already."""
    if not isinstance(error, ClientError):
        return False
    codes = {finding.get("Code") for finding in _findings(error)}
    words = f"{error} {_findings(error)}".lower()
    return code(error) == "ConflictException" or "DUPLICATE_KEY_VALUE" in codes or "already" in words


def _findings(error: ClientError) -> list[dict[str, str]]:
    found: list[dict[str, str]] = dict(error.response).get("ErrorList") or []  # type: ignore[assignment]
    return found


def _words(error: ClientError) -> str:
    """AWS's own words. Its top-level message is often empty; then the detail is in ErrorList."""
    lines = [
        f"{finding.get('FieldName', '').replace('.member', '')}: {finding.get('Message', '')}".lstrip(": ")
        for finding in _findings(error)
    ]
    said = dict(error.response).get("Message") or error.response.get("Error", {}).get("Message")
    return "; ".join(lines) or str(said or code(error) or error)


def after_write(error: ClientError | BotoCoreError, who: str, catalog: str) -> BotError:
    """What a write that met it should tell: after a disconnect or a server error nobody knows what was written."""
    if isinstance(error, NOT_SENT):
        return Unavailable("AWS Partner Central could not be reached, so nothing was written.")
    if isinstance(error, ClientError) and not server_side(error):
        if code(error) == "ConflictException":
            return Unverified(
                f"AWS reports a conflict (“{_words(error)}”). Look at the opportunity in Partner Central."
            )
        return _refusal(error, who, catalog)
    if isinstance(error, ParamValidationError):
        return _ill_formed(error)
    return Unverified(f"AWS Partner Central did not say whether it wrote this: {_brief(error)}")


def after_read(error: ClientError | BotoCoreError, who: str, catalog: str) -> BotError:
    """What a read that met it should tell."""
    if isinstance(error, ParamValidationError):
        return _ill_formed(error)
    if isinstance(error, ClientError) and not server_side(error):
        return _refusal(error, who, catalog)
    return Unavailable(f"AWS Partner Central does not answer just now: {_brief(error)}")


def _refusal(error: ClientError, who: str, catalog: str) -> BotError:
    name, said = code(error), _words(error)
    if name in THROTTLED:
        return Unavailable(
            "AWS Partner Central takes no more requests from us just now; nothing was done.", after=1
        )
    if name == _QUOTA:
        return Unavailable(
            f"AWS's quota for this account is used up; nothing was done. AWS says: {said}", after=60
        )
    if name in STALE_KEYS:
        return Unavailable(f"The credentials of {who} ran out; nothing was done.", after=1)
    if name in DENIED and dict(error.response).get("Reason") == "INCOMPATIBLE_BENEFIT_AWS_PARTNER_STATE":
        return Refused(
            "AWS says that this account is in no partner state that allows this "
            "(INCOMPATIBLE_BENEFIT_AWS_PARTNER_STATE). Whoever runs the bot must link the AWS account to Partner "
            f"Central, or ask AWS support. AWS says: {said}"
        )
    if name in DENIED:
        return Refused(
            f"AWS does not allow this. Whoever runs the bot must grant partnercentral:{error.operation_name} in "
            f"catalog {catalog} to {who}. AWS says: {said}"
        )
    if name == "ResourceNotFoundException":
        return Refused(f"AWS does not find it in catalog {catalog}: {said}")
    return Refused(f"AWS refuses: {said}")


def not_let_in(error: ClientError, who: str) -> BotError:
    """What to tell when STS gave no credentials."""
    if code(error) in THROTTLED or server_side(error) or code(error) in STALE_KEYS:
        return Unavailable(f"AWS does not give out credentials just now: {_words(error)}", after=1)
    return Refused(
        f"AWS does not let the bot be {who}. Whoever runs the bot must allow its own identity sts:AssumeRole and "
        f"sts:SetSourceIdentity on that role. AWS says: {_words(error)}"
    )


def _ill_formed(error: ParamValidationError) -> Refused:
    return Refused("AWS could not take this: " + "; ".join(str(error).splitlines()[1:]))


def _brief(error: Exception) -> str:
    return _words(error) if isinstance(error, ClientError) else str(error)
