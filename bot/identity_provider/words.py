"""What becomes of a sign-in that the provider refuses, in words for the person who wanted to approve."""

from bot.errors import NotAllowed, Refused, Unavailable

AGAIN = "Go back to the thread and press Approve again."
PASSING = ("server_error", "temporarily_unavailable")
"""Errors that say nothing about the person or the bot (RFC 6749, section 4.1.2.1)."""


def no(why: str) -> NotAllowed:
    """A refusal for this reason, with what follows from it and what to do."""
    return NotAllowed(f"{why}; nothing was approved. {AGAIN}")


def not_signed_in(error: str) -> NotAllowed | Unavailable:
    """What an answer without a code means (RFC 6749, section 4.1.2.1; OpenID Connect Core 1.0, section 3.1.2.6)."""
    if error == "access_denied":
        return NotAllowed(
            f"The sign-in was cancelled; nothing was approved. If you meant to approve: {AGAIN}"
        )
    if error in PASSING:
        return Unavailable(
            f"The identity provider could not sign you in just now; nothing was approved. {AGAIN}"
        )
    if error == "unmet_authentication_requirements":  # a specification of its own, 1.0
        return no("You cannot sign in as strongly as this approval needs")
    return no(f"The identity provider did not sign you in ({_word(error)})")


def not_exchanged(error: str) -> Refused | Unavailable:
    """Why there is no token for a code (RFC 6749, section 5.2)."""
    if error in PASSING:
        return not_signed_in(error)
    if error == "invalid_grant":
        return no("This sign-in was used already, or took too long")
    return Refused(
        f"The identity provider does not take this bot's word ({_word(error)}); nothing was approved. "
        "The person who runs the bot must check the client id, its secret and the redirect address."
    )


def _word(error: str) -> str:
    """An error code, unless it may be words that somebody wrote into an address."""
    plain = error.isascii() and error.replace("_", "").isalnum() and len(error) <= 60
    return error if plain else "no known reason"
