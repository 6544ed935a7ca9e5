"""Which of ours a company is, how sure that is, and why."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.deal import Company
from bot.errors import Refused
from bot.matching import Band, Index, Match, Verdict

HELIOS = Company("1", "Helvarion Energy GmbH", "https://helvarion.example", "Germany", "86-323-8278")

NAMES = "Helvarion Velora Acme Global Energy Capital Logistics North Holding 2 GmbH Inc. & The (Germany) Müller J."
WORDS = st.sampled_from(NAMES.split())
TRADES = "Energy Capital Food Media Rail Cargo Bank Fund Water Gas Oil Film Music Sport"
MANY = [
    f"{start}{end}"
    for start in ("Bran", "Dor", "Fel", "Gor", "Kar")
    for end in ("mouth", "wick", "holm", "dale", "stead")
]
COMPANIES = st.builds(
    Company,
    id=st.integers(0, 10**6).map(str),
    name=st.lists(WORDS, max_size=5).map(" ".join),
    website=st.sampled_from(["", "helvarion.example", "velora.de", "acme.com", "info@gmail.com"]),
    country=st.sampled_from(["", "DE", "United States", "FR"]),
    duns=st.sampled_from(["", "863238278", "054792581"]),
    state=st.sampled_from(["", "TX", "California"]),
)
LISTS = st.lists(COMPANIES, max_size=8, unique_by=lambda company: company.id)
TEXTS = st.text(max_size=80)
GARBAGE = st.builds(Company, TEXTS, TEXTS, TEXTS, TEXTS, TEXTS, TEXTS)


def best(theirs: Company, *ours: Company) -> Match:
    """The best of the matches."""
    return Index(ours).matches(theirs)[0]


def other(
    name: str = "Helvarion Energy", website: str = "", country: str = "", duns: str = "", state: str = ""
) -> Company:
    """A company of theirs."""
    return Company("P1", name, website, country, duns, state)


@pytest.mark.parametrize(
    ("theirs", "evidence"),
    [
        (other(website="www.helvarion.example/de"), "same website helvarion.example"),
        (other(duns="863238278"), "same DUNS 863238278"),
        (other(country="DE"), "same country DE"),
        (
            other(name="Helvarion Enrgy", website="helvarion.example"),
            "names spelled almost alike: “energy” and “enrgy”",
        ),
        (other(name="Energy Helvarion", website="helvarion.example"), "same name"),
        (other(name="Helvarion Energy Group", website="helvarion.example"), "only theirs says “Group”"),
        (other(name="Hélvárion Energy SE & Co. KG", website="helvarion.example"), "same name"),
        (other(name="HELVARION ENERGY (GERMANY)", website="helvarion.example"), "same name"),
    ],
)
def test_sure(theirs: Company, evidence: str) -> None:
    """A sign that only the company itself has, or a rare name and its country, make a match sure, and say so."""
    found = best(theirs, HELIOS)
    assert (found.ours, found.theirs, found.band) == ("1", "P1", Band.SURE)
    assert found.confidence >= 0.9
    assert evidence in found.evidence


@pytest.mark.parametrize(
    ("theirs", "evidence"),
    [
        (other(), "nothing but the name agrees"),
        (other(country="US", website="helvarion.example"), "country differs: DE, US"),
        (
            other(country="DE", website="helvarion-energy.example"),
            "website differs: helvarion.example, helvarion-energy.example",
        ),
        (
            other(country="DE", website="helvarion.example", duns="054792581"),
            "DUNS differs: 863238278, 054792581",
        ),
        (other(name="Helvarion Energy Holding", website="helvarion.example"), "only theirs says “Holding”"),
        (other(name="Helvarion Energy 2", website="helvarion.example"), "only theirs says “2”"),
        (other(name="Helvarion Energy North", website="helvarion.example"), "only theirs says “North”"),
        (other(name="Helvarion Logistics", website="helvarion.example"), "only theirs says “Logistics”"),
        (other(name="Helvarion Energy (France)", website="helvarion.example"), "country differs: DE, FR"),
        (other(name="Helvarion Energy e.V.", country="DE"), "legal form differs: gmbh and ev"),
        (
            other(name="Helvarian Energy", country="DE"),
            "names spelled almost alike: “helvarion” and “helvarian”",
        ),
        (other(name="Ostmark Textil", website="helvarion.example"), "names differ: 27 of 100 alike"),
        (other(name="Ostmark Textil", duns="863238278"), "names differ: 27 of 100 alike"),
    ],
)
def test_a_person_decides(theirs: Company, evidence: str) -> None:
    """What contradicts keeps a like name, and even a shared website or DUNS, out of the sure band, and is told."""
    found = best(theirs, HELIOS)
    assert found.band is Band.REVIEW
    assert 0.5 <= found.confidence < 0.9
    assert evidence in found.evidence


@pytest.mark.parametrize(
    "theirs",
    [
        other(name="Helvarion Logistics", country="DE"),
        other(country="US", website="helvarion.com"),
        other(name="Ostmark Energy", country="DE"),
        other(name=""),
        other(name="H"),
        other(name="🎉"),
    ],
)
def test_nobody_of_ours(theirs: Company) -> None:
    """Other businesses, and names that are none, match nothing; the nearest is still told where there is one."""
    assert all(match.band is Band.NO and match.confidence < 0.5 for match in Index([HELIOS]).matches(theirs))


def test_the_nearest_of_those_that_do_not_match() -> None:
    """What is no match comes with the nearest of ours and why it is none."""
    (found,) = Index([HELIOS]).matches(other(name="Helvarion Logistics", country="FR"))
    assert (found.ours, found.band) == ("1", Band.NO)
    assert "only ours says “Energy”" in found.evidence
    far = [
        Company(str(number), f"Helvarion {word} Consolidated Undertakings")
        for number, word in enumerate(MANY[:3])
    ]
    assert len(Index(far).matches(other(name="Helvarion Pumps"))) == 3


@pytest.mark.parametrize(
    "name", ["Summit Solutions", "Müller GmbH", "John Smith Consulting", "First National Bank", "Apex"]
)
def test_a_common_name_is_never_enough(name: str) -> None:
    """A name that many companies bear is not sure by its country: something of its own has to agree."""
    assert best(other(name, country="DE"), Company("1", name, country="DE")).band is Band.REVIEW


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("Acme Capital", "Acme Logistics"),
        ("Northwind North", "Northwind South"),
        ("Studio 54", "Studio 55"),
        ("J. Hallbrook Consulting", "R. Hallbrook Consulting"),
        ("James Hallbrook Ltd", "John Hallbrook Ltd"),
        ("Veltrania Fund I", "Veltrania Fund II"),
        ("Veltrania", "Veltrania Holding"),
        ("Helion Works", "Helios Works"),
        ("Air France", "Air India"),
        ("Veltrania Energy France", "Veltrania Energy India"),
        ("Veltrania Energy Germany", "Veltrania Energy"),
        ("Bank of China", "Bank of India"),
        ("City of Marlow", "City of Barlow"),
    ],
)
def test_like_names_are_never_sure(ours: str, theirs: str) -> None:
    """Two companies whose names differ in a telling word are not sure, even in one country and state."""
    found = best(other(theirs, country="US", state="TX"), Company("1", ours, country="US", state="Texas"))
    assert found.band is not Band.SURE


def test_initials() -> None:
    """Initials are shown to a person; with the website they are sure."""
    ours = Company("1", "Veltrania Business Machines", "vbm.example", "US")
    assert best(other("VBM", country="US"), ours).band is Band.REVIEW
    assert best(other("V.B.M. Corp.", website="vbm.example"), ours).band is Band.SURE


def test_another_name_needs_more() -> None:
    """A name that a company also goes by finds it, and is sure only with the website or the DUNS."""
    ours = Company("1", "Veltrania LLC dba Orchidor", "orchidor.example", "US")
    assert best(other("Orchidor", country="US"), ours).band is Band.REVIEW
    assert best(other("Orchidor", website="orchidor.example"), ours).band is Band.SURE


@pytest.mark.parametrize(
    ("ours", "theirs", "band"),
    [
        ("Kühnemark Wälzlager", "Kuehnemark Waelzlager", Band.SURE),
        ("Kühnemark Wälzlager", "Kuhnemark Walzlager", Band.SURE),
        ("Kühnemark", "Kühnemark", Band.REVIEW),
        ("Helvarionet", "Helvariomet", Band.REVIEW),
        ("Helvarion Pharmaceutical Distri", "Helvarion Pharmaceutical Distribution", Band.REVIEW),
        ("Salesharbor Systems", "Sales Harbor Systems", Band.SURE),
    ],
)
def test_spellings(ours: str, theirs: str, band: Band) -> None:
    """Umlauts and spaces make no other name, slips and cuts one that a person looks at, and one word is too little."""
    found = best(other(theirs, country="DE"), Company("1", ours, country="Germany"))
    assert found.band is band


def test_the_website_has_the_rest_of_the_name() -> None:
    """What only one name says is explained by a website that says it too, and only by that."""
    short, long = (
        Company("1", "Veltrania", "veltrania-aerospace.example"),
        Company("1", "Veltrania", "veltrania.example"),
    )
    assert best(other("Veltrania Aerospace", "veltrania-aerospace.example"), short).band is Band.SURE
    assert best(other("Veltrania Aerospace", "veltrania.example"), long).band is Band.REVIEW


def test_only_one_is_sure() -> None:
    """Where one of ours has the DUNS and another the website, the stronger is sure and the other for review."""
    ours = Company("1", "Veltrania", duns="863238278"), Company("2", "Veltrania", "veltrania.example")
    first, second = Index(ours).matches(other("Veltrania", "veltrania.example", duns="863238278"))
    assert (first.band, second.band) == (Band.SURE, Band.REVIEW)
    assert "another of ours fits better" in second.evidence


def test_a_word_that_many_of_ours_bear() -> None:
    """A word that many of ours bear is not rare, whatever it is."""
    ours = [Company(trade, f"Veltrania {trade}", country="DE") for trade in TRADES.split()]
    theirs = other("Veltrania Energy", country="DE")
    assert best(theirs, *ours[:9]).band is Band.SURE
    found = best(theirs, *ours)
    assert (found.ours, found.band) == ("Energy", Band.REVIEW)
    assert "14 of ours have such a name" in found.evidence


def test_a_website_that_many_of_ours_have() -> None:
    """A website that many of ours have says nothing by itself; with the state it does."""
    ours = [
        Company(str(number), f"{word} Veltrania", "mall.example", "US", "", "TX")
        for number, word in enumerate(MANY)
    ]
    assert best(other(f"{MANY[0]} Veltrania", "mall.example", "US"), *ours).band is Band.REVIEW
    assert best(other(f"{MANY[0]} Veltrania", "mall.example", "US", "", "Texas"), *ours).band is Band.SURE


def test_a_hundred_of_one_name() -> None:
    """Where more of ours have one name than are looked at, those that are do not depend on the order of ours."""
    ours = [Company(f"{number}", "Veltrania Energy", country="DE") for number in range(100)]
    theirs = other("Veltrania Energy", country="DE")
    assert Index(ours).matches(theirs) == Index(reversed(ours)).matches(theirs)


class TestOneWebsiteOfMany:
    """Of accounts that share a website, the name, the country or the state decides; else nobody does."""

    HOLDING = Company("1", "Veltrania Holding AG", "veltrania.example", "DE")
    LOGISTICS = Company("2", "Veltrania Logistics GmbH", "veltrania.example", "DE")
    FRANCE = Company("3", "Veltrania Logistics SAS", "veltrania.example", "FR")

    def test_name(self) -> None:
        """The whole name decides."""
        found = best(other("Veltrania Logistics", "veltrania.example"), self.HOLDING, self.LOGISTICS)
        assert (found.ours, found.band) == ("2", Band.SURE)
        assert "2 of ours have this website" in found.evidence

    def test_a_part_of_the_name(self) -> None:
        """A name that says more or less than ours does not."""
        found = best(other("Veltrania Logistics Group", "veltrania.example"), self.HOLDING, self.LOGISTICS)
        assert (found.ours, found.band) == ("2", Band.REVIEW)

    def test_country(self) -> None:
        """Where the names are the same, the country decides."""
        found = best(
            other("Veltrania Logistics", "veltrania.example", "FR"), self.HOLDING, self.LOGISTICS, self.FRANCE
        )
        assert (found.ours, found.band) == ("3", Band.SURE)

    def test_nothing(self) -> None:
        """Where neither does, a person has to."""
        found = best(other("Veltrania", "veltrania.example", "DE"), self.HOLDING, self.LOGISTICS)
        assert found.band is Band.REVIEW

    def test_two_fit_equally_well(self) -> None:
        """Two of ours that fit equally well are both for review, and each says which the other is."""
        twin = Company("4", "Veltrania Logistics", "veltrania.example", "DE")
        first, second = Index([self.LOGISTICS, twin]).matches(
            other("Veltrania Logistics", "veltrania.example")
        )
        assert first.band is second.band is Band.REVIEW
        assert any(f"fits another of ours as well: {second.ours}" in phrase for phrase in first.evidence)


class TestWhatAPersonSaid:
    """A person's word beats the score."""

    YES, NO = (
        Verdict(True, "Mei Tanaka said so on 3 November 2026"),
        Verdict(False, "Ravi Shah said no on 4 May 2026"),
    )

    def test_yes(self) -> None:
        """A yes is sure with confidence 1, even for a pair that nothing would have found."""
        found = Index([HELIOS, Company("2", "Ostmark")]).matches(other(country="DE"), {("2", "P1"): self.YES})
        assert (found[0].ours, found[0].band, found[0].confidence) == ("2", Band.SURE, 1.0)
        assert found[0].evidence[0] == "Mei Tanaka said so on 3 November 2026"
        assert found[1].band is Band.REVIEW

    def test_no(self) -> None:
        """A no is no, however well the pair fits, and frees the other that fits as well."""
        twin = Company("2", "Helvarion Energy GmbH", "https://helvarion.example", "Germany", "86-323-8278")
        found = Index([HELIOS, twin]).matches(other(duns="863238278"), {("1", "P1"): self.NO})
        assert [(match.ours, match.band) for match in found] == [("2", Band.SURE), ("1", Band.NO)]
        assert found[1].evidence[0] == "Ravi Shah said no on 4 May 2026"
        assert found[1].confidence == 0.0

    def test_about_an_account_that_is_gone(self) -> None:
        """What was said about an account that we no longer have counts for nothing."""
        assert best(other(duns="863238278"), HELIOS).band is Band.SURE
        (found,) = Index([HELIOS]).matches(other(duns="863238278"), {("9", "P1"): self.YES})
        assert (found.ours, found.band) == ("1", Band.SURE)

    @given(LISTS, COMPANIES, st.data())
    @settings(max_examples=60, deadline=None)
    def test_always(self, ours: list[Company], theirs: Company, data: st.DataObject) -> None:
        """Whatever was said of whichever pair, it is what comes out."""
        said = {
            (company.id, theirs.id): data.draw(st.sampled_from([self.YES, self.NO]))
            for company in ours
            if data.draw(st.booleans())
        }
        found = {match.ours: match for match in Index(ours).matches(theirs, said, most=20)}
        for (id, _), verdict in said.items():
            assert found[id].band is (Band.SURE if verdict.yes else Band.NO)
            assert found[id].confidence == (1.0 if verdict.yes else 0.0)


def test_an_account_as_it_was_given() -> None:
    """The index gives back every account unchanged; an id we do not have is refused in words."""
    strange = Company("\x1f\ud800", 'a"\x00\x1f', "\n", "🎉")
    index = Index([HELIOS, strange])
    assert len(index) == 2
    assert (index.company("1"), index.company(strange.id)) == (HELIOS, strange)
    with pytest.raises(Refused, match="None of our accounts has the id 7"):
        index.company("7")


def test_of_two_with_one_id_the_later_counts() -> None:
    """An account that comes twice is the one that came last."""
    index = Index([HELIOS, Company("1", "Ostmark Textil", "ostmark.example")])
    assert len(index) == 1
    assert index.company("1").name == "Ostmark Textil"
    assert not index.matches(other(website="helvarion.example", duns="863238278"))


@given(LISTS, COMPANIES, st.randoms())
@settings(max_examples=60, deadline=None)
def test_the_order_of_ours_does_not_matter(ours: list[Company], theirs: Company, draw: st.DataObject) -> None:
    """The same accounts in another order give the same matches."""
    shuffled = list(ours)
    draw.shuffle(shuffled)  # type: ignore[attr-defined]
    assert Index(shuffled).matches(theirs) == Index(ours).matches(theirs)


@given(LISTS, COMPANIES)
@settings(max_examples=60, deadline=None)
def test_an_unrelated_company_changes_nothing(ours: list[Company], theirs: Company) -> None:
    """An account that shares nothing with a company changes none of its matches."""
    stranger = Company("stranger", "Wqzxk Ybbrup", "wqzxk.pl", "Poland")
    before, after = Index(ours).matches(theirs, most=9), Index([*ours, stranger]).matches(theirs, most=9)
    assert [match for match in after if match.ours != "stranger"] == list(before)


@given(st.lists(GARBAGE, max_size=4), GARBAGE)
@settings(max_examples=80, deadline=None)
def test_garbage_does_no_harm(ours: list[Company], theirs: Company) -> None:
    """Whatever the fields hold, there is an answer, and its confidence fits its band."""
    for match in Index([*ours, theirs]).matches(theirs):
        low, high = {Band.SURE: (0.9, 1), Band.REVIEW: (0.5, 0.9), Band.NO: (0, 0.5)}[match.band]
        assert low <= match.confidence <= high
        assert match.evidence


@pytest.mark.parametrize(
    "name",
    [
        "x" * 10_000,
        "ab " * 5_000,
        "(" * 10_000,
        "&" * 10_000,
        "a/" * 5_000,
        "d/b/a " * 2_000,
        "😀" * 10_000,
        ", us" * 3000,
    ],
)
def test_a_huge_field_costs_nothing(name: str) -> None:
    """A field of ten thousand characters, in either list, is done in no time."""
    started = time.perf_counter()
    huge = Company("1", name, name, name, name, name)
    Index([huge, HELIOS]).matches(huge)
    assert time.perf_counter() - started < 1
