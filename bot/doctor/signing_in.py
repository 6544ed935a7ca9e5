"""The identity provider for approvals that take a fresh sign-in."""

from collections.abc import Callable

from bot.doctor.values import Finds, fail, ok
from bot.errors import Refused, Unavailable
from bot.settings import Settings
from bot.sign_ins import CALLBACK


def signing_in(settings: Settings, published: Callable[[], str] | None) -> Finds:
    """Whether the provider describes itself by the name that is configured, and shows its keys."""
    if published is None:
        yield ok("sign_in.provider", "No SIGN_IN_ISSUER is set: no approval can take a fresh sign-in.")
        return
    address = f"{(settings.sign_in_issuer or '').rstrip('/')}/.well-known/openid-configuration"
    try:
        issuer = published()
    except Unavailable as error:
        yield fail("sign_in.provider", str(error), f"Open {address} from this machine: it must show JSON.")
        return
    except Refused as error:
        yield fail("sign_in.provider", str(error), f"Set SIGN_IN_ISSUER to what `issuer` says in {address}")
        return
    yield ok("sign_in.provider", f"{issuer} describes itself by that name and shows its keys.")
    back = f"{(settings.sign_in_url or '').rstrip('/')}{CALLBACK}"
    yield ok("sign_in.redirect", f"It must know this redirect address of the bot: {back}")
