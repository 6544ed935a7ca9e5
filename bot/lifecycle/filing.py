"""Files of scores and of companies: dropped into a channel, or into S3. What is none of these is left alone."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import redis
import structlog

from bot import cards
from bot.actions.score_opportunities import ScoreOpportunities
from bot.asked_columns import AskedColumns, ColumnQuestions
from bot.config import Config
from bot.deal import PORTFOLIO, Drop
from bot.errors import Refused, Unavailable
from bot.ledger import Ledger
from bot.lifecycle.audiences import Audiences
from bot.lifecycle.overlapping import Overlapping
from bot.lifecycle.propose import Proposing, Spot
from bot.lifecycle.scoring import Scoring
from bot.policy import Authority
from bot.proposal import BOT, Origin, Via
from bot.tables import COLUMNS, COMPANIES, SCORES, Fitted, Table, companies, expected, fit, read
from bot.threads import Threads
from bot.workspace import Workspace

log = structlog.get_logger()

TABLES = (".csv", ".tsv", ".xlsx")
"""What a file that may concern us ends with; others are only looked into when somebody asks."""
WHAT = {"scores": "a file of P2B scores", "companies": "a partner's list of companies"}
OUTSIDE = (
    "This file is from somebody outside our company, so I did not open it. If it should be read, one of us can pick "
    "“Propose co-sell action” on the message."
)
INSIDE_ONLY = (
    "People of another company are in this channel, so I did not read the file here: what it says of other deals would "
    "be theirs to see. Drop it into a channel of ours."
)
NEITHER = (
    "I looked into {name}: as far as I can tell it is neither a file of P2B scores nor a partner's list. If it is, "
    "pick “Propose co-sell action” on the message, and I ask which column is which."
)
DROPPED, AWAY = "cosell:dropped", "cosell:dropped:away"
PATIENT = 30
"""Tries, one a minute, after which a channel is told that a file in the bucket cannot be read."""


class About(Protocol):
    """What Slack says of a file."""

    @property
    def name(self) -> str:
        """What it is called."""


class Files(Protocol):
    """Files in Slack."""

    def about(self, id: str) -> About:
        """What Slack says of a file; ``Refused`` when it is not to be had."""

    def fetch(self, id: str) -> bytes:
        """The content of a file; ``Refused`` when it cannot be had, ``Unavailable`` when not just now."""


class Bucket(Protocol):
    """Where partners and pipelines drop files."""

    def settled(self, now: datetime) -> Sequence[Drop]:
        """The files that nobody is writing any more, the oldest first."""

    def fetch(self, drop: Drop) -> bytes:
        """The content of one; ``Unavailable`` while it is still being written."""


@dataclass(frozen=True, slots=True)
class Given:
    """A file, who gave it and where what becomes of it is said."""

    name: str
    by: str  # Slack user id, or BOT
    source: str  # "p2b.csv", "s3://drops/p2b.csv"
    spot: Spot
    cause: str


class Filing:
    """Reads files and makes of each what it calls for: a batch of scores, or a partner's list."""

    def __init__(
        self,
        *,
        files: Files,
        bucket: Bucket | None,
        store: redis.Redis,
        scoring: Scoring,
        overlapping: Overlapping,
        proposing: Proposing,
        audiences: Audiences,
        threads: Threads,
        workspace: Workspace,
        authority: Authority,
        ledger: Ledger,
        config: Config,
        now: Callable[[], datetime],
    ) -> None:
        self._files, self._bucket, self._store = files, bucket, store
        self._scoring, self._overlapping, self._proposing = scoring, overlapping, proposing
        self._audiences, self._threads, self._workspace = audiences, threads, workspace
        self._authority, self._ledger = authority, ledger
        self._config, self._now = config, now
        self._questions = ColumnQuestions(store)

    # -- from Slack -----------------------------------------------------------------------------------------
    def take(
        self,
        file: str,
        name: str,
        channel: str,
        user: str,
        cause: str,
        thread_ts: str | None = None,
        asked: bool = False,
        outside: bool = False,
        columns: Mapping[str, str] | None = None,
    ) -> None:
        """Read a file that somebody dropped, or asked to be read, and do what it calls for; say what is wrong with it.

        ``asked``: it was asked for in so many words. ``outside``: whoever dropped it is of another company.
        ``columns``: our names of columns and their headings, as somebody said.
        """
        if outside and not name:
            name = self._files.about(file).name  # Slack tells no more than the id of another company's file
        if not asked and not name.lower().endswith(TABLES):
            return  # a deck, a contract, a picture: none of our business
        spot = Spot(channel, thread_ts)
        try:
            if outside:
                self._threads.post(channel, thread_ts, cards.words(OUTSIDE), f"outside:{cause}")
                return
            self._authority.may_ask(user, self._workspace.profiles([user]).get(user))
            if self._audiences.outsiders(channel):
                raise Refused(INSIDE_ONLY)
            name = self._files.about(file).name
            given = Given(name=name, by=user, source=name, spot=spot, cause=cause)
            self._use(given, self._files.fetch(file), file, columns, asked=asked or columns is not None)
        except Refused as refused:
            log.info("file.refused", channel=channel, by=user, why=str(refused))
            self._threads.whisper(channel, user, cards.words(str(refused)), thread_ts)

    def columns_said(self, cause: str, chosen: Mapping[str, str], user: str) -> None:
        """Go on with a file whose columns were asked for."""
        question = self._questions.get(cause)
        if question is None:
            return
        columns = chosen or question.guessed
        self.take(
            question.file,
            question.name,
            question.channel,
            user,
            cause,
            question.thread_ts,
            asked=True,
            columns=columns,
        )

    # -- from AWS -------------------------------------------------------------------------------------------
    def insights(self, words: str, channel: str, user: str, cause: str) -> None:
        """``/cosell insights``: the scores that AWS gives our referrals, as one card to review."""
        self._authority.may_ask(user, self._workspace.profiles([user]).get(user))
        if self._audiences.outsiders(channel):
            raise Refused(
                "People of another company are in this channel, and this is about many deals. Ask in a channel of ours."
            )
        origin = Origin(by=user, via=Via.COMMAND, words="/cosell insights", at=self._now())
        self._propose(self._scoring.of_aws(), Spot(channel), origin, cause)

    # -- from S3 --------------------------------------------------------------------------------------------
    def collect(self) -> None:
        """Read what was dropped into the bucket since; each version of a file once."""
        channel = self._config.triggers.channel
        if self._bucket is None or channel is None:
            return
        for drop in self._bucket.settled(self._now()):
            once = f"{drop.key}|{drop.etag}"
            if self._seen(once):
                continue
            given = Given(name=drop.name, by=BOT, source=drop.key, spot=Spot(channel), cause=f"s3|{once}")
            try:
                if self._audiences.outsiders(channel):
                    raise Refused(INSIDE_ONLY)
                self._use(given, self._bucket.fetch(drop), None, None, asked=True)
            except Unavailable as away:
                log.info("drop.later", key=drop.key, why=str(away))
                self._still_away(drop, given, away)
                continue  # the clock comes again; the others need not wait
            except Refused as refused:
                words = cards.words(f"`{cards.escape(drop.key)}`: {cards.escape(str(refused))}")
                self._threads.post(channel, None, words, f"refused:{given.cause}")
            self._remember(once)

    def _still_away(self, drop: Drop, given: Given, away: Unavailable) -> None:
        """Say once that a file could not be read for a while, so that nobody waits for it in vain."""
        try:
            tries = self._store.hincrby(AWAY, given.cause, 1)
        except redis.RedisError as error:
            raise Unavailable("It cannot be kept just now that a file could not be read.") from error
        if tries == PATIENT:
            words = (
                f"`{cards.escape(drop.key)}` cannot be read so far: {cards.escape(str(away))} I keep trying."
            )
            self._threads.post(given.spot.channel, None, cards.words(words), f"away:{given.cause}")

    def _seen(self, once: str) -> bool:
        try:
            return bool(self._store.sismember(DROPPED, once))
        except redis.RedisError as error:
            raise Unavailable("It cannot be looked up just now which files were read already.") from error

    def _remember(self, once: str) -> None:
        try:
            self._store.sadd(DROPPED, once)
            self._store.hdel(AWAY, f"s3|{once}")
        except redis.RedisError as error:
            raise Unavailable("It cannot be kept just now that a file was read.") from error

    # -- both -----------------------------------------------------------------------------------------------
    def _use(
        self,
        given: Given,
        content: bytes,
        file: str | None,
        columns: Mapping[str, str] | None,
        asked: bool,
    ) -> None:
        table = read(content, given.name)
        kind, fitted = _kind(table, columns)
        unsure = fitted.missing or (fitted.guessed and columns is None)
        if unsure and file is not None:
            if asked or fitted.guessed:
                self._ask(given, file, table, kind, fitted)
            elif self._ledger.linked(given.spot.channel) is None:
                raise Refused(NEITHER.format(name=given.name))
            return  # in a deal's own channel tables of all sorts are shared
        if fitted.missing:
            raise Refused(f"{given.name} cannot be used. {expected(COLUMNS[kind])}")
        key = f"reading:{given.cause}"
        begun = cards.file_being_read(given.name, len(table.rows))
        ts = self._threads.post(given.spot.channel, given.spot.thread_ts, begun, key)
        spot = Spot(given.spot.channel, given.spot.thread_ts or ts)
        try:
            if kind == "scores":
                batch = self._scoring.of_table(table, fitted, given.source)
                origin = Origin(by=given.by, via=Via.FILE, words=given.source, at=self._now())
                self._propose(batch, spot, origin, given.cause)
            else:
                self._keep(given, spot, table, fitted)
        except Refused as refused:
            log.info("file.refused", channel=given.spot.channel, by=given.by, why=str(refused))
            self._threads.redraw(given.spot.channel, ts, cards.words(cards.escape(str(refused))))
            return
        done = cards.file_read(given.name, len(table.rows))
        self._threads.redraw(given.spot.channel, ts, done)

    def _propose(self, batch: ScoreOpportunities, spot: Spot, origin: Origin, cause: str) -> None:
        """Show a batch for review."""
        self._proposing.propose(batch, spot, PORTFOLIO, origin, cause)

    def _keep(self, given: Given, spot: Spot, table: Table, fitted: Fitted) -> None:
        theirs, problems = companies(table, fitted)
        self._overlapping.take(
            "",
            theirs,
            [*table.problems, *problems],
            given.name,
            given.source,
            given.by,
            spot.channel,
            spot.thread_ts,
            given.cause,
        )

    def _ask(self, given: Given, file: str, table: Table, kind: str, fitted: Fitted) -> None:
        """Say what the columns seem to be, and let whoever gave the file say which they are."""
        known = {name: table.headings[index] for name, index in fitted.columns.items()}
        labels = {column.name: column.label for column in COLUMNS[kind]}
        question = AskedColumns(
            file=file,
            name=given.name,
            wanted=kind,
            headings=table.headings,
            guessed=known,
            channel=given.spot.channel,
            thread_ts=given.spot.thread_ts,
            user=given.by,
        )
        self._questions.keep(given.cause, question)
        card = cards.ask_columns(
            given.name,
            WHAT[kind],
            {labels[name]: heading for name, heading in known.items()},
            [column.label for column in fitted.missing],
            expected(COLUMNS[kind]),
            given.cause,
        )
        self._threads.post(given.spot.channel, given.spot.thread_ts, card, f"columns:{given.cause}")


def _kind(table: Table, chosen: Mapping[str, str] | None) -> tuple[str, Fitted]:
    """What a table is, and its columns: of scores when it has a column of scores, else a list of companies."""
    as_scores = fit(table, SCORES, chosen or {})
    as_companies = fit(
        table, COMPANIES, {n: h for n, h in (chosen or {}).items() if n in _NAMES["companies"]}
    )
    scored = "score" in as_scores.columns
    if scored or as_companies.missing:
        return "scores", as_scores
    return "companies", as_companies


_NAMES = {kind: {column.name for column in columns} for kind, columns in COLUMNS.items()}
