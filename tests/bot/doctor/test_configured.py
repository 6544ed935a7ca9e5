"""Settings and configuration, as the doctor reads them: each shortcoming planted, and what it says to do."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.doctor import State
from tests.bot.doctor.conftest import Grants, Look

Configure = Callable[..., Path]


def test_all_is_fine_with_the_sandboxs(look: Look) -> None:
    """Nothing to do."""
    assert look("settings").bad == []


def test_no_configuration_is_told_with_the_way_out(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without people nobody can approve: `cosell setup` starts a file."""
    monkeypatch.delenv("COSELL_CONFIG")
    seen = look("settings")
    assert "cosell setup" in str(seen.one("settings.config").do)
    assert "nobody can approve" in seen.one("config.slack_team").said


def test_a_configuration_without_people(look: Look, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says where they belong."""
    path = tmp_path / "empty.toml"
    path.write_text('slack_team = "T0BRIGHT"\n')
    monkeypatch.setenv("COSELL_CONFIG", str(path))
    check = look("settings").one("settings.config")
    assert "[[people]]" in str(check.do) and str(path) in str(check.do)


@pytest.mark.parametrize(
    ("name", "changes", "more", "state", "said", "do"),
    [
        (
            "config.people.slack",
            {'slack = "U0ANA"': ""},
            "",
            State.WARN,
            "Ana Costa has no `slack`: cannot ask for anything and cannot approve.",
            'slack = "…"',
        ),
        (
            "config.people.salesforce",
            {
                'salesforce = "ana.costa@brightlane.example"': "",
                'salesforce = "ben.okafor@brightlane.example"': "",
            },
            "",
            State.WARN,
            "Ana Costa and Ben Okafor have no `salesforce`",
            'salesforce = "…"',
        ),
        (
            "config.audit",
            {'audit = "C0AUDIT"': ""},
            "",
            State.WARN,
            "No audit channel is set",
            "under [channels]",
        ),
        (
            "config.rules",
            {},
            '[[rules]]\nname = "odd"\nwhen = "new_opportunity"\npropose = "fly to the moon"\n',
            State.FAIL,
            "“odd” proposes `fly to the moon`",
            "refer",
        ),
        (
            "config.summary",
            {},
            '[[summary.teams]]\nchannel = "C0PARTNERS"\nmanager = "U0NOBODY"\n',
            State.FAIL,
            "is for U0NOBODY, who is nobody in [[people]]",
            "`manager`",
        ),
        (
            "config.baselines",
            {},
            "[baselines.flying]\nsteps = 1\nhandoffs = 0\nminutes = 1\n",
            State.WARN,
            "[baselines] has flying, which is no kind of action",
            "submit_referral",
        ),
    ],
)
def test_each_shortcoming_is_named(
    look: Look,
    configure: Configure,
    name: str,
    changes: dict[str, str],
    more: str,
    state: State,
    said: str,
    do: str,
) -> None:
    """One sentence, and the one thing to do."""
    configure(more, **changes)
    check = look("settings").one(name, state)
    assert said in check.said and do in str(check.do)


def test_a_key_that_everybody_can_read(look: Look, world: Grants) -> None:
    """It says which file, and the command; a folder that nobody else can enter protects it as well."""
    key = world.folder / "salesforce.pem"
    key.chmod(0o644)
    assert look("settings").one("settings.keys", State.OK)
    world.folder.chmod(0o755)
    check = look("settings").one("settings.keys", State.WARN)
    assert f"chmod 600 {key}" in str(check.do)
    for path in (key, world.folder / "google.json"):
        path.chmod(0o600)
    assert look("settings").one("settings.keys", State.OK)


def test_policies_that_cannot_be_used(look: Look, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every problem is listed, and the command that says when it is right."""
    (tmp_path / "cosell.cedar").write_text("permit (principal, action")
    monkeypatch.setenv("COSELL_POLICY", str(tmp_path))
    check = look("settings").one("config.policy")
    assert check.more and "cosell policy check" in str(check.do)
    record = look("record").one("record.deal", State.WARN)
    assert "The mapping was not tried" in record.said
