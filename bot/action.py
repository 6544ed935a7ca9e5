"""An action: a frozen value whose fields are everything that will be written, and what it promises.

The same class is the stored record, the edit form and the audit entry. Facts go in, facts come out; only ``execute``
and ``verify`` see clients. Every file in ``bot/actions/`` is one kind.
"""

import functools
import hashlib
import importlib
import json
import pkgutil
from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import ClassVar, Self

from pydantic import AwareDatetime

from bot.clients import Clients, Journal, Readers, Reply
from bot.deal import Deal, Frozen, Interval, Json, Message, System


def canonical(value: Json) -> str:
    """JSON with sorted keys and no spaces: the same value, the same text (RFC 8785 for what we store)."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def digest(value: Json) -> str:
    """SHA-256 of the canonical JSON, in hex."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


class Needs(Frozen):
    """What, beside the CRM record, an action has to know: read together with it, in parallel."""

    referral: bool = False  # our opportunity at AWS, where the CRM names one
    company: str | None = None  # with referral: where it names none, look for one of ours for this company
    solutions: bool = False  # and whether anything was ever referred
    calendars: tuple[str, ...] = ()  # ids of calendars whose free/busy is needed
    window: Interval | None = None  # of the free/busy; required with calendars
    rows: tuple[str, ...] = ()  # ids of the opportunities of a batch
    names: tuple[str, ...] = ()  # with rows: our names of the fields to read of each


class Change(Frozen):
    """One value that will be written: before → after, and what it rests on."""

    name: str
    label: str
    before: str | None  # in the system that is written; "": empty; None: the record is not there yet
    after: str
    source: str  # where ``after`` comes from: "Salesforce · Account Website", "said by <@U1>"
    basis: str | None = None  # what that source said when this was drawn, if it is a record
    as_of: AwareDatetime
    moved: str | None = None  # set when it changed since the last card: what it was


class Finding(Frozen):
    """A reason why the other system would refuse, named as the seller knows it."""

    name: str  # of the action's field
    label: str  # the field the seller knows, in the system they know it in
    problem: str  # what the other system would say
    edit: str  # the one edit that mends it


class Option(Frozen):
    """One of several good choices, with why."""

    value: str
    label: str
    why: str


class Listing(Frozen):
    """Some of many things, with how many there are."""

    title: str
    lines: tuple[str, ...]
    total: int


class Preview(Frozen):
    """Everything a card shows of what will happen."""

    headline: str
    changes: tuple[Change, ...]
    more: int = 0  # changes beside these, which stand in the file that goes with the card
    findings: tuple[Finding, ...] = ()
    options: tuple[Option, ...] = ()
    notes: tuple[str, ...] = ()
    listings: tuple[Listing, ...] = ()
    editing: str | None = "Edit"  # what the button says that opens the form; None: there is nothing to change
    versions: Mapping[str, str] = {}

    def moved_since(self, shown: "Preview") -> tuple[Change, ...]:
        """The changes whose before, after or basis differ from those shown, or that are new or gone."""
        old = {change.name: change for change in shown.changes}
        new = {change.name: change for change in self.changes}
        differing = tuple(
            change
            for name, change in new.items()
            if name not in old
            or (change.before, change.after, change.basis)
            != (old[name].before, old[name].after, old[name].basis)
        )
        return differing + tuple(change for name, change in old.items() if name not in new)

    def marked(self, shown: "Preview") -> "Preview":
        """This preview with each change that moved since ``shown`` carrying what it was."""
        old = {change.name: change for change in shown.changes}
        moved = {change.name for change in self.moved_since(shown)}
        return self.model_copy(
            update={
                "changes": tuple(
                    change.model_copy(update={"moved": _was(old.get(change.name), change)})
                    if change.name in moved
                    else change
                    for change in self.changes
                )
            }
        )


def _was(old: Change | None, new: Change) -> str:
    if old is None:
        return "not shown before"
    if old.before != new.before:
        return old.before or "empty"
    if old.basis != new.basis:
        return old.basis or "empty"
    return old.after


class Ask(StrEnum):
    """How a form asks."""

    TEXT = "text"
    LONG_TEXT = "long text"
    NUMBER = "number"
    DATE = "date"
    DATETIME = "datetime"  # answered as ISO 8601 with offset
    CHOICE = "choice"
    CHOICES = "choices"  # answered as a list


class Question(Frozen):
    """One field of the edit form, prefilled."""

    name: str
    label: str
    ask: Ask
    hint: str | None = None
    initial: Json = None  # str, or list of str for CHOICES
    options: tuple[tuple[str, str], ...] = ()  # (value, label)
    required: bool = True
    problem: str | None = None  # what is wrong with it as it stands


class Rows(Frozen):
    """What became of the rows of a batch."""

    written: int
    already: int = 0  # that held the value before we came
    failed: Mapping[str, str] = {}  # by record id: why it was not written
    unconfirmed: Mapping[str, str] = {}  # by record id: why it is not known what it holds


class Receipt(Frozen):
    """What was done, where, as whom; ``verified_at`` is set once it was read back."""

    system: System
    record: str
    url: str | None
    summary: str  # one sentence in the past tense
    before: Mapping[str, Json]
    after: Mapping[str, Json]
    request_id: str | None
    response_id: str | None
    acted_as: str
    at: AwareDatetime
    verified_at: AwareDatetime | None = None
    partner_of_record: str | None = None
    attribution: str | None = None
    details: tuple[str, ...] = ()  # further sentences for the thread
    rows: Rows | None = None  # of a batch


class Judgement(Frozen):
    """That a company of a partner's list is an account of ours, or is not, as somebody says in a form."""

    partner: str  # whose list
    theirs: str  # what the company is remembered by
    ours: str  # id of the account
    yes: bool


class Attachment(Frozen):
    """A file that goes with a card, for what is too long for it."""

    name: str
    title: str
    content: bytes


class Action(Frozen, ABC):
    """One approved change to a system of record."""

    kind: ClassVar[str]  # == the file's name
    title: ClassVar[str]  # "Submit referral to AWS"
    system: ClassVar[System]
    commands: ClassVar[Mapping[str, str]] = {}  # verbs of /cosell that ask for it: verb -> usage line
    patience: ClassVar[timedelta] = timedelta(minutes=15)
    """How long a system may be away, or at it, before an approved action is given up."""
    many: ClassVar[bool] = False  # writes many records, so that its payload is long

    @classmethod
    @abstractmethod
    def suggest(cls, message: Message, deal: Deal) -> Self | None:
        """The action this message calls for, as far as words and facts give it; None for nearly every message."""

    @classmethod
    @abstractmethod
    def ask(cls, verb: str, words: str, deal: Deal, by: str) -> Self:
        """The action a command asks for; ``Refused`` says what the words should have been."""

    def subject(self) -> str:
        """What it is about: two live proposals of one kind and subject on one opportunity are the same one."""
        return digest(self.payload())

    @property
    def batch(self) -> int:
        """How many records it writes."""
        return 1

    def needs(self) -> Needs:
        """What has to be read, beside the CRM record, to preview and check it."""
        return Needs()

    def fit(self, now: Deal, then: Deal | None = None) -> Self:
        """The action fitted to the facts: what it left open is filled in, and what only followed the facts of
        ``then`` follows those of ``now``. What a person chose stays."""
        return self

    @abstractmethod
    def preview(self, deal: Deal) -> Preview:
        """What will be written, before → after, with findings and choices."""

    @abstractmethod
    def check(self, deal: Deal) -> None:
        """Raise ``Refused`` when it makes no sense now, whoever approves."""

    @abstractmethod
    def form(self, deal: Deal) -> tuple[Question, ...]:
        """The questions of the edit form, prefilled with the action's own fields."""

    @abstractmethod
    def answered(self, answers: Mapping[str, Json], deal: Deal) -> Self:
        """The action with a form's answers; ``Invalid`` names each question that cannot be taken."""

    @abstractmethod
    def execute(self, clients: Clients, journal: Journal) -> Receipt:
        """Write. With the same journal key twice: one change."""

    @abstractmethod
    def verify(self, clients: Readers, receipt: Receipt) -> Receipt:
        """Read it back and return the receipt with ``verified_at``, or raise ``Unverified``."""

    def follow_up(self, receipt: Receipt, deal: Deal) -> "Action | None":
        """What should be proposed next, now that this is done."""
        return None

    def undone(self, receipt: Receipt, steps: Mapping[str, Reply]) -> "Action | None":
        """The action that puts back what this one wrote, where it still is as it was written; None: there is none."""
        return None

    def can_be_undone(self, receipt: Receipt, steps: Mapping[str, Reply]) -> bool:
        """Whether there is something to put back."""
        return self.undone(receipt, steps) is not None

    def unwritten(self, steps: Mapping[str, Reply]) -> int:
        """How many records were not written and can be tried again."""
        rest = self.remaining(steps)
        return 0 if rest is None else rest.batch

    def remaining(self, steps: Mapping[str, Reply]) -> "Action | None":
        """The action that tries again what this one did not write; None when nothing is left."""
        return None

    def judgements(self, answered: "Action") -> tuple[Judgement, ...]:
        """What the answers that led from this action to another say of who is who."""
        return ()

    def attachments(self, steps: Mapping[str, Reply], receipt: Receipt | None) -> tuple[Attachment, ...]:
        """The files that go with its card while it waits, or with its result once there is a step."""
        return ()

    def fields(self) -> Mapping[str, Json]:
        """What it would set, for somebody who asks without a card: the payload less what is empty."""
        return {
            name: value for name, value in self.payload().items() if value not in (None, "", [], {}, False)
        }

    def payload(self) -> Mapping[str, Json]:
        """Everything that will be written, as JSON."""
        payload: Mapping[str, Json] = self.model_dump(mode="json")
        return payload


@functools.cache
def kinds() -> Mapping[str, type[Action]]:
    """Every kind of action by name: one for each file in ``bot/actions/``."""
    import bot.actions

    found: dict[str, type[Action]] = {}
    for module_info in pkgutil.iter_modules(bot.actions.__path__):
        module = importlib.import_module(f"bot.actions.{module_info.name}")
        own = [
            value
            for value in vars(module).values()
            if isinstance(value, type) and issubclass(value, Action) and value.__module__ == module.__name__
        ]
        if len(own) != 1 or own[0].kind != module_info.name:
            raise TypeError(f"bot/actions/{module_info.name}.py must hold exactly one Action with that kind")
        found[module_info.name] = own[0]
    return found
