"""Two lists of made-up companies, as skewed as real ones: half of theirs are really ours, written otherwise."""

import csv
import random
from collections.abc import Iterator
from pathlib import Path

from bot.deal import Company

STEMS = 200_000
"""Distinct first words; the commonest begins one name in 250, as the commonest do in registers of companies."""
SKEW = 2.2

_SYLLABLES_TEXT = (
    "ba be bi bo bra bre ca ce cla co cor da de di dor el en fa fe fin fo ga ge gra ha hel hi hol in ja jo ka ken "
    "ki kor la le len li lo lum ma me mer mi mon na ne nor no or pa pe pi po pra qua ra re ri ro sa se sil so sta "
    "ta te ter ti to tra tri ul va ve ver vi vo wa wel wi xa xe ya yo za ze zo zen"
)
_SYLLABLES = _SYLLABLES_TEXT.split()
_TRADES_TEXT = (
    "Solutions Group Services Consulting Technologies Systems International Partners Capital Construction Energy "
    "Logistics Management Media Software Engineering Holdings Trading Health Design Marketing Financial Industries "
    "Properties Global Foods Electric Insurance Medical Transport Manufacturing Security Automotive Real Estate "
    "Hospitality Packaging Pharma Robotics Textiles Ventures Analytics Plastics Metals Interiors Aviation Marine"
)
_TRADES = _TRADES_TEXT.split()
_LANDS = (
    ("US", "United States", (" Inc.", " LLC", ", Inc", " Corp", " Co."), "com"),
    ("DE", "Germany", (" GmbH", " AG", " GmbH & Co. KG", " KG"), "de"),
    ("GB", "United Kingdom", (" Ltd", " Limited", " plc"), "co.uk"),
    ("FR", "France", (" SARL", " SAS", " S.A."), "fr"),
    ("NL", "Netherlands", (" B.V.", " BV", " N.V."), "nl"),
    ("JP", "Japan", (" K.K.", " Co., Ltd."), "co.jp"),
    ("PL", "Polska", (" Sp. z o.o.", " S.A."), "pl"),
    ("SE", "Sverige", (" AB",), "se"),
)
_STATES = ("CA", "TX", "NY", "FL", "IL", "WA", "MA", "CO", "GA", "OH")


def ours(count: int) -> Iterator[Company]:
    """So many accounts of a CRM."""
    return (company(number, f"A{number}") for number in range(count))


def theirs(count: int, of_ours: int) -> Iterator[Company]:
    """So many of a partner's: each second is one of the first ``of_ours`` of ours, its number in its id."""
    step = max(1, 2 * of_ours // count)
    for number in range(count):
        if number % 2:
            yield company(10**9 + number, f"P{number}")
        else:
            mine = number // 2 * step % of_ours
            yield _otherwise(company(mine, ""), f"P{number}-A{mine}", random.Random(-number))


def company(number: int, id: str) -> Company:
    """The company of a number: always the same."""
    draw = random.Random(number)
    stem = _stem(int(STEMS * draw.random() ** SKEW))
    trades = [_TRADES[int(len(_TRADES) * draw.random() ** 1.7)] for _ in range(draw.choice((0, 1, 1, 1, 2)))]
    code, land, forms, ending = _LANDS[int(len(_LANDS) * draw.random() ** 1.8)]
    name = " ".join((stem, *trades)) + draw.choice(forms)
    host = "-".join((stem, *trades[:1])).lower()
    host += _ending(number)  # of companies with one name, each has a website of its own
    return Company(
        id=id,
        name=name,
        website=f"https://www.{host}.{ending}" if draw.random() < 0.7 else "",
        country=draw.choice((code, land)) if draw.random() < 0.9 else "",
        duns=f"{draw.randrange(10**9):09d}" if draw.random() < 0.3 else "",
        state=draw.choice(_STATES) if code == "US" and draw.random() < 0.8 else "",
    )


def written(companies: Iterator[Company], path: Path) -> Path:
    """The companies as CSV, as a bulk query gives them."""
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerows((c.id, c.name, c.website, c.country, c.duns, c.state) for c in companies)
    return path


def read(path: Path) -> Iterator[Company]:
    """The companies of a CSV file, one at a time."""
    with path.open(newline="") as file:
        for row in csv.reader(file):
            yield Company(*row)


def _stem(rank: int) -> str:
    draw = random.Random(rank + 7)
    return "".join(draw.choice(_SYLLABLES) for _ in range(draw.choice((2, 3, 3, 4)))).capitalize()


def _ending(number: int) -> str:
    """Nothing for the first company of a kind that comes, so to say; else a few letters of its own."""
    draw = random.Random(~number)
    return "" if number < 1 else "-" + "".join(draw.choice("bcdfghklmnprstvwxz") for _ in range(4))


def _otherwise(company: Company, id: str, draw: random.Random) -> Company:
    """The same company as somebody else would write it."""
    name = company.name
    if draw.random() < 0.4:
        name = name.rsplit(" ", 1)[0].rstrip(",")
    if draw.random() < 0.15:
        name = name.upper()
    if draw.random() < 0.1 and len(name) > 6:
        at = draw.randrange(1, 6)
        name = name[:at] + name[at + 1 :]
    return Company(
        id=id,
        name=name,
        website=company.website.replace("https://www.", "") + "/en"
        if company.website and draw.random() < 0.8
        else "",
        country=company.country if draw.random() < 0.8 else "",
        duns=company.duns if draw.random() < 0.5 else "",
        state=company.state if draw.random() < 0.6 else "",
    )
