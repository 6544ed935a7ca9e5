"""The rules of the configuration as a list, and where it is quiet."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from bot.cards.blocks import Block, Card, Room, context, few, fitted, header, section
from bot.cards.text import code, one_line, when
from bot.deal import Frozen
from bot.rules import Rule, Triggers, When
from bot.triggers.quiet import HOW
from bot.triggers.words import days, money

_MOST = 40


class Standing(Frozen):
    """A rule with what it has done."""

    rule: Rule
    ran: datetime | None  # when it looked last
    fired: int  # in the last week


class Silence(Frozen):
    """What is quiet here and for whoever asks."""

    here: bool = False
    here_until: datetime | None = None
    me: bool = False
    me_until: datetime | None = None
    waiting: int = 0  # firings that are told here when it ends


def rules(standing: Sequence[Standing], silence: Silence, triggers: Triggers) -> Card:
    """What each rule watches, when it looked last, how often it fired in a week, and whether it is quiet here."""
    if not standing:
        said = "The configuration has no rules, so I act only on what people say. `docs/configuration.md` shows some."
        return fitted(said, lambda room: [section("none", said)])
    shown, more = few(standing, _MOST)

    def draw(room: Room) -> Iterator[Block]:
        yield header("Rules")
        for index, one in enumerate(shown):
            yield section(f"rule.{index}", _line(one, triggers, min(room.text, 300)))
        if more:
            yield context("more", more)
        yield context("quiet", " ".join(_silence(silence, triggers)))

    return fitted("; ".join(f"{one.rule.name}: {watched(one.rule, triggers)}" for one in shown), draw)


def quiet(silence: Silence, triggers: Triggers) -> Card:
    """What is quiet, and how to change that."""
    said = f"{' '.join(_silence(silence, triggers))}\n{HOW}"
    return fitted(said, lambda room: [section("quiet", said)])


def watched(rule: Rule, triggers: Triggers) -> str:
    """What a rule looks for, as a clause."""
    stages = ", ".join(rule.stages)
    of = " ".join(
        part
        for part in (
            f"in {stages}" if stages and rule.when is not When.STAGE_BECOMES else "",
            f"of {money(rule.amount)} or more"
            if rule.amount and rule.when is not When.AMOUNT_REACHES
            else "",
        )
        if part
    )
    deal = f"a deal {of}".strip()
    match rule.when:
        case When.STAGE_BECOMES:
            return f"the stage of {deal} becomes {stages}"
        case When.AMOUNT_REACHES:
            return f"the amount of {deal} reaches {money(rule.amount)}"
        case When.NEW_OPPORTUNITY:
            return f"an opportunity {of}".rstrip() + " is opened"
        case When.OVERLAPS:
            return f"an opportunity {of}".rstrip() + f" is opened at an account on the list of {rule.partner}"
        case When.NEXT_STEP_STALE:
            return f"the next step of {deal} has not changed for {days(rule.days or 0)}"
        case When.AWS_UPDATED:
            return "AWS changes an opportunity of ours" + (
                f" to {', '.join(rule.statuses)}" if rule.statuses else ""
            )
        case When.INVITED:
            return "AWS invites us to an engagement"
    listed = f", at an account on the list of {rule.partner}" if rule.partner else ""
    return f"{deal}{listed} has no referral (looked for at {rule.at}, {triggers.timezone})"


def _line(one: Standing, triggers: Triggers, room: int) -> str:
    then = f"proposes {code('/cosell ' + one.rule.propose)}" if one.rule.propose else "tells"
    ran = f"looked last {when(one.ran)}" if one.ran else "has not looked yet"
    times = "once" if one.fired == 1 else f"{one.fired:,} times"
    clause = one_line(watched(one.rule, triggers), room)
    heading = f"*{one_line(one.rule.name, 80)}*\nWhen {clause}: {then}."
    return f"{heading}\n{ran[:1].upper()}{ran[1:]}  ·  fired {times} in the last week"


def _silence(silence: Silence, triggers: Triggers) -> Iterator[str]:
    yield (
        _held("Rules are quiet in this channel", silence.here_until)
        if silence.here
        else "It is not quiet here."
    )
    if silence.me:
        yield _held("Rules are quiet on your deals", silence.me_until)
    if triggers.quiet_hours:
        yield f"Every day from {triggers.quiet_hours.replace('-', ' to ')}, in the deal owner's time zone, it is quiet."
    if silence.waiting:
        yield f"{silence.waiting:,} waiting to be told here when it ends."


def _held(said: str, until: datetime | None) -> str:
    return f"{said} until {when(until)}." if until else f"{said} until somebody ends it."
