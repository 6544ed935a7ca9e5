"""A company in the form in which it is compared, and the keys under which it is found."""

import re
from dataclasses import dataclass
from enum import IntEnum

from bot.deal import Company
from bot.matching.letters import cleaned
from bot.matching.names import Name, loosened, named
from bot.matching.places import country, state
from bot.matching.websites import domain, label
from bot.matching.words import ARTICLES, COMMON

_FIGURES = re.compile(r"\D")
_DUNS = re.compile(r"^\D{0,12}([\d\s.-]*?)(?:\.0+)?\D{0,12}$")
_VOWELS = re.compile(r"[aeiouy]")
_TWICE = re.compile(r"(.)\1+")
_NO_DUNS = frozenset({"123456789", "987654321", "012345678", *(str(figure) * 9 for figure in range(10))})


class Kind(IntEnum):
    """What kind of key a company is found by."""

    DUNS = 0
    DOMAIN = 1
    WHOLE = 2  # the name without spaces, or the domain's own part
    PLACED = 3  # the same with the state or country
    SORTED = 4  # the name's words in the order of the alphabet
    WORD = 5
    BEGIN = 6  # half of the name and its length: whole on one side of a single wrong letter
    END = 7
    BONES = 8  # consonants
    LONG = 9  # the first letters of a long name
    INITIALS = 10


@dataclass(frozen=True, slots=True)
class Profile:
    """One company, normalised."""

    id: str
    name: Name
    domain: str
    country: str  # alpha-2
    state: str
    duns: str  # nine figures

    @property
    def rare(self) -> tuple[str, ...]:
        """The words of the name that few companies bear."""
        return tuple(word for word in self.name.words if is_rare(word))


def is_rare(word: str) -> bool:
    """Whether a word can tell who a company is."""
    return len(word) > 2 and word not in COMMON and word.isalpha()


def profile(company: Company) -> Profile:
    """The company, normalised; what makes no sense in a field is taken as not known."""
    name = named(company.name)
    land = country(company.country) if company.country else ""
    if not land and len(name.places) == 1:
        land = name.places[0]
    region = state(company.state, land) if company.state else ""
    if not land and region[2:3] == "-":
        land = region[:2]
    website = domain(company.website) if company.website else ""
    return Profile(company.id, name, website, land, region, duns(company.duns) if company.duns else "")


def duns(text: str) -> str:
    """Nine figures, with leading zeros that a spreadsheet lost; empty where it cannot be a D-U-N-S number."""
    found = _DUNS.match(cleaned(text))
    figures = _FIGURES.sub("", found[1]) if found else ""
    if len(figures) == 13:
        figures = figures[:9]  # with the four figures of a location
    figures = figures.zfill(9) if 7 <= len(figures) <= 9 else ""
    return "" if not figures.isascii() or figures in _NO_DUNS else figures


def keys(company: Profile) -> list[tuple[Kind, str]]:
    """Under what one of ours is found."""
    found = _exact(company)
    for core in _cores(company):
        length, half = len(core), _half(len(core))
        if length >= 5:
            found += [(Kind.BEGIN, f"{core[:half]}{length}"), (Kind.END, f"{core[-half:]}{length}")]
    return found


def asked(company: Profile) -> list[tuple[Kind, str]]:
    """Under what one of theirs is looked for: as ``keys``, and one letter shorter or longer."""
    found = _exact(company)
    for core in _cores(company):
        for length in range(max(5, len(core) - 1), len(core) + 2):
            half = _half(length)
            found += [(Kind.BEGIN, f"{core[:half]}{length}"), (Kind.END, f"{core[-half:]}{length}")]
    return found


def _half(length: int) -> int:
    return min(8, length // 2)


def _cores(company: Profile) -> list[str]:
    """The rare words of the name in one; all its words where none is rare."""
    return [loosened("".join(company.rare or company.name.words))[:40]]


def _exact(company: Profile) -> list[tuple[Kind, str]]:
    found: list[tuple[Kind, str]] = []
    if company.duns:
        found.append((Kind.DUNS, company.duns))
    wholes = []
    if company.domain:
        found.append((Kind.DOMAIN, company.domain))
        wholes.append(label(company.domain))
    seen: set[str] = set()
    for words in (company.name.words, *company.name.others):
        loose = [loosened(word) for word in words]
        whole = "".join(loose)
        if len(whole) < 2:
            continue
        wholes.append(whole)
        found.append((Kind.SORTED, " ".join(sorted(loose))))
        if len(whole) >= 14:
            found.append((Kind.LONG, whole[:12]))
        bones = _TWICE.sub(r"\1", whole[:1] + _VOWELS.sub("", whole[1:]))
        if len(bones) >= 4:
            found.append((Kind.BONES, bones))
        seen.update(word for word in loose if word not in ARTICLES and len(word) > 1)
        initials = "".join(word[0] for word in words if word not in ARTICLES)
        if 3 <= len(initials) <= 6:
            found.append((Kind.INITIALS, initials))
        if len(words) == 1 and 3 <= len(whole) <= 6:
            found.append((Kind.INITIALS, whole))
    found += [(Kind.WORD, word) for word in sorted(seen)]
    found += [(Kind.WHOLE, whole) for whole in dict.fromkeys(wholes) if len(whole) > 1]
    place = company.state or company.country
    if place and company.name.words:
        found.append((Kind.PLACED, f"{loosened(company.name.squashed)} {place}"))
    return found


_BETWEEN = "\x1f"


def written(company: Profile) -> str:
    """The profile as a line of text; the words for scoring come first."""
    name = company.name
    return _BETWEEN.join(
        (
            " ".join(name.words),
            "|".join(name.forms),
            " ".join(name.places),
            "|".join(" ".join(words) for words in name.others),
            "1" if name.umlauts else "",
            company.domain,
            company.country,
            company.state,
            company.duns,
            company.id,
        )
    )


def read(line: str) -> Profile:
    """The profile that ``written`` made a line of."""
    words, forms, places, others, umlauts, website, land, region, number, id = line.split(_BETWEEN, 9)
    further = tuple(tuple(other.split()) for other in others.split("|")) if others else ()
    name = Name(
        tuple(words.split()),
        tuple(forms.split("|")) if forms else (),
        tuple(places.split()),
        further,
        bool(umlauts),
    )
    return Profile(id, name, website, land, region, number)
