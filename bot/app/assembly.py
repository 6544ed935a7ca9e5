"""Every part of a worker, each built when it is first asked for, and shared from then on."""

import os
import socket
from datetime import timedelta
from functools import cached_property

import redis
from slack_sdk import WebClient

from bot.action import kinds
from bot.app.connections import PATIENT, slack, store, utc_now
from bot.app.outside import Reach, bucket, events, reach
from bot.app.policies import in_force
from bot.clients import PartnerReader
from bot.config import Config
from bot.config import load as load_config
from bot.gateway import Gateway
from bot.history import History
from bot.ledger import Ledger
from bot.lifecycle.accounts import Accounts
from bot.lifecycle.adopting import InForce
from bot.lifecycle.alerting import Alerting
from bot.lifecycle.audiences import Audiences
from bot.lifecycle.auditing import Auditing
from bot.lifecycle.carry_out import CarryingOut
from bot.lifecycle.comparing import Comparing
from bot.lifecycle.filing import Filing
from bot.lifecycle.following import Following
from bot.lifecycle.governing import Governing
from bot.lifecycle.home import Home
from bot.lifecycle.neighbours import Neighbours
from bot.lifecycle.overlapping import Overlapping
from bot.lifecycle.partners import Partners
from bot.lifecycle.people import People
from bot.lifecycle.propose import Proposing
from bot.lifecycle.quieting import Quieting
from bot.lifecycle.reporting import Reporting
from bot.lifecycle.reports import Reports
from bot.lifecycle.scoring import Scoring
from bot.lifecycle.stopping import Stopping
from bot.lifecycle.summarising import Summarising
from bot.lifecycle.sweeping import Sweep
from bot.lifecycle.watching import Watching
from bot.pace import turns_per_channel
from bot.partner_lists import PartnerLists
from bot.policy import Authority
from bot.pool import Pool
from bot.settings import Settings
from bot.sharing import Sharing
from bot.slack_files import SlackFiles
from bot.tables import MOST_BYTES
from bot.tallies import Tallies
from bot.threads import Threads
from bot.watch_state import WatchState
from bot.workspace import Workspace


class Assembly:
    """The parts of one process that works with the systems: a worker, or a command of the shell."""

    def __init__(self, settings: Settings, tallies: Tallies | None = None) -> None:
        """With ``tallies`` what is done counts in the metrics, which a command of the shell does not."""
        self.settings, self.tallies = settings, tallies
        self.config: Config = load_config(settings.cosell_config)
        self.name = f"{socket.gethostname()}:{os.getpid()}:{os.urandom(3).hex()}"

    # -- what the others rest on ----------------------------------------------------------------------------
    @cached_property
    def keep(self) -> redis.Redis:
        """The store."""
        return store(self.settings, PATIENT)

    @cached_property
    def client(self) -> WebClient:
        """Slack."""
        return slack(self.settings, PATIENT, self.keep, self.tallies)

    @cached_property
    def pool(self) -> Pool:
        """Threads that read."""
        return Pool(self.settings.worker_threads * 8, thread_name_prefix="read")

    @cached_property
    def outside(self) -> Reach:
        """The systems of record."""
        return reach(self.settings, self.config, self.pool, self.keep, self.tallies)

    def aws(self) -> PartnerReader:
        """AWS Partner Central as nobody in particular, to read."""
        return self.outside.systems.partner.as_user("")

    @cached_property
    def ledger(self) -> Ledger:
        """The record."""
        return Ledger(self.keep, utc_now)

    @cached_property
    def threads(self) -> Threads:
        """The bot's voice."""
        slack = self.config.slack
        turn = turns_per_channel(self.keep, slack.posts_per_second, slack.burst)
        return Threads(self.client, self.keep, turn=turn)

    @cached_property
    def workspace(self) -> Workspace:
        """Who is who in Slack."""
        return Workspace(self.client, self.pool)

    @cached_property
    def in_force(self) -> InForce:
        """The policy."""
        return in_force(self.settings, self.ledger)

    @cached_property
    def authority(self) -> Authority:
        """What the policy says."""
        return Authority(self.in_force, self.config)

    @cached_property
    def people(self) -> People:
        """People as configuration and Slack know them."""
        return People(self.workspace, self.authority, self.config)

    @cached_property
    def audiences(self) -> Audiences:
        """Who reads which channel."""
        return Audiences(
            sharing=Sharing(self.keep),
            workspace=self.workspace,
            threads=self.threads,
            authority=self.authority,
            config=self.config,
        )

    # -- from words to an audited result --------------------------------------------------------------------
    @cached_property
    def proposing(self) -> Proposing:
        """Makes proposals and draws them."""
        return Proposing(
            kinds=kinds(),
            config=self.config,
            context=self.outside.context,
            ledger=self.ledger,
            threads=self.threads,
            workspace=self.workspace,
            authority=self.authority,
            people=self.people,
            audiences=self.audiences,
            now=utc_now,
        )

    @cached_property
    def gateway(self) -> Gateway:
        """The one door for writes."""
        return Gateway(
            systems=self.outside.systems,
            ledger=self.ledger,
            allowed=self.authority.may_execute,
            lasts=timedelta(minutes=self.config.approval.lasts_minutes),
            now=utc_now,
        )

    @cached_property
    def carrying(self) -> CarryingOut:
        """Carries out what was approved."""
        return CarryingOut(
            ledger=self.ledger,
            context=self.outside.context,
            gateway=self.gateway,
            proposing=self.proposing,
            authority=self.authority,
            people=self.people,
            audiences=self.audiences,
            pool=self.pool,
            worker=self.name,
            now=utc_now,
        )

    @cached_property
    def following(self) -> Following:
        """Proposes what is the opposite, or the rest, of what has ended."""
        return Following(self.ledger, self.proposing, self.threads, utc_now)

    @cached_property
    def home(self) -> Home:
        """Home tabs."""
        return Home(
            ledger=self.ledger,
            threads=self.threads,
            workspace=self.workspace,
            authority=self.authority,
            people=self.people,
            problems=self.watched.problems,
            pool=self.pool,
            now=utc_now,
        )

    # -- what concerns the bot as a whole -------------------------------------------------------------------
    @cached_property
    def stopping(self) -> Stopping:
        """The kill switch."""
        return Stopping(
            kinds=kinds(),
            config=self.config,
            ledger=self.ledger,
            threads=self.threads,
            workspace=self.workspace,
            authority=self.authority,
            now=utc_now,
        )

    @cached_property
    def governing(self) -> Governing:
        """Changes of the policy."""
        return Governing(
            ledger=self.ledger,
            authority=self.authority,
            threads=self.threads,
            workspace=self.workspace,
            config=self.config,
            refresh=self.in_force.refresh,
            now=utc_now,
        )

    # -- lists, matches and scores --------------------------------------------------------------------------
    @cached_property
    def accounts(self) -> Accounts:
        """Our accounts and open deals."""
        return Accounts(self.outside.systems.crm.as_user, utc_now)

    @cached_property
    def partners(self) -> Partners:
        """The partners' lists."""
        return Partners(
            lists=PartnerLists(self.keep),
            aws=self.aws,
            ledger=self.ledger,
            config=self.config,
            now=utc_now,
        )

    @cached_property
    def overlapping(self) -> Overlapping:
        """How lists overlap."""
        return Overlapping(
            accounts=self.accounts,
            partners=self.partners,
            audiences=self.audiences,
            threads=self.threads,
            workspace=self.workspace,
            authority=self.authority,
        )

    @cached_property
    def comparing(self) -> Comparing:
        """Who knows an account of ours."""
        return Comparing(
            accounts=self.accounts,
            partners=self.partners,
            ledger=self.ledger,
            audiences=self.audiences,
            threads=self.threads,
            workspace=self.workspace,
            authority=self.authority,
            config=self.config,
        )

    @cached_property
    def scoring(self) -> Scoring:
        """Batches of scores."""
        return Scoring(
            accounts=self.accounts,
            aws=self.aws,
            ledger=self.ledger,
            config=self.config,
            pool=self.pool,
            now=utc_now,
        )

    @cached_property
    def filing(self) -> Filing:
        """Files that were dropped."""
        return Filing(
            files=SlackFiles(self.client, MOST_BYTES),
            bucket=bucket(self.settings),
            store=self.keep,
            scoring=self.scoring,
            overlapping=self.overlapping,
            proposing=self.proposing,
            audiences=self.audiences,
            threads=self.threads,
            workspace=self.workspace,
            authority=self.authority,
            ledger=self.ledger,
            config=self.config,
            now=utc_now,
        )

    # -- what managers read ---------------------------------------------------------------------------------
    @cached_property
    def history(self) -> History:
        """The courses of all proposals."""
        return History(self.keep)

    @cached_property
    def reports(self) -> Reports:
        """Summaries as values."""
        return Reports(
            history=self.history,
            workspace=self.workspace,
            authority=self.authority,
            aws=self.aws,
            config=self.config,
            kinds=kinds(),
            now=utc_now,
        )

    @cached_property
    def summarising(self) -> Summarising:
        """Posts summaries."""
        return Summarising(
            reports=self.reports,
            people=self.people,
            audiences=self.audiences,
            threads=self.threads,
            state=self.watched,
            config=self.config,
            now=utc_now,
        )

    @cached_property
    def reporting(self) -> Reporting:
        """Answers ``/cosell report``."""
        return Reporting(
            reports=self.reports,
            people=self.people,
            workspace=self.workspace,
            authority=self.authority,
            config=self.config,
            now=utc_now,
        )

    @cached_property
    def auditing(self) -> Auditing:
        """Answers ``/cosell audit``."""
        return Auditing(
            history=self.history,
            ledger=self.ledger,
            reports=self.reports,
            people=self.people,
            workspace=self.workspace,
            authority=self.authority,
            config=self.config,
            now=utc_now,
        )

    # -- rules ----------------------------------------------------------------------------------------------
    @cached_property
    def watched(self) -> WatchState:
        """What rules have seen."""
        return WatchState(self.keep)

    @cached_property
    def neighbours(self) -> Neighbours:
        """Whether an account is on a partner's list."""
        return Neighbours(self.accounts.in_background(self.outside.background_crm), self.partners)

    @cached_property
    def sweep(self) -> Sweep:
        """What a sweep finds."""
        return Sweep(self.outside.background_crm, self.neighbours.overlap, self.watched)

    @cached_property
    def alerting(self) -> Alerting:
        """Cards and digests of what fired."""
        return Alerting(
            kinds=kinds(),
            config=self.config,
            context=self.outside.context,
            ledger=self.ledger,
            threads=self.threads,
            workspace=self.workspace,
            authority=self.authority,
            audiences=self.audiences,
            proposing=self.proposing,
            state=self.watched,
            now=utc_now,
        )

    @cached_property
    def watching(self) -> Watching:
        """Looks at Salesforce and AWS."""
        return Watching(
            config=self.config,
            crm=self.outside.background_crm,
            partner=self.aws,
            neighbours=self.neighbours,
            sweep=self.sweep,
            events=events(self.settings) if self.config.rules else None,
            alerting=self.alerting,
            state=self.watched,
            now=utc_now,
        )

    @cached_property
    def quieting(self) -> Quieting:
        """When rules keep quiet."""
        return Quieting(
            config=self.config,
            ledger=self.ledger,
            workspace=self.workspace,
            authority=self.authority,
            state=self.watched,
            now=utc_now,
        )
