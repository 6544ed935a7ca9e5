"""What the org says of its fields, per user, because labels and what may be edited differ from one to the next."""

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from typing import Any, Self

from bot.deal import FieldType

KEPT_FOR = 600.0
_TYPES = {
    "textarea": FieldType.LONG_TEXT,
    "int": FieldType.NUMBER,
    "long": FieldType.NUMBER,
    "double": FieldType.NUMBER,
    "percent": FieldType.NUMBER,
    "currency": FieldType.NUMBER,
    "date": FieldType.DATE,
    "datetime": FieldType.DATETIME,
    "boolean": FieldType.BOOLEAN,
    "picklist": FieldType.CHOICE,
}


@dataclass(frozen=True)
class DescribedField:
    """One field as ``describe`` tells it, folded to what a form can ask for."""

    name: str
    label: str
    type: FieldType
    options: tuple[str, ...]
    length: int | None
    scale: int | None
    updateable: bool
    nillable: bool
    relationship: str | None
    target: str | None

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        """From one entry of ``fields``. Types without a form of their own are text."""
        folded = _TYPES.get(told["type"], FieldType.TEXT)
        words = folded in (FieldType.TEXT, FieldType.LONG_TEXT)
        targets = told.get("referenceTo") or [None]
        return cls(
            name=told["name"],
            label=told["label"],
            type=folded,
            options=tuple(o["value"] for o in told.get("picklistValues") or () if o["active"])
            if folded is FieldType.CHOICE
            else (),
            length=(told.get("length") or None) if words else None,
            scale=int(told.get("scale") or 0) if folded is FieldType.NUMBER else None,
            updateable=told["updateable"],
            nillable=told["nillable"],
            relationship=told.get("relationshipName"),
            target=targets[0],
        )


@dataclass(frozen=True)
class Described:
    """One object type as ``describe`` tells it to one user."""

    name: str
    label: str
    fields: Mapping[str, DescribedField]  # by lower-case name

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        """From the answer of ``sobjects/{type}/describe``."""
        fields = [DescribedField.of(entry) for entry in told["fields"]]
        return cls(told["name"], told["label"], {field.name.lower(): field for field in fields})

    def field(self, name: str) -> DescribedField | None:
        """The field, or None when the org lacks it or the user may not see it."""
        return self.fields.get(name.lower())

    def target(self, relationship: str) -> str | None:
        """The object type that a relationship leads to."""
        wanted = relationship.lower()
        return next(
            (f.target for f in self.fields.values() if (f.relationship or "").lower() == wanted), None
        )


class Describes:
    """Descriptions kept for ten minutes per user and type; several threads asking at once share one call."""

    def __init__(
        self,
        fetch: Callable[[str, str], Described],
        pool: Executor,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fetch, self._pool, self._clock = fetch, pool, clock
        self._kept: dict[tuple[str, str], tuple[float, Future[Described]]] = {}
        self._guard = threading.Lock()

    def get(self, username: str, kind: str) -> Future[Described]:
        """The description, on its way unless it is known. One that failed is asked for again."""
        with self._guard:
            until, future = self._kept.get((username, kind), (0.0, None))
            failed = future is not None and future.done() and future.exception() is not None
            if future is None or failed or self._clock() >= until:
                future = self._pool.submit(self._fetch, username, kind)
                self._kept[username, kind] = (self._clock() + KEPT_FOR, future)
            return future

    def forget(self, username: str) -> None:
        """What is kept for this user no longer holds."""
        with self._guard:
            self._kept = {key: kept for key, kept in self._kept.items() if key[0] != username}
