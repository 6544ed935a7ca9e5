"""The table of cases that comes with the policies, and the rules that a company may add."""

from pathlib import Path

import pytest

from bot.policy import FOLDER, Policy, PolicyError, Source, read
from bot.policy.cases import Case, Table, failures, load
from bot.proposal import Stake

GIVEN = read(FOLDER)
OPTIONAL = FOLDER / "optional"
TABLE = load(FOLDER)


def with_rule(name: str) -> Policy:
    """The bot's own policies and one of those that may be added."""
    text = (OPTIONAL / f"{name}.cedar").read_text()
    return Policy(Source(schema_text=GIVEN.schema_text, policies={**GIVEN.policies, f"{name}.cedar": text}))


def table(*cases: Case) -> Table:
    """These cases, with the people of the table."""
    return TABLE.model_copy(update={"case": cases})


def test_the_policies_decide_every_case_as_the_table_says() -> None:
    """All of them, and by the policy that is named."""
    assert failures(Policy(GIVEN), TABLE) == []


def test_a_rule_that_is_taken_out_breaks_a_case() -> None:
    """Each policy is held by a case: without it the table says so."""
    for name, text in GIVEN.policies.items():
        parts = text.split("\n@id(")
        for index in range(1, len(parts)):
            less = "\n@id(".join(parts[:index] + parts[index + 1 :])
            policy = Policy(GIVEN.model_copy(update={"policies": {name: less}}))
            assert failures(policy, TABLE), parts[index].partition(")")[0]


def test_every_permit_and_forbid_says_why() -> None:
    """A person reads it after a name, or as what is missing."""
    for path in [*FOLDER.glob("*.cedar"), *OPTIONAL.glob("*.cedar")]:
        for part in path.read_text().split("@id(")[1:]:
            assert "@because(" in part or "@needs(" in part, f"{path.name}: {part.partition(')')[0]}"


FIRST = Stake(owner="owner", amount=10, partner="aws", first_referral=True)


@pytest.mark.parametrize(
    ("rule", "case"),
    [
        (
            "first-referral",
            Case(name="owner", does="submit_referral:execute", deal=FIRST, given=("owner",), allowed=False),
        ),
        (
            "first-referral",
            Case(
                name="manager", does="submit_referral:execute", deal=FIRST, given=("manager",), allowed=True
            ),
        ),
        (
            "proposers-do-not-approve",
            Case(name="own", who="owner", does="update_opportunity:approve", proposer="owner", allowed=False),
        ),
        (
            "proposers-do-not-approve",
            Case(
                name="other", who="owner", does="update_opportunity:approve", proposer="seller", allowed=True
            ),
        ),
        (
            "second-pair-of-eyes",
            Case(name="alone", does="update_opportunity:execute", given=("owner",), allowed=False),
        ),
        (
            "second-pair-of-eyes",
            Case(name="two", does="update_opportunity:execute", given=("owner", "manager"), allowed=True),
        ),
        (
            "second-pair-of-eyes",
            Case(name="not the owner", does="update_opportunity:execute", given=("manager",), allowed=True),
        ),
        (
            "sign-in-for-referrals",
            Case(name="click", who="owner", does="submit_referral:approve", allowed=False),
        ),
        (
            "sign-in-for-referrals",
            Case(name="signed in", who="owner", does="submit_referral:approve", signed_in=True, allowed=True),
        ),
        (
            "sign-in-for-referrals",
            Case(name="another kind", who="owner", does="update_opportunity:approve", allowed=True),
        ),
    ],
)
def test_a_rule_that_may_be_added_does_what_it_says(rule: str, case: Case) -> None:
    """Copied into the folder it holds, and takes nothing else away."""
    assert failures(with_rule(rule), table(case)) == []


def test_a_missing_sign_in_is_told_from_a_missing_right() -> None:
    """Who may not approve at all is not sent to sign in."""
    policy = with_rule("sign-in-for-referrals")
    owner = Case(name="owner", who="owner", does="submit_referral:approve", allowed=False)
    guest = Case(name="guest", who="guest", does="submit_referral:approve", allowed=False)
    assert policy.ask(TABLE.request(owner)).sign_in
    assert not policy.ask(TABLE.request(guest)).sign_in


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[case]", "not TOML"),
        ("[people]\n[[case]]\nname = 'x'", "does"),
        ("[people]\n[[case]]\nname = 'x'\ndoes = 'stop'\nwho = 'a'\nallowed = true\nwhat = 1", "what"),
    ],
)
def test_a_table_that_cannot_be_read_says_where(tmp_path: Path, text: str, said: str) -> None:
    """The line that is wrong is named."""
    (tmp_path / "cases.toml").write_text(text)
    with pytest.raises(PolicyError, match=said):
        load(tmp_path)


def test_a_case_about_nobody_is_a_failure_of_its_own() -> None:
    """It does not pass because it could not be asked."""
    nobody = Case(name="Nobody", who="nobody", does="stop", allowed=False)
    (said,) = failures(Policy(GIVEN), table(nobody))
    assert "cannot be put to the policies" in said
