"""``/cosell``."""

from slack_bolt import Ack, App

from bot import cards
from bot.handlers import Parts
from bot.handlers.payload import Body, team_of, user_of
from bot.lifecycle.jobs import Job

OWN = {
    "help": "help",
    "link": "link <opportunity id or Salesforce address>",
    "status": "status",
    "stop": "stop [all | a verb | a partner] [why]",
    "resume": "resume [what]",
    "insights": "insights",
    "policy": "policy [adopt <digest>]",
    "quiet": "quiet [here | me] [for 3 days | until Monday | off]",
    "rules": "rules",
    "match": "match <account>",
    "overlap": "overlap [partner]",
    "report": "report [week | month | a partner]",
    "audit": "audit [account | @person | partner | receipt id]",
}


def register(app: App, parts: Parts) -> None:
    """Attach the command."""
    verbs = {**OWN}
    for kind in parts.kinds.values():
        verbs.update(kind.commands)

    @app.command("/cosell")
    def cosell(ack: Ack, body: Body) -> None:
        verb, _, words = str(body.get("text") or "help").strip().partition(" ")
        verb = verb.lower() or "help"
        parts.deciding.admit(user_of(body), team_of(body), f"/cosell {verb}", body["channel_id"])
        if verb not in verbs or verb == "help":
            card = cards.help_text(verbs)
            heading = "" if verb == "help" else f"`/cosell {cards.escape(verb)}` is not something I know.\n"
            ack(text=heading + card.text, blocks=list(card.blocks) if not heading else None)
            return
        parts.jobs.send(
            Job.COMMAND,
            verb=verb,
            words=words.strip(),
            channel=body["channel_id"],
            user=user_of(body),
            cause=body["trigger_id"],
            response_url=body.get("response_url"),
        )
        ack(text=_UNDER_WAY.get(verb, "Reading the deal; the card comes in a moment."))


_UNDER_WAY = {
    "link": "Looking at that opportunity…",
    "status": "Looking up what is going on here…",
    "stop": "Stopping…",
    "resume": "Resuming…",
    "policy": "Looking up the policy…",
    "quiet": "Looking up what is quiet…",
    "rules": "Looking up the rules…",
    "insights": "Asking AWS about each of our referrals; the card comes when all have answered.",
    "match": "Looking who else knows that account…",
    "report": "Counting…",
    "audit": "Looking into the ledger…",
    "overlap": "Matching the two lists; that may take a minute…",
}
