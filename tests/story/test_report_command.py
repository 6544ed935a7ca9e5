"""``cosell report``: a month for those who are not in Slack, in the terminal and as files, as far as they may read."""

import csv
from pathlib import Path

import pytest
from pypdf import PdfReader
from typer.testing import CliRunner

from bot.__main__ import cli
from bot.proposal import Proposal
from tests.story.conftest import Bot


def scored(bot: Bot) -> Proposal:
    """A score that was asked for, approved, written and read back."""
    bot.command("score 82")
    one = bot.shown("update_opportunity")
    bot.approve(one)
    return bot.ended(one)


def month_of(one: Proposal) -> str:
    """The month in which it ended."""
    assert one.ended_at is not None
    return f"{one.ended_at:%Y-%m}"


def run(*words: str) -> tuple[int, str]:
    """Its exit code and what it says."""
    result = CliRunner().invoke(cli, ["report", *words])
    return result.exit_code, result.output


def test_a_month_in_the_terminal(bot: Bot) -> None:
    """Each kind, partner and seller with its numbers."""
    done = scored(bot)
    code, said = run("--month", month_of(done))
    assert code == 0
    assert "Update Salesforce opportunity" in said and "Ana Costa" in said and "AWS" in said


def test_a_month_as_files(bot: Bot, tmp_path: Path) -> None:
    """PDF, page and CSV, each with the deal and the way to its thread."""
    done = scored(bot)
    code, said = run("--month", month_of(done), "--pdf", "--html", "--csv", "--to", str(tmp_path / "new"))
    assert code == 0 and said.count("Wrote") == 3
    name = f"cosell-{month_of(done)}"
    page = (tmp_path / "new" / f"{name}.html").read_text()
    assert "Northwind - fleet telemetry lake" in page and f"archives/{done.channel}/p" in page
    text = "".join(p.extract_text() for p in PdfReader(tmp_path / "new" / f"{name}.pdf").pages)
    assert "Northwind - fleet telemetry lake" in text
    with (tmp_path / "new" / f"{name}.csv").open(encoding="utf-8-sig") as file:
        assert [row["id"] for row in csv.DictReader(file)] == [done.id]


def test_of_what_one_person_may_read(bot: Bot) -> None:
    """A seller who had no part in it is told nothing of it."""
    done = scored(bot)
    code, said = run("--month", month_of(done), "--as", "U0BEN")
    assert code == 0 and "Nothing happened" in said
    assert "Ana Costa" in run("--month", month_of(done), "--as", "U0MEI")[1]


def test_of_one_partner(bot: Bot) -> None:
    """Only what was done with them."""
    done = scored(bot)
    assert "Ana Costa" in run("--month", month_of(done), "--partner", "AWS")[1]
    assert "Nothing happened" in run("--month", month_of(done), "--partner", "acme")[1]


@pytest.mark.parametrize("month", ["2026-13", "november", "2026", "0000-01", "9999-12"])
def test_what_is_no_month_is_said(month: str) -> None:
    """How a month is written."""
    code, said = run("--month", month)
    assert code == 2 and "2026-11" in said


def test_a_folder_that_cannot_be_written(bot: Bot, tmp_path: Path) -> None:
    """Why, and nothing else is lost."""
    (tmp_path / "file").write_text("x")
    code, said = run("--month", "2020-01", "--csv", "--to", str(tmp_path / "file" / "below"))
    assert code == 1 and "cannot be written" in said
