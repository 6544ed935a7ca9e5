"""What the bot says beside its proposals: linking a channel, help, what is going on, a plain sentence."""

from collections.abc import Iterator, Mapping, Sequence

from bot.action import kinds
from bot.audience import OURS, Audience
from bot.cards.approvals import progress
from bot.cards.blocks import Block, Card, Room, button, context, few, fitted, header, listed, section
from bot.cards.names import MARKS, SAID, deal_link, headline_of
from bot.cards.text import code, defused, link, mention, one_line, sentence, when
from bot.clients import Candidate
from bot.proposal import Proposal, Status

_MOST_CANDIDATES = 5
_MOST_PROPOSALS = 20
_OWN = {
    "status": "What was proposed on this deal, and where it stands",
    "stop": "Stop writes at once: all, of one kind, or of a partner",
    "resume": "Let stopped writes go on (partner managers)",
    "insights": "Write the P2B scores that AWS gives our referrals, after a look at them",
    "quiet": "Keep rules quiet for a while, in a channel or on your deals",
    "rules": "What is watched besides what people say",
    "link": "Set which opportunity this channel is about",
    "match": "Who else knows an account of ours, by each partner's list",
    "overlap": "What a partner's list and our accounts have in common",
    "report": "What was done in a week, a month or with a partner, of what you may read",
    "audit": "What the ledger says of an account, a person, a partner or one action",
    "help": "This list",
}
BY_WORDS = (
    "Or say it in the channel, such as “P2B came back at 82” or “set up a call with AWS next week”, "
    "or pick “Propose co-sell action” on a message."
)
_BY_HAND = "`/cosell link` and the opportunity's id or Salesforce address"


def words(text: str) -> Card:
    """A sentence in mrkdwn as the caller wrote it; whatever would call a whole room appears literally."""
    said = defused(text).strip() or "…"
    return fitted(said, lambda room: [section("words", said)])


def link_suggestion(channel: str, candidates: Sequence[Candidate], audience: Audience = OURS) -> Card:
    """Which opportunity a channel is about, one button each, and how to say it by hand; outsiders read only that."""
    shown = () if audience.outsiders else candidates[:_MOST_CANDIDATES]
    if not shown:
        return words(f"Which opportunity is this channel about? Link it with {_BY_HAND}.")

    def draw(room: Room) -> Iterator[Block]:
        yield section(
            "question", "*Which opportunity is this channel about?*\nI act here only once it is linked."
        )
        for index, candidate in enumerate(shown):
            about = "  ·  ".join(
                s for s in (one_line(candidate.account, 80), one_line(candidate.stage, 60)) if s
            )
            text = f"*{one_line(candidate.name, 150) or 'Without a name'}*\n{about}"
            choose = button("Link", "cosell.link", candidate.id, candidate.name)
            yield section(f"candidate.{index}", text.rstrip(), choose)
        yield context("by_hand", f"Another one? Use {_BY_HAND}.")

    names = "; ".join(one_line(candidate.name, 150) for candidate in shown)
    return fitted(f"Which opportunity is this channel about? {names}. Or use {_BY_HAND}.", draw)


def linked(deal_name: str, url: str | None, by: str, audience: Audience = OURS) -> Card:
    """That a channel is now about an opportunity, and who said so; which one, outsiders do not read."""
    if audience.outsiders:
        deal = name = "an opportunity"
    else:
        deal, name = f"*{link(url, deal_name or 'the opportunity')}*", one_line(deal_name, 150)

    def draw(room: Room) -> Iterator[Block]:
        yield section("linked", f":link:  This channel is now about {deal}.")
        yield context(
            "linked.by", f"Linked by {mention(by)}  ·  `/cosell help` shows what can be asked for here"
        )

    return fitted(f"This channel is now about {name}, linked by {mention(by)}.", draw)


def hidden() -> Card:
    """What stands in place of a message that was posted before people of another company came."""
    return words(
        "This message was for people of the company that runs this bot. It is hidden because people of another company "
        "are in the channel."
    )


def help_text(commands: Mapping[str, str]) -> Card:
    """Every ``/cosell`` line, by verb, with what it does: the actions first."""
    lines = usages(commands)
    intro = "I propose co-sell actions on the deal this channel is about, and carry out what is approved."

    def draw(room: Room) -> Iterator[Block]:
        yield section("help", f"*What I can do here*\n{intro}")
        yield section("commands", listed(lines, room.rows) or "`/cosell help`")
        yield context("shortcut", BY_WORDS)

    return fitted("\n".join([intro, *lines, BY_WORDS]), draw)


def usages(commands: Mapping[str, str]) -> list[str]:
    """A line for each ``/cosell`` verb with what it does, the actions first."""
    does = {verb: kind.title for kind in kinds().values() for verb in kind.commands} | _OWN
    verbs = sorted(commands, key=lambda verb: list(does).index(verb) if verb in does else len(does))
    told = {code(f"/cosell {commands[verb]}"): does.get(verb, "") for verb in verbs}
    return [f"{usage}   {one_line(what, 100)}".rstrip() for usage, what in told.items()]


def status(proposals: Sequence[Proposal], warnings: Sequence[str] = ()) -> Card:
    """A deal's proposals, the newest first, each with where it stands, below what holds for all of them."""
    newest = sorted(proposals, key=lambda proposal: proposal.opened_at, reverse=True)
    if not newest:
        nothing = "Nothing was proposed on this deal yet. `/cosell help` shows what can be asked for."
        return words(" ".join([*warnings, nothing]))

    def draw(room: Room) -> Iterator[Block]:
        shown, more = few(newest, min(room.rows, _MOST_PROPOSALS))
        yield header("Co-sell on this deal")
        yield context("deal", deal_link(newest[0]))
        if warnings:
            yield section("warnings", listed([f":octagonal_sign:  {line}" for line in warnings], room.rows))
        for index, proposal in enumerate(shown):
            yield section(f"proposal.{index}", _line(proposal, min(room.text, 200)))
        if more:
            yield context("more", more)

    said = [
        f"{headline_of(proposal, 120)} ({SAID[proposal.status]})" for proposal in newest[:_MOST_PROPOSALS]
    ]
    return fitted(" ".join(map(sentence, said)), draw)


def _line(proposal: Proposal, limit: int) -> str:
    since = when(proposal.ended_at) if proposal.ended_at else f"asked for {when(proposal.opened_at)}"
    heading = f"{MARKS[proposal.status]}  *{headline_of(proposal, limit)}*"
    told = progress(proposal) if proposal.status is Status.OPEN else ""
    stands = "  ·  ".join([SAID[proposal.status].capitalize(), *([told] if told else []), since])
    return f"{heading}\n{stands}"
