"""The policies on the command line: checked, asked about a deal, and asked again about what was decided before."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot import app
from bot.action import Action, Needs
from bot.deal import Frozen, Json
from bot.ledger import Ledger
from bot.lifecycle.stakes import nobodys
from bot.policy import FOLDER, Policy, PolicyError, Request, Source, read
from bot.policy import cases as tables
from bot.proposal import Missing
from bot.settings import Settings


def check(folder: Path) -> tuple[Policy, int]:
    """The policies of a folder, and how many cases they pass; ``PolicyError`` lists what does not hold."""
    policy = Policy(read(folder))
    if not (folder / tables.FILE).is_file():
        return policy, 0
    table = tables.load(folder)
    failed = tables.failures(policy, table)
    if failed:
        raise PolicyError(failed)
    return policy, len(table.case)


def written_in(path: Path) -> Policy:
    """The policies of a folder or of one file."""
    if path.is_dir():
        return Policy(read(path))
    try:
        text = path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError([f"{path} cannot be read: {error}."]) from error
    return Policy(Source(schema_text=read(FOLDER).schema_text, policies={path.name: text}))


# -- who ----------------------------------------------------------------------------------------------------
class Answer(Frozen):
    """What the policy says of one person's approval."""

    name: str
    slack: str
    allowed: bool
    because: str
    policies: tuple[str, ...]


class Say(Frozen):
    """Who may approve an action on a deal, and what it takes in all."""

    deal: str
    policy: str  # digest
    people: tuple[Answer, ...]
    needed: tuple[Missing, ...]  # empty: any one of those who may


def who(settings: Settings, opportunity: str, kind: type[Action]) -> Say:
    """What the policy in force says of everybody in the configuration, of this deal as it is now."""
    parts = app.Assembly(settings)
    authority, people = parts.authority, parts.people
    deal = parts.outside.context.read(opportunity, Needs(solutions=True))
    asked = nobodys(kind, deal, datetime.now(UTC))
    standing = people.standing(people.known(), anew=True)
    approvers = authority.approvers(asked, standing.values(), people.known())
    answers = []
    for somebody in standing.values():
        verdict = authority.explained(asked, somebody)
        answers.append(
            Answer(
                name=somebody.name,
                slack=somebody.id,
                allowed=verdict.allowed,
                because=verdict.because,
                policies=verdict.policies,
            )
        )
    return Say(
        deal=deal.name,
        policy=authority.digest,
        people=tuple(sorted(answers, key=lambda answer: not answer.allowed)),
        needed=authority.needed(asked.model_copy(update={"approvers": approvers})),
    )


# -- replay -------------------------------------------------------------------------------------------------
class Difference(Frozen):
    """A past decision that would be another one."""

    seq: int
    at: str
    event: str
    by: str
    proposal: str
    action: str
    was: bool
    would_be: bool
    policies: tuple[str, ...]
    because: str


class Replayed(Frozen):
    """What asking again found."""

    decisions: int
    differences: tuple[Difference, ...]


def replay(ledger: Ledger, policy: Policy, since: datetime) -> Replayed:
    """Every decision since then, put to other policies with all that was known at the time."""
    count, found = 0, []
    for entry in _decisions(ledger, since):
        count += 1
        decided = entry["decision"]
        request = Request(**decided["request"])
        verdict = policy.ask(request)
        if verdict.allowed != decided["allowed"]:
            found.append(
                Difference(
                    seq=entry["seq"],
                    at=entry["at"],
                    event=entry["event"],
                    by=entry["by"],
                    proposal=entry.get("proposal") or "",
                    action=request.action,
                    was=decided["allowed"],
                    would_be=verdict.allowed,
                    policies=verdict.policies,
                    because=verdict.because,
                )
            )
    return Replayed(decisions=count, differences=tuple(found))


def _decisions(ledger: Ledger, since: datetime) -> Iterator[Mapping[str, Json]]:
    for entry in ledger.entries():
        if entry.get("decision") and datetime.fromisoformat(entry["at"]) >= since:
            yield entry


def days_ago(days: int) -> datetime:
    """The moment so many days before now."""
    return datetime.now(UTC) - timedelta(days=days)
