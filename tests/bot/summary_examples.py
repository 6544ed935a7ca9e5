"""Summaries to draw: of a period with nothing in it, with three actions, and with thousands and hostile names."""

from dataclasses import replace
from datetime import timedelta
from random import Random

from bot.history import ChainState, Course
from bot.ledger import Flaw
from bot.summaries import Period, Summary
from tests.bot.summary_counting import BEFORE, HEAD, KINDS, MADE_AT, SOUND, WEEK, ZONE, summary

__all__ = [
    "BEFORE",
    "BROKEN",
    "HOSTILE",
    "LEFT",
    "MADE_AT",
    "NEVER_WALKED",
    "SOUND",
    "WEEK",
    "ZONE",
    "large",
    "quiet",
    "small",
    "summary",
]

NEVER_WALKED = ChainState(entries=48_210, head=HEAD, read=48_210)
BROKEN = ChainState(
    entries=48_210,
    head=HEAD,
    read=31_007,
    flaw=Flaw(seq=31_008, what="its link does not follow from the one before"),
)

HOSTILE = (
    "<!channel> & <script>alert(1)</script>",
    "=1+1",
    "שלום בע״מ",
    "$\\frac{1}{0}$ and $x",
    "株式会社サンプル",
    "🚀 Rocket 🧑‍🚀 Labs",
    "‮evil‬ *bold* _it_ `code`",
    "@SUM(A1:A9)|cmd",
    "شركة المثال",
    "An exceedingly long partner name that never seems to come to an end, " * 4,
)
NAMES = (
    "Ana Costa",
    "Mei Tanaka",
    "Dana Cole",
    "Sam Lee",
    "José Núñez",
    "Łukasz Żółć",
    "Иван Петров",
    "Zoë 李",
)
REASONS = ("Partner Central answered 503 for ten minutes.", "The deal was closed meanwhile.", HOSTILE[0])
DECLINES = ("Too early", "Customer asked us to wait", "", '=HYPERLINK("http://x.example")')
LEFT = "U0LEFT"
"""Somebody who left: the names do not have them."""


def quiet() -> Summary:
    """A week in which nothing happened and nothing waits."""
    return summary(())


def small() -> Summary:
    """Three actions for one partner: one done, one declined, one that waits."""
    noon = WEEK.start.timestamp() + 36 * 3600
    first = Course(
        id="prp_00000001", kind="submit_referral", via="message", opportunity="006000000000001AAA",
        deal="Northwind - fleet telemetry lake", account="001000000000001AAA", partner="AWS", owner="U0ANA",
        proposer="U0ANA", channel="C0NORTHWIND", thread="1795352000.000100", card="1795352001.000100",
        signal=noon, opened=noon + 4, approved=noon + 190, written=noon + 193, verified=noon + 195,
        ended=noon + 195, status="done", approver="U0ANA", approver_name="Ana Costa", approvals=("U0ANA",),
        edits=1, amount=240_000, attribution="Partner Sourced", partner_of_record="AWS", record="O1234567",
        receipt="8d0f1c", why="Submitted Northwind to AWS as O1234567.",
    )  # fmt: skip
    declined = first.with_(
        id="prp_00000002", kind="update_opportunity", deal="Tailspin", opportunity="006000000000002AAA",
        approved=None, written=None, verified=None, ended=noon + 900, status="declined", ended_by="U0ANA",
        why="Too early", approver="", approvals=(), edits=0, attribution="", record="", receipt="",
    )  # fmt: skip
    waits = declined.with_(
        id="prp_00000003", deal="Fabrikam", opportunity="006000000000003AAA", ended=None,
        status="open", ended_by="", why="", expires=noon + 600_000, amount=None,
    )  # fmt: skip
    return summary((first, declined, waits))


def large(actions: int = 10_000, partners: int = 60, sellers: int = 200) -> Summary:
    """A busy week that came late, after one as busy: every ending, hostile names, somebody who left."""
    chance = Random(7)
    theirs = [HOSTILE[i] if i < len(HOSTILE) else f"Partner {i:02d} GmbH" for i in range(partners)]
    people = {f"U0S{i:04d}": NAMES[i] if i < len(NAMES) else f"Seller {i:03d}" for i in range(sellers - 1)}
    people |= {f"U0S{40 + i:04d}": name for i, name in enumerate(HOSTILE[:8]) if 40 + i < sellers - 1}
    ids = [*people, LEFT]
    made = [
        _course(chance, number, period, chance.choices(theirs, _falling(partners))[0], chance.choice(ids))
        for period, many in ((WEEK, actions), (BEFORE, actions * 9 // 10))
        for number in range(many)
    ]
    return replace(
        summary(made, people), late=MADE_AT - timedelta(hours=3), scope="what Sam Lee <!here> may read"
    )


def _falling(number: int) -> list[float]:
    """Weights: few large ones, many small ones."""
    return [1 / (i + 1) for i in range(number)]


def _course(chance: Random, number: int, period: Period, partner: str, seller: str) -> Course:
    kind = chance.choices(list(KINDS), (5, 3, 2, 1))[0]
    signal = chance.uniform(period.start.timestamp(), period.end.timestamp() - 1)
    opened = signal + chance.lognormvariate(1.2, 0.6)
    approved = opened + chance.lognormvariate(6, 1.6)
    written = approved + chance.lognormvariate(0.5, 0.7)
    verified = written + chance.lognormvariate(0.2, 0.5)
    weights = (78, 4, 2, 8, 3, 5)
    status = chance.choices(("done", "failed", "unverified", "declined", "expired", "open"), weights)[0]
    ended = verified if status in ("done", "unverified", "failed") else approved
    if ended >= period.end.timestamp() and status != "open":
        status = "open" if period is WEEK else "done"
    if period is BEFORE and status == "open":
        status = "expired"
    ended = min(ended, period.end.timestamp() - 1) if status != "open" else ended
    wrote = status in ("done", "failed", "unverified")
    forced = wrote and chance.random() < 0.01
    return Course(
        id=f"prp_{'w' if period is WEEK else 'b'}{number:07d}",
        kind=kind,
        via=chance.choice(("message", "command", "rule", "file", "mention")),
        opportunity=f"006{chance.randrange(4000):012d}AAA",
        deal=chance.choice(HOSTILE) if chance.random() < 0.05 else f"Deal {chance.randrange(4000)} – renewal",
        account="",
        partner=partner,
        owner=seller,
        proposer=chance.choice((seller, "cosell")),
        channel="C0DEALS",
        thread=f"{int(signal)}.{number % 1_000_000:06d}",
        card=f"{int(opened)}.{number % 1_000_000:06d}",
        signal=signal,
        opened=opened,
        approved=min(approved, ended) if wrote else None,
        written=min(written, ended) if status in ("done", "unverified") else None,
        verified=min(verified, ended) if status == "done" else None,
        ended=None if status == "open" else ended,
        expires=opened + 259_200,
        status=status,
        approver=seller if wrote else "",
        approvals=(seller,) if wrote else (),
        edits=int(chance.random() < 0.2),
        overridden_by=seller if forced else "",
        override_reason="Quarter ends tonight, Dana is on a plane <!here>" if forced else "",
        skipped=("a sales manager",) if forced else (),
        ended_by=seller if status == "declined" else "",
        why=chance.choice({"failed": REASONS, "unverified": REASONS, "declined": DECLINES}.get(status, ("",))),
        amount=None if chance.random() < 0.1 else chance.randrange(5, 900) * 1000,
        attribution=chance.choice(("", "Partner Sourced", "Partner Influenced")) if status == "done" else "",
        partner_of_record=partner if status == "done" else "",
        record=f"O{number:07d}" if status == "done" else "",
        receipt=f"req-{number:07d}" if status == "done" else "",
    )  # fmt: skip
