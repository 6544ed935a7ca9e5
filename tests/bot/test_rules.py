"""Rules of the configuration: what is wrong with one is told in a sentence, before anything is watched."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from bot.config import ConfigError, load
from bot.rules import Rule, Triggers

GOOD: list[dict[str, Any]] = [
    {"when": "stage_becomes", "stages": ["Qualification"], "amount": 1, "propose": "refer"},
    {"when": "amount_reaches", "amount": 250_000, "propose": "meet next week"},
    {"when": "new_opportunity"},
    {"when": "overlaps", "partner": "aws", "propose": "refer"},
    {"when": "next_step_stale", "days": 30, "propose": "set next step Call {account}"},
    {"when": "aws_updated", "statuses": ["Approved"], "propose": "set ace status {review_status}"},
    {"when": "invited"},
    {"when": "sweep", "at": "0 8 * * mon", "stages": ["Qualification"], "amount": 50_000, "propose": "refer"},
]
BAD: list[tuple[dict[str, Any], str]] = [
    ({"when": "stage_becomes"}, "needs `stages`"),
    ({"when": "amount_reaches"}, "needs `amount`"),
    ({"when": "amount_reaches", "amount": 0}, "greater than 0"),
    ({"when": "overlaps"}, "needs `partner`"),
    ({"when": "next_step_stale", "days": 0}, "greater than 0"),
    ({"when": "next_step_stale", "days": 3, "at": "0 8 * * mon"}, "does not use `at`"),
    ({"when": "invited", "stages": ["x"], "days": 3}, "does not use `days` and `stages`"),
    ({"when": "sweep"}, "needs `at`"),
    ({"when": "sweep", "at": "every monday"}, "is no crontab line"),
    ({"when": "sweep", "at": "0 8 * * 1"}, "write weekdays by name"),
    ({"when": "sweep", "at": "0 8 * * mon-5"}, "write weekdays by name"),
    ({"when": "sweep", "at": "99 8 * * mon"}, "is no crontab line"),
    ({"when": "invited", "propose": "/cosell refer"}, "without the slash"),
    ({"when": "invited", "propose": "{deal}"}, "begin with a verb"),
    (
        {"when": "new_opportunity", "propose": "set next step {review_status}"},
        "cannot fill in {review_status}",
    ),
    ({"when": "new_opportunity", "propose": "set next step {deal.__class__}"}, "cannot fill in"),
    ({"when": "new_opportunity", "propose": "set next step {amount:,}"}, "cannot fill in {amount}"),
    ({"when": "new_opportunity", "propose": "set next step {}"}, "cannot fill in {}"),
    ({"when": "new_opportunity", "propose": "set next step {deal"}, "expected '}'"),
    ({"when": "whenever"}, "stage_becomes"),
    ({"when": "invited", "unless": "x"}, "Extra inputs"),
]


@pytest.mark.parametrize("given", GOOD, ids=lambda given: str(given["when"]))
def test_each_kind_of_rule_is_taken(given: dict[str, Any]) -> None:
    """With what it needs and what it can use, and a proposal of any action."""
    assert Rule.model_validate({"name": "one", **given}).when == given["when"]


@pytest.mark.parametrize(("given", "said"), BAD)
def test_what_is_missing_unused_or_unknown_is_told(given: dict[str, Any], said: str) -> None:
    """A rule that would never fire, or not as its author thinks, stops the start with what to mend."""
    with pytest.raises(ValidationError) as error:
        Rule.model_validate({"name": "one", **given})
    assert said in str(error.value)


def test_every_problem_of_the_file_is_told_at_once(tmp_path: Path) -> None:
    """Beside each other, with the rule's name."""
    path = tmp_path / "cosell.toml"
    path.write_text(
        '[triggers]\nquiet_hours = "late"\ntimezone = "Mars"\n'
        '[[rules]]\nname = "large"\nwhen = "amount_reaches"\n[[rules]]\nname = "b"\nwhen = "sweep"\n'
    )
    with pytest.raises(ConfigError) as error:
        load(path)
    said = " ".join(error.value.problems)
    assert "“late” is no stretch of a day" in said and "Mars is no IANA time zone" in said
    assert "the rule “large” (amount_reaches) needs `amount`" in said and "“b” (sweep) needs `at`" in said


def test_two_rules_of_one_name_are_refused(tmp_path: Path) -> None:
    """What fired is remembered by the name, whatever its case."""
    path = tmp_path / "cosell.toml"
    path.write_text('[[rules]]\nname = "A"\nwhen = "invited"\n[[rules]]\nname = "a"\nwhen = "invited"\n')
    with pytest.raises(ConfigError, match="two rules have the name “a”"):
        load(path)


def test_no_rule_is_on_unless_somebody_writes_it() -> None:
    """The defaults watch nothing."""
    assert load(None).rules == ()


@pytest.mark.parametrize("hours", ["19:00-19:00", "24:00-08:00", "7-8", "19:00-08:60", ""])
def test_hours_that_are_no_stretch_are_refused(hours: str) -> None:
    """Quiet all day, or never, is not what they mean."""
    with pytest.raises(ValidationError, match="is no stretch of a day"):
        Triggers(every_minutes=5, digest_above=5, quiet_hours=hours)


def test_a_process_without_timetables_does_not_load_their_engine() -> None:
    """The web processes start as quickly as before."""
    code = "import sys, bot.config; bot.config.load(None); sys.exit('apscheduler' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
