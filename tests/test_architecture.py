"""Imports go one way, and the rules that a reader relies on hold."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BOT = ROOT / "bot"

LAYERS = [
    {"hiding", "pool", "tracing"},
    {"errors"},
    {"deal"},
    {"rules"},
    {"audience", "clients", "config", "settings", "log"},
    {"action"},
    {"hearing", "ace", "matching", "slots", "tables"},
    {"batches", "meetings"},
    {"actions"},
    {"proposal"},
    {"alike", "pairings", "partner_lists", "stops", "triggers"},
    {"overlap", "policy"},
    {"entry", "slack_files"},
    {"exchange", "pace", "tallies"},
    {"breakers", "quotas"},
    {"guards"},
    {"asked_columns", "sharing", "watch_state", "sign_ins"},
    {"ledger"},
    {"history"},
    {"summaries"},
    {"cards"},
    {"threads"},
    {"charts"},
    {"papers"},
    {"sign_in_pages"},
    {"gateway"},
    {"context", "workspace"},
    {"lifecycle"},
    {"jobs", "clock", "handlers", "doctor", "setting_up"},
    {"metrics"},
    {"ops_pages"},
    {"reception", "wire"},
    {"socket_mode"},
    {"aws"},
    {"web", "identity_provider", "salesforce", "google_calendar"},
    {"partner_central", "partner_events", "drops"},
    {"app"},
    {"listening", "rehearsing", "reviewing", "serving", "stand_ins", "whois"},
    {"terminal"},
    {"doctor_commands", "match_commands", "policy_commands", "report_commands"},
    {"rule_commands", "score_commands", "setup_commands"},
    {"__main__"},
]
"""From the bottom up; a part may import what stands below it, and its own."""


def parts() -> list[tuple[str, Path]]:
    """Every module with the part it belongs to."""
    return [
        (path.relative_to(BOT).parts[0].removesuffix(".py"), path)
        for path in sorted(BOT.rglob("*.py"))
        if path != BOT / "__init__.py"
    ]


def imported(path: Path) -> set[str]:
    """The parts and packages that a module imports."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


@pytest.mark.parametrize(("part", "path"), parts(), ids=lambda value: str(value).removeprefix(str(ROOT)))
def test_imports_go_one_way(part: str, path: Path) -> None:
    """A part imports only what stands below it."""
    height = {name: index for index, layer in enumerate(LAYERS) for name in layer}
    assert part in height, f"{part} has no place in the layers"
    used = {name.split(".")[1] for name in imported(path) if name.startswith("bot.") and name != "bot"}
    known = {name for name in used if name in height} - {part}
    above = {name for name in known if height[name] >= height[part]}
    if part == "action":
        above -= {"actions"}  # the registry looks into the folder when it is asked
    assert not above


def test_the_bot_does_not_know_the_stand_ins() -> None:
    """Nothing in bot/ imports sandbox/: whatever speaks these protocols will do."""
    assert not [path for _, path in parts() if any(n.split(".")[0] == "sandbox" for n in imported(path))]


def test_only_app_knows_the_adapters() -> None:
    """The adapters and the context are built in one place."""
    adapters = {
        f"bot.{name}"
        for name in ("salesforce", "partner_central", "google_calendar", "partner_events", "drops")
    }
    knowing = {
        path.name for part, path in parts() if adapters & imported(path) and f"bot.{part}" not in adapters
    }
    assert knowing == {"outside.py", "examination.py"}


def test_only_threads_posts() -> None:
    """No other module calls a method of Slack that says something."""
    words = re.compile(r"\.(chat_\w+|views_\w+|files_(?!info\b)\w+|reactions_add)\(")
    speaking = {path.name for _, path in parts() if words.search(path.read_text())}
    assert speaking == {"threads.py"}


def test_actions_touch_no_store_and_no_slack() -> None:
    """An action is facts in, writes through clients; nothing else."""
    forbidden = (
        "slack",
        "redis",
        "dramatiq",
        "bot.lifecycle",
        "bot.ledger",
        "requests",
        "boto3",
        "googleapiclient",
    )
    for part, path in parts():
        if part == "actions":
            assert not [name for name in imported(path) if name.startswith(forbidden)], path.name


def calling(name: str) -> set[str]:
    """The files in which something of this name is called."""
    return {
        path.name
        for _, path in parts()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == name
    }


def test_only_the_gateway_reaches_a_writing_client() -> None:
    """Beside the adapters only the gateway even mentions their writing views; only ``bot/app`` builds the gateway."""
    adapters = {"salesforce", "partner_central", "google_calendar"}
    naming = {path.name for part, path in parts() if part not in adapters and "as_writer" in path.read_text()}
    assert naming == {"gateway.py"}
    assert calling("Clients") == {"gateway.py"}
    assert calling("Gateway") == {"assembly.py"}
    assert calling("Systems") == {"outside.py"}


def test_only_adapters_know_a_vendors_kit() -> None:
    """Nobody else could write by going round them."""
    amazon = {"aws", "partner_central", "partner_events", "drops"}
    kits = {
        "boto3": amazon,
        "botocore": amazon,
        "simple_salesforce": {"salesforce"},
        "googleapiclient": {"google_calendar"},
    }
    for part, path in parts():
        for name in imported(path):
            kit = name.split(".")[0]
            # The service model that botocore ships is the schema that a referral is held against.
            reads_the_model = part == "ace" and kit == "botocore"
            assert part in kits.get(kit, {part}) or reads_the_model, f"{path.name} imports {name}"
