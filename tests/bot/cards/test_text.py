"""Text for mrkdwn: literal, whole, in each reader's zone."""

import html
import re
import unicodedata
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.cards import text as t
from tests.bot.cards.mrkdwn import mrkdwn

LOOK_ALIKES = str.maketrans(
    {"\u2217": "*", "\u02cd": "_", "\u223c": "~", "\u02cb": "`", "\u2236": ":", "\u02c3": ">"}
)
MARKED = st.lists(
    st.sampled_from(
        ("*", "_", "~", "`", "```", ":tada:", "&", "<", ">", "<!channel>", "<@U1>", "\n", " ", "a", "שלום")
    ),
    max_size=30,
).map("".join)


def seen(rendered: str) -> str:
    """What a reader sees of a piece of HTML, look-alikes read as what they look like."""
    lines = rendered.replace("<br>", "\n").replace("&nbsp;", " ")
    return html.unescape(lines).replace("\u2068", "").replace("\u2069", "").translate(LOOK_ALIKES)


@given(MARKED)
@example("*bold* _it_ ~s~ `c` <!channel> <@U0ANA> :tada:")
@example("> quoted\n>>> all of it")
def test_escaped_text_appears_as_it_is(text: str) -> None:
    """Whatever a record says, mrkdwn formats nothing of it and a reader sees just those characters."""
    rendered = mrkdwn(t.escape(text))
    assert not re.search(r"<(?!br>)", rendered)
    assert seen(rendered) == text


@given(st.one_of(st.text(), MARKED))
def test_escaped_text_calls_nobody(text: str) -> None:
    """No angle bracket survives, so there is no mention, no link, no special command."""
    assert not re.search("[<>]", t.escape(text))


@pytest.mark.parametrize(
    "name", ["P2B_Score__c", "jane_doe@example.com", "2*3", "10:30:00", "https://a.example:80/b:c"]
)
def test_marks_inside_words_stay(name: str) -> None:
    """A field name or an address can still be copied from a card."""
    assert t.escape(name) == name


def test_control_and_steering_characters_go() -> None:
    """A record cannot turn around what stands beside its value, nor put control characters into a message."""
    escaped = t.escape("a\x00b\u202egnp.exe\x1b[2J")
    assert not any(unicodedata.category(c) == "Cc" or c == "\u202e" for c in escaped)


def test_right_to_left_text_keeps_its_place() -> None:
    """Before and after do not change sides when both are written from right to left."""
    assert t.escape("שלום") == "\u2068שלום\u2069"


@given(st.one_of(st.text(max_size=80), MARKED), st.integers(3, 60))
def test_clipped_text_fits_and_stays_whole(text: str, limit: int) -> None:
    """A clipped text is short enough, says that it was cut, and holds no half escape."""
    escaped = t.escape(text)
    clipped = t.clip(escaped, limit)
    assert t.size(clipped) <= limit
    assert clipped == escaped or clipped.rstrip("\u2069").endswith("…")
    assert re.sub("&(?:amp|lt|gt);", "", clipped).count("&") == 0
    assert clipped.count("\u2068") == clipped.count("\u2069")


@pytest.mark.parametrize("sign", ["👨‍👩‍👧", "🇵🇹", "👍🏽", "e\u0301\u0323", "ก็", "&amp;", "<@U0ANA>"])
def test_one_sign_is_never_cut(sign: str) -> None:
    """An emoji of several code points, a letter with its accents, an escape, a mention: all of it or nothing."""
    for limit in range(3, 40):
        clipped = t.clip(sign * 20, limit)
        assert clipped.removesuffix("…") == sign * (clipped.count(sign[0]) // max(1, sign.count(sign[0])))


def test_each_reader_sees_their_own_time() -> None:
    """A moment is sent as Slack's date token, with UTC for those who cannot show it."""
    at = datetime(2026, 11, 23, 10, 0, tzinfo=timezone(timedelta(hours=4)))
    assert t.when(at) == "<!date^1795413600^{date_short_pretty} {time}|2026-11-23 06:00 UTC>"
    assert t.when(at) == t.when(at.astimezone(UTC))


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "https://a.example/|x", "https://a.example/>x", "", None]
)
def test_only_a_web_address_becomes_a_link(url: str | None) -> None:
    """What is not plainly an address is not made one."""
    assert t.link(url, "Deal") == "Deal"


def test_a_link_carries_its_label_literally() -> None:
    """A deal named like a command is a link with that name."""
    assert t.link("https://a.example/?a=1&b=2", "<!channel>") == (
        "<https://a.example/?a=1&amp;b=2|&lt;!channel&gt;>"
    )


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-5, "less than a minute"),
        (59, "less than a minute"),
        (60, "1 minute"),
        (3_599, "59 minutes"),
        (7_200, "2 hours"),
        (86_399, "23 hours"),
        (86_400, "1 day"),
        (1_000_000, "11 days"),
    ],
)
def test_how_long_is_said_in_the_largest_unit(seconds: int, said: str) -> None:
    """Rounded down: nobody reads that it waits longer than it does."""
    assert t.lasting(timedelta(seconds=seconds)) == said
