"""Google Calendar as the doctor looks at it, over HTTP against the stand-in."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.doctor import State
from bot.google_calendar import SCOPES
from tests.bot.doctor.conftest import Grants, Look

Configure = Callable[..., Path]
ANA, BEN, MEI, DANA = (
    f"{name}@brightlane.example" for name in ("ana.costa", "ben.okafor", "mei.tanaka", "dana.cole")
)


def test_all_is_fine(look: Look) -> None:
    """Everybody's free/busy can be read, the partner's people through one of ours."""
    found = look("calendar")
    assert found.bad == [] and "all 5 calendars" in found.one("calendar.people", State.OK).said


def test_no_delegation_is_said_once_with_page_client_and_scopes(look: Look, world: Grants) -> None:
    """Everything that an administrator has to type, as it has to be typed."""
    world.calendar.undelegated = {ANA, BEN, MEI, DANA}
    check = look("calendar").one("calendar.people")
    assert "No calendar of ours can be read" in check.said and "unauthorized_client" in check.said
    assert "https://admin.google.com/ac/owl/domainwidedelegation" in str(check.do)
    assert check.more == ("Client ID: 1", f"OAuth scopes: {','.join(SCOPES)}")


def test_somebody_whom_the_workspace_does_not_know(look: Look, world: Grants) -> None:
    """That is another thing than no delegation: their address in the configuration is what to mend."""
    world.calendar.gone = {BEN}
    check = look("calendar").one("calendar.people")
    assert "Ben Okafor" in check.said and "Mend `calendar` of Ben Okafor" in str(check.do)
    assert "admin.google.com" not in str(check.do)


def test_a_partners_calendar_that_is_closed_is_a_warning(look: Look, configure: Configure) -> None:
    """Their times are asked of them then."""
    configure(**{'calendar = "pat.lindqvist@aws.example"': 'calendar = "raj.menon@aws.example"'})
    assert "share free/busy" in str(look("calendar").one("calendar.people", State.WARN).do)


@pytest.mark.parametrize(
    ("on", "fault", "do"),
    [
        ("token", {"status": 400, "code": "invalid_grant"}, "Make a new key"),
        (
            "freebusy",
            {"status": 403, "code": "accessNotConfigured"},
            "calendar-json.googleapis.com?project=sandbox",
        ),
        ("freebusy", {"status": 403, "code": "insufficientPermissions"}, "domainwidedelegation"),
    ],
)
def test_each_reason_has_its_own_cure(
    look: Look, world: Grants, on: str, fault: dict[str, object], do: str
) -> None:
    """A key that was deleted, an API that is off, a scope that is not granted."""
    world.calendar.fault(on, times=-1, **fault)
    assert do in str(look("calendar").one("calendar.people").do)


def test_google_away(look: Look, world: Grants) -> None:
    """It is told for each, and nobody changes a delegation for it."""
    world.calendar.fault("freebusy", times=-1, refuse=True)
    found = look("calendar")
    assert found.bad and all("www.googleapis.com" in str(check.do) for check in found.bad)


@pytest.mark.parametrize("text", ["{}", "no JSON", '{"client_email": "a@b.example"}', "[1]"])
def test_a_key_file_that_is_none(look: Look, world: Grants, text: str) -> None:
    """It says which file, and what belongs there."""
    (world.folder / "google.json").write_text(text)
    check = look("calendar").one("calendar.key")
    assert "google.json" in check.said and "JSON key" in str(check.do)


def test_nobody_with_a_calendar(look: Look, configure: Configure) -> None:
    """There is nobody to read as."""
    configure(**{"calendar =": "# calendar ="})
    assert look("calendar").one("calendar.people", State.WARN)
