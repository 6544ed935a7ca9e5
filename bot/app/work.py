"""A worker process: which part does which job."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot import cards
from bot.app.answering import answering
from bot.app.assembly import Assembly
from bot.app.connections import PATIENT, store, utc_now
from bot.cards import Card
from bot.deal import Message
from bot.jobs import Heart, Queue
from bot.lifecycle.jobs import Job
from bot.proposal import Via
from bot.settings import Settings
from bot.tallies import Tallies

IDLE = 60
"""Seconds for which a worker waits for the store when there is nothing to do."""

Verb = Callable[[str, str, str, str], Card | None]
"""What a verb of ``/cosell`` does with its words, the channel, the user and the cause; a card for that person alone."""


@dataclass(frozen=True)
class Work:
    """A worker's parts: its jobs, the queue it takes them from, the heart that says it lives, and its counts."""

    queue: Queue
    does: dict[Job, Callable[..., None]]
    heart: Heart
    threads: int
    tallies: Tallies


def work(settings: Settings) -> Work:
    """Everything a worker process needs."""
    tallies = Tallies(store(settings, PATIENT))
    parts, queue = Assembly(settings, tallies), Queue(store(settings, IDLE), tallies)
    return Work(
        queue,
        {**_asked(parts), **_handed_in(parts)},
        Heart(parts.ledger, parts.name),
        settings.worker_threads,
        tallies,
    )


def _verbs(parts: Assembly) -> dict[str, Verb]:
    """The verbs that are about more than one deal; the others make proposals."""
    return {
        "stop": parts.stopping.stop,
        "resume": parts.stopping.resume,
        "policy": parts.governing.policy,
        "match": parts.comparing.match,
        "overlap": parts.overlapping.overlap,
        "insights": parts.filing.insights,
        "quiet": parts.quieting.quiet,
        "rules": parts.quieting.rules,
        "report": parts.reporting.report,
        "audit": parts.auditing.audit,
    }


def _asked(parts: Assembly) -> dict[Job, Callable[..., None]]:
    """What somebody asked for: they are told what became of it where no card does."""
    threads, keep, verbs = parts.threads, parts.keep, _verbs(parts)

    def hear(via: str, at: str, by: str, cause: str, **words: Any) -> None:
        addressed = via != Via.MESSAGE
        message = Message(at=datetime.fromisoformat(at), addressed=addressed, **words)
        with answering(threads, keep, message.channel, by, cause) if addressed else nullcontext():
            parts.proposing.hear(message, Via(via), by, cause)

    def command(
        verb: str, words: str, channel: str, user: str, cause: str, response_url: str | None = None
    ) -> None:
        with answering(threads, keep, channel, user, cause, response_url):
            do = verbs.get(verb)
            if do is not None:
                card = do(words, channel, user, cause)
            else:
                card = parts.proposing.command(verb, words, channel, user, cause)
            if card is not None:
                threads.whisper(channel, user, card, response_url=response_url)

    def pair(channel: str, user: str, cause: str, **words: Any) -> None:
        with answering(threads, keep, channel, user, cause):
            parts.comparing.say(channel=channel, user=user, cause=cause, **words)

    def overlap_csv(channel: str, user: str, cause: str, **words: Any) -> None:
        with answering(threads, keep, channel, user, cause):
            parts.overlapping.csv(channel=channel, user=user, cause=cause, **words)

    def show_digest(digest: str, page: int, channel: str, user: str, cause: str) -> None:
        with answering(threads, keep, channel, user, cause):
            parts.alerting.show(digest, page, channel, user)

    def propose_firing(digest: str, firing: str, channel: str, user: str, cause: str) -> None:
        with answering(threads, keep, channel, user, cause):
            parts.alerting.propose(digest, firing, channel, user)

    def file(channel: str, user: str, cause: str, **words: Any) -> None:
        with answering(threads, keep, channel, user, cause):
            parts.filing.take(channel=channel, user=user, cause=cause, **words)

    def follow(channel: str, user: str, cause: str, **words: Any) -> None:
        with answering(threads, keep, channel, user, cause):
            parts.following.follow(user=user, cause=cause, **words)

    return {
        Job.HEAR: hear,
        Job.FILE: file,
        Job.FOLLOW: follow,
        Job.COMMAND: command,
        Job.PAIR: pair,
        Job.OVERLAP_CSV: overlap_csv,
        Job.SHOW_DIGEST: show_digest,
        Job.PROPOSE_FIRING: propose_firing,
    }


def _handed_in(parts: Assembly) -> dict[Job, Callable[..., None]]:
    """What follows from something else."""

    def whisper(channel: str, user: str, words: str, thread_ts: str | None = None) -> None:
        parts.threads.whisper(channel, user, cards.words(words), thread_ts)

    def introduce(channel: str, cause: str) -> None:
        parts.proposing.introduce(channel, parts.outside.systems.crm.as_user(), cause)

    def show(id: str) -> None:
        parts.proposing.show(id)

    def sweep(rule: str, due: str) -> None:
        parts.watching.sweep(rule, due)

    def walk() -> None:
        parts.history.walk(parts.ledger, utc_now)

    return {
        Job.INTRODUCE: introduce,
        Job.SHOW: show,
        Job.CARRY_OUT: parts.carrying.carry_out,
        Job.WHISPER: whisper,
        Job.HOME: parts.home.show,
        Job.REDRAW: parts.proposing.redraw_channel,
        Job.POLICY: parts.governing.announce,
        Job.COLUMNS: parts.filing.columns_said,
        Job.DROPS: parts.filing.collect,
        Job.WATCH_CRM: parts.watching.poll_crm,
        Job.WATCH_PARTNER: parts.watching.poll_partner,
        Job.WATCH_EVENTS: parts.watching.take_events,
        Job.SWEEP: sweep,
        Job.SUMMARY: parts.summarising.post,
        Job.WALK: walk,
    }
