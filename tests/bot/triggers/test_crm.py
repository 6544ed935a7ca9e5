"""What changed on a deal, and which rules that meets: each fact once, however it is read."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clients import OpenDeal
from bot.rules import Rule
from bot.triggers import Happening, Seen
from bot.triggers.crm import changed, stale, unreferred

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
LARGE = Rule.model_validate(
    {"name": "large", "when": "amount_reaches", "amount": 250_000, "propose": "refer"}
)
QUALIFIED = Rule.model_validate({"name": "qualified", "when": "stage_becomes", "stages": ["Qualification"]})
NEW = Rule.model_validate({"name": "new", "when": "new_opportunity", "amount": 10_000})
KNOWN = Rule.model_validate({"name": "known", "when": "overlaps", "partner": "aws"})
STALE = Rule.model_validate({"name": "stale", "when": "next_step_stale", "days": 14})
SWEEP = Rule.model_validate(
    {"name": "weekly", "when": "sweep", "at": "0 8 * * mon", "stages": ["Qualification"], "amount": 50_000}
)
RULES = (LARGE, QUALIFIED, NEW, KNOWN, STALE, SWEEP)


def deal(**changes: object) -> OpenDeal:
    """A deal of 90,000, opened last year."""
    one = OpenDeal(
        id="006000000000001AAA",
        name="Northwind",
        account_id="001000000000001AAA",
        account="Northwind Freight",
        owner="ana.costa@brightlane.example",
        stage="Prospecting",
        amount=90_000.0,
        next_step="Call Lena",
        ace_id="",
        created=NOW - timedelta(days=300),
        modified=NOW - timedelta(days=2),
        version="2026-11-21T10:00:00.000+0000",
    )
    return replace(one, **changes)  # type: ignore[arg-type]


def seen(**changes: object) -> Seen:
    """The same deal, as it was seen before."""
    return Seen.of(deal(**changes), None, NOW)


LATER = "2026-11-23T09:00:00.000+0000"


def what(before: Seen | None, now: OpenDeal, overlap: str | None = None) -> list[Happening]:
    """What became true."""
    return list(changed(RULES, before, now, NOW - timedelta(days=1), lambda *_: overlap))


def test_an_amount_that_reaches_the_bound_says_from_where_to_where() -> None:
    """The sentence on the card has the figures before and after, and the bound."""
    (one,) = what(seen(), deal(amount=450_000.0, version=LATER))
    assert one.why == "The amount went from 90,000 to 450,000, which reaches the 250,000 of this rule."
    assert one.firing(NOW).said.startswith("“large”: The amount went")
    assert one.firing(NOW).propose == "refer"


@pytest.mark.parametrize(
    ("before", "now", "fires"),
    [
        (None, 250_000.0, True),
        (249_999.99, 250_000.0, True),
        (250_000.0, 900_000.0, False),
        (900_000.0, 300_000.0, False),
        (90_000.0, None, False),
        (90_000.0, 249_999.99, False),
    ],
)
def test_only_reaching_it_fires(before: float | None, now: float | None, fires: bool) -> None:
    """Not being above it already, and not falling."""
    assert bool(what(seen(amount=before), deal(amount=now, version=LATER))) is fires


def test_a_stage_that_becomes_one_of_those_named_fires() -> None:
    """With the stage before and after; another change in that stage does not."""
    (one,) = what(seen(), deal(stage="Qualification", version=LATER))
    assert one.why == "The stage went from “Prospecting” to “Qualification”."
    assert not what(seen(stage="Qualification"), deal(stage="Qualification", next_step="x", version=LATER))


def test_a_deal_that_is_seen_for_the_first_time_is_a_baseline() -> None:
    """Else the first look would call everybody about everything."""
    assert not what(None, deal(amount=900_000.0, stage="Qualification", version=LATER), "They know it.")


def test_a_deal_that_was_opened_since_is_new_and_meets_rules_as_it_is() -> None:
    """It is new, large, in that stage and at an account that the partner knows."""
    created = NOW - timedelta(hours=1)
    found = what(None, deal(created=created, amount=900_000.0, stage="Qualification"), "Same website.")
    assert [one.rule.name for one in found] == ["large", "qualified", "new", "known"]
    assert found[3].why == (
        "A new opportunity was opened at Northwind Freight, with an amount of 900,000. Same website."
    )


def test_without_evidence_nothing_overlaps() -> None:
    """An account that is on no list of the partner's."""
    found = what(None, deal(created=NOW))
    assert [one.rule.name for one in found] == ["new"]


def test_what_is_read_again_or_late_tells_nothing() -> None:
    """The same version from the overlap, and an older one that comes after."""
    assert not what(seen(version=LATER, amount=900_000.0), deal(amount=900_000.0, version=LATER))
    assert not what(seen(version=LATER), deal(amount=900_000.0))


def test_a_second_change_within_the_same_second_is_seen() -> None:
    """Salesforce's versions tell whole seconds."""
    assert what(seen(version=LATER), deal(amount=900_000.0, version=LATER))


def test_a_deal_that_was_opened_in_the_second_in_which_watching_began_is_new() -> None:
    """Its time of creation has no fractions, the bot's own clock has."""
    began = NOW.replace(microsecond=700_000)
    assert list(changed((NEW,), None, deal(created=NOW), began, lambda *_: None))


def test_the_same_change_is_the_same_fact_although_more_changed_before_it_was_kept() -> None:
    """After a crash the deal is compared with the same earlier state, and may have moved on meanwhile."""
    (first,) = what(seen(), deal(amount=450_000.0, version=LATER))
    (again,) = what(seen(), deal(amount=460_000.0, next_step="x", version="2026-11-23T09:30:00.000+0000"))
    assert first.id == again.id


def test_reaching_it_again_after_falling_is_another_fact() -> None:
    """What departed from another state is news."""
    (first,) = what(seen(), deal(amount=450_000.0, version=LATER))
    (second,) = what(seen(version=LATER), deal(amount=450_000.0, version="2026-11-23T09:30:00.000+0000"))
    assert first.id != second.id


def test_two_rules_have_facts_of_their_own() -> None:
    """One amount may reach the bounds of two."""
    other = LARGE.model_copy(update={"name": "very large"})
    found = list(changed((LARGE, other), seen(), deal(amount=450_000.0, version=LATER), NOW, lambda *_: None))
    assert len({one.id for one in found}) == 2


amounts = st.one_of(st.none(), st.integers(0, 600_000).map(float))
moves = st.tuples(amounts, st.sampled_from(["Prospecting", "Qualification", "Negotiation"]))


@given(history=st.lists(moves, max_size=12), crashes=st.lists(st.booleans(), min_size=12, max_size=12))
def test_whatever_is_read_when_and_however_often_each_fact_fires_once(
    history: list[tuple[float | None, str]], crashes: list[bool]
) -> None:
    """A crash before the look was kept, and every version read twice, add no fact and lose none."""
    kept, plain = seen(), seen()
    fired: set[str] = set()
    calm: set[str] = set()
    for step, (amount, stage) in enumerate(history):
        now = deal(amount=amount, stage=stage, version=f"2026-11-23T{step:02}:00:00.000+0000")
        before = len(fired)
        fired |= {one.id for one in what(kept, now)}
        calm |= {one.id for one in what(plain, now)}
        if crashes[step]:
            assert {one.id for one in what(kept, now)} <= fired
        fired |= {one.id for one in what(kept, now)}
        kept = Seen.of(now, kept, NOW)
        plain = Seen.of(now, plain, NOW)
        assert not what(kept, now) and len(fired) >= before
    assert fired == calm


def test_a_next_step_is_as_old_as_its_text() -> None:
    """At first sight as old as the record's last change; later changes of other fields do not make it young."""
    first = seen(modified=NOW - timedelta(days=20))
    assert stale(STALE, "006", Seen.of(deal(amount=1.0, modified=NOW), first, NOW), NOW)
    assert not stale(STALE, "006", Seen.of(deal(next_step="Meet", modified=NOW), first, NOW), NOW)


def test_a_stale_next_step_says_what_it_is_and_how_old() -> None:
    """And a deal that has none says that."""
    one = stale(STALE, "006", seen(modified=NOW - timedelta(days=20)), NOW)
    assert (
        one and one.why == "The next step “Call Lena” has stood for 20 days; this rule looks after 14 days."
    )
    none = stale(STALE, "006", seen(next_step=" ", modified=NOW - timedelta(days=14)), NOW)
    assert none and none.why.startswith("There has been no next step for 14 days")
    assert stale(STALE, "006", seen(modified=NOW - timedelta(days=13, hours=23)), NOW) is None


def test_a_text_that_does_not_change_is_one_fact_and_another_text_another() -> None:
    """However often it is looked at."""
    before = seen(modified=NOW - timedelta(days=20))
    first, later = stale(STALE, "006", before, NOW), stale(STALE, "006", before, NOW + timedelta(days=9))
    other = stale(STALE, "006", seen(next_step="Meet", modified=NOW - timedelta(days=20)), NOW)
    assert first and later and other
    assert first.id == later.id != other.id


@pytest.mark.parametrize(
    ("changes", "met"),
    [
        ({}, True),
        ({"ace_id": "O1"}, False),
        ({"stage": "Prospecting"}, False),
        ({"amount": 49_999.0}, False),
        ({"amount": None}, False),
    ],
)
def test_a_sweep_finds_deals_that_meet_the_rule_and_have_no_referral(
    changes: dict[str, object], met: bool
) -> None:
    """In these stages, of this amount, and not at AWS."""
    one = unreferred(SWEEP, deal(**{"stage": "Qualification", **changes}), lambda *_: None)
    assert (one is not None) is met


def test_a_sweep_with_a_partner_asks_for_the_evidence() -> None:
    """Only deals at accounts on the partner's list, with why."""
    rule = SWEEP.model_copy(update={"partner": "aws"})
    now = deal(stage="Qualification")
    assert unreferred(rule, now, lambda *_: None) is None
    one = unreferred(rule, now, lambda account, partner: f"{account} is on the list of {partner}.")
    assert one and one.why.endswith("no referral of it is at AWS. 001000000000001AAA is on the list of aws.")


def test_what_is_filled_in_is_one_line_of_plain_words() -> None:
    """A record's name cannot bring in another command, and braces in it stay braces."""
    rule = Rule.model_validate(
        {"name": "x", "when": "new_opportunity", "propose": "set next step {deal} {amount}"}
    )
    (one,) = changed((rule,), None, deal(name="A\n{amount}", created=NOW), NOW, lambda *_: None)
    assert one.firing(NOW).propose == "set next step A {amount} 90000"
