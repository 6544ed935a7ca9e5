"""What is shown of matches and overlaps: within Slack's limits, literal, and adding up."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.cards import Card, matches, overlaps
from bot.clients import OpenDeal, Segment
from bot.deal import Company
from bot.matching import Band, Match
from bot.overlap import Fate, Likely, Overlap, Side, overlap
from bot.pairings import Pairing, key_of
from bot.partner_lists import PartnerList
from tests.bot.cards.reading import buttons, objects, shown

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SITE = "https://brightlane.example"
many = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
Problems = Callable[[Any], list[str]]


def about(name: str = "aws.csv", companies: int = 5) -> PartnerList:
    """Where a list comes from."""
    return PartnerList(
        partner="aws", name=name, source=f"file {name}", by="U0MEI", at=NOW, companies=companies, digest="d"
    )


def company(number: int, name: str = "Northwind", **more: str) -> Company:
    """A company of either side."""
    return Company(id=str(number), name=name, **more)


def match(ours: int, theirs: int, band: Band = Band.SURE, why: str = "same website") -> Match:
    """Two that belong together."""
    return Match(str(ours), str(theirs), 0.97 if band is Band.SURE else 0.6, band, (why,))


def deal(number: int, name: str = "Fleet lake", amount: float | None = 250_000) -> OpenDeal:
    """An open deal of ours."""
    return OpenDeal(
        f"006{number}", name, "1", name, "ana@brightlane.example", name, amount, "", "", NOW, NOW, "v"
    )


def counted(text: str = "x") -> Overlap:
    """An overlap of five lines with four accounts: every fate, and one account that two lines match."""
    return overlap(
        about(text),
        [company(n, text) for n in range(1, 6)],
        frozenset({"5"}),
        {"1": match(1, 1), "2": match(1, 2, Band.REVIEW), "3": match(2, 3, Band.REVIEW)},
        {str(n): company(n, text) for n in range(1, 5)},
        {"1": Segment.CUSTOMER, "2": Segment.OPEN_DEAL}.get,  # type: ignore[arg-type]
        NOW,
    )


def side(text: str, number: int, said: Pairing | None = None) -> Side:
    """A partner's list with so many that resemble the account."""
    likely = tuple(
        Likely(one, match(1, n, why=text), key_of(one), said)
        for n in range(number)
        for one in [company(n, text, website=text, country=text)]
    )
    return Side(label=text, about=about(text), likely=likely)


def word(yes: bool) -> Pairing:
    """Mei's word."""
    return Pairing(
        partner="aws", theirs="k", ours="1", yes=yes, by="U0MEI", name="Mei Tanaka", at=NOW, cause="c"
    )


@many
@given(data=st.data())
def test_every_card_is_within_limits(
    data: st.DataObject, texts: st.SearchStrategy[str], problems: Problems
) -> None:
    """Slack takes each, whatever the names, and however many there are."""
    a, number = data.draw(texts), data.draw(st.integers(0, 30))
    account = company(1, a, website=a, country=a, duns=a)
    found = counted(a)
    found = type(found)(
        about=found.about,
        lines=found.lines,
        accounts=found.accounts,
        ours=10**9,
        read_at=NOW,
        deals=tuple(deal(n, a) for n in range(number)),
        site=SITE,
    )
    for card in (
        matches.matches(account, Segment.CUSTOMER, SITE, [side(a, number, word(True))] * 12),
        matches.matches(account, Segment.PROSPECT, SITE, [side(a, 0)] * number),
        matches.which_account(a, [(account, Segment.OPEN_DEAL)] * number),
        matches.said(a, a, a, False),
        overlaps.matching(a, 10**6, number),
        overlaps.overlap(a, found, csv=True),
        overlaps.taken(a, about(a), [a] * number, found, outsiders=False),
    ):
        assert problems(card) == []


@many
@given(data=st.data())
def test_nothing_in_a_name_is_live(data: st.DataObject, texts: st.SearchStrategy[str]) -> None:
    """A company's name pings nobody and leads nowhere."""
    a = data.draw(texts)
    cards: list[Card] = [
        matches.matches(company(1, a), Segment.CUSTOMER, SITE, [side(a, 2, word(False))]),
        matches.which_account(a, [(company(1, a), Segment.CUSTOMER)]),
        overlaps.overlap(a, counted(a), csv=True),
        overlaps.taken(a, about(a), [a], counted(a), outsiders=False),
    ]
    for card in cards:
        said = [o["text"] for o in objects(list(card.blocks)) if o.get("type") == "mrkdwn"]
        live = re.findall(r"<([^>]*)>", "\n".join([card.text, *said]))
        assert all(re.match(r"@U0MEI$|!date\^\d+|https://brightlane\.example(\||/)", one) for one in live)


def test_each_match_has_its_score_its_reasons_and_two_buttons() -> None:
    """Who asks sees why, and settles it where they see it."""
    card = matches.matches(company(1), Segment.CUSTOMER, SITE, [side("Helios", 1)])
    assert "surely the same, 97 of 100: Helios" in shown(card)
    pressed = buttons(card)
    assert pressed["cosell.same"]["value"] == pressed["cosell.not_same"]["value"] == "aws|1|helios|"


@pytest.mark.parametrize(("yes", "styled"), [(True, "cosell.same"), (False, "cosell.not_same")])
def test_a_persons_word_is_shown_with_who_and_when(yes: bool, styled: str) -> None:
    """And the button that says it is marked, the other is not."""
    card = matches.matches(company(1), Segment.CUSTOMER, SITE, [side("Helios", 1, word(yes))])
    assert f"Mei Tanaka said on <!date^{int(NOW.timestamp())}" in shown(card)
    assert [name for name, button in buttons(card).items() if "style" in button] == [styled]


def test_a_list_that_has_nothing_like_it_says_so() -> None:
    """No match is an answer, for each partner."""
    card = matches.matches(company(1), Segment.PROSPECT, SITE, [side("AWS", 0), side("Acme", 0)])
    assert "Nothing in AWS's list resembles it." in shown(card)
    assert "Nothing in Acme's list resembles it." in shown(card)
    assert not buttons(card)


def test_the_numbers_of_both_sides_add_up() -> None:
    """Every line of theirs has one fate, every account of ours one place."""
    said = shown(overlaps.overlap("AWS", counted(), csv=True))
    assert "5 lines = 1 sure + 2 to review + 1 not matched + 1 left out because" in said
    assert "4 accounts = 1 sure + 1 to review + 2 not in their list" in said


@given(
    st.lists(st.tuples(st.integers(0, 9), st.sampled_from(Band)), max_size=30),
    st.sets(st.integers(0, 29)),
)
def test_the_counts_add_up_whatever_matches(pairs: list[tuple[int, Band]], repeated: set[int]) -> None:
    """Theirs to the lines of their list, ours to no more than our accounts."""
    theirs = [company(n) for n in range(30)]
    found = {str(n): match(ours, n, band) for n, (ours, band) in enumerate(pairs)}
    ours = {str(n): company(n) for n in range(8)}  # a match may be of an account that is gone
    told = overlap(
        about(), theirs, frozenset(map(str, repeated)), found, ours, lambda _: Segment.PROSPECT, NOW
    )
    assert sum(told.fates().values()) == 30
    assert told.fates().get(Fate.TWICE, 0) == len(repeated)
    sure = {line.ours.id for line in told.lines if line.ours and line.fate is Fate.SURE}
    review = {line.ours.id for line in told.lines if line.ours and line.fate is Fate.REVIEW}
    assert (told.matched(Fate.SURE), told.matched(Fate.REVIEW)) == (len(sure), len(review - sure))


def test_the_table_counts_accounts_by_what_they_are_to_us() -> None:
    """Customers, open deals, prospects; sure and to review."""
    table = re.findall(
        r"^(.+?) {2,}([\d,]+) +([\d,]+)", shown(overlaps.overlap("AWS", counted(), csv=True)), re.M
    )
    assert table == [
        ("Our customers", "1", "0"),
        ("Open deals", "0", "1"),
        ("Prospects", "0", "0"),
        ("Together", "1", "1"),
    ]


def test_the_largest_deals_lead_to_salesforce() -> None:
    """Ten at most, with the number of the others."""
    told = counted()
    told = overlap_with(told, tuple(deal(n) for n in range(13)))
    said = shown(overlaps.overlap("AWS", told, csv=True))
    assert f"<{SITE}/lightning/r/Opportunity/0060/view|Fleet lake>" in said
    assert said.count("/lightning/r/Opportunity/") == 10
    assert "… and 3 more" in said


def overlap_with(told: Overlap, deals: tuple[OpenDeal, ...]) -> Overlap:
    """The overlap with these open deals."""
    return Overlap(
        about=told.about,
        lines=told.lines,
        accounts=told.accounts,
        ours=told.ours,
        read_at=NOW,
        deals=deals,
        site=SITE,
    )


def test_where_outsiders_read_nothing_offers_the_csv() -> None:
    """It says where to ask instead."""
    card = overlaps.overlap("AWS", counted(), csv=False)
    assert not buttons(card)
    assert "in a channel of our own people alone" in shown(card)


def test_a_list_that_was_taken_tells_what_was_left_out() -> None:
    """The first few reasons, and how many more; then the counts."""
    reasons = [f"Row {n}: no name" for n in range(2, 20)]
    said = shown(overlaps.taken("AWS", about(companies=4_988), reasons, counted(), outsiders=False))
    assert "I have taken 4,988 companies as AWS's list." in said
    assert "18 lines were left out" in said and "Row 6: no name" in said and "Row 7" not in said
    assert "… and 13 more" in said
    assert "Our customers" in said


def test_outsiders_read_no_count_of_ours() -> None:
    """They see that a list was taken; what we have in common is for us."""
    card = overlaps.taken("AWS", about(), [], counted(), outsiders=True)
    assert "Our customers" not in shown(card) + card.text
    assert "`/cosell overlap aws`" in shown(card)
