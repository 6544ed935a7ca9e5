"""The table of cases: what the policies are to say of named people in named situations, in a file beside them."""

import tomllib
from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from bot.action import kinds
from bot.deal import Frozen
from bot.policy.cedar import Policy, PolicyError, Request
from bot.policy.entities import (
    OURS,
    Place,
    Recorded,
    Standing,
    accounts_of,
    deciding,
    executing,
    of_bot,
    of_deal,
    of_field,
    of_record,
)
from bot.proposal import Approver, Stake

FILE = "cases.toml"
_DECIDING = ("approve", "override", "undo")


class Somebody(Frozen):
    """A person of the table; an ordinary seller of ours unless it says otherwise."""

    company: str = OURS
    roles: tuple[str, ...] = ("seller",)
    configured: bool = True
    active: bool = True
    guest: bool = False
    automated: bool = False
    accounts: tuple[str, ...] = accounts_of("somebody", "somebody")


class Case(Frozen):
    """One line of the table."""

    name: str  # the promise, as a sentence
    who: str = ""  # a person of the table; nobody: the bot itself, which executes, and proposes by rule
    does: str  # "submit_referral:approve", "stop"
    deal: Stake = Stake(owner="owner", amount=240_000, partner="aws")
    place: Place = Place(id="C1")
    field: str | None = None  # of the action, for "see"
    sensitivity: str = "internal"
    proposer: str = "proposer"
    record: Recorded | None = None  # for "read"
    given: tuple[str, ...] = ()  # people of the table who approved
    signed_in: bool = False
    overridden: bool = False
    allowed: bool
    by: tuple[str, ...] = ()  # ids of the policies that decide it; empty: whichever


class Table(Frozen):
    """Everything in the file."""

    people: Mapping[str, Somebody]
    case: tuple[Case, ...]

    def request(self, case: Case) -> Request:
        """What a case asks the policies."""
        kind, _, verb = case.does.rpartition(":")
        who = self._standing(case.who) if case.who else None
        if who is not None and case.record is not None:
            return of_record(who, case.record)
        if who is not None and not kind:
            return of_bot(who, verb)
        if who is not None and case.field is not None:
            return of_field(who, kind, case.field, case.sensitivity, case.place)
        system = kinds()[kind].system
        context: dict[str, object] = {}
        if verb in _DECIDING:
            context = deciding(case.deal, system, case.proposer, case.signed_in)
        elif verb == "execute":
            approvers = [self._approver(name) for name in case.given]
            context = executing(case.deal, system, case.proposer, approvers, case.signed_in, case.overridden)
        return of_deal(who, kind, verb, "006", case.deal, case.place, context)

    def _standing(self, name: str) -> Standing:
        return Standing(id=name, name=name, **self.people[name].model_dump())

    def _approver(self, name: str) -> Approver:
        roles = self.people[name].roles
        return Approver(name=name, slack=name, email="", salesforce=None, calendar=None, why="", roles=roles)


def load(folder: Path) -> Table:
    """The table of a folder; ``PolicyError`` says what is wrong with it."""
    path = folder / FILE
    try:
        return Table.model_validate(tomllib.loads(path.read_text()))
    except OSError as error:
        raise PolicyError([f"{path} cannot be read: {error.strerror}."]) from error
    except tomllib.TOMLDecodeError as error:
        raise PolicyError([f"{FILE} is not TOML: {error}."]) from error
    except ValidationError as error:
        problems = [f"{FILE}: {'.'.join(map(str, e['loc']))}: {e['msg']}." for e in error.errors()]
        raise PolicyError(problems) from error


def failures(policy: Policy, table: Table) -> list[str]:
    """A sentence for each case that the policies decide otherwise."""
    found = []
    for case in table.case:
        try:
            verdict = policy.ask(table.request(case))
        except (KeyError, ValueError) as error:
            found.append(f"{case.name}: this case cannot be put to the policies: {error}.")
            continue
        if verdict.allowed != case.allowed:
            said = "allowed" if verdict.allowed else "denied"
            found.append(f"{case.name}: {said}, by {', '.join(verdict.policies) or 'no policy'}.")
        elif case.by and set(case.by) != set(verdict.policies):
            found.append(
                f"{case.name}: decided by {', '.join(verdict.policies) or 'no policy'}, "
                f"not by {', '.join(case.by)}."
            )
    return found
