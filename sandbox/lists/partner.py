"""The partner's list of accounts, as it comes: theirs and ours, written otherwise, twice, and with holes."""

import csv
import io
import random
import unicodedata
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sandbox.lists.book import Book
from sandbox.lists.names import Made, Maker
from sandbox.lists.ways import WAYS, moved

COLUMNS = ("id", "name", "website", "country", "duns", "state")
_WEBSITES = (
    "{}",
    "{}",
    "{}",
    "https://www.{}/",
    "http://{}",
    "www.{}",
    "https://www.{}/en/about-us?ref=partner",
    "{}:8080",
    "info@{}",
    "shop.{}",
)
_NOTHING = ("n/a", "-", "unknown")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the list, and the Salesforce id of our account that it really is; None where it is none of ours."""

    id: str
    name: str
    website: str
    country: str
    duns: str
    state: str
    account: str | None

    @property
    def cells(self) -> tuple[str, ...]:
        """What the list shows of it, in the order of ``COLUMNS``."""
        return (self.id, self.name, self.website, self.country, self.duns, self.state)


def partner_lines(book: Book, size: int = 5000) -> tuple[Line, ...]:
    """The list with its truth: two in five lines are accounts of the book, if it has as many; some are there twice."""
    rng = random.Random(5000)
    maker = Maker(rng, book.companies)
    count = min(size * 2 // 5, len(book.accounts))
    again = count // 12
    ours = rng.sample(range(len(book.accounts)), count - again)
    ours += rng.choices(ours, k=again) if ours else []
    found = [_line(book.companies[i], rng, str(book.accounts[i]["Id"])) for i in ours]
    for _ in range(size - count):
        kind = rng.random()
        if kind >= 0.12 or not book.companies:
            made = maker.company()
        elif kind >= 0.08:
            made = maker.near(rng.choice(book.companies))
        else:
            made = maker.relative(rng.choice(book.companies))
        found.append(_line(made, rng, None))
    rng.shuffle(found)
    odd = rng.sample(range(size), min(12, size))
    found = [_odd(line, rng) if n in odd else line for n, line in enumerate(found)]
    return tuple(replace(line, id=f"P-{n:05d}") for n, line in enumerate(found, 1))


def partner_list(book: Book, size: int = 5000) -> bytes:
    """The list as CSV in UTF-8."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    writer.writerows(line.cells for line in partner_lines(book, size))
    return out.getvalue().encode()


def partner_list_xlsx(book: Book, size: int = 5000) -> bytes:
    """The list as a workbook; numbers are numbers in it, so a D-U-N-S has lost its leading zeros."""
    from openpyxl import (
        Workbook,
    )  # a quarter of a second, which no other part of the sandbox needs to wait for

    workbook = Workbook(write_only=True)
    workbook.properties.created = workbook.properties.modified = datetime(2026, 1, 5, tzinfo=UTC)
    sheet = workbook.create_sheet("Accounts")
    sheet.append(COLUMNS)
    for line in partner_lines(book, size):
        sheet.append([*line.cells[:4], int(line.duns) if line.duns.isdecimal() else line.duns, line.state])
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def _line(made: Made, rng: random.Random, account: str | None) -> Line:
    """A company as somebody else wrote it down."""
    way = rng.choice(WAYS)
    site = moved(made, rng) if rng.random() < 0.04 else made
    website = rng.choice(_WEBSITES).format(site.domain) if rng.random() < 0.7 else ""
    duns = _duns(made.duns, rng) if rng.random() < 0.4 else ""
    country = made.country
    where = rng.choice((country.name, country.name, country.name, *country.codes, *country.others))
    state = rng.choice((made.state, dict(country.states).get(made.state, "")))
    return Line(
        id="",
        name=way(made, rng),
        website=website or (rng.choice(_NOTHING) if rng.random() < 0.05 else ""),
        country=where if rng.random() < 0.85 else "",
        duns=duns,
        state=state if rng.random() < 0.7 else "",
        account=account,
    )


def _duns(duns: str, rng: random.Random) -> str:
    dashed = f"{duns[:2]}-{duns[2:5]}-{duns[5:]}"
    return rng.choice((duns, duns, dashed, duns.lstrip("0"), f"{int(duns)}.0", dashed.replace("-", " ")))


def _odd(line: Line, rng: random.Random) -> Line:
    """The line after a trip through programs that do not agree on letters."""
    name = line.name.replace("a", "ä", 1)
    return replace(
        line,
        name=rng.choice(
            (
                name.encode().decode("cp1252", "replace"),
                unicodedata.normalize("NFD", name),
                f"\u00a0{line.name}\u200b ",
                line.name.translate({n: n + 0xFEE0 for n in range(0x21, 0x7F)}),
                line.name.replace(" ", " &amp; ", 1),
            )
        ),
    )
