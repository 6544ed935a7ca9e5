"""What cards call things: the action, its system, where it stands, the deal, the record, each with its address."""

import re

from bot.action import kinds
from bot.cards.text import link, one_line, paragraph, size
from bot.proposal import Proposal, Status

MARKS = {
    Status.OPEN: ":large_blue_circle:",
    Status.APPROVED: ":hourglass_flowing_sand:",
    Status.EXECUTING: ":hourglass_flowing_sand:",
    Status.DONE: ":white_check_mark:",
    Status.FAILED: ":x:",
    Status.UNVERIFIED: ":warning:",
    Status.DECLINED: ":no_entry_sign:",
    Status.EXPIRED: ":zzz:",
}
SAID = {
    Status.OPEN: "waits for a decision",
    Status.APPROVED: "approved",
    Status.EXECUTING: "being carried out",
    Status.DONE: "done",
    Status.FAILED: "not done",
    Status.UNVERIFIED: "a person must look",
    Status.DECLINED: "declined",
    Status.EXPIRED: "expired",
}
_TITLE = 24  # Views reference: characters of a window's title
_SHORTEST = 3  # characters of a deal's name that is looked for in a sentence


def pressed(proposal: Proposal) -> str:
    """What a button carries: which proposal, and the version that was shown."""
    return f"{proposal.id}|{proposal.version}"


def private(proposal: Proposal) -> str:
    """What a window carries: the same, and the channel."""
    return f"{pressed(proposal)}|{proposal.channel}"


def window_title(proposal: Proposal, otherwise: str) -> str:
    """The name of its kind of action where a window's title holds it whole."""
    title = title_of(proposal)
    return title if size(title) <= _TITLE else otherwise


def title_of(proposal: Proposal) -> str:
    """The name of its kind of action; a ledger may hold kinds that this version no longer has."""
    kind = kinds().get(proposal.kind)
    return kind.title if kind is not None else proposal.kind.replace("_", " ").capitalize() or "Action"


def system_of(proposal: Proposal) -> str:
    """The system of record that is written, by the name people know."""
    kind = kinds().get(proposal.kind)
    return str(kind.system) if kind is not None else "the system of record"


def headline_of(proposal: Proposal, limit: int) -> str:
    """What it would do, on one line, without the deal's name where the line stands beside it."""
    headline = proposal.preview.headline.replace(f" on {proposal.deal_name}", "")
    return one_line(headline, limit) or one_line(title_of(proposal), 80)


def deal_link(proposal: Proposal) -> str:
    """The deal's name, leading to its record."""
    return link(proposal.deal_url, proposal.deal_name or "this opportunity")


def record_link(proposal: Proposal) -> str:
    """The record that was written: the system's name leading to it, or its id where it has no address."""
    receipt = proposal.receipt
    if receipt is None:
        return ""
    system = one_line(receipt.system, 40)
    led = link(receipt.url, receipt.system, 40)
    return led if led != system else f"{system} {one_line(receipt.record, 80) or 'record'}"


def names_deal(text: str, proposal: Proposal) -> bool:
    """Whether a sentence says which deal it is about."""
    return _place(text, proposal) is not None


def about_deal(text: str, proposal: Proposal, limit: int) -> str:
    """A sentence in which the deal's name leads to its record; with the deal before it when it does not name it."""
    place = _place(text, proposal)
    if place is None:
        said = paragraph(text, limit)
        return f"*{deal_link(proposal)}*" + (f"\n{said}" if said else "")
    before, after = text[: place.start()], text[place.end() :]
    return _edged(before, limit) + deal_link(proposal) + _edged(after, limit)


def _place(text: str, proposal: Proposal) -> re.Match[str] | None:
    name = proposal.deal_name.strip()
    if len(name) < _SHORTEST:
        return None
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text)


def _edged(text: str, limit: int) -> str:
    """A piece of a sentence, escaped, that keeps the space at its ends."""
    said = paragraph(text, limit)
    if not said:
        return " " if text else ""
    return " " * text[:1].isspace() + said + " " * text[-1:].isspace()
