"""A set of Cedar policies: read, validated and parsed once, then asked.

Cedar denies by default and lets a ``forbid`` beat every ``permit`` (Cedar Policy Language Reference, "Authorization").
A policy that cannot be evaluated counts as a denial here: Cedar itself would leave it out, which opens a ``forbid``.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import cedarpy
from cedarpy import PolicySet, Schema

from bot.deal import Frozen, Json

FOLDER = Path(__file__).parent.parent.parent / "policy"
"""The policies that come with the bot."""
SCHEMA = "cosell.cedarschema"
NAMESPACE = "Cosell"


class PolicyError(ValueError):
    """The policies cannot be used; ``problems`` has a sentence for each thing to mend."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


class Source(Frozen):
    """Policies as they are written: everything that a decision under them depends on."""

    schema_text: str
    policies: Mapping[str, str]  # by file name

    @property
    def digest(self) -> str:
        """SHA-256 of the schema and of each file with its name, in hex."""
        parts = [self.schema_text, *(f"{name}\n{text}" for name, text in sorted(self.policies.items()))]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the policies say of one request, and which of them decided it."""

    allowed: bool
    policies: tuple[str, ...]  # ids of the policies that decided it; none: no policy allows it
    because: str  # follows a person's name: "owns the opportunity"
    needs: tuple[str, ...] = ()  # approvals that the denying policies name as missing
    sign_in: bool = False  # denied only because a fresh sign-in is missing


@dataclass(frozen=True, slots=True)
class Request:
    """Who wants to do what with what, and all that is known around it."""

    principal: Mapping[str, Json]
    action: str  # "submit_referral:approve"
    resource: Mapping[str, Json]
    context: Mapping[str, Json]
    entities: tuple[Mapping[str, Json], ...]

    def record(self) -> dict[str, Json]:
        """All of it as JSON; ``Request(**record)`` is the request again."""
        return {
            "principal": self.principal,
            "action": self.action,
            "resource": self.resource,
            "context": self.context,
            "entities": list(self.entities),
        }


class Policy:
    """Parsed policies; ``PolicyError`` names everything that is wrong with them."""

    def __init__(self, source: Source) -> None:
        self.source, self.digest = source, source.digest
        text = "\n".join(text for _, text in sorted(source.policies.items()))
        problems = _not_parsed(source)
        if problems:
            raise PolicyError(problems)
        self._schema = Schema.from_str(source.schema_text)
        found = cedarpy.validate_policies(text, self._schema)
        self._policies = PolicySet.from_str(text)
        self._notes: dict[str, dict[str, str]] = {
            name: policy.get("annotations") or {}
            for name, policy in json.loads(cedarpy.policies_to_json_str(text))["staticPolicies"].items()
        }
        problems = [self._named(str(error)) for error in found.errors] + self._unnamed()
        if problems:
            raise PolicyError(problems)

    def __len__(self) -> int:
        """How many policies they are."""
        return len(self._notes)

    def ask(self, request: Request) -> Verdict:
        """Whether it is allowed, and why."""
        answer = cedarpy.is_authorized(
            {
                "principal": dict(request.principal),
                "action": {"type": f"{NAMESPACE}::Action", "id": request.action},
                "resource": dict(request.resource),
                "context": dict(request.context),
            },
            self._policies,
            json.dumps(request.entities),
            self._schema,
        )
        if answer.diagnostics.errors:
            return Verdict(allowed=False, policies=(), because="the policy cannot decide this")
        notes = [self._notes[reason] for reason in sorted(answer.diagnostics.reasons, key=_place)]
        because = next((note["because"] for note in notes if "because" in note), "no policy allows it")
        return Verdict(
            allowed=answer.allowed,
            policies=tuple(note["id"] for note in notes),
            because=because,
            needs=() if answer.allowed else tuple(note["needs"] for note in notes if "needs" in note),
            sign_in=not answer.allowed and bool(notes) and all("sign_in" in note for note in notes),
        )

    def _unnamed(self) -> list[str]:
        """Every policy has an id of its own: it is what the ledger names."""
        problems, seen = [], set()
        for name, note in self._notes.items():
            id = note.get("id", "")
            if not id:
                problems.append(f"{name} has no @id; the ledger names policies by it.")
            elif id in seen:
                problems.append(f"Two policies have the @id {id}.")
            seen.add(id)
        return problems

    def _named(self, error: str) -> str:
        """Cedar's words, with our id in place of its number."""
        for name, note in self._notes.items():
            error = error.replace(f"`{name}`", f"`{note.get('id', name)}`")
        return error if error.endswith(".") else f"{error}."


def _not_parsed(source: Source) -> list[str]:
    """What cannot even be read, file by file."""
    problems = []
    if not source.policies:
        problems.append("There is no .cedar file, so nothing would be allowed.")
    try:
        Schema.from_str(source.schema_text)
    except ValueError as error:
        problems.append(f"{SCHEMA}: {_line(error)}")
    for name, text in sorted(source.policies.items()):
        try:
            PolicySet.from_str(text)
        except ValueError as error:
            problems.append(f"{name}: {_line(error)}")
    return problems


def _line(error: Exception) -> str:
    return " ".join(str(error).split()) + "."


def read(folder: Path) -> Source:
    """The policies of a folder: its ``*.cedar`` files and its schema, or the bot's own schema where it has none."""
    schema = folder / SCHEMA
    try:
        return Source(
            schema_text=(schema if schema.is_file() else FOLDER / SCHEMA).read_text(),
            policies={path.name: path.read_text() for path in sorted(folder.glob("*.cedar"))},
        )
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError([f"{folder} cannot be read: {error}."]) from error


def _place(name: str) -> tuple[int, str]:
    """Where a policy stands among the others: Cedar numbers them as they come, ``policy9`` before ``policy10``."""
    return len(name), name
