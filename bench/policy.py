"""How long one decision takes, and listing who may approve, with many policies and many people."""

import time
from collections.abc import Callable, Sequence
from functools import partial

from bench.figures import Figure
from bot.config import Config, load
from bot.deal import Person, Role
from bot.policy import FOLDER, Authority, Policy, Source, read
from bot.proposal import Approval, Approver, Proposal, Stake
from sandbox.seed import CONFIG
from tests.bot.factory import proposal

POLICIES, PEOPLE, ASKED = 200, 5_000, 5_000
BOUND = 1.0
"""Milliseconds at p99, for one decision."""


def measure() -> list[Figure]:
    """A person's approval and the bot's execution, each a whole decision: its request made, asked and explained."""
    started = time.perf_counter()
    policy = Policy(_policies())
    parsed = (time.perf_counter() - started) * 1000
    config = _people()
    authority = Authority(lambda: policy, config)
    cards = [_card(authority, config, number) for number in range(ASKED)]
    approve = _timed(
        [partial(authority.may_approve, card, card.approvers[0].slack, "T0BRIGHT") for card in cards]
    )
    execute = _timed([partial(authority.may_execute, card) for card in cards])
    standing = {p.slack: authority.supposed(p.slack) for p in config.ours if p.slack}
    persons = {p.slack: p for p in config.ours if p.slack}
    (everybody,) = _timed([lambda: authority.approvers(cards[0], standing.values(), persons)])
    said = f"{len(policy)} policies, {len(config.people):,} people, parsed once in {parsed:.0f} ms"
    return [
        *(
            Figure(
                f"a decision: {name}, p99",
                f"{_at(times, 0.99):.2f} ms",
                "≤ 1 ms",
                _at(times, 0.99) <= BOUND,
                f"p50 {_at(times, 0.5):.2f} ms of {len(times):,}; {said}",
            )
            for name, times in (("approve", approve), ("execute", execute))
        ),
        Figure("who may approve, of everybody", f"{everybody:.0f} ms", "for scale", None, said),
    ]


def _policies() -> Source:
    """The bot's own policies and as many rules of a company as make two hundred."""
    given = read(FOLDER)
    own = sum(text.count("@id(") for text in given.policies.values())
    more = "\n".join(
        f'@id("account-{n}") @because("x") forbid (principal, action in Cosell::Action::"approve", resource in '
        f'Cosell::Account::"A{n}") when {{ resource has stage && resource.stage == "Won" && context.batch > {n + 9} }};'
        for n in range(POLICIES - own)
    )
    return Source(schema_text=given.schema_text, policies={**given.policies, "company.cedar": more})


def _people() -> Config:
    """The sandbox's company, grown."""
    config = load(CONFIG)
    more = tuple(
        Person(
            name=f"Person {n}",
            email=f"p{n}@brightlane.example",
            role=Role.PARTNER_MANAGER if n % 100 == 0 else Role.SELLER,
            slack=f"U1{n:05}",
            salesforce=f"p{n}@brightlane.example",
            calendar=f"p{n}@brightlane.example",
        )
        for n in range(PEOPLE - len(config.people))
    )
    return Config.model_validate({**config.model_dump(), "people": [*config.people, *more]})


def _card(authority: Authority, config: Config, number: int) -> Proposal:
    owner = config.ours[number % len(config.ours)]
    who = Approver(
        name=owner.name,
        slack=owner.slack or "",
        email=owner.email,
        salesforce=owner.salesforce,
        calendar=owner.calendar,
        why="owns the opportunity",
        roles=(str(owner.role),),
    )
    stake = Stake(
        account=f"A{number % 300}", owner=who.slack, amount=1000 * number, stage="Won", partner="aws"
    )
    card = proposal(number, approvers=(who,), stake=stake)
    yes = Approval(by=who, at=card.opened_at, version=1, digest=card.digest, versions={})
    return card.model_copy(update={"approvals": (yes,)})


def _timed(calls: Sequence[Callable[[], object]]) -> list[float]:
    """Milliseconds of each, in order of size."""
    times = []
    for call in calls:
        started = time.perf_counter()
        call()
        times.append((time.perf_counter() - started) * 1000)
    return sorted(times)


def _at(times: list[float], share: float) -> float:
    return times[int(share * (len(times) - 1))]
