"""Builds everything and passes it in; the only module that knows every part."""

import os
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import redis
import structlog
from redis.backoff import NoBackoff
from redis.retry import Retry
from slack_bolt import App
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient

from bot import cards
from bot.action import kinds
from bot.asked_columns import ColumnQuestions
from bot.config import Config
from bot.config import load as load_config
from bot.context import Context
from bot.deal import Message
from bot.errors import BotError, Unavailable
from bot.gateway import Gateway, Systems
from bot.handlers import Parts, register
from bot.jobs import Heart, Queue
from bot.ledger import Ledger
from bot.lifecycle.accounts import Accounts
from bot.lifecycle.adopting import InForce, install
from bot.lifecycle.alerting import Alerting
from bot.lifecycle.audiences import Audiences
from bot.lifecycle.carry_out import CarryingOut
from bot.lifecycle.catch_up import catch_up
from bot.lifecycle.comparing import Comparing
from bot.lifecycle.decide import Deciding
from bot.lifecycle.filing import Bucket, Filing
from bot.lifecycle.following import Following
from bot.lifecycle.governing import Governing
from bot.lifecycle.home import Home
from bot.lifecycle.jobs import Job
from bot.lifecycle.neighbours import Neighbours
from bot.lifecycle.overlapping import Overlapping
from bot.lifecycle.partners import Partners
from bot.lifecycle.people import People
from bot.lifecycle.propose import Proposing
from bot.lifecycle.quieting import Quieting
from bot.lifecycle.scoring import Scoring
from bot.lifecycle.signing import Signing
from bot.lifecycle.stopping import Stopping
from bot.lifecycle.sweeping import Sweep
from bot.lifecycle.timetable import Timetable
from bot.lifecycle.watching import Watching
from bot.partner_lists import PartnerLists
from bot.policy import FOLDER, Authority
from bot.proposal import Via
from bot.settings import Settings
from bot.sharing import Sharing
from bot.sign_in_pages import SignInPages
from bot.sign_ins import CALLBACK, SignIns
from bot.slack_files import SlackFiles
from bot.tables import MOST_BYTES
from bot.threads import Threads
from bot.watch_state import WatchState
from bot.web import Door
from bot.workspace import Workspace

log = structlog.get_logger()

BRISK = 1.2
"""Seconds a web process waits for Redis or Slack: Slack gives it three for the whole answer."""
PATIENT = 5.0
"""Seconds a worker waits for them."""


def utc_now() -> datetime:
    """The present moment."""
    return datetime.now(UTC)


def store(settings: Settings, timeout: float) -> redis.Redis:
    """A Redis client that repeats nothing by itself: what may be repeated is decided where it is sent."""
    return redis.Redis.from_url(
        settings.redis_url.get_secret_value(),
        socket_timeout=timeout,
        socket_connect_timeout=timeout,
        retry=Retry(NoBackoff(), 0),
    )


def shortcomings(settings: Settings) -> list[str]:
    """What is wrong with the store or the configuration although everything starts, a sentence each."""
    found = []
    if not load_config(settings.cosell_config).slack_team:
        found.append(
            "The configuration names no slack_team, so everybody is an outsider and nobody can approve."
        )
    found += _unknown_verbs(load_config(settings.cosell_config))
    try:
        kept = store(settings, PATIENT).config_get("append*")
    except redis.ResponseError:
        return found  # a managed store that does not tell; its own console does
    except redis.RedisError as error:
        return [*found, f"Redis does not answer: {error}."]
    if (kept.get("appendonly"), kept.get("appendfsync")) != ("yes", "always"):
        found.append(
            "Redis needs appendonly yes and appendfsync always, or an approval may be lost with its machine."
        )
    return found


def _unknown_verbs(config: Config) -> list[str]:
    """The rules that propose what no action can do."""
    known = {verb for kind in kinds().values() for verb in kind.commands}
    return [
        f"The rule “{rule.name}” proposes `{rule.propose}`, but rules can propose only {', '.join(sorted(known))}."
        for rule in config.rules
        if rule.verb and rule.verb not in known
    ]


def slack(settings: Settings, timeout: float) -> WebClient:
    """A Slack client that repeats nothing by itself: it would post twice."""
    return WebClient(
        token=settings.slack_bot_token.get_secret_value(),
        base_url=settings.slack_api_url.rstrip("/") + "/",
        timeout=max(1, round(timeout)),
        retry_handlers=[],
    )


def door(settings: Settings) -> Door:
    """The web application of one process."""
    config = load_config(settings.cosell_config)
    client, keep = slack(settings, BRISK), store(settings, BRISK)
    threads, ledger = Threads(client, keep), Ledger(keep, utc_now)
    jobs, authority = Queue(store(settings, BRISK)), authority_of(settings, config, ledger)
    bolt = App(
        client=client,
        authorize=_identity(client),
        request_verification_enabled=False,  # the door has checked the raw bytes
        ssl_check_enabled=False,
        process_before_response=True,
    )
    deciding = Deciding(ledger, jobs, authority, utc_now)
    sign_ins = SignIns(keep)
    signing = Signing(
        ledger=ledger,
        deciding=deciding,
        threads=threads,
        sign_ins=sign_ins,
        address=settings.sign_in_url and settings.sign_in_url.rstrip("/"),
    )
    register(
        bolt,
        Parts(
            deciding, jobs, ledger, threads, Sharing(keep), signing, ColumnQuestions(keep), config, kinds()
        ),
    )
    pages = _sign_in_pages(settings, sign_ins, signing)
    return Door(bolt, settings.slack_signing_secret.get_secret_value(), threads, pages)


def _sign_in_pages(settings: Settings, sign_ins: SignIns, signing: Signing) -> SignInPages | None:
    """The pages of a sign-in; None where no identity provider is set up."""
    if settings.sign_in_issuer is None or settings.sign_in_url is None or settings.sign_in_client_id is None:
        return None
    from bot.identity_provider import IdentityProvider  # some 25 MB that nobody needs without it

    provider = IdentityProvider(
        issuer=settings.sign_in_issuer,
        client_id=settings.sign_in_client_id,
        client_secret=settings.sign_in_client_secret,
        redirect_uri=f"{settings.sign_in_url.rstrip('/')}{CALLBACK}",
        acr=settings.sign_in_acr,
    )
    return SignInPages(sign_ins, provider, signing.approve, secure=settings.sign_in_url.startswith("https:"))


def install_policy(settings: Settings) -> None:
    """Install the policy that this installation brings, or offer it; ``PolicyError`` when none can be in force."""
    ledger = Ledger(store(settings, PATIENT), utc_now)
    adopted = install(settings.cosell_policy or FOLDER, ledger, utc_now)
    if adopted.offered is not None:
        Queue(store(settings, PATIENT)).send(Job.POLICY, digest=adopted.offered.source.digest)


def authority_of(settings: Settings, config: Config, ledger: Ledger) -> Authority:
    """Answers under the policy in force."""
    return Authority(_in_force(settings, ledger), config)


def _in_force(settings: Settings, ledger: Ledger) -> InForce:
    return InForce(ledger, utc_now, settings.cosell_policy or FOLDER)


def _identity(client: WebClient) -> Callable[..., AuthorizeResult]:
    """Who the bot is, asked of Slack once and when it is first needed."""
    lock = threading.Lock()
    known: list[AuthorizeResult] = []

    def authorize(team_id: str | None) -> AuthorizeResult:
        with lock:
            if not known:
                answer = client.auth_test()
                known.append(
                    AuthorizeResult(
                        enterprise_id=answer.get("enterprise_id"),
                        team_id=answer["team_id"],
                        bot_user_id=answer["user_id"],
                        bot_id=answer.get("bot_id"),
                        bot_token=client.token,
                    )
                )
        return known[0]

    return authorize


@dataclass(frozen=True)
class Reach:
    """The three systems of record, and the live facts read from them."""

    context: Context
    systems: Systems  # for the gateway to write, for others to read


def reach(settings: Settings, config: Config, pool: ThreadPoolExecutor, keep: redis.Redis) -> Reach:
    """The adapters, built once; each keeps its connections."""
    from bot.google_calendar import GoogleCalendar
    from bot.pace import paced
    from bot.partner_central import PartnerCentral
    from bot.salesforce import Salesforce

    salesforce = Salesforce(
        client_id=settings.salesforce_client_id,
        private_key=settings.salesforce_private_key_file.read_text(),
        username=settings.salesforce_username,
        login_url=str(settings.salesforce_login_url),
        api_url=str(settings.salesforce_api_url) if settings.salesforce_api_url else None,
        facts=config.facts,
    )
    partner = PartnerCentral(
        catalog=settings.ace_catalog,
        role_arn=settings.ace_role_arn,
        wait_for_turn=paced(keep, "ace", config.ace.writes_per_second),
    )
    calendar = GoogleCalendar(
        key_file=settings.google_application_credentials, url=str(settings.google_calendar_url)
    )

    context = Context(salesforce.as_user, partner.as_user, calendar.as_user, config, pool)
    return Reach(context, Systems(salesforce, partner, calendar))


@dataclass(frozen=True)
class Work:
    """A worker's parts: the jobs it does, the queue it takes them from, the heart that says it lives."""

    queue: Queue
    does: dict[Job, Callable[..., None]]
    heart: Heart
    threads: int


def work(settings: Settings) -> Work:
    """Everything a worker process needs."""
    config = load_config(settings.cosell_config)
    client, keep = slack(settings, PATIENT), store(settings, PATIENT)
    pool = ThreadPoolExecutor(settings.worker_threads * 8, thread_name_prefix="read")
    outside = reach(settings, config, pool, keep)
    ledger, threads = Ledger(keep, utc_now), Threads(client, keep)
    workspace, in_force = Workspace(client, pool), _in_force(settings, ledger)
    authority = Authority(in_force, config)
    people = People(workspace, authority, config)
    audiences = Audiences(
        sharing=Sharing(keep),
        workspace=workspace,
        threads=threads,
        authority=authority,
        config=config,
    )
    name = f"{socket.gethostname()}:{os.getpid()}:{os.urandom(3).hex()}"
    proposing = Proposing(
        kinds=kinds(),
        config=config,
        context=outside.context,
        ledger=ledger,
        threads=threads,
        workspace=workspace,
        authority=authority,
        people=people,
        audiences=audiences,
        now=utc_now,
    )
    gateway = Gateway(
        systems=outside.systems,
        ledger=ledger,
        allowed=authority.may_execute,
        lasts=timedelta(minutes=config.approval.lasts_minutes),
        now=utc_now,
    )
    carrying = CarryingOut(
        ledger=ledger,
        context=outside.context,
        gateway=gateway,
        proposing=proposing,
        authority=authority,
        people=people,
        audiences=audiences,
        pool=pool,
        worker=name,
        now=utc_now,
    )
    stopping = Stopping(
        kinds=kinds(),
        config=config,
        ledger=ledger,
        threads=threads,
        workspace=workspace,
        authority=authority,
        now=utc_now,
    )
    governing = Governing(
        ledger=ledger,
        authority=authority,
        threads=threads,
        workspace=workspace,
        config=config,
        refresh=in_force.refresh,
        now=utc_now,
    )
    accounts = Accounts(outside.systems.crm.as_user, utc_now)
    partners = Partners(
        lists=PartnerLists(keep),
        aws=lambda: outside.systems.partner.as_user(""),
        ledger=ledger,
        config=config,
        now=utc_now,
    )
    overlapping = Overlapping(
        accounts=accounts,
        partners=partners,
        audiences=audiences,
        threads=threads,
        workspace=workspace,
        authority=authority,
    )
    comparing = Comparing(
        accounts=accounts,
        partners=partners,
        ledger=ledger,
        audiences=audiences,
        threads=threads,
        workspace=workspace,
        authority=authority,
        config=config,
    )
    verbs = {
        "stop": stopping.stop,
        "resume": stopping.resume,
        "policy": governing.policy,
        "match": comparing.match,
        "overlap": overlapping.overlap,
    }
    scoring = Scoring(
        accounts=accounts,
        aws=lambda: outside.systems.partner.as_user(""),
        ledger=ledger,
        config=config,
        pool=pool,
        now=utc_now,
    )
    filing = Filing(
        files=SlackFiles(slack(settings, PATIENT), MOST_BYTES),
        bucket=_bucket(settings),
        store=keep,
        scoring=scoring,
        overlapping=overlapping,
        proposing=proposing,
        audiences=audiences,
        threads=threads,
        workspace=workspace,
        authority=authority,
        config=config,
        now=utc_now,
    )
    verbs["insights"] = filing.insights
    alerting = Alerting(
        kinds=kinds(),
        config=config,
        context=outside.context,
        ledger=ledger,
        threads=threads,
        workspace=workspace,
        authority=authority,
        audiences=audiences,
        proposing=proposing,
        state=WatchState(keep),
        now=utc_now,
    )
    watching = watching_of(settings, config, outside, Neighbours(accounts, partners), alerting, keep)
    quieting = Quieting(
        config=config,
        ledger=ledger,
        workspace=workspace,
        authority=authority,
        state=WatchState(keep),
        now=utc_now,
    )
    verbs |= {"quiet": quieting.quiet, "rules": quieting.rules}
    following = Following(ledger, proposing, threads, utc_now)
    home = Home(
        ledger=ledger, threads=threads, workspace=workspace, authority=authority, pool=pool, now=utc_now
    )

    def hear(via: str, at: str, by: str, cause: str, **words: Any) -> None:
        addressed = via != Via.MESSAGE
        message = Message(at=datetime.fromisoformat(at), addressed=addressed, **words)
        with _answering(threads, keep, message.channel, by, cause) if addressed else nullcontext():
            proposing.hear(message, Via(via), by, cause)

    def command(
        verb: str, words: str, channel: str, user: str, cause: str, response_url: str | None = None
    ) -> None:
        with _answering(threads, keep, channel, user, cause, response_url):
            own = verbs.get(verb)
            card = (
                own(words, channel, user, cause)
                if own is not None
                else proposing.command(verb, words, channel, user, cause)
            )
            if card is not None:
                threads.whisper(channel, user, card, response_url=response_url)

    def pair(channel: str, user: str, cause: str, **words: Any) -> None:
        with _answering(threads, keep, channel, user, cause):
            comparing.say(channel=channel, user=user, cause=cause, **words)

    def overlap_csv(channel: str, user: str, cause: str, **words: Any) -> None:
        with _answering(threads, keep, channel, user, cause):
            overlapping.csv(channel=channel, user=user, cause=cause, **words)

    def show_digest(digest: str, page: int, channel: str, user: str, cause: str) -> None:
        with _answering(threads, keep, channel, user, cause):
            alerting.show(digest, page, channel, user)

    def propose_firing(digest: str, firing: str, channel: str, user: str, cause: str) -> None:
        with _answering(threads, keep, channel, user, cause):
            alerting.propose(digest, firing, channel, user)

    def whisper(channel: str, user: str, words: str, thread_ts: str | None = None) -> None:
        threads.whisper(channel, user, cards.words(words), thread_ts)

    def show(id: str) -> None:
        proposing.show(id)

    does: dict[Job, Callable[..., None]] = {
        Job.HEAR: hear,
        Job.COMMAND: command,
        Job.INTRODUCE: lambda channel, cause: proposing.introduce(
            channel, outside.systems.crm.as_user(), cause
        ),
        Job.SHOW: show,
        Job.CARRY_OUT: carrying.carry_out,
        Job.WHISPER: whisper,
        Job.HOME: home.show,
        Job.REDRAW: proposing.redraw_channel,
        Job.POLICY: governing.announce,
        **_looks(watching),
        Job.SHOW_DIGEST: show_digest,
        Job.PROPOSE_FIRING: propose_firing,
        Job.FOLLOW: following.follow,
        Job.FILE: filing.take,
        Job.COLUMNS: filing.columns_said,
        Job.DROPS: filing.collect,
        Job.PAIR: pair,
        Job.OVERLAP_CSV: overlap_csv,
    }
    return Work(Queue(store(settings, 60)), does, Heart(ledger, name), settings.worker_threads)


def _bucket(settings: Settings) -> Bucket | None:
    if settings.drops_bucket is None:
        return None
    from bot.drops import Drops

    return Drops(bucket=settings.drops_bucket, prefix=settings.drops_prefix or "", most=MOST_BYTES)


def watching_of(
    settings: Settings,
    config: Config,
    outside: Reach,
    neighbours: Neighbours,
    alerting: Alerting,
    keep: redis.Redis,
) -> Watching:
    """What looks at Salesforce and AWS for the rules of the configuration."""
    events = None
    if settings.partner_events_queue_url is not None and config.rules:
        from bot.partner_events import PartnerEvents

        events = PartnerEvents(queue_url=settings.partner_events_queue_url, catalog=settings.ace_catalog)
    return Watching(
        config=config,
        crm=outside.systems.crm.as_user,
        partner=lambda: outside.systems.partner.as_user(""),
        neighbours=neighbours,
        events=events,
        alerting=alerting,
        state=WatchState(keep),
        now=utc_now,
    )


def sweep_for(settings: Settings, config: Config, pool: ThreadPoolExecutor) -> Sweep:
    """What a sweep finds, for somebody who wants to look first."""
    keep = store(settings, PATIENT)
    outside = reach(settings, config, pool, keep)
    partners = Partners(
        lists=PartnerLists(keep),
        aws=lambda: outside.systems.partner.as_user(""),
        ledger=Ledger(keep, utc_now),
        config=config,
        now=utc_now,
    )
    neighbours = Neighbours(Accounts(outside.systems.crm.as_user, utc_now), partners)
    return Sweep(outside.systems.crm.as_user, neighbours.overlap, WatchState(keep))


def _looks(watching: Watching) -> dict[Job, Callable[..., None]]:
    def sweep(rule: str, due: str) -> None:
        watching.sweep(rule, due)

    return {
        Job.WATCH_CRM: watching.poll_crm,
        Job.WATCH_PARTNER: watching.poll_partner,
        Job.WATCH_EVENTS: watching.take_events,
        Job.SWEEP: sweep,
    }


@contextmanager
def _answering(
    threads: Threads, keep: redis.Redis, channel: str, user: str, cause: str, response_url: str | None = None
) -> Iterator[None]:
    """Tell whoever asked what became of it, when no card does."""

    def tell(words: str) -> None:
        threads.whisper(channel, user, cards.words(words), response_url=response_url)

    try:
        yield
    except Unavailable as away:
        if keep.set(f"cosell:told:{cause}", "1", nx=True, ex=24 * 3600):
            tell(f"{away} I keep trying for an hour; if no card has come by then, ask again.")
        raise
    except BotError as refused:
        tell(str(refused))
    except Exception:
        reference = os.urandom(4).hex()
        log.exception("asking.broke", reference=reference)
        tell(f"Something unexpected happened (reference {reference}). Nothing was proposed.")


def ticking(settings: Settings) -> tuple[redis.Redis, Callable[[], int]]:
    """What the clock does at each tick, and the store its lease is in."""
    keep = store(settings, PATIENT)
    ledger, jobs = Ledger(keep, utc_now), Queue(store(settings, PATIENT))
    look_after = partial(catch_up, ledger, jobs, utc_now)
    timetable = timetable_of(settings, keep, jobs)
    return keep, lambda: look_after() + timetable.hand_in()


def timetable_of(settings: Settings, keep: redis.Redis, jobs: Queue) -> Timetable:
    """When the rules of the configuration look."""
    return Timetable(
        load_config(settings.cosell_config),
        WatchState(keep),
        jobs,
        utc_now,
        events=settings.partner_events_queue_url is not None,
        drops=settings.drops_bucket is not None,
    )
