"""What a busy channel tolerates, measured on labelled messages."""

import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from bot.deal import Deal, Json, Message
from bot.hearing import MeetingAsk, calls_for_referral, field_changes, meeting_request

Found = set[tuple[str, Json]]
Say = Callable[..., Message]
PRECISION, RECALL = 0.98, 0.90


class Line(NamedTuple):
    """A message and everything it calls for."""

    text: str
    why: str
    addressed: bool
    referral: bool
    fields: Mapping[str, Json]
    meeting: MeetingAsk | None


def lines() -> tuple[Line, ...]:
    """Every labelled message."""
    groups = tomllib.loads(Path(__file__).with_name("corpus.toml").read_text())["group"]
    return tuple(
        Line(
            text,
            group["why"],
            group.get("addressed", False),
            group.get("referral", False),
            group.get("fields", {}),
            MeetingAsk.model_validate(group["meeting"]) if "meeting" in group else None,
        )
        for group in groups
        for text in group["lines"]
    )


LINES = lines()


def referral(line: Line, said: Message, deal: Deal) -> tuple[Found, Found]:
    heard = calls_for_referral(said, deal)
    return {("referral", True)} if heard else set(), {("referral", True)} if line.referral else set()


def fields(line: Line, said: Message, deal: Deal) -> tuple[Found, Found]:
    heard = field_changes(said, deal)
    return set((heard or {}).items()), set(line.fields.items())


def meeting(line: Line, said: Message, deal: Deal) -> tuple[Found, Found]:
    heard = meeting_request(said, deal)
    return {("meeting", heard)} if heard else set(), {("meeting", line.meeting)} if line.meeting else set()


Kind = Callable[[Line, Message, Deal], tuple[Found, Found]]


def _measured(kind: Kind, say: Say, deal: Deal) -> tuple[float, float, str]:
    """Precision, recall and the misses; a call heard with a wrong value counts against both."""
    right, wrong, missed, misses = 0, 0, 0, []
    for line in LINES:
        heard, meant = kind(line, say(line.text, line.addressed), deal)
        right, wrong, missed = (
            right + len(heard & meant),
            wrong + len(heard - meant),
            missed + len(meant - heard),
        )
        misses += [f"{line.why}: {line.text!r}\n    heard {heard}, meant {meant}"] if heard != meant else []
    return right / max(1, right + wrong), right / max(1, right + missed), "\n".join(misses)


@pytest.mark.parametrize("kind", [referral, fields, meeting])
def test_what_is_heard_was_meant(kind: Kind, say: Say, deal: Deal) -> None:
    """Of the calls that are heard, at least 98 in 100 were made, with exactly these values."""
    precision, _, misses = _measured(kind, say, deal)
    print(misses)
    assert precision >= PRECISION


@pytest.mark.parametrize("kind", [referral, fields, meeting])
def test_what_is_meant_is_heard(kind: Kind, say: Say, deal: Deal) -> None:
    """Of the calls that are made, at least 90 in 100 are heard, with exactly these values."""
    _, recall, misses = _measured(kind, say, deal)
    print(misses)
    assert recall >= RECALL


def test_the_corpus_is_mostly_what_calls_for_nothing() -> None:
    """The figures rest on more than 400 messages, of which at least 55 in 100 call for nothing."""
    nothing = [line for line in LINES if not (line.referral or line.fields or line.meeting)]
    assert len(LINES) >= 400 and len(nothing) / len(LINES) >= 0.55
    assert len({line.text for line in LINES}) >= 0.99 * len(LINES)
