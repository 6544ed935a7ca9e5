"""Alerts, dashboard and runbook speak of numbers that are told, and of each other."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import redis
import yaml
from prometheus_client.parser import text_string_to_metric_families
from typer.main import get_command

from bot.__main__ import cli
from bot.config import Config
from bot.handlers.commands import OWN
from bot.history.history import READ, WALK
from bot.jobs import NAMESPACE, QUEUE
from bot.ledger.ledger import STOPS
from bot.ledger.steps import DUE, LEDGER, WORKERS
from bot.lifecycle.jobs import Job
from bot.lifecycle.timetable import _asked as asked_mark
from bot.metrics.asked import CLOCK
from bot.watch_state import _MARKS as WATCH_MARKS
from tests.bot.metrics.promql import OF_COUNTERS, NotPromql, read
from tests.bot.metrics.running import exposition, run

ROOT = Path(__file__).parent.parent
ALERTS = yaml.safe_load((ROOT / "ops/prometheus/alerts.yml").read_text())
RULES: list[dict[str, Any]] = [rule for group in ALERTS["groups"] for rule in group["rules"]]
DASHBOARD = json.loads((ROOT / "ops/grafana/cosell.json").read_text())
RUNBOOK = ROOT / "docs/runbook"
PROMETHEUS_OWN = {"up": {"job", "instance"}}
KEYS = {LEDGER, DUE, STOPS, WORKERS, CLOCK, READ, WALK, WATCH_MARKS}
KEYS |= {f"{NAMESPACE}:{QUEUE}{end}" for end in ("", ".msgs", ".XQ", ".XQ.msgs")}
QUOTED = (
    "The record cannot be read",
    "could not be handed on",
    "No policy is in force",
    "Something unexpected happened",
)
MACROS = {"$__rate_interval": "1m", "$__range": "1d", "$kind": ".*"}
"""What Grafana puts in."""


def panels() -> list[dict[str, Any]]:
    """Those that show something."""
    return [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]


def expressions() -> list[tuple[str, str]]:
    """Every expression of the files, with where it stands."""
    found = [(rule["alert"], rule["expr"]) for rule in RULES]
    for panel in panels():
        for target in panel["targets"]:
            text = target["expr"]
            for macro, value in MACROS.items():
                text = text.replace(macro, value)
            found.append((panel["title"], text))
    return found


def told(store: redis.Redis) -> dict[str, tuple[set[str], str]]:
    """Every number that is told of a bot of which there is something to tell: its labels, and its type."""
    run(store)
    found: dict[str, tuple[set[str], str]] = {}
    for family in text_string_to_metric_families(exposition(store)().decode()):
        for sample in family.samples:
            found.setdefault(sample.name, (set(), family.type))[0].update(sample.labels)
    return found


def test_every_expression_uses_numbers_that_are_told(store: redis.Redis) -> None:
    """By their names and with their labels; what only grows is asked how fast, and nothing else is."""
    numbers = told(store)
    for where, text in expressions():
        used = read(text)
        assert used.numbers or "time()" in text, where
        for number in used.numbers - set(PROMETHEUS_OWN):
            assert number in numbers, f"{where}: nobody tells {number}"
        for number, label in used.labels:
            labels = PROMETHEUS_OWN.get(number) or numbers[number][0]
            assert label in labels, f"{where}: {number} has no label {label}"
        growing = {number for function, number in used.ranges if function in OF_COUNTERS}
        assert all(numbers[number][1] in ("counter", "histogram") for number in growing), where
        for number in used.numbers - growing - set(PROMETHEUS_OWN):
            assert numbers[number][1] == "gauge", f"{where}: {number} says nothing by itself"


def test_every_value_that_is_matched_is_told(store: redis.Redis) -> None:
    """A state, a status, an outcome that does not exist would never fire."""
    run(store)
    values: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(exposition(store)().decode()):
        for sample in family.samples:
            for name, value in sample.labels.items():
                values.setdefault(name, set()).add(value)
    for where, text in expressions():
        for name, value in re.findall(r'(\w+)\s*(?:=~?|!=)\s*"([^"]*)"', text):
            wanted = set(value.split("|")) - {".*"}
            assert name == "job" or wanted <= values[name], f"{where}: {name}={value}"


@pytest.mark.parametrize(
    "broken",
    [
        "max(cosell_workers",
        "max(cosell_workers)) == 0",
        "rate(cosell_jobs_total)",
        "cosell_jobs_total[5]",
        "cosell_pending{waits_for=bot}",
        'cosell_pending{waits_for:"bot"}',
        "maximum(cosell_workers)",
        "cosell_workers ==",
        "cosell_workers cosell_stops",
        "sum by kind (cosell_stops)",
        "",
    ],
)
def test_what_is_no_expression_is_found(broken: str) -> None:
    """The reading above is not idle."""
    with pytest.raises(NotPromql):
        read(broken)


def test_every_alert_says_who_is_woken_and_what_for() -> None:
    """A name, how urgent it is, two plain sentences, and its page."""
    assert 10 <= len(RULES) <= 14
    assert len({rule["alert"] for rule in RULES}) == len(RULES)
    for rule in RULES:
        said = rule["annotations"]
        assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert said["summary"].endswith(".") and len(said["summary"]) < 90
        assert said["description"].endswith(".")
        assert said["runbook_url"] == f"docs/runbook/{rule['alert']}.md"
        assert re.fullmatch(r"(\d+[smh])?", rule.get("for", ""))
        for label in re.findall(r"\$labels\.(\w+)", str(said)):
            assert re.search(rf"by \([^)]*\b{label}\b", rule["expr"]), f"{rule['alert']} has no label {label}"


def test_every_alert_has_its_page_and_every_page_its_alert() -> None:
    """And the table of contents has them all."""
    pages = {page.stem for page in RUNBOOK.glob("*.md")} - {"README"}
    assert pages == {rule["alert"] for rule in RULES}
    contents = (RUNBOOK / "README.md").read_text()
    listed = dict(re.findall(r"^\| \[(\w+)\]\(\1\.md\) \| (\w+) \|", contents, re.M))
    assert listed == {rule["alert"]: rule["labels"]["severity"] for rule in RULES}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_every_page_says_what_to_do(rule: dict[str, Any]) -> None:
    """What it means, how to look, what to do, when to call for help: short, and in this order."""
    text = (RUNBOOK / f"{rule['alert']}.md").read_text()
    assert text.startswith(f"# {rule['alert']}\n")
    headings = re.findall(r"^## (.+)$", text, re.M)
    assert headings == ["What it means", "Look", "Do", "Escalate"]
    assert len(text.splitlines()) <= 60


def test_the_runbook_speaks_of_numbers_and_keys_that_are_there(store: redis.Redis) -> None:
    """Every number that a page names is told, and every key of the store is one that the bot uses."""
    numbers = list(told(store))
    for page in RUNBOOK.glob("*.md"):
        text = page.read_text()
        for number in re.findall(r"\bcosell_[a-z_]+", text):
            assert any(name.startswith(number) for name in numbers), (
                f"{page.name}: {number}"
            )  # also to grep for
        for key in re.findall(r"\bcosell:[a-z_:]+(?:\.[A-Z]+)?(?:\.msgs)?", text):
            assert key in KEYS, f"{page.name}: {key}"
    assert asked_mark(Job.WALK) == "walk.asked"


def test_the_runbook_speaks_of_log_lines_and_settings_that_are_there() -> None:
    """An event that a page tells one to look for is logged or recorded; a value of the configuration is one of it."""
    code = "\n".join(path.read_text() for path in (ROOT / "bot").rglob("*.py"))
    for page in RUNBOOK.glob("*.md"):
        for name in re.findall(r"`([a-z_]+\.[a-z_]+)`", page.read_text()):
            of, _, value = name.partition(".")
            configured = Config.model_fields.get(of)
            known = configured.annotation.model_fields if configured and configured.annotation else {}
            assert value in (*known, "yml") or f'"{name}"' in code, f"{page.name}: {name}"


def test_the_runbook_quotes_what_people_are_told() -> None:
    """What a page says that a reason reads like is in the words of the code."""
    code = "\n".join(path.read_text() for path in (ROOT / "bot").rglob("*.py"))
    for words in QUOTED:
        assert words in code, words
        assert any(words in page.read_text() for page in RUNBOOK.glob("*.md")), words


def test_the_runbook_names_commands_that_are_there() -> None:
    """``cosell …`` as the command line has it, ``/cosell …`` as Slack's command has it."""
    group = get_command(cli)
    commands: dict[str, Any] = group.commands  # type: ignore[attr-defined]
    for page in RUNBOOK.glob("*.md"):
        text = page.read_text()
        for verb in re.findall(r"`/cosell ([a-z]+)", text):
            assert verb in OWN, f"{page.name}: /cosell {verb}"
        for name, sub in re.findall(r"(?:`|^ +)cosell ([a-z]+)(?: ([a-z]+))?", text, re.M):
            assert name in commands, f"{page.name}: cosell {name}"
            subs = getattr(commands.get(name), "commands", None)
            assert subs is None or sub in subs, f"{page.name}: cosell {name} {sub}"


def test_the_dashboard_can_be_imported() -> None:
    """In the classic form: every panel in its own place, on the data source that is chosen above."""
    assert DASHBOARD["schemaVersion"] >= 39 and "id" not in DASHBOARD and DASHBOARD["uid"] == "cosell"
    variables = {one["name"]: one for one in DASHBOARD["templating"]["list"]}
    assert (variables["datasource"]["type"], variables["datasource"]["query"]) == ("datasource", "prometheus")
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(ids)) == len(ids)
    cells: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        mine = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not mine & cells and max(x for x, _ in mine) < 24, panel["title"]
        cells |= mine
    for panel in panels():
        assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
        refs = [target["refId"] for target in panel["targets"]]
        assert len(set(refs)) == len(refs) > 0
        assert all(target["datasource"] == panel["datasource"] for target in panel["targets"])


def test_the_dashboard_shows_everything_that_is_told(store: redis.Redis) -> None:
    """No number is made that nobody looks at."""
    shown = set().union(*(read(text).numbers for _, text in expressions()))
    families = {re.sub(r"_(bucket|sum|count)$", "", name) for name in told(store)}
    assert families == {re.sub(r"_bucket$", "", name) for name in shown} - set(PROMETHEUS_OWN)


def test_the_example_names_the_job_that_the_alerts_know() -> None:
    """An alert that looks for another job would fire for ever."""
    scrape = yaml.safe_load((ROOT / "ops/prometheus/scrape.yml").read_text())
    (job,) = scrape["scrape_configs"]
    assert job["metrics_path"] == "/metrics"
    assert any(f'up{{job="{job["job_name"]}"}}' in rule["expr"] for rule in RULES)
    assert scrape["rule_files"] == ["alerts.yml"]
