"""An account of ours beside what resembles it in each partner's list, and the buttons that settle it."""

from collections.abc import Iterator, Sequence

from bot.cards.blocks import Block, Card, Room, actions, button, context, few, fitted, header, listed, section
from bot.cards.text import code, link, one_line, plain, when
from bot.clients import Segment
from bot.deal import Company
from bot.matching import Band
from bot.overlap import Likely, Side

_IS = {
    Segment.CUSTOMER: "a customer of ours",
    Segment.OPEN_DEAL: "with an open deal of ours",
    Segment.PROSPECT: "a prospect of ours",
}
_BANDS = {Band.SURE: "surely the same", Band.REVIEW: "to review", Band.NO: "hardly the same"}
_MOST = 15
_CHOICES = 10


def matches(account: Company, segment: Segment, url: str, sides: Sequence[Side]) -> Card:
    """What each partner's list has that may be this account, with its score, why, and what people said of it."""
    found = [(side, likely) for side in sides for likely in side.likely]
    name = account.name or account.id

    def draw(room: Room) -> Iterator[Block]:
        yield header(f"Who else knows {plain(name, 100)}")
        about = [link(url, name, 100), _IS[segment], *filter(None, (_of(account, room),))]
        yield section("account", "  ·  ".join(about))
        shown, more = few(found, min(_MOST, room.rows))
        for index, (side, likely) in enumerate(shown):
            yield section(f"match.{index}", _match(side.label, likely, room))
            yield actions(f"say.{index}", _buttons(account, side.about.partner, likely))
        if more:
            yield context("more", more)
        for index, side in enumerate(side for side in sides if not side.likely):
            if index < room.rows // 2:
                yield context(f"none.{index}", f"Nothing in {one_line(side.label, 40)}'s list resembles it.")
        if sides:
            yield context("sources", *(_source(side, room) for side in sides[: min(10, room.rows // 2)]))
        yield context("remembered", "What you say is remembered, recorded, and beats the score from then on.")

    return fitted(f"Who else knows {one_line(name, 150)}: {_in_words(found) or 'nobody'}.", draw)


def which_account(words: str, accounts: Sequence[tuple[Company, Segment]]) -> Card:
    """Several accounts that may be meant, with what to ask for each."""

    def draw(room: Room) -> Iterator[Block]:
        yield section("question", f"Several accounts may be meant by “{one_line(words, 150)}”. Which one?")
        lines = [
            f"• *{one_line(account.name or 'Without a name', min(room.text, 100))}*  ·  {_IS[segment]}  ·  "
            f"{code(f'/cosell match {account.id}')}"
            for account, segment in accounts
        ]
        yield section("accounts", listed(lines, min(_CHOICES, room.rows)))

    names = "; ".join(f"{one_line(account.name, 80)} ({account.id})" for account, _ in accounts[:_CHOICES])
    return fitted(f"Several accounts may be meant by “{one_line(words, 150)}”: {names}.", draw)


def said(account: str, theirs: str, label: str, yes: bool) -> Card:
    """That a person's word is recorded, for them alone."""
    same = "the same company as" if yes else "not the same company as"
    words = (
        f"Recorded: {one_line(account, 150)} is {same} {one_line(theirs, 150)} of {one_line(label, 80)}'s list. "
        "It counts from now on, whatever the score."
    )
    return fitted(words, lambda room: [section("said", words)])


def _match(label: str, likely: Likely, room: Room) -> str:
    match, theirs = likely.match, likely.theirs
    limit = min(room.text, 120)
    name = f"*{one_line(theirs.name or 'Without a name', limit)}*"
    of = "  ·  ".join(s for s in (name, f"{one_line(label, 40)}'s list", _of(theirs, room)) if s)
    score = f"{_BANDS[match.band]}, {match.confidence * 100:.0f} of 100"
    why = "; ".join(one_line(reason, limit) for reason in match.evidence[:5])
    return "\n".join((of, f"{score}{f': {why}' if why else ''}", *_word(likely)))


def _word(likely: Likely) -> Iterator[str]:
    if (word := likely.said) is not None:
        same = "the same" if word.yes else "not the same"
        yield f":writing_hand:  {one_line(word.name, 80)} said on {when(word.at)}: {same}."


def _buttons(account: Company, partner: str, likely: Likely) -> list[Block]:
    value = f"{partner}|{account.id}|{likely.key}"
    about = f"{plain(likely.theirs.name, 25)} and {plain(account.name, 25)}"
    word = likely.said
    return [
        button("Same company", "cosell.same", value, about, primary=word is not None and word.yes),
        button("Not the same", "cosell.not_same", value, about, danger=word is not None and not word.yes),
    ]


def _of(company: Company, room: Room) -> str:
    """Where a company is found, in small."""
    parts = (company.website, company.country, company.duns and f"D-U-N-S {company.duns}")
    return "  ·  ".join(one_line(part, min(room.text, 80)) for part in parts if part)


def _source(side: Side, room: Room) -> str:
    source = one_line(side.about.source, min(room.text, 150))
    return f"{one_line(side.label, 40)}'s list: {source}, {when(side.about.at)}"


def _in_words(found: Sequence[tuple[Side, Likely]]) -> str:
    return "; ".join(
        f"{one_line(side.label, 40)} has {one_line(likely.theirs.name, 80)} ({_BANDS[likely.match.band]})"
        for side, likely in found[:_MOST]
    )
