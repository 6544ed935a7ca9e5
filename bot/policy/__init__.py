"""Who may decide what: Cedar policies, validated and parsed once, and every question that the bot puts to them."""

from bot.policy.authority import Authority, Decision, Denied, SignInNeeded
from bot.policy.cedar import FOLDER, Policy, PolicyError, Request, Source, Verdict, read
from bot.policy.entities import Place, Profile, Recorded, Standing

__all__ = [
    "FOLDER",
    "Authority",
    "Decision",
    "Denied",
    "Place",
    "Policy",
    "PolicyError",
    "Profile",
    "Recorded",
    "Request",
    "SignInNeeded",
    "Source",
    "Standing",
    "Verdict",
    "read",
]
