"""A file of P2B scores, as partner people pass it around: by the customer's name, with gaps and slips."""

import csv
import io
import random
from collections import defaultdict
from collections.abc import Mapping

from sandbox.lists.book import Book
from sandbox.lists.names import Made, Maker
from sandbox.salesforce.records import Record

COLUMNS = ("Customer", "Website", "ACE Opportunity ID", "Salesforce Opportunity ID", "P2B Score", "Scored on")
_SLIPS = ("140", "-5", "n/a", "High", "8O", "101")
Row = list[str]


def score_file(book: Book, rows: int = 400) -> bytes:
    """The scores as CSV, in UTF-8 with the mark that Excel puts before it.

    Most rows name an account with exactly one open opportunity. Of a hundred, eight name one with several, four a
    company that is like two of ours, six nobody we know, and four have no score from 0 to 100. Two rows come twice,
    with another score. Where the book is too small for so many, more rows name nobody we know.
    """
    rng = random.Random(400)
    opened = book.open_of()
    alike = defaultdict[str, list[int]](list)
    for number, made in enumerate(book.companies):
        alike[made.word].append(number)
    alone = [numbers[0] for numbers in alike.values() if len(numbers) == 1]
    one = [n for n in alone if len(opened.get(book.accounts[n]["Id"], ())) == 1]
    several = [n for n in alone if len(opened.get(book.accounts[n]["Id"], ())) > 1]
    unclear = [numbers[0] for numbers in alike.values() if len(numbers) > 1]

    def some(numbers: list[int], share: int) -> list[int]:
        return rng.sample(numbers, min(rows * share // 100, len(numbers)))

    twice = min(2, rows // 2)
    found = [_row(book, n, opened, rng) for n in some(several, 8)]
    found += [[book.companies[n].word, "", "", "", _score(rng), _day(rng)] for n in some(unclear, 4)]
    maker = Maker(rng, book.companies)
    found += [_unknown(maker.company(), rng) for _ in range(rows * 6 // 100)]
    known = [_row(book, n, opened, rng) for n in rng.sample(one, min(rows - twice - len(found), len(one)))]
    for slip, row in zip(range(rows * 4 // 100), known, strict=False):
        row[4] = _SLIPS[slip % len(_SLIPS)]
    good = known[rows * 4 // 100 :]
    found += known
    found += [_unknown(maker.company(), rng) for _ in range(rows - twice - len(found))]
    rng.shuffle(found)
    found += [[*row[:4], str((int(row[4]) + 17) % 101), row[5]] for row in [*good, *found][:twice]]
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    writer.writerows(found)
    return out.getvalue().encode("utf-8-sig")


def _row(book: Book, number: int, opened: Mapping[str, list[Record]], rng: random.Random) -> Row:
    account, made = book.accounts[number], book.companies[number]
    deal = opened[account["Id"]][0]
    name = rng.choice((account["Name"], account["Name"], made.core, made.name.upper(), made.name))
    website = made.domain if rng.random() < 0.6 else ""
    ace = deal["ACE_Opportunity_Id__c"] or ""
    ours = rng.choice((deal["Id"], deal["Id"][:15])) if rng.random() < 0.15 else ""
    return [name, website, ace, ours, _score(rng), _day(rng)]


def _unknown(made: Made, rng: random.Random) -> Row:
    return [made.name, made.domain if rng.random() < 0.5 else "", "", "", _score(rng), _day(rng)]


def _score(rng: random.Random) -> str:
    return str(rng.randrange(101))


def _day(rng: random.Random) -> str:
    return f"2026-01-{rng.randrange(5, 29):02d}"
