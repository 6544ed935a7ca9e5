"""A process that hears Slack: over HTTP, with the pages of a sign-in, or through a socket that it opens."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from slack_bolt import App
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient

from bot.action import kinds
from bot.app.connections import BRISK, PATIENT, slack, store, utc_now
from bot.app.policies import in_force
from bot.asked_columns import ColumnQuestions
from bot.config import load as load_config
from bot.errors import Refused
from bot.handlers import Parts, register
from bot.history import History
from bot.jobs import Queue
from bot.ledger import Ledger
from bot.lifecycle.decide import Deciding
from bot.lifecycle.signing import Signing
from bot.metrics import Exposition
from bot.ops_pages import OpsPages
from bot.policy import Authority
from bot.reception import Reception
from bot.settings import Settings
from bot.sharing import Sharing
from bot.sign_in_pages import SignInPages
from bot.sign_ins import CALLBACK, SignIns
from bot.socket_mode import WHERE, SocketMode
from bot.tallies import Tallies
from bot.threads import Threads
from bot.web import Door


def door(settings: Settings) -> Door:
    """The web application of one process."""
    hearing = _hearing(settings)
    pages = _sign_in_pages(settings, hearing.sign_ins, hearing.signing)
    return Door(
        hearing.bolt,
        settings.slack_signing_secret.get_secret_value(),
        hearing.threads,
        pages,
        ops=hearing.ops,
        ops_port=settings.ops_port,
        tallies=hearing.tallies,
    )


def socket_mode(settings: Settings) -> tuple[SocketMode, OpsPages]:
    """Socket Mode, not started yet, and the operator's pages beside it; ``Refused`` where there is no token for it."""
    if settings.slack_app_token is None:
        raise Refused(f"SLACK_APP_TOKEN is not set. {WHERE}")
    hearing = _hearing(settings)
    socket = SocketMode(
        Reception(hearing.bolt, hearing.threads, hearing.tallies),
        slack(settings, PATIENT),
        settings.slack_app_token.get_secret_value(),
        settings.web_threads,
    )
    return socket, hearing.ops


@dataclass(frozen=True)
class _Hearing:
    bolt: App
    threads: Threads
    sign_ins: SignIns
    signing: Signing
    tallies: Tallies
    ops: OpsPages


def _hearing(settings: Settings) -> _Hearing:
    """Bolt with every listener attached, whichever way payloads come."""
    config = load_config(settings.cosell_config)
    client, keep = slack(settings, BRISK), store(settings, BRISK)
    threads, ledger = Threads(client, keep), Ledger(keep, utc_now)
    policy = in_force(settings, ledger)
    jobs, authority = Queue(store(settings, BRISK)), Authority(policy, config)
    bolt = App(
        client=client,
        authorize=_identity(client),
        request_verification_enabled=False,  # the door has checked the raw bytes, and a socket is Slack's
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
    parts = Parts(
        deciding=deciding,
        jobs=jobs,
        ledger=ledger,
        threads=threads,
        sharing=Sharing(keep),
        signing=signing,
        columns=ColumnQuestions(keep),
        config=config,
        kinds=kinds(),
    )
    register(bolt, parts)
    ops = OpsPages(keep, policy, Exposition(keep, History(keep)))
    return _Hearing(bolt, threads, sign_ins, signing, Tallies(keep), ops)


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
