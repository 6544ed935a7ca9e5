"""What the ledger says, drawn: every action in a line, every entry of one with what is of note, nothing of it live."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.cards import Card, audits
from bot.deal import Json
from bot.entry import entry_of
from bot.history import Course
from bot.proposal import Proposal
from tests.bot.cards.reading import shown
from tests.bot.cards.test_summaries import FEW, address, fits, live
from tests.bot.summary_examples import small

Proposals = Callable[..., st.SearchStrategy[Proposal]]
KIND = "submit_referral"
EVENTS = (
    "proposal.opened",
    "proposal.edited",
    "proposal.approved_in_part",
    "proposal.overridden",
    "proposal.returned",
    "proposal.ended",
)
NOW = datetime(2026, 11, 27, 9, 42, tzinfo=UTC)
NAMES = {"U0ANA": "Ana Costa", "U0BEN": "Ben Okafor"}
COURSE = small().courses["prp_00000001"]
FOUND = sorted(FEW.courses.values(), key=lambda course: -course.opened)[:12]


def found(number: int = 12, total: int | None = None, hidden: int = 0, words: str = "northwind") -> Card:
    """The answer to a question that so many actions fit."""
    shown = FOUND[:number]
    return audits.audit(words, shown, total or len(shown), hidden, FEW.names, address, NOW)


def entry(number: int, event: str, **more: Json) -> Mapping[str, Json]:
    """An entry of the ledger as it is read."""
    said: dict[str, Json] = {
        "event": event,
        "at": (NOW + timedelta(seconds=number)).isoformat(),
        "by": "U0ANA",
        "seq": 31_000 + number,
        "link": f"{number:02d}" + "9f2b" * 15,
        "system": "AWS Partner Central",
        "before": {"Close date": "2026-12-01", "Amount": 240_000},
        "after": {"Close date": "2026-12-24", "Amount": 250_000},
        "policy": "ab12" * 16,
    }
    return said | more


APPROVAL = {"by": {"name": "Ana Costa", "slack": "U0ANA", "why": "owns the opportunity"}, "sign_in": None}
STORY = (
    entry(0, "proposal.opened", by="U0BEN"),
    entry(1, "proposal.edited", after={"Close date": "2026-12-31", "Amount": 250_000}),
    entry(2, "proposal.approved_in_part", approvals=[APPROVAL], missing=["a sales manager"]),
    entry(3, "proposal.returned", by="worker-1", before={"Close date": "2026-12-05", "Amount": 240_000}),
    entry(
        4,
        "proposal.overridden",
        approvals=[APPROVAL | {"sign_in": {"issuer": "x"}}],
        override={"reason": "Quarter ends <!here>", "missing": [{"who": "a sales manager", "people": []}]},
    ),
    entry(
        5,
        "proposal.step",
        by="worker-1",
        step="submit",
        written_record="O1234567",
        request_id="1b-22",
        response_id="8d0f1c",
    ),
    entry(
        6,
        "proposal.ended",
        by="worker-1",
        outcome="Submitted Northwind as O1234567",
        written_record="O1234567",
        acted_as="account 111122223333",
        verified_at=NOW.isoformat(),
    ),
)


def trail(entries: Any = STORY) -> str:
    """Everything that the card of one action says."""
    return shown(audits.trail(COURSE, entries, NAMES, address))


def after(said: str, number: int) -> str:
    """What is said of one entry, up to the next."""
    return said.partition(f"entry {31_000 + number:,}")[2].partition("entry 31,")[0]


def test_each_action_has_a_line_with_what_became_of_it_and_its_ids() -> None:
    """Its thread, who approved, when, what was written and the receipt."""
    said = shown(found()).replace("&amp;", "&")
    for course in FOUND:
        assert f"<{address(course)}|" in said and f"`{course.id}`" in said
        assert course.status != "done" or (f"`{course.record}`" in said and f"`{course.receipt}`" in said)
    assert "done, approved by" in said and "12 actions found for “northwind”" in said
    assert [said.index(f"`{course.id}`") for course in FOUND] == sorted(
        said.index(f"`{c.id}`") for c in FOUND
    )


def test_what_is_left_out_and_what_may_not_be_read_is_said() -> None:
    """By how many, and nothing else of it."""
    said = shown(found(total=40, hidden=3))
    assert "40 actions found" in said and "… and 28 more" in said
    assert "3 more actions there are not yours to read" in said
    assert "1 more action there is not yours to read" in shown(found(hidden=1))
    assert "not yours" not in shown(found())


def test_nothing_found_says_what_can_be_asked() -> None:
    """With an example of each, and that there is something which may not be read."""
    card = found(0, hidden=2, words="<!channel>")
    said = shown(card)
    assert "Nothing was found for “&lt;!channel&gt;”." in said and "2 more actions" in said
    assert all(f"`{example}`" in said for example, _ in audits.EXAMPLES)


def test_every_entry_of_an_action_is_told_in_order() -> None:
    """Each with its number in the chain and the beginning of its link."""
    said = trail()
    places = [said.index(f"entry {31_000 + number:,} {number:02d}9f2b9f") for number in range(len(STORY))]
    assert places == sorted(places) and "7 entries of the ledger" in said
    for words in ("Proposed*  ·  by Ben Okafor", "Edited*  ·  by Ana Costa", "Break-glass*  ·  by Ana Costa"):
        assert words in said


def test_an_edit_tells_what_it_changed_and_a_return_what_had_moved() -> None:
    """Not all that would be written once more."""
    said = trail()
    assert "Close date: 2026-12-01 → *2026-12-24*" in after(said, 0) and "Amount: 240,000" in after(said, 0)
    assert "Close date: 2026-12-24 → *2026-12-31*" in after(said, 1) and "Amount" not in after(said, 1)
    assert "the deal had moved on" in said and "Close date: 2026-12-01 → *2026-12-05*" in after(said, 3)


def test_an_approval_says_why_they_may_how_and_under_which_policy() -> None:
    """And what is still missing."""
    said = trail()
    assert "Ana Costa, who owns the opportunity, by a click" in after(said, 2)
    assert "still needed: a sales manager" in after(said, 2) and "under policy `ab12ab12ab12`" in after(
        said, 2
    )
    assert "signed in for it" in after(said, 4)
    assert "went ahead without a sales manager: “Quarter ends &lt;!here&gt;”" in after(said, 4)


def test_a_write_has_its_ids_and_when_it_was_read_back() -> None:
    """As whom, in which record, by which request."""
    said = trail()
    assert "AWS Partner Central record `O1234567`, step `submit`" in after(said, 5)
    assert "request `1b-22`  ·  response `8d0f1c`" in after(said, 5)
    assert "as account 111122223333" in after(said, 6) and "read back <!date^" in after(said, 6)
    assert "Submitted Northwind as O1234567." in after(said, 6)


def test_a_long_story_keeps_its_beginning_and_its_end() -> None:
    """How it was proposed and how it ended stay, whatever lies between."""
    between = [entry(n, "proposal.progress", by="worker-1") for n in range(10, 400)]
    card = audits.trail(COURSE, [STORY[0], *between, STORY[-1]], NAMES, address)
    said = shown(card)
    assert fits(card) and "*Proposed*" in said and "*Ended*" in said
    assert re.search(r"… \d+ entries between …", said) and "392 entries" in said


def test_an_event_that_is_not_known_is_told_all_the_same() -> None:
    """The ledger may hold what this version does not write any more."""
    assert "*Put aside*  ·  by the bot" in trail(
        [{"event": "proposal.put_aside", "at": "long ago", "by": "clock"}]
    )


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=40)
@given(data=st.data(), event=st.sampled_from(EVENTS))
def test_whatever_entries_hold_it_fits_and_nothing_of_it_is_live(
    data: st.DataObject, event: str, proposals: Proposals, texts: st.SearchStrategy[str]
) -> None:
    """Real entries of proposals with any texts: literally, and within what Slack takes."""
    text = data.draw(texts)
    drawn = [one.model_copy(update={"kind": KIND}) for one in data.draw(st.lists(proposals(), max_size=8))]
    entries = [entry_of(p, event, text, NOW, "") | {"seq": n, "link": "ab" * 32} for n, p in enumerate(drawn)]
    course = COURSE.with_(deal=text, why=text, record=text, receipt=text, approvals=(text,), kind="gone")
    cards = [
        audits.trail(course, entries, {text: text}, address),
        audits.audit(text, [course] * 15, 20, 3, {text: text}, address, NOW),
        audits.audit(text, [], 0, 0, {}, address, NOW),
    ]
    for card in cards:
        assert fits(card)
        for token in live(card):
            assert token.partition("|")[0].replace("&amp;", "&") == address(course) or token.startswith(
                "!date^"
            )


@pytest.mark.parametrize(
    "status", ["open", "approved", "executing", "done", "failed", "unverified", "declined", "expired"]
)
def test_every_status_is_told_in_words(status: str) -> None:
    """Whatever became of it."""
    course: Course = COURSE.with_(status=status)
    said = shown(audits.audit("x", [course], 1, 0, NAMES, address, NOW))
    assert COURSE.deal in said and "None" not in said
