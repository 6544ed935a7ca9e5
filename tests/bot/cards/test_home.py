"""The Home tab, drawn."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot import cards
from bot.action import Finding, kinds
from bot.cards import Desk
from bot.cards.names import MARKS
from bot.proposal import Approval, Missing, Override, Proposal, Status
from tests.bot.factory import ANA, MEI, NOW, proposal

many = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
URL = "https://brightlane.slack.com/archives/C0NORTHWIND/p1795352001000100"


def part(view: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """The blocks below a heading."""
    return [block for block in view["blocks"] if block["block_id"].startswith(f"{name}.")]


def said(blocks: list[dict[str, Any]]) -> list[str]:
    """What blocks say."""
    return [b["text"]["text"] if "text" in b else b["elements"][0]["text"] for b in blocks]


def ended(status: Status, **changes: Any) -> Proposal:
    """A proposal that is over."""
    return proposal(status=status, ended_at=NOW, **changes)


@many
@given(data=st.data())
def test_every_home_tab_is_within_limits(
    data: st.DataObject,
    proposals: Callable[..., st.SearchStrategy[Proposal]],
    problems: Callable[[Any], list[str]],
) -> None:
    """Slack takes every page, however much there is, whatever the names in it and however long the addresses."""
    some = data.draw(st.lists(proposals(), min_size=1, max_size=4))
    url = data.draw(st.sampled_from(("", URL, f"https://x.example/{'a' * 3_000}", f"{URL}?{'&' * 900}")))
    number = data.draw(st.sampled_from((1, 9, 200)))
    crowd = [some[n % len(some)].model_copy(update={"id": f"prp_{n}"}) for n in range(number)]
    desk = Desk(waiting=tuple(crowd), under_way=tuple(crowd), lately=tuple(crowd))
    view = cards.home(desk, {one.id: url for one in crowd}, NOW)
    assert problems(view) == []
    assert problems(cards.closed_home()) == []


def test_of_many_the_first_are_shown_with_the_number_of_the_others() -> None:
    """Two hundred cards waiting: the oldest are there, and how many more there are."""
    crowd = tuple(proposal(n) for n in range(200))
    rows = part(cards.home(Desk(waiting=crowd, under_way=crowd[:11]), {}, NOW), "waiting")
    assert [row["block_id"] for row in rows[:-1]] == [f"waiting.{one.id}" for one in crowd[: len(rows) - 1]]
    assert said(rows)[-1] == f"… and {200 - (len(rows) - 1)} more"
    assert Desk(waiting=crowd).shown == crowd[: len(rows) - 1]


def test_what_waits_says_since_when_and_until_when() -> None:
    """The deal with its address, what it would do, who asked, how long it waits and when it expires."""
    one = proposal()
    (text,) = said(part(cards.home(Desk(waiting=(one,)), {}, NOW + timedelta(hours=5)), "waiting"))
    assert text.startswith(
        f"*<{one.deal_url}|{one.deal_name}>*  ·  Update Salesforce opportunity\nSet P2B Score to 82\n"
    )
    assert "Waits for 5 hours" in text
    assert f"expires {cards.when(one.expires_at)}" in text
    assert "asked for by <@U0ANA>" in text


def test_what_needs_more_than_a_press_says_so() -> None:
    """That details are missing, and that the deal changed since it was approved."""
    finding = Finding(name="n", label="Use case", problem="It is empty.", edit="Choose one.")
    preview = proposal().preview.model_copy(update={"findings": (finding,)})
    view = cards.home(Desk(waiting=(proposal(1, preview=preview), proposal(2, moved=True))), {}, NOW)
    incomplete, moved = said(part(view, "waiting"))
    assert "details to complete" in incomplete and "details to complete" not in moved
    assert "the deal changed" in moved and "the deal changed" not in incomplete


def test_how_far_it_is_on_its_way_to_enough_approvals_is_said() -> None:
    """How many are given, and whose are needed; nothing where any one approver will do."""
    sales, partner = Missing(who="a sales manager", people=("U0DANA",)), Missing(who="a partner manager")
    given = Approval(by=ANA, at=NOW, version=1, digest="", versions={})
    desk = Desk(
        waiting=(
            proposal(1, approvals=(given,), missing=(sales,)),
            proposal(2, missing=(sales, partner)),
            proposal(3),
        )
    )
    half, none, plain = said(part(cards.home(desk, {}, NOW), "waiting"))
    assert "1 of 2 approvals given, still needed: a sales manager" in half
    assert "Needs a sales manager and a partner manager" in none
    assert "approvals" not in plain and "Needs" not in plain


def test_a_broken_glass_is_told_where_it_is_under_way() -> None:
    """With everybody who approved, and who went ahead without the rest."""
    given = Approval(by=ANA, at=NOW, version=1, digest="", versions={})
    later = NOW + timedelta(minutes=40)
    override = Override(by=MEI, at=later, reason="The quarter closes tonight", missing=())
    one = proposal(status=Status.EXECUTING, approvals=(given,), override=override)
    (text,) = said(part(cards.home(Desk(under_way=(one,)), {}, NOW), "under_way"))
    assert f"approved by <@U0ANA> {cards.when(later)}" in text
    assert ":rotating_light: break-glass by <@U0MEI>" in text


def test_a_button_leads_to_the_card_and_none_decides() -> None:
    """The only thing to press opens the card; where its address is not known there is nothing to press."""
    one, other = proposal(1), proposal(2)
    desk = Desk(waiting=(one, other), under_way=(one,), lately=(ended(Status.DONE, id=one.id),))
    blocks = cards.home(desk, {one.id: URL}, NOW)["blocks"]
    assert all(block["type"] != "actions" for block in blocks)
    buttons = {block["block_id"]: block["accessory"] for block in blocks if "accessory" in block}
    assert set(buttons) == {f"{name}.{one.id}" for name in ("waiting", "under_way", "lately")}
    assert {(b["action_id"], b["url"], b.get("value")) for b in buttons.values()} == {
        ("cosell.open", URL, None)
    }


@pytest.mark.parametrize("status", [status for status in Status if status.ended])
def test_what_ended_has_the_mark_that_its_card_has(status: Status) -> None:
    """With how it ended, in a sentence, and when."""
    one = ended(status, outcome="P2B Score is 82 now.", ended_by="U0ANA", reason="Not this quarter")
    (text,) = said(part(cards.home(Desk(lately=(one,)), {}, NOW), "lately"))
    assert MARKS[status] in text and cards.when(NOW) in text
    told = "<@U0ANA> declined: “Not this quarter”" if status is Status.DECLINED else "P2B Score is 82 now."
    assert told in text


def test_what_is_under_way_says_who_approved() -> None:
    """And whether it has begun."""
    approval = Approval(by=ANA, at=NOW, version=1, digest="", versions={})
    waiting, begun = (
        proposal(n, status=status, approvals=(approval,))
        for n, status in enumerate((Status.APPROVED, Status.EXECUTING))
    )
    texts = said(part(cards.home(Desk(under_way=(waiting, begun)), {}, NOW), "under_way"))
    assert "Approved  ·  approved by <@U0ANA>" in texts[0]
    assert "Being carried out  ·  approved by <@U0ANA>" in texts[1]


def test_nothing_to_show_is_said_in_words() -> None:
    """Each part says that it is empty, so that nobody takes it for broken."""
    view = cards.home(Desk(), {}, NOW)
    for name in ("waiting", "under_way", "lately"):
        assert said(part(view, name))[0].startswith("Nothing ")


def test_what_people_and_records_say_appears_literally() -> None:
    """No mention, link or formatting of a record's or a person's words is live on the page."""
    evil = "<!channel> <@U0EVIL> <https://evil.example|click> *b* :tada:"
    preview = proposal().preview.model_copy(update={"headline": evil})
    open_one = proposal(deal_name=evil, deal_url="javascript:alert(1)", preview=preview)
    over = [
        ended(status, deal_name=evil, outcome=evil, reason=evil, ended_by=evil)
        for status in (Status.FAILED, Status.DECLINED)
    ]
    view = cards.home(Desk(waiting=(open_one,), under_way=(open_one,), lately=tuple(over)), {}, NOW)
    texts = "\n".join(said([b for name in ("waiting", "under_way", "lately") for b in part(view, name)]))
    for live in ("<!channel>", "<@U0EVIL>", "<https://evil", "*b*", ":tada:", "javascript"):
        assert live not in texts
    assert cards.escape(evil) in texts


def test_every_verb_that_asks_for_an_action_is_there() -> None:
    """As the help shows it."""
    commands = {verb: usage for kind in kinds().values() for verb, usage in kind.commands.items()}
    lines = said(part(cards.home(Desk(), {}, NOW), "verbs"))[0].splitlines()
    assert lines[1:] == cards.help_text(commands).blocks[1]["text"]["text"].splitlines()
    assert len(lines) == 1 + len(commands)
