"""Who approved, whose approval is missing, and that somebody went ahead without one: in words."""

from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from bot.cards.blocks import Block, Room, few, section
from bot.cards.text import mention, one_line, when
from bot.proposal import Approval, Missing, Override, Proposal, SignIn

STOP = "While it runs, `/cosell stop` stops it, between two writes too. The ledger keeps who went ahead, when and why."
_MOST = 6  # approvals of one kind that a line names
_PEOPLE = 8  # people that a line names


def given(approvals: Sequence[Approval]) -> str:
    """Everybody who approved, each with when and how they proved who they are."""
    shown, more = few(approvals, _MOST)
    told = [f"{mention(one.by.slack)} {when(one.at)}{_proof(one.sign_in)}" for one in shown]
    return joined([*told, *([more] if more else [])], "and")


def names(approvals: Sequence[Approval]) -> str:
    """Everybody who approved."""
    shown, more = few(approvals, _MOST)
    return joined([*(mention(one.by.slack) for one in shown), *([more] if more else [])], "and")


def needed(missing: Sequence[Missing]) -> str:
    """Each approval that is missing, with those who could give it: "a sales manager (@Dana or @Tom)"."""
    shown, more = few(missing, _MOST)
    told = [f"{_what(one)} ({_who(one)})" for one in shown]
    return joined([*told, *([more] if more else [])], "and")


def progress(proposal: Proposal) -> str:
    """How far an open proposal is on its way to enough approvals; empty where any one of its approvers will do."""
    if not proposal.missing:
        return ""
    kinds = joined([_what(one) for one in proposal.missing[:_MOST]], "and")
    if not proposal.approvals:
        return f"needs {kinds}"
    done = len(proposal.approvals)
    return f"{done} of {done + len(proposal.missing)} approvals given, still needed: {kinds}"


def override_mark(proposal: Proposal, room: Room) -> Iterator[Block]:
    """On top of whatever is drawn of a proposal that somebody went ahead with."""
    if proposal.override is not None:
        said = went_ahead(proposal.override, min(room.text, 500))
        yield section("override", f":rotating_light:  *Break-glass:* {said}")


def went_ahead(override: Override, limit: int) -> str:
    """Who went ahead without which approval, and the reason that they typed."""
    said = f"{mention(override.by.slack)} went ahead without {skipping(override)}"
    reason = one_line(override.reason, limit)
    return f"{said}: “{reason}”" if reason else f"{said}."


def skipping(override: Override) -> str:
    """The approvals that were not waited for."""
    noun = "approval" if len(override.missing) == 1 else "approvals"
    return f"the {noun} of {needed(override.missing) or 'somebody'}"


def skipped_people(missing: Sequence[Missing]) -> list[str]:
    """A mention of everybody who could have given one of these approvals."""
    return list(dict.fromkeys(mention(user) for one in missing for user in one.people))


def joined(parts: Sequence[str], word: str) -> str:
    """The parts as a list in a sentence: "a, b and c"."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {word} {parts[-1]}"


def _what(missing: Missing) -> str:
    return one_line(missing.who, 120) or "another approver"


def _who(missing: Missing) -> str:
    if not missing.people:
        return "nobody in the configuration can"
    shown, more = few(missing.people, _PEOPLE)
    return joined([*map(mention, shown), *([more] if more else [])], "or")


def _proof(sign_in: SignIn | None) -> str:
    if sign_in is None:
        return ""
    try:
        host = urlsplit(sign_in.issuer).hostname
    except ValueError:
        host = None
    how = one_line(", ".join(sign_in.how) or sign_in.strength or "", 60)
    place = one_line(host or sign_in.issuer, 80) or "your company"
    return f" (signed in at {place} {when(sign_in.at)}" + (f" with {how})" if how else ")")
