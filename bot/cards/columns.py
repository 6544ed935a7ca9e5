"""Asking which column of a file is which."""

from collections.abc import Iterator, Mapping, Sequence

from bot.cards.blocks import (
    Block,
    Card,
    Room,
    actions,
    button,
    context,
    fitted,
    listed,
    modal,
    section,
    words,
)
from bot.cards.forms import ANSWER
from bot.cards.text import one_line

_MOST_OPTIONS = 100  # of one select
NOTHING = "-"


def ask_columns(
    name: str, what: str, guessed: Mapping[str, str], missing: Sequence[str], expected: str, cause: str
) -> Card:
    """What was guessed of a file's columns, to be confirmed or corrected; what is missing of them."""
    shown = one_line(name, 100) or "This file"
    if missing:
        lead = f"*{shown}* may be {what}, but I do not see which column is {' and which is '.join(missing)}."
    else:
        lead = f"*{shown}* looks like {what}. Are these the right columns?"
    lines = [f"•  *{one_line(ours, 60)}*:  {one_line(theirs, 100)}" for ours, theirs in guessed.items()]

    def draw(room: Room) -> Iterator[Block]:
        yield section("columns", lead)
        if lines:
            yield section("guessed", listed(lines, room.rows))
        buttons = [button("Choose columns", "cosell.columns", cause, name)]
        if not missing:
            buttons.insert(0, button("Use these", "cosell.columns_right", cause, name, primary=True))
        yield actions("which", buttons)
        yield context(
            "expected",
            f"{one_line(expected, 600)} Nothing is read further, and nothing written, until you say.",
        )

    return fitted(f"{lead.replace('*', '')} {expected}", draw)


def columns_form(
    name: str,
    wanted: Sequence[tuple[str, str, bool]],
    headings: Sequence[str],
    guessed: Mapping[str, str],
    cause: str,
) -> Block:
    """The form: for each of our columns, which heading of the file it is. ``wanted``: name, label, required."""
    options = [
        {"text": words(heading, 75), "value": str(index)}
        for index, heading in enumerate(headings[:_MOST_OPTIONS])
    ]
    nothing = {"text": words("None of them", 75), "value": NOTHING}
    blocks: list[Block] = [
        context("about", f"*{one_line(name, 100)}*  ·  Nothing is written until a card is approved.")
    ]
    for ours, label, required in wanted:
        offered = options if required else [nothing, *options[: _MOST_OPTIONS - 1]]
        element: Block = {"type": "static_select", "action_id": ANSWER, "options": offered}
        initial = next(
            (o for o, heading in zip(options, headings, strict=False) if heading == guessed.get(ours)), None
        )
        if initial is not None and initial in offered:
            element["initial_option"] = initial
        blocks.append(
            {
                "type": "input",
                "block_id": ours,
                "optional": not required,
                "label": words(label, 150),
                "element": element,
            }
        )
    return modal("Which column is which", "cosell.columns", cause, blocks, "Read it")


def reading(name: str, rows: int) -> Card:
    """That a file is being worked on."""
    shown = one_line(name, 100) or "the file"
    return fitted(
        f"Reading {shown}: {rows:,} rows.",
        lambda room: [
            section(
                "reading",
                f":hourglass_flowing_sand:  Reading *{shown}*: {rows:,} rows, matching them with our accounts…",
            )
        ],
    )


def read_as(name: str, rows: int) -> Card:
    """That a file was read, once its card is there."""
    told = f"Read *{one_line(name, 100) or 'the file'}*: {rows:,} rows."
    return fitted(told.replace("*", ""), lambda room: [section("read", told)])
