"""``cosell match``: two lists in, one list of matches out."""

import csv
import json
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot import match_commands
from bot.__main__ import cli

OURS = "id,name,website,country\n001A,Acme GmbH,acme.de,DE\n001B,Northwind Traders,northwind.com,US\n001C,Zebra,,\n"
THEIRS = """Customer;Webseite;Land;Nr
ACME;https://www.acme.de/;Deutschland;1
Northwind Traders Inc.;northwind.com;USA;2
Pelican Bakery;pelican.example;USA;3
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with both lists."""
    (tmp_path / "ours.csv").write_text(OURS)
    (tmp_path / "theirs.csv").write_text(THEIRS)
    return tmp_path


def run(
    folder: Path, *words: str, ours: str = "ours.csv", theirs: str = "theirs.csv", out: str = "out.csv"
) -> Result:
    """The command on files of the folder."""
    paths = ["--ours", str(folder / ours), "--theirs", str(folder / theirs), "--out", str(folder / out)]
    return CliRunner().invoke(cli, ["match", *paths, *words])


def written(path: Path) -> list[dict[str, str]]:
    """The rows of the result."""
    return list(csv.DictReader(StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))


def test_the_real_command_needs_no_settings(folder: Path) -> None:
    """From the shell, without a single setting: the matches are in the file, the summary on standard output."""
    bare = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    command = [
        sys.executable,
        "-m",
        "bot",
        "match",
        "--ours",
        "ours.csv",
        "--theirs",
        "theirs.csv",
        "--out",
        "out.csv",
    ]
    bare["PYTHONPATH"] = str(Path(__file__).parent.parent)
    done = subprocess.run(
        command, cwd=folder, env=bare, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0 and done.stderr == ""
    assert "2 sure, 0 to review, 1 without a match, of 3 of theirs." in done.stdout
    assert "Written to out.csv" in done.stdout
    rows = written(folder / "out.csv")
    assert [(row["ours_id"], row["theirs_id"], row["band"]) for row in rows] == [
        ("001A", "row 2", "sure"),
        ("001B", "row 3", "sure"),
    ]
    assert list(rows[0]) == ["ours_id", "theirs_id", "confidence", "band", "evidence"]
    assert 0.9 <= float(rows[0]["confidence"]) <= 1 and "acme.de" in rows[0]["evidence"]


def test_rows_left_out_are_told_with_the_first_reasons(folder: Path) -> None:
    """And where the rest is."""
    (folder / "ours.csv").write_text(OURS + "x,,,\n" * 5)
    said = run(folder).output
    assert "ours.csv: 5 rows left out." in said and said.count("has no company name") == 3
    assert "row 5: It has no company name." in said and "--json" in said
    everything = json.loads(run(folder, "--json").stdout)
    assert [one["row"] for one in everything["ours"]["left_out"]] == [5, 6, 7, 8, 9]


def test_the_summary_as_json_is_one_object(folder: Path) -> None:
    """And nothing else is on standard output."""
    summary = json.loads(run(folder, "--json").stdout)
    assert (summary["sure"], summary["review"], summary["of"]) == (2, 0, 3)
    assert (
        summary["theirs"]["companies"] == 3
        and summary["ours"]["left_out"] == []
        and summary["out"].endswith("out.csv")
    )


def test_a_guess_is_used_and_said(folder: Path) -> None:
    """So that somebody can see that it was one."""
    (folder / "theirs.csv").write_text("No,Compny name,Page\n1,Acme,acme.de\n2,Beta,beta.de\n")
    said = run(folder).output
    assert "“Compny name” was taken for Company name." in said and "“Page” was taken for Website." in said
    assert "no column of ids" in said


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("id,colour\n1,7\n", "has no column “Company name”. Expected is a column “Company name”, and any of"),
        ("", "is empty"),
        ("%PDF-1.4", "is a PDF"),
        ("id,name\n1,\n", "has no row that can be used. Row 2: It has no company name."),
    ],
)
def test_a_list_that_cannot_be_used_ends_with_the_sentence(folder: Path, content: str, words: str) -> None:
    """Exit 2, and no file is written."""
    (folder / "theirs.csv").write_text(content)
    done = run(folder)
    assert done.exit_code == 2 and words in done.stderr and "theirs.csv" in done.stderr
    assert sorted(path.name for path in folder.iterdir()) == ["ours.csv", "theirs.csv"]


def test_an_input_is_never_overwritten(folder: Path) -> None:
    """By whatever name it goes."""
    os.link(folder / "theirs.csv", folder / "other.csv")
    for out in ("ours.csv", "theirs.csv", "other.csv"):
        done = run(folder, out=out)
        assert done.exit_code == 2 and "would be overwritten" in done.stderr
    assert (folder / "theirs.csv").read_text() == THEIRS


def test_a_folder_that_is_not_there_is_told_before_the_work(folder: Path) -> None:
    """In words, with what to do."""
    done = run(folder, out="nowhere/out.csv")
    assert done.exit_code == 2 and "There is no folder" in done.stderr


def test_the_result_is_put_into_place_as_a_whole(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was there stays until then, and no part is left behind."""
    (folder / "out.csv").write_text("before")

    def full(self: Path, target: Path) -> Path:
        assert (folder / "out.csv").read_text() == "before" and self.read_bytes()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    done = run(folder)
    assert done.exit_code == 2 and "No space left on device" in done.stderr
    assert sorted(path.name for path in folder.iterdir()) == ["ours.csv", "out.csv", "theirs.csv"]


def test_help_says_what_goes_in_and_what_comes_out() -> None:
    """Enough to use it without a document."""
    said = CliRunner().invoke(cli, ["match", "--help"], env={"COLUMNS": "200"}).output
    for word in ("--ours", "--theirs", "--out", "duns", "confidence", "evidence", "Example"):
        assert word in said


def test_a_bar_shows_on_a_terminal_alone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On standard error, so that the summary can be piped."""
    from rich.console import Console

    shown = StringIO()
    monkeypatch.setattr(match_commands, "complain", Console(file=shown, force_terminal=True, width=120))
    assert run(folder).exit_code == 0
    assert "Matching" in shown.getvalue() and "3/3" in shown.getvalue()
