"""What people said of a partner's companies and ours: a record for each two of them, listed by partner."""

import hashlib
from collections.abc import Mapping
from functools import partial

import redis
import structlog
from pydantic import ValidationError

from bot.deal import Frozen, Json
from bot.errors import Decided, Unavailable
from bot.ledger.steps import Steps, sha, text
from bot.pairings import Pairing

ATTEMPTS = 20
"""How often a word is recorded anew because another came meanwhile."""
CAUSES = 20
"""Of the newest words on two companies so many are known again."""
AT_ONCE = 10_000
"""Records that are read in one exchange."""

log = structlog.get_logger()


class Said(Frozen):
    """The last word on two companies, and what caused it and those before it."""

    last: Pairing
    causes: tuple[str, ...]  # the newest last

    def then(self, pairing: Pairing) -> "Said":
        """With another word; one that was said earlier and comes late does not replace a later one."""
        last = pairing if pairing.at >= self.last.at else self.last
        return Said(last=last, causes=(*self.causes, pairing.cause)[-CAUSES:])


class Pairs:
    """Records and reads what people said."""

    def __init__(self, steps: Steps) -> None:
        self._steps = steps

    def say(self, pairing: Pairing) -> None:
        """Record a word with its entry ``match.said``; one that is known already is not recorded again."""
        record = _record_of(pairing)
        for _ in range(ATTEMPTS):
            said, revision = self._read(record)
            if said is not None and _known(pairing, said):
                return
            now = Said(last=pairing, causes=(pairing.cause,)) if said is None else said.then(pairing)
            try:
                self._append(record, revision, now, pairing)
            except Decided:
                continue
            return
        raise Unavailable("Others are speaking of the same two companies at this moment.")

    def of(self, partner: str) -> Mapping[tuple[str, str], Pairing]:
        """The last word on each two companies, by (ours, theirs); one that cannot be read keeps none of the others."""
        found: dict[tuple[str, str], Pairing] = {}
        records = self._steps.ask(lambda: self._steps.redis.zrange(_list_of(partner), 0, -1))
        for start in range(0, len(records), AT_ONCE):
            some = records[start : start + AT_ONCE]
            for record, state in zip(some, self._steps.ask(partial(self._states, some)), strict=True):
                try:
                    if state is not None:
                        last = Said.model_validate_json(state).last
                        found[last.ours, last.theirs] = last
                except ValidationError:
                    log.exception("pairing.unreadable", record=text(record))
        return found

    def _read(self, record: str) -> tuple[Said | None, int]:
        state, revision = self._steps.ask(
            lambda: self._steps.exchange.ask("HMGET", record, "state", "revision")
        )
        return (None, 0) if state is None else (Said.model_validate_json(state), int(revision))

    def _append(self, record: str, revision: int, said: Said, pairing: Pairing) -> None:
        state = said.model_dump_json()
        entry: dict[str, Json] = {
            "event": "match.said",
            "at": pairing.at.isoformat(),
            "by": pairing.by,
            "state": sha(state),
            "said": pairing.model_dump(mode="json"),
        }
        self._steps.append(
            record,
            revision,
            state,
            entry,
            member=record,
            opened=str(pairing.at.timestamp()),
            listed=_list_of(pairing.partner),
        )

    def _states(self, records: list[bytes]) -> list[bytes | None]:
        pipeline: redis.client.Pipeline = self._steps.redis.pipeline(transaction=False)
        for record in records:
            pipeline.hget(text(record), "state")
        return list(pipeline.execute())


def _known(pairing: Pairing, said: Said) -> bool:
    """Whether this very word is on the record, or the same person said the same last."""
    last = said.last
    return pairing.cause in said.causes or (last.by, last.yes) == (pairing.by, pairing.yes)


def _record_of(pairing: Pairing) -> str:
    """Where the word on two companies lies; companies' names may be long, so their digest stands for them."""
    both = hashlib.sha256(f"{pairing.ours}|{pairing.theirs}".encode()).hexdigest()[:32]
    return f"cosell:pair:{pairing.partner}:{both}"


def _list_of(partner: str) -> str:
    return f"cosell:pairs:{partner}"
