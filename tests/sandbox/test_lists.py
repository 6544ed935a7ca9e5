"""The long lists: what is in them, that they are the same every time, and that the org takes the book."""

import csv
import io
import time
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner

from sandbox import lists
from sandbox.__main__ import cli
from sandbox.salesforce import Salesforce
from sandbox.salesforce.problem import Problem
from sandbox.salesforce.query import Answers
from sandbox.salesforce.soql import parse
from sandbox.salesforce.values import accepted, id18
from sandbox.seed import load
from sandbox.world import World

BEN = "005000000000002AAA"


@pytest.fixture(scope="module")
def book() -> lists.Book:
    """The book of the demo."""
    return lists.book()


def scores(book: lists.Book, rows: int = 400) -> list[dict[str, str]]:
    """The score file as a reader has it."""
    return list(csv.DictReader(io.StringIO(lists.score_file(book, rows).decode("utf-8-sig"), newline="")))


def test_the_same_every_time(book: lists.Book) -> None:
    """Two runs on one day give the same book and the same files."""
    again = lists.book()
    assert again == book
    assert lists.partner_list(again, 300) == lists.partner_list(book, 300)
    assert lists.score_file(again) == lists.score_file(book)


def test_dates_move_with_the_day_and_nothing_else() -> None:
    """A book of another day has the same accounts and the same deals, as much later."""
    one, other = lists.book(200, date(2026, 3, 1)), lists.book(200, date(2026, 3, 11))
    assert one.accounts == other.accounts
    moved = [date.fromisoformat(d["CloseDate"]) + timedelta(10) for d in one.opportunities]
    assert moved == [date.fromisoformat(d["CloseDate"]) for d in other.opportunities]


def test_ids_are_salesforces_and_nobody_elses(book: lists.Book) -> None:
    """Every id has Salesforce's own suffix, none occurs twice, and none is the seed's or could be made by the org."""
    org = Salesforce(load()).records
    ids = [row["Id"] for row in (*book.accounts, *book.opportunities)]
    assert len(set(ids)) == len(ids)
    assert all(len(id) == 18 and id18(id[:15]) == id for id in ids)
    assert not any(set(ids) & rows.keys() for rows in org.rows.values())
    assert not any(id[3:15].isdigit() for id in ids), "the org counts in digits"


def test_every_value_is_one_that_salesforce_takes(book: lists.Book) -> None:
    """Every field exists in the org and takes its value as it stands."""
    types = Salesforce(load()).records.types
    for kind, rows in (("Account", book.accounts), ("Opportunity", book.opportunities)):
        for row in rows:
            for name, value in row.items():
                field = types[kind].fields[name]
                assert name == "Id" or accepted(field, value) == value


def test_no_company_twice(book: lists.Book) -> None:
    """Names in one country, websites and D-U-N-S numbers are each one account's, though names look alike."""
    for of in ("Website", "DunsNumber"):
        assert max(Counter(a[of] for a in book.accounts if a[of]).values()) == 1
    assert max(Counter((c.core, c.country.name) for c in book.companies).values()) == 1
    assert max(Counter(c.domain for c in book.companies).values()) == 1
    words = Counter(c.word for c in book.companies)
    assert 100 < sum(n for n in words.values() if n > 1) < 600


def test_how_many_deals(book: lists.Book) -> None:
    """Half of the accounts have an open deal, some several; a quarter has bought; some are scored, some referred."""
    opened = book.open_of()
    count, deals = len(book.accounts), book.opportunities
    assert 0.45 < len(opened) / count < 0.55
    assert 0.05 < sum(len(rows) > 1 for rows in opened.values()) / count < 0.15
    assert 0.2 < len({d["AccountId"] for d in deals if d["StageName"] == "Closed Won"}) / count < 0.3
    assert 0.1 < sum(d["P2B_Score__c"] is not None for d in deals) / len(deals) < 0.2
    assert 0.15 < sum(d["ACE_Opportunity_Id__c"] is not None for d in deals) / len(deals) < 0.25


def test_few_open_deals_cannot_be_changed(book: lists.Book) -> None:
    """A close date in the past is rare among open deals, but there."""
    today = datetime.now(UTC).date().isoformat()
    opened = [row for rows in book.open_of().values() for row in rows]
    late = [row for row in opened if row["CloseDate"] < today]
    assert 0 < len(late) < len(opened) / 50


def test_the_org_takes_the_book_at_once(book: lists.Book) -> None:
    """The org has every row, whole, next to the seed's, within a second; the book itself stays as it was."""
    org = Salesforce(load())
    before = {kind: dict(rows) for kind, rows in org.records.rows.items()}
    began = time.perf_counter()
    lists.fill(org, book)
    assert time.perf_counter() - began < 1
    deals = org.records.rows["Opportunity"]
    assert len(org.records.rows["Account"]) == len(before["Account"]) + len(book.accounts)
    assert len(deals) == len(before["Opportunity"]) + len(book.opportunities)
    assert all(row.keys() == org.records.types["Opportunity"].fields.keys() for row in deals.values())
    assert before["Opportunity"].items() <= deals.items()
    assert book == lists.book()


def test_the_org_works_with_the_book(book: lists.Book) -> None:
    """A filled row is found by a query with its account, changes as any other does, and by the org's rules."""
    org = Salesforce(load())
    lists.fill(org, book)
    opened = next(row for rows in book.open_of().values() for row in rows if row["P2B_Score__c"] is None)
    org.records.update("Opportunity", opened["Id"], {"P2B_Score__c": 71}, BEN)
    assert org.record(opened["Id"])["P2B_Score__c"] == 71
    assert org.history(opened["Id"])[-1]["field"] == "P2B_Score__c"
    with pytest.raises(Problem, match="between 0 and 100"):
        org.records.update("Opportunity", opened["Id"], {"P2B_Score__c": 171}, BEN)
    soql = "SELECT Id, Account.Name FROM Opportunity WHERE P2B_Score__c = 71 AND IsClosed = false"
    found = Answers(org.records).run(parse(soql), "v66.0")
    shown = next(found.show(row) for row in found.rows if row["Id"] == opened["Id"])
    names = {account["Id"]: account["Name"] for account in book.accounts}
    assert shown["Account"]["Name"] == names[opened["AccountId"]]
    won = {d["Id"] for d in book.opportunities if d["StageName"] == "Closed Won"}
    assert won <= {
        id for id, row in org.records.rows["Opportunity"].items() if row["IsWon"] and row["IsClosed"]
    }


def test_a_world_has_the_book_from_the_start() -> None:
    """A world with a number has that many accounts more; without one, the seed's alone."""
    assert len(World(redis=False, book=25).salesforce.records.rows["Account"]) == 25 + len(
        World(redis=False).salesforce.records.rows["Account"]
    )


# -- the partner's list -------------------------------------------------------------------------------------
def test_two_in_five_lines_are_ours(book: lists.Book) -> None:
    """Of the list, 40 % are accounts of the book, and some of them are there more than once."""
    lines = lists.partner_lines(book)
    ours = Counter(line.account for line in lines if line.account)
    assert len(lines) == 5000 and ours.total() == 2000
    assert 100 < sum(n - 1 for n in ours.values()) < 300
    assert ours.keys() <= {account["Id"] for account in book.accounts}


def test_lines_are_written_otherwise(book: lists.Book) -> None:
    """Most of our accounts have another name in the list, and what else it says is often missing."""
    names = {account["Id"]: account["Name"] for account in book.accounts}
    ours = [line for line in lists.partner_lines(book) if line.account]
    same = sum(line.name == names[str(line.account)] for line in ours)
    assert 0.02 < same / len(ours) < 0.3
    for missing, low, high in (("website", 0.2, 0.4), ("duns", 0.5, 0.7), ("country", 0.1, 0.2)):
        assert low < sum(not getattr(line, missing) for line in ours) / len(ours) < high
    assert sum(line.name.isupper() for line in ours) > 50
    assert sum("(formerly" in line.name for line in ours) > 50
    assert sum(line.duns.count("-") == 2 for line in ours) > 50


def test_lines_that_are_not_ours_share_no_number_and_no_website(book: lists.Book) -> None:
    """No line that is none of ours has an account's D-U-N-S or website, though hundreds have its name or nearly."""
    theirs = [line for line in lists.partner_lines(book) if line.account is None]
    numbers = {company.duns for company in book.companies}
    assert not [line for line in theirs if line.duns.replace("-", "").replace(" ", "") in numbers]
    domains = {company.domain for company in book.companies}
    assert not [line for line in theirs if line.website in domains]
    words = {company.word.lower() for company in book.companies}
    assert 150 < sum(any(w in words for w in line.name.lower().split()) for line in theirs) < 700


def test_some_lines_come_from_programs_that_do_not_agree_on_letters(book: lists.Book) -> None:
    """A few names have letters read in another encoding, or another form of them."""
    text = "".join(line.name for line in lists.partner_lines(book))
    assert "Ã" in text and "\u0308" in text and "\u00a0" in text and "\uff21" < max(text) < "\uffff"


def test_csv_and_workbook_say_the_same(book: lists.Book) -> None:
    """Both have the same lines; the workbook has numbers as numbers, without their leading zeros."""
    rows = list(csv.reader(io.StringIO(lists.partner_list(book, 400).decode(), newline="")))
    sheet = load_workbook(io.BytesIO(lists.partner_list_xlsx(book, 400))).active
    assert sheet is not None
    cells = [["" if cell is None else cell for cell in row] for row in sheet.iter_rows(values_only=True)]
    assert rows[0] == ["id", "name", "website", "country", "duns", "state"] == cells[0]
    assert len(rows) == 401 and len({row[0] for row in rows}) == 401
    for row, cell in zip(rows[1:], cells[1:], strict=True):
        assert [*cell[:4], cell[5]] == [*row[:4], row[5]]
        assert cell[4] == (int(row[4]) if row[4].isdigit() else row[4])
    assert any(isinstance(cell[4], int) and cell[4] < 100_000_000 for cell in cells[1:])


@pytest.mark.parametrize("size", [0, 1, 7, 60])
def test_a_list_of_any_size(size: int) -> None:
    """A list has as many lines as were asked for, also with no book or a small one to take them from."""
    for accounts in (0, 1, 20):
        assert len(lists.partner_lines(lists.book(accounts), size)) == size


# -- the scores ---------------------------------------------------------------------------------------------
def test_what_the_scores_name(book: lists.Book) -> None:
    """Most rows name an account with one open deal, some one with several, one of two, or none; two come twice."""
    rows = scores(book)
    assert len(rows) == 400
    opened = book.open_of()
    count: Counter[str] = Counter()
    for row in rows:
        word = row["Customer"].lower()
        fits = [n for n, c in enumerate(book.companies) if word.startswith(c.word.lower())]
        deals = [len(opened.get(book.accounts[n]["Id"], ())) for n in fits]
        count[
            "unknown" if not fits else "unclear" if len(fits) > 1 else "one" if deals == [1] else "several"
        ] += 1
    assert count["one"] > 280
    assert count["several"] >= 20 and count["unclear"] >= 10 and count["unknown"] == 24
    named = [(row["Customer"], row["Website"]) for row in rows]
    twice = [pair for pair, n in Counter(named).items() if n == 2]
    assert len(twice) == 2
    for pair in twice:
        assert len({row["P2B Score"] for row in rows if (row["Customer"], row["Website"]) == pair}) == 2


def test_scores_that_are_none(book: lists.Book) -> None:
    """A few rows have no number from 0 to 100 where the score should be."""
    rows = scores(book)
    wrong = [r for r in rows if not r["P2B Score"].isdecimal() or int(r["P2B Score"]) > 100]
    assert 8 <= len(wrong) <= 24
    assert {"n/a", "140", "-5"} <= {r["P2B Score"] for r in wrong}


def test_ids_in_the_scores_are_of_open_deals(book: lists.Book) -> None:
    """Where a row has an id, ours or AWS's, it is that of an open deal; most rows have none of ours."""
    deals = [row for rows in book.open_of().values() for row in rows]
    ours = [r["Salesforce Opportunity ID"] for r in scores(book) if r["Salesforce Opportunity ID"]]
    aws = {r["ACE Opportunity ID"] for r in scores(book)} - {""}
    assert 20 < len(ours) < 120 and {len(id) for id in ours} == {15, 18}
    assert {id18(id) for id in ours} <= {d["Id"] for d in deals}
    assert len(aws) > 20 and aws <= {d["ACE_Opportunity_Id__c"] for d in deals}


@pytest.mark.parametrize("rows", [0, 1, 3, 30, 200])
def test_scores_of_any_number(rows: int) -> None:
    """A file has as many rows as were asked for, also with no book or a small one to take them from."""
    for accounts in (0, 1, 40):
        assert len(scores(lists.book(accounts), rows)) == rows


def test_the_command_writes_them(tmp_path: Path, book: lists.Book) -> None:
    """``python -m sandbox lists`` writes the three files into a folder and says where they are."""
    folder = tmp_path / "new" / "lists"
    result = CliRunner().invoke(cli, ["lists", "--to", str(folder)])
    assert result.exit_code == 0, result.output
    assert (folder / "partner-list.csv").read_bytes() == lists.partner_list(book)
    assert (folder / "p2b-scores.csv").read_bytes() == lists.score_file(book)
    assert (folder / "partner-list.xlsx").read_bytes()[:2] == b"PK"
    assert result.output.split() == [
        str(folder / name) for name in ("partner-list.csv", "partner-list.xlsx", "p2b-scores.csv")
    ]
