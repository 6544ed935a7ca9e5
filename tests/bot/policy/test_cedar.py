"""The policies: what is refused before it is in force, and what decides when they contradict one another."""

from pathlib import Path

import pytest

from bot.action import kinds
from bot.policy import FOLDER, Policy, PolicyError, Source, read
from bot.policy.entities import Place, Standing, of_bot, of_deal
from bot.proposal import Stake

GIVEN = read(FOLDER)
OURS = Standing(id="U0ANA", name="Ana", company="ours", roles=("seller",))


def with_policy(text: str, name: str = "own.cedar") -> Source:
    """The bot's own policies and one file more."""
    return GIVEN.model_copy(update={"policies": {**GIVEN.policies, name: text}})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("permit (principal, action, resource", "own.cedar: "),
        ('@id("x") permit (principal, action, resource) when { principal.rank > 3 };', "rank"),
        (
            '@id("x") permit (principal in Cosell::Role::"x", action == Cosell::Action::"fly", resource);',
            "fly",
        ),
        ("permit (principal, action, resource);", "has no @id"),
        (
            '@id("owners-approve") forbid (principal, action, resource);',
            "Two policies have the @id owners-approve",
        ),
    ],
)
def test_a_policy_that_cannot_be_used_is_refused_with_the_reason(text: str, said: str) -> None:
    """Not parsed, not in the schema, without a name, or with somebody else's: each is told."""
    with pytest.raises(PolicyError) as refused:
        Policy(with_policy(text))
    assert any(said in problem for problem in refused.value.problems)


def test_every_file_that_cannot_be_read_is_told_at_once(tmp_path: Path) -> None:
    """Two broken files are two sentences."""
    (tmp_path / "a.cedar").write_text("permit (")
    (tmp_path / "b.cedar").write_text("forbid;")
    with pytest.raises(PolicyError) as refused:
        Policy(read(tmp_path))
    assert [problem.partition(":")[0] for problem in refused.value.problems] == ["a.cedar", "b.cedar"]


def test_a_folder_without_policies_is_refused(tmp_path: Path) -> None:
    """An empty folder would deny everything: that is never what was meant."""
    with pytest.raises(PolicyError, match=r"no \.cedar file"):
        Policy(read(tmp_path))


def test_a_forbid_beats_every_permit() -> None:
    """Of policies that contradict one another the one that forbids decides, and is named."""
    both = with_policy(
        '@id("all") @because("may") permit (principal, action, resource);'
        '@id("none") @because("is stopped by a rule") forbid (principal, action == Cosell::Action::"stop", resource);'
    )
    verdict = Policy(both).ask(of_bot(OURS, "stop"))
    assert not verdict.allowed
    assert (verdict.policies, verdict.because) == (("none",), "is stopped by a rule")


def test_what_no_policy_names_is_denied() -> None:
    """Default deny, also for a verb that the policies forgot."""
    only = Source(
        schema_text=GIVEN.schema_text,
        policies={"a.cedar": '@id("a") permit (principal, action == Cosell::Action::"ask", resource);'},
    )
    verdict = Policy(only).ask(of_bot(OURS, "stop"))
    assert not verdict.allowed and verdict.policies == ()
    assert verdict.because == "no policy allows it"


def test_a_policy_that_cannot_be_evaluated_denies() -> None:
    """Cedar would leave out a forbid that fails, and so let pass what it was to stop."""
    overflows = with_policy(
        '@id("overflows") forbid (principal, action in Cosell::Action::"propose", resource is Cosell::Opportunity)'
        "when { resource has amount && resource.amount * 9223372036854775807 > 3 };"
    )
    request = of_deal(
        OURS, "submit_referral", "propose", "006", Stake(amount=5, partner="aws"), Place(id="C1"), {}
    )
    assert Policy(GIVEN).ask(request).allowed
    verdict = Policy(overflows).ask(request)
    assert not verdict.allowed and verdict.because == "the policy cannot decide this"


def test_the_digest_changes_with_every_letter_and_every_name() -> None:
    """Schema, text and file name are all part of what a decision was made under."""
    renamed = GIVEN.model_copy(update={"policies": {"other.cedar": next(iter(GIVEN.policies.values()))}})
    commented = GIVEN.model_copy(update={"schema_text": GIVEN.schema_text + "\n"})
    digests = {GIVEN.digest, with_policy("// nothing").digest, renamed.digest, commented.digest}
    assert len(digests) == 4


def test_the_schema_has_every_kind_and_verb_and_no_more() -> None:
    """A kind of action is a file in bot/actions/; each has its six verbs in the schema."""
    named = {line.split('"')[1] for line in GIVEN.schema_text.splitlines() if 'action "' in line}
    verbs = ("see", "propose", "approve", "override", "undo", "execute")
    assert named == {f"{kind}:{verb}" for kind in kinds() for verb in verbs}
