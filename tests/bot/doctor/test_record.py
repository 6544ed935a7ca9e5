"""A real deal beside its mapping, and the sections as they run."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.doctor import Check, Row, State, run
from bot.doctor.record import row
from bot.doctor.values import Finds, Part, named, ok
from bot.errors import Unavailable
from bot.policy import FOLDER
from sandbox.identity_provider import IdentityProvider
from tests.bot.doctor.conftest import Grants, Look

Configure = Callable[..., Path]
HELIOS, KESTREL, AURORA = (f"00600000000000{n}AAA" for n in ("2", "4", "6"))


def test_every_fact_is_a_row_with_the_value_and_what_it_means(look: Look, configure: Configure) -> None:
    """Where it stands, what stands there, what the bot makes of it, whether it is written."""
    configure('[facts.tier]\nfield = "Tier__c"\n')
    found = look("record")
    rows = {one.fact: one for one in found.rows}
    assert rows["ace_stage"] == Row(
        fact="ace_stage", field="StageName", there="Qualification", means="Qualified", written="no"
    )
    assert rows["amount"] == Row(
        fact="amount", field="Amount", there="240000", means="240000", written="on approval"
    )
    assert rows["p2b_score"].there == rows["p2b_score"].means == ""
    assert rows["tier"].there == "(no such field here)"
    assert "as Ana Costa, who owns it" in found.one("record.deal", State.OK).said
    assert "Ana Costa and Mei Tanaka may approve" in found.one("record.approvers", State.OK).said
    assert row("x", "X__c", True, None).written == "no"


def test_what_aws_would_refuse_of_what_salesforce_holds(look: Look) -> None:
    """Kestrel has a short postal code, no website, a date that has passed: each is told, as AWS would tell it."""
    found = look("record", KESTREL)
    check = found.one("record.referral", State.WARN)
    assert len(check.more) >= 3 and any("Postal" in line for line in check.more)
    assert "Delivery models" in found.one("record.asked", State.OK).said


def test_a_value_without_a_counterpart(look: Look) -> None:
    """Helios is in an industry that AWS has no name for."""
    rows = {one.fact: one for one in look("record", HELIOS).rows}
    assert (rows["ace_industry"].there, rows["ace_industry"].means) == (
        "Energy",
        "(no counterpart: asked for on the card)",
    )


def test_one_that_is_referred_already(look: Look) -> None:
    """Nothing would be sent."""
    assert "would not be referred now" in look("record", AURORA).one("record.referral", State.OK).said


@pytest.mark.parametrize("id", ["006", "006000000000999AAA"])
def test_an_opportunity_that_is_not_there(look: Look, id: str) -> None:
    """In words."""
    assert "--opportunity" in str(look("record", id).one("record.deal").do)


def test_no_open_opportunity(look: Look, world: Grants) -> None:
    """The bot's user sees none: how to share them."""
    for id in list(world.salesforce.records.rows["Opportunity"]):
        world.salesforce.records.rows["Opportunity"][id]["IsClosed"] = True
    assert "Share the deals" in str(look("record").one("record.deal", State.WARN).do)


def test_aws_away(look: Look, world: Grants) -> None:
    """The mapping is shown all the same."""
    world.partner_central.fault("", refuse=True, times=-1)
    found = look("record")
    assert len(found.rows) > 20 and found.one("record.referral", State.WARN)


def test_policies_by_which_nobody_may_approve(
    look: Look, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command that says why, person by person, is given."""
    for path in FOLDER.glob("*.cedarschema"):
        (tmp_path / path.name).write_text(path.read_text())
    (tmp_path / "cosell.cedar").write_text(
        '@id("never")\n@because("never")\nforbid (principal, action, resource);'
    )
    monkeypatch.setenv("COSELL_POLICY", str(tmp_path))
    assert "cosell policy who --opportunity" in str(look("record").one("record.approvers").do)


# -- sign-in ---------------------------------------------------------------------------------------------------
def test_the_identity_provider(look: Look, world: Grants, monkeypatch: pytest.MonkeyPatch) -> None:
    """It calls itself what is configured; another name and silence are two things; none at all is fine."""
    found = look("sign-in")
    assert found.bad == [] and "/sign-in/callback" in found.one("sign_in.redirect", State.OK).said
    monkeypatch.setenv("SIGN_IN_ISSUER", f"{world.identity.url}/")
    check = look("sign-in").one("sign_in.provider")
    assert f"calls itself {world.identity.url}" in check.said and "SIGN_IN_ISSUER" in str(check.do)
    monkeypatch.setenv("SIGN_IN_ISSUER", "http://127.0.0.1:1")
    assert "it must show JSON" in str(look("sign-in").one("sign_in.provider").do)
    for name in ("ISSUER", "CLIENT_ID", "CLIENT_SECRET", "URL"):
        monkeypatch.delenv(f"SIGN_IN_{name}")
    assert look("sign-in").one("sign_in.provider", State.OK)
    assert isinstance(world.identity, IdentityProvider)


# -- running ---------------------------------------------------------------------------------------------------
def test_one_that_hangs_or_breaks_hides_no_other() -> None:
    """Each section runs by itself: the others are told whole, in their order, and the time is bounded."""
    forever = threading.Event()

    def hangs() -> Finds:
        yield ok("hangs.begun", "Begun.")
        forever.wait(30)

    def breaks() -> Finds:
        yield ok("breaks.begun", "Begun.")
        raise KeyError("nobody expected this")

    def away() -> Finds:
        raise Unavailable("It does not answer.")
        yield

    def fine() -> Finds:
        yield ok("fine.all", "Fine.")

    began = time.monotonic()
    parts = tuple(Part(look.__name__, look.__name__, look) for look in (hangs, breaks, away, fine))
    found = {part.name: [one for one in finds if isinstance(one, Check)] for part, finds in run(parts, 0.3)}
    forever.set()
    assert time.monotonic() - began < 5
    assert [check.name for check in found["hangs"]] == ["hangs.begun", "hangs.time"]
    assert "KeyError: 'nobody expected this'" in found["breaks"][1].said
    assert found["away"][0].said == "It does not answer."
    assert all("--only" in str(found[name][-1].do) for name in ("hangs", "breaks", "away"))
    assert [check.state for check in found["fine"]] == [State.OK]


def test_many_names_are_shortened() -> None:
    """The first ones, and how many more."""
    assert named(["a"]) == "a" and named(["a", "b"]) == "a and b" and named([]) == ""
    assert named(list("abcdefghij"), 4) == "a, b, c and 7 more"
