"""What operators and partner managers ask on the command line, of the real adapters."""

import json

import pytest
from typer.testing import CliRunner

from bot.__main__ import cli
from tests.story.conftest import NORTHWIND, Bot


def said(*words: str) -> list[dict[str, object]]:
    """What a command prints, as the objects that it is."""
    result = CliRunner().invoke(cli, [*words, "--json"])
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_whois_shows_each_account_and_whether_its_system_agrees(bot: Bot) -> None:
    """Slack, Salesforce and the calendar are asked at that moment; AWS is told the address."""
    (ana,) = said("whois", "U0ANA")
    assert (ana["name"], ana["roles"], ana["company"]) == ("Ana Costa", ["seller"], "ours")
    links = {link["system"]: link for link in ana["links"]}  # type: ignore[attr-defined]
    assert {name: link["verified"] for name, link in links.items()} == {
        "Slack": True,
        "Salesforce": True,
        "Google Calendar": True,
        "AWS Partner Central": False,
    }
    bot.slack.users["U0ANA"]["deleted"] = True
    (gone,) = said("whois", "ana.costa@brightlane.example")
    assert gone["links"][0]["said"] == "deactivated or unknown"  # type: ignore[index]


def test_whois_finds_nobody_by_a_display_name(bot: Bot) -> None:
    """Two people may have one; accounts are what somebody is known by."""
    result = CliRunner().invoke(cli, ["whois", "Ana Costa"])
    assert result.exit_code == 1 and "Nobody in the configuration goes by Ana Costa" in result.output


def test_whois_lists_everybody_the_partners_people_too(bot: Bot) -> None:
    """What cannot be read of them is said, and stops nothing."""
    people = {one["name"]: one for one in said("whois")}
    assert len(people) == 6
    assert people["Pat Lindqvist"]["company"] == "AWS"
    raj = people["Raj Menon"]["links"]
    assert [link["account"] for link in raj] == [None, None, None, None]  # type: ignore[attr-defined]


def test_who_may_approve_is_listed_with_why(bot: Bot) -> None:
    """By the policy in force, on the deal as it is: everybody of ours, whoever may first, and what it takes in all."""
    (answer,) = said("policy", "who", "--opportunity", NORTHWIND, "--action", "submit_referral")
    may = [one["name"] for one in answer["people"] if one["allowed"]]  # type: ignore[attr-defined]
    assert may == ["Ana Costa", "Mei Tanaka"] and answer["needed"] == []
    assert answer["policy"] == bot.ledger.adopted().digest
    bot.world.salesforce.change(NORTHWIND, user="ben.okafor@brightlane.example", Amount=2_000_000)
    (large,) = said("policy", "who", "--opportunity", NORTHWIND, "--action", "submit_referral")
    assert [one["people"] for one in large["needed"]] == [["U0ANA", "U0MEI"], ["U0DANA"]]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "words", [["who", "--opportunity", NORTHWIND, "--action", "fly"], ["replay", "--with", "/no"]]
)
def test_what_cannot_be_asked_is_told(bot: Bot, words: list[str]) -> None:
    """An action that there is not, a file that there is not: exit 2, in words."""
    result = CliRunner().invoke(cli, ["policy", *words])
    assert result.exit_code == 2 and result.stderr


def test_for_people_both_print_a_table(bot: Bot) -> None:
    """Names, why, and which policy says so."""
    who = CliRunner().invoke(
        cli, ["policy", "who", "--opportunity", NORTHWIND, "--action", "update_opportunity"]
    )
    assert "owns the opportunity" in who.output and "Any one of those who may is enough" in who.output
    whois = CliRunner().invoke(cli, ["whois", "U0MEI"])
    assert "Mei Tanaka" in whois.output and "free/busy can be read" in whois.output
