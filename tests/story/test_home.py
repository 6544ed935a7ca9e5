"""The Home tab: opened in Slack, drawn by a worker from what the ledger says at that moment."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.lifecycle.jobs import Job
from bot.proposal import Origin, Proposal, Status, Via
from tests.bot import factory
from tests.story.conftest import CHANNEL, NORTHWIND, Bot

SCORE = "P2B came back at 82"
EMPTY = {"waiting": "Nothing waits", "under_way": "Nothing of yours", "lately": "Nothing that you"}


def score(bot: Bot) -> Proposal:
    """A score, ready to be approved."""
    bot.say(SCORE)
    return bot.shown("update_opportunity")


def opened(bot: Bot, user: str) -> dict[str, Any]:
    """What the Home tab shows once it was drawn after this opening."""
    before = (bot.slack.home(user) or {}).get("hash")
    bot.slack.open_home(user)
    return bot.wait(lambda: home if (home := bot.slack.home(user)) and home["hash"] != before else None)


def part(home: dict[str, Any], name: str) -> str:
    """What stands below a heading; empty where it says that there is nothing."""
    blocks = [block for block in home["blocks"] if block["block_id"].startswith(f"{name}.")]
    said = str(blocks)
    return "" if EMPTY[name] in said else said


def test_what_waits_for_an_approver_leads_to_its_card(bot: Bot) -> None:
    """Owner and partner manager see it with the card's address, and Slack gets an answer to the press; a colleague
    who may not approve sees nothing."""
    card = score(bot)
    for user in ("U0ANA", "U0MEI"):
        home = opened(bot, user)
        assert "Northwind - fleet telemetry lake" in part(home, "waiting")
        assert part(home, "under_way") == part(home, "lately") == ""
        ((ts, url),) = [
            (card.card_ts or "", b["accessory"]["url"]) for b in home["blocks"] if "accessory" in b
        ]
        assert f"/archives/{CHANNEL}/p{ts.replace('.', '')}?thread_ts={card.thread_ts}" in url
        assert bot.slack.press_in_view(user, home["id"], "cosell.open").status == 200
    assert not any(part(opened(bot, "U0BEN"), name) for name in EMPTY)
    assert bot.now(card).status is Status.OPEN


def test_an_approved_card_moves_down_the_page(bot: Bot) -> None:
    """While Salesforce keeps it waiting it is under way, for whoever approved or asked; then it ended lately."""
    bot.slack.join("U0BEN", CHANNEL)
    bot.say(SCORE, user="U0BEN")
    card = bot.shown("update_opportunity")
    bot.world.salesforce.lock(NORTHWIND)
    bot.approve(card)
    bot.wait(lambda: "proposal.released" in bot.events(card))
    for user in ("U0ANA", "U0BEN"):
        home = opened(bot, user)
        assert part(home, "under_way")
        assert part(home, "waiting") == part(home, "lately") == ""
    assert not any(part(opened(bot, "U0MEI"), name) for name in EMPTY)
    bot.world.salesforce.unlock(NORTHWIND)
    assert bot.ended(card, 30).status is Status.DONE
    for user in ("U0ANA", "U0BEN"):
        home = opened(bot, user)
        assert ":white_check_mark: Done" in part(home, "lately")
        assert part(home, "waiting") == part(home, "under_way") == ""
    assert not any(part(opened(bot, "U0MEI"), name) for name in EMPTY)


def test_a_decline_is_lately_for_both_sides(bot: Bot) -> None:
    """Whoever asked reads why; so does whoever declined."""
    bot.slack.join("U0BEN", CHANNEL)
    bot.say(SCORE, user="U0BEN")
    card = bot.shown("update_opportunity")
    bot.press(card, "decline", user="U0MEI")
    (view,) = bot.slack.open_views("U0MEI")
    bot.slack.submit("U0MEI", view["id"], {"reason": "wrong deal"})
    bot.ended(card)
    for user in ("U0BEN", "U0MEI"):
        lately = part(opened(bot, user), "lately")
        assert ":no_entry_sign: Declined" in lately and "“wrong deal”" in lately
    assert part(opened(bot, "U0ANA"), "lately") == ""


def test_an_expired_card_waits_for_nobody(bot: Bot) -> None:
    """Before the clock came by and after it; then it ended, for whoever asked."""
    asked = Origin(by="U0ANA", via=Via.COMMAND, at=datetime.now(UTC))
    late = datetime.now(UTC) - timedelta(minutes=1)
    card = factory.proposal(origin=asked, opened_at=late, expires_at=late, shown=1)
    bot.ledger.open(card, factory.deal())
    assert part(opened(bot, "U0ANA"), "waiting") == ""
    bot.tick()
    bot.wait(lambda: bot.now(card).status is Status.EXPIRED)
    home = opened(bot, "U0ANA")
    assert part(home, "waiting") == ""
    assert ":zzz: Expired" in part(home, "lately")


@pytest.mark.parametrize("who", ["guest", "outsider", "guest since", "deactivated since"])
def test_who_is_none_of_ours_sees_no_deal(bot: Bot, who: str) -> None:
    """A guest, a partner's person, and an approver who has since become a guest or left: a plain page."""
    score(bot)
    assert "Northwind" in str(opened(bot, "U0ANA"))
    user = {"guest": "U0GUS", "outsider": "U0PAT"}.get(who, "U0ANA")
    if who == "guest since":
        bot.slack.users[user]["guest"] = True
    if who == "deactivated since":
        bot.slack.users[user]["deleted"] = True
        bot.run(Job.HOME, user=user)
    home = bot.slack.home(user) if who == "deactivated since" else opened(bot, user)
    assert home is not None
    assert [block["block_id"] for block in home["blocks"]] == ["closed"]
    for secret in ("Northwind", "P2B", "82", NORTHWIND):
        assert secret not in str(home["blocks"])


def test_two_hundred_cards_fit(bot: Bot) -> None:
    """The oldest are shown in their order, and how many more there are."""
    now = datetime.now(UTC)
    for number in reversed(range(200)):
        at, later = now - timedelta(minutes=300 - number), now + timedelta(hours=24)
        name = f"Deal {number:03d}"
        one = factory.proposal(number, deal_name=name, opened_at=at, expires_at=later)
        bot.ledger.open(one, factory.deal())
    *rows, rest = [b for b in opened(bot, "U0ANA")["blocks"] if b["block_id"].startswith("waiting.")]
    assert [f"Deal {n:03d}" in row["text"]["text"] for n, row in enumerate(rows)] == [True] * len(rows)
    assert f"and {200 - len(rows)} more" in str(rest)


def test_a_page_that_became_old_while_it_was_shown_is_drawn_again(bot: Bot) -> None:
    """The card was declined between the reading and the showing: what stays is the newer page."""
    card = score(bot)
    slack = bot.slack

    def decline() -> None:
        kept = bot.ledger.get(card.id)
        assert kept is not None
        over = card.becomes(Status.DECLINED, ended_by="U0MEI", ended_at=datetime.now(UTC), reason="no")
        bot.ledger.move(kept, over, "proposal.declined", "U0MEI")

    slack.fault("views.publish", after_work=decline)
    bot.slack.open_home("U0ANA")
    home = bot.wait(lambda: h if (h := slack.home("U0ANA")) and part(h, "lately") else None)
    assert part(home, "waiting") == ""


@pytest.mark.parametrize("method", ["views.publish", "users.info", "chat.getPermalink"])
@pytest.mark.parametrize("fault", [{"status": 429}, {"status": 503}, {"refuse": True}], ids=str)
def test_a_slack_that_is_away_delays_the_page(bot: Bot, method: str, fault: dict[str, Any]) -> None:
    """It comes when Slack is back, without another opening."""
    score(bot)
    failing = bot.slack.fault(method, times=2, **fault)
    assert part(opened(bot, "U0ANA"), "waiting")
    assert failing.times == 0


def test_a_card_that_was_deleted_leaves_the_rest_of_the_page(bot: Bot) -> None:
    """Its line is there without a button, and the others lead to their cards."""
    card = score(bot)
    bot.command("set next step Send the order form")
    bot.wait(lambda: len([p for p in bot.proposals("update_opportunity") if p.card_ts]) == 2)
    bot.slack.channels[CHANNEL].messages.pop(card.card_ts or "")
    rows = [b for b in opened(bot, "U0ANA")["blocks"] if b["block_id"].startswith("waiting.")]
    assert [row["block_id"] == f"waiting.{card.id}" for row in rows if "accessory" not in row] == [True]
    assert len(rows) == 2


def test_another_tab_of_the_app_draws_nothing(bot: Bot) -> None:
    """Slack tells of every tab; only the Home tab is ours to draw."""
    event = {
        "type": "app_home_opened",
        "user": "U0BEN",
        "channel": "D0BEN",
        "tab": "messages",
        "event_ts": "1.0",
    }
    bot.slack.emit("app_home_opened", event, None)
    bot.slack.wait_for(lambda slack: slack.undelivered == 0)
    opened(bot, "U0ANA")
    assert bot.slack.home("U0BEN") is None
