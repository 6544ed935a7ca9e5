"""Settings and configuration: every problem told at once, in a sentence."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot import config, settings
from bot.__main__ import cli


def test_every_missing_setting_is_named_at_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Somebody who sets the bot up sees the whole list, each with what it is."""
    monkeypatch.chdir(tmp_path)
    for name in settings.Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    with pytest.raises(settings.SettingsError) as error:
        settings.load()
    named = " ".join(error.value.problems)
    for name in (
        "SLACK_BOT_TOKEN",
        "SLACK_SIGNING_SECRET",
        "SALESFORCE_CLIENT_ID",
        "GOOGLE_APPLICATION_CREDENTIALS",
    ):
        assert name in named
    assert "xoxb-" in named


def test_a_wrong_setting_beside_missing_ones_is_named_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Wrong and missing are told together."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ACE_CATALOG", "Production")
    monkeypatch.setenv("PORT", "many")
    with pytest.raises(settings.SettingsError) as error:
        settings.load()
    assert {"ACE_CATALOG", "PORT"} <= {problem.split()[0] for problem in error.value.problems}


def test_a_file_that_is_missing_is_named_beside_missing_settings(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """In the same list, with the file."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SALESFORCE_PRIVATE_KEY_FILE", str(tmp_path / "no.pem"))
    monkeypatch.delenv("SLACK_BOT_TOKEN", raising=False)
    with pytest.raises(settings.SettingsError) as error:
        settings.load()
    told = " ".join(error.value.problems)
    assert "no.pem" in told
    assert "SLACK_BOT_TOKEN" in told


def test_the_command_lists_problems_of_both_and_ends(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Settings and configuration in one list, no traceback, and nothing starts."""
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "cosell.toml"
    file.write_text("[meeting]\nminutes = 'long'\n")
    ran = CliRunner().invoke(cli, ["worker"], env={"COSELL_CONFIG": str(file), "SLACK_BOT_TOKEN": ""})
    assert ran.exit_code == 2
    assert "SLACK_BOT_TOKEN is not set" in ran.stderr
    assert "meeting.minutes" in ran.stderr


def test_secrets_do_not_show(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Printing the settings prints no token."""
    key = tmp_path / "key"
    key.write_text("k")
    for name, value in {
        "SLACK_BOT_TOKEN": "xoxb-secret",
        "SLACK_SIGNING_SECRET": "signing-secret",
        "SALESFORCE_CLIENT_ID": "c",
        "SALESFORCE_PRIVATE_KEY_FILE": str(key),
        "SALESFORCE_USERNAME": "u",
        "GOOGLE_APPLICATION_CREDENTIALS": str(key),
    }.items():
        monkeypatch.setenv(name, value)
    shown = repr(settings.load())
    assert "xoxb-secret" not in shown
    assert "signing-secret" not in shown


def test_a_configuration_problem_names_its_place(tmp_path: Path) -> None:
    """All of a file's problems, each with where it is."""
    file = tmp_path / "cosell.toml"
    file.write_text('[meeting]\nminutes = "long"\n[facts]\nname = "not a field!"\n[[people]]\nname = "X"\n')
    with pytest.raises(config.ConfigError) as error:
        config.load(file)
    told = " ".join(error.value.problems)
    assert "meeting.minutes" in told
    assert "facts.name" in told
    assert "people.0.email" in told


def test_a_file_that_is_not_toml_says_so(tmp_path: Path) -> None:
    """With the line that is wrong."""
    file = tmp_path / "cosell.toml"
    file.write_text("people = [")
    with pytest.raises(config.ConfigError, match="not TOML"):
        config.load(file)


def test_ones_own_file_is_laid_over_the_defaults(tmp_path: Path) -> None:
    """What it does not say stays as it was."""
    file = tmp_path / "cosell.toml"
    file.write_text('[facts]\np2b_score = { field = "Propensity__c" }\n')
    merged = config.load(file)
    assert merged.facts["p2b_score"].field == "Propensity__c"
    assert merged.facts["p2b_score"].write
    assert merged.facts["next_step"].field == "NextStep"
