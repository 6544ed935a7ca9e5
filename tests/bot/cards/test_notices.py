"""What the bot says beside its proposals."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot import cards
from bot.cards import Card
from bot.clients import Candidate
from bot.proposal import Proposal
from tests.bot.cards.examples import done, partly_approved, update

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
many = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
Problems = Callable[[Any], list[str]]


def candidate(number: int, name: str = "Northwind") -> Candidate:
    """An opportunity that may be meant."""
    return Candidate(id=f"{number:018d}", name=name, account=name, stage="Qualification")


def links(card: Card) -> list[str]:
    """What each "Link" button carries."""
    beside = [block["accessory"] for block in card.blocks if "accessory" in block]
    return [button["value"] for button in beside if button["action_id"] == "cosell.link"]


@many
@given(data=st.data())
def test_every_notice_is_within_limits(
    data: st.DataObject,
    texts: st.SearchStrategy[str],
    proposals: Callable[[], st.SearchStrategy[Proposal]],
    problems: Problems,
) -> None:
    """Slack takes every notice, whatever the names in it."""
    a, b = data.draw(texts), data.draw(texts)
    for card in (
        cards.words(a),
        cards.linked(a, b, b),
        cards.link_suggestion(a, [candidate(n, b) for n in range(9)]),
        cards.help_text({str(n): f"{a}{n}" for n in range(60)}),
        cards.status([data.draw(proposals())] * 30),
    ):
        assert problems(card) == []


def test_at_most_five_opportunities_are_offered() -> None:
    """A channel is linked with one press, or by hand."""
    card = cards.link_suggestion("C1", [candidate(n) for n in range(9)])
    assert links(card) == [f"{n:018d}" for n in range(5)]
    assert "/cosell link" in card.text


def test_no_likely_opportunity_says_how_to_link() -> None:
    """Without a guess there is still a way."""
    card = cards.link_suggestion("C1", [])
    assert links(card) == [] and "/cosell link" in card.text


def test_a_sentence_calls_no_whole_room() -> None:
    """Vendors' words in a sentence cannot ping everybody; our own mentions, links and formatting stay."""
    said = "*No*: <@U0ANA> & <!channel> <!here|here> <!subteam^S1> <b> <https://a.example|notes> &amp; `/cosell link`"
    assert cards.words(said).text == (
        "*No*: <@U0ANA> &amp; &lt;!channel&gt; &lt;!here|here&gt; &lt;!subteam^S1&gt; &lt;b&gt; "
        "<https://a.example|notes> &amp; `/cosell link`"
    )


def test_help_lists_every_command_in_words_alone_too() -> None:
    """Where only text can be shown, it is all there, with its angle brackets."""
    text = cards.help_text({"link": "link <opportunity id>", "status": "status"}).text
    assert "`/cosell link &lt;opportunity id&gt;`" in text and "`/cosell status`" in text


def test_help_says_what_each_command_does() -> None:
    """Somebody who never used it reads what each line is for, the actions before the rest."""
    lines = {"help": "help", "refer": "refer", "link": "link <id>", "odd": "odd thing"}
    said = cards.help_text(lines).blocks[1]["text"]["text"].splitlines()
    assert said == [
        "`/cosell refer`   Submit referral to AWS",
        "`/cosell link &lt;id&gt;`   Set which opportunity this channel is about",
        "`/cosell help`   This list",
        "`/cosell odd thing`",
    ]


def test_the_newest_proposals_come_first() -> None:
    """Of many proposals the newest twenty are listed, with the number of the others."""
    old = [update(NOW - timedelta(days=n)) for n in range(1, 30)]
    card = cards.status([*old, done(NOW)])
    said = [block["text"]["text"] for block in card.blocks if block["type"] == "section"]
    assert len(said) == 20 and "Done" in said[0] and cards.when(old[0].opened_at) in said[1]
    assert "… and 10 more" in card.blocks[-1]["elements"][0]["text"]


def test_a_deal_without_proposals_says_so() -> None:
    """Nothing going on is an answer."""
    assert "Nothing was proposed" in cards.status([]).text


def test_a_deals_status_says_how_far_an_approval_is() -> None:
    """Of those that wait for more than one person."""
    said = cards.status([partly_approved(NOW)]).blocks[2]["text"]["text"]
    assert "1 of 2 approvals given, still needed: a sales manager" in said


def test_a_linked_channel_names_the_deal_and_who() -> None:
    """Everybody in the channel sees what it is now about."""
    card = cards.linked("<!channel> Müller", "https://crm.example/1", "U0ANA")
    assert "<https://crm.example/1|&lt;!channel&gt; Müller>" in card.blocks[0]["text"]["text"]
    assert "<@U0ANA>" in card.blocks[1]["elements"][0]["text"]
