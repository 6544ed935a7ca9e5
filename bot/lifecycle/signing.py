"""An approval that takes more than a click: the company's own sign-in, for this one decision."""

from typing import Any

import structlog

from bot import cards, tracing
from bot.errors import NotAllowed, Refused
from bot.ledger import Ledger
from bot.lifecycle.decide import Deciding, Press
from bot.proposal import Proposal, SignIn
from bot.sign_ins import SignIns, Wish
from bot.threads import Threads

log = structlog.get_logger()

_NOT_SET_UP = (
    "The policy asks for a fresh sign-in before this is approved, and none is set up. Nothing was approved; "
    "tell whoever runs this bot (SIGN_IN_ISSUER)."
)


class Signing:
    """Sends people to sign in, and approves what they wanted once they have."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        deciding: Deciding,
        threads: Threads,
        sign_ins: SignIns,
        address: str | None,
    ) -> None:
        self._ledger, self._deciding, self._threads = ledger, deciding, threads
        self._sign_ins, self._address = sign_ins, address

    def ask(self, press: Press) -> dict[str, Any]:
        """The view with a link for this person alone; it is good once, and for five minutes."""
        if self._address is None:
            raise Refused(_NOT_SET_UP)
        proposal = self._known(press.proposal)
        approver = proposal.approver(press.user)
        if approver is None:
            raise NotAllowed("You cannot approve this.")
        wish = Wish(
            proposal=proposal.id,
            version=press.version,
            digest=proposal.digest,
            what=f"{proposal.action_type.title}: {proposal.deal_name}",
            user=press.user,
            email=approver.email,
            team=press.team,
            channel=proposal.channel,
            message_ts=proposal.card_ts or "",
            permalink=self._threads.permalink(proposal.channel, proposal.card_ts or ""),
        )
        log.info("sign_in.asked", proposal=proposal.id, by=press.user)
        return cards.sign_in(proposal, f"{self._address}/sign-in/{self._sign_ins.open(wish)}")

    def approve(self, wish: Wish, sign_in: SignIn, email: str) -> str:
        """Approve what somebody wished for before they signed in; the sentence that tells them.

        ``NotAllowed`` when somebody else signed in, or the card shows something else by now.
        """
        with tracing.about(proposal=wish.proposal), tracing.arriving("sign_in.approve"):
            return self._approve(wish, sign_in, email)

    def _approve(self, wish: Wish, sign_in: SignIn, email: str) -> str:
        if email.casefold() != wish.email.casefold():
            log.warning("sign_in.somebody_else", proposal=wish.proposal, by=wish.user)
            raise NotAllowed(
                f"You signed in as {email}, but it was {wish.email} who pressed Approve. Nothing was approved."
            )
        if self._known(wish.proposal).digest != wish.digest:
            raise NotAllowed(
                "The card has changed since you pressed Approve. Nothing was approved; look at it again."
            )
        press = Press(proposal=wish.proposal, version=wish.version, user=wish.user, team=wish.team)
        self._deciding.approve(press, sign_in)
        return f"Approved. {wish.what}. The thread tells what comes of it."

    def _known(self, id: str) -> Proposal:
        kept = self._ledger.get(id)
        if kept is None:
            raise Refused("I do not know this card. It may belong to another installation.")
        return kept.proposal
