"""The configuration file: who is who, and nobody twice."""

from pathlib import Path

import pytest

from bot.config import ConfigError, load
from sandbox.seed import CONFIG


def written(folder: Path, more: str) -> Path:
    """The sandbox's configuration with something more."""
    path = folder / "cosell.toml"
    path.write_text(f"{CONFIG.read_text()}\n{more}")
    return path


ANNE = '[[people]]\nname = "Anne"\nemail = "anne@brightlane.example"\nrole = "seller"\n'


@pytest.mark.parametrize(
    ("account", "value"),
    [
        ("slack", "U0PAT"),
        ("slack", "u0ana"),
        ("salesforce", "ana.costa@brightlane.example"),
        ("calendar", "Ana.Costa@brightlane.example"),
    ],
)
def test_nobody_is_two_people(tmp_path: Path, account: str, value: str) -> None:
    """The same account twice, of one company or of two, stops the start and names both."""
    with pytest.raises(ConfigError, match=f"Anne have the same {account}"):
        load(written(tmp_path, f'{ANNE}{account} = "{value}"\n'))


def test_one_address_is_one_person(tmp_path: Path) -> None:
    """An approver in two companies would decide for both."""
    twice = '[[people]]\nname = "Pat"\nemail = "ana.costa@brightlane.example"\nrole = "partner"\ncompany = "AWS"\n'
    with pytest.raises(ConfigError, match="Ana Costa and Pat have the same email"):
        load(written(tmp_path, twice))


def test_several_people_may_have_no_account(tmp_path: Path) -> None:
    """What is not there is nobody's."""
    loaded = load(written(tmp_path, ANNE))
    assert loaded.people[-1].name == "Anne"


def test_roles_channels_and_what_is_shared_are_read(tmp_path: Path) -> None:
    """From their tables; what a partner may see is nothing unless it is named."""
    more = '[roles]\n"sales manager" = ["S0SALES"]\n[sharing]\nupdate_opportunity = ["close_date"]\n'
    loaded = load(written(tmp_path, more))
    assert loaded.roles == {"sales manager": ("S0SALES",)}
    assert loaded.sharing["update_opportunity"] == ("close_date",)
    assert loaded.sharing["submit_referral"] == ()
    assert loaded.channels.audit == "C0AUDIT" and loaded.channels.partner_may_propose == ()
