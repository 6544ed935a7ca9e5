"""What the ledger says of one step."""

from collections.abc import Mapping
from datetime import datetime

from bot.deal import Json
from bot.proposal import Proposal

ENDINGS = frozenset({"proposal.ended", "proposal.declined", "proposal.expired"})
"""The events of the steps after which nothing can follow but that the thread is told."""


SAYS_ALL = frozenset({"proposal.opened", "proposal.edited", "proposal.returned"})
"""The events of the steps that set what would be written; of a long payload the others have its digest alone."""


def _told(proposal: Proposal, event: str) -> dict[str, Json] | None:
    long = proposal.action_type.many and event not in SAYS_ALL
    return None if long else dict(proposal.payload)


def had_part(user: str, entry: Mapping[str, Json]) -> bool:
    """Whether this Slack user asked for what an entry is about, approved it, or took the step itself."""
    approver = entry.get("approver") or {}
    return user in (entry.get("proposer"), approver.get("slack"), entry.get("by"))


def entry_of(proposal: Proposal, event: str, by: str, at: datetime, state: str) -> dict[str, Json]:
    """What the ledger says of one step, with the fidelity of a human action."""
    receipt, shown, given = proposal.receipt, proposal.preview, proposal.approvals
    approval, at_last = proposal.approval, proposal.approved_at
    last_step = list(proposal.steps.items())[-1] if proposal.steps else None
    reply = last_step[1] if last_step else None
    claim = proposal.claim
    return {
        "event": event,
        "at": at.isoformat(),
        "by": by,
        "proposal": proposal.id,
        "kind": proposal.kind,
        "opportunity": proposal.opportunity,
        "deal": proposal.deal_name,
        "account": proposal.stake.account,
        "account_name": proposal.account_name,
        "partner": proposal.stake.partner,
        "owner": proposal.stake.owner,
        "amount": proposal.stake.amount,
        "records": proposal.stake.batch,
        "channel": proposal.channel,
        "thread": proposal.thread_ts,
        "card": proposal.card_ts,
        "expires_at": proposal.expires_at.isoformat(),
        "status": proposal.status,
        "version": proposal.version,
        "state": state,
        "proposer": proposal.origin.by,
        "via": proposal.origin.via,
        "proposed_at": proposal.origin.at.isoformat(),
        "approver": approval.by.model_dump() if approval else None,
        "approved_at": at_last.isoformat() if at_last else None,
        "approvals": [
            one.model_dump(mode="json", include={"by": {"name", "slack", "why"}, "at": True, "sign_in": True})
            for one in given
        ],
        "missing": [one.who for one in proposal.missing],
        "override": proposal.override.model_dump(mode="json") if proposal.override else None,
        "policy": proposal.policy,
        "outsider_of": proposal.origin.company,
        "versions": dict(approval.versions if approval else shown.versions),
        "versions_before_write": dict(claim.versions) if claim else None,
        "payload": _told(proposal, event),
        "digest": proposal.digest,
        "before": dict(receipt.before) if receipt else {c.label: c.before for c in shown.changes},
        "after": dict(receipt.after) if receipt else {c.label: c.after for c in shown.changes},
        "step": last_step[0] if last_step else None,
        "system": proposal.action_type.system,
        "written_record": receipt.record if receipt else reply.record if reply else None,
        "request_id": receipt.request_id if receipt else reply.request_id if reply else None,
        "response_id": receipt.response_id if receipt else reply.response_id if reply else None,
        "acted_as": receipt.acted_as if receipt else None,
        "partner_of_record": (receipt and receipt.partner_of_record) or proposal.partner_of_record,
        "attribution": (receipt and receipt.attribution) or proposal.attribution,
        "outcome": proposal.outcome,
        "reason": proposal.reason,
        "written_at": receipt.at.isoformat() if receipt else None,
        "verified_at": receipt.verified_at.isoformat() if receipt and receipt.verified_at else None,
    }
