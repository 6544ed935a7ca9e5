"""Whatever is written, hearing it neither fails nor takes more than linear time."""

import re
import sys
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.deal import Deal, Message
from bot.errors import Refused
from bot.hearing import calls_for_referral, clauses, field_changes, meeting_ask, meeting_request, tokens

Say = Callable[..., Message]
AT = datetime(2027, 1, 13, 10, 30, tzinfo=UTC)
GROUPS = tomllib.loads(Path(__file__).with_name("corpus.toml").read_text())["group"]
WORDS = sorted({word for group in GROUPS for line in group["lines"] for word in line.split()})
PIECES = st.one_of(
    st.sampled_from(WORDS),
    st.sampled_from(
        [
            "\n",
            "```",
            "`",
            '"',
            "'",
            "~",
            "*",
            "_",
            "<@U1>",
            "<",
            ">",
            "&gt;",
            "|",
            ":",
            ",",
            "-",
            "82",
            "@",
            "…",
        ]
    ),
    st.text(max_size=5),
)


def hear(said: Message, deal: Deal) -> None:
    calls_for_referral(said, deal)
    field_changes(said, deal)
    meeting_request(said, deal)


@settings(max_examples=150, deadline=None)
@given(text=st.lists(PIECES, max_size=40).map(" ".join) | st.text(max_size=200), addressed=st.booleans())
def test_any_text_is_heard_without_an_error(say: Say, deal: Deal, text: str, addressed: bool) -> None:
    """No message breaks the listener."""
    hear(say(text, addressed), deal)


@settings(max_examples=100, deadline=None)
@given(words=st.lists(PIECES, max_size=12).map(" ".join))
def test_any_words_of_a_command_are_read_or_refused(deal: Deal, words: str) -> None:
    """A command either gives what was said or says what is wrong with it; nothing else comes out."""
    refused: str | None = None
    try:
        meeting_ask(words, AT, "U0ANA", deal)
    except Refused as refusal:
        refused = str(refusal)
    told = ("A meeting lasts 15 to 240 minutes.", "That day has passed. Ask for a later one.")
    assert refused is None or refused in told or "People: Ana Costa" in refused


@contextmanager
def steps() -> Iterator[list[int]]:
    """Counts the function calls that are made inside."""
    count = [0]

    def called(_frame: object, event: str, _argument: object) -> None:
        count[0] += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(called)
    try:
        yield count
    finally:
        sys.setprofile(before)


REPEATED = (
    "a ",
    "if ",
    "and ",
    "P2B is 82, ",
    "set next step to a ",
    "let's set up a call with Pat and ",
    "for Contoso ",
    "P2B, it's x, ",
    "submit the referral to ",
    "Jan 31 ",
    "\" ' ",
    "*a ",
    "a.",
    ":a",
    "~a",
    "<",
    "1,",
    "(",
    "\n- ",
)


@pytest.mark.parametrize("piece", REPEATED)
def test_twice_the_text_is_at_most_twice_the_work(piece: str, say: Say, deal: Deal) -> None:
    """The number of steps grows with the length of a message, not with its square."""
    work = []
    for times in (150, 300):
        tokens.sentences.cache_clear()
        clauses._clauses.cache_clear()
        hear(say(piece * 10), deal)
        said = say(piece * times)
        with steps() as count:
            hear(said, deal)
        work.append(count[0])
    assert work[1] < 2.4 * work[0] + 2_000


def test_expressions_have_no_open_repetition_inside_another() -> None:
    """No expression can backtrack without bound: every repetition of a group is bounded."""
    pattern = tokens._TOKEN.pattern
    assert not re.search(r"[+*]\)[+*]", pattern)
