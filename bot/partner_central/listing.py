"""The account's lists, read as many at a time as AWS gives, and no faster than leaves room for people."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from bot.aws import code
from bot.clients import Insights, Invitation, PartnerDeal
from bot.errors import Refused
from bot.partner_central.reading import Reading
from bot.partner_central.values import (
    Invited,
    insights_from,
    invitation_from,
    invited_from,
    partner_deal_from,
)

_MOST_PAGES = 1000  # of 100 opportunities
_MOST_INVITATION_PAGES = 20  # of 100
_OLDEST_FIRST = {"SortBy": "LastModifiedDate", "SortOrder": "ASCENDING"}
_NEWEST_FIRST = {"SortBy": "InvitationDate", "SortOrder": "DESCENDING"}


class Listing(Reading):
    """The account as one person, to list."""

    def deals(self, since: datetime | None = None) -> Iterator[PartnerDeal]:
        """Page by page from the last date seen, not from the page's token.

        A deal that changes meanwhile moves to the end of the list, and a token that counts rows would then skip one.
        """
        bound, token = since, None
        reached: datetime | None = None  # LastModifiedDate of the newest row given
        given: set[tuple[str, datetime]] = set()
        for _ in range(_MOST_PAGES):
            page = self._page_of_deals(bound, token)
            for row in page["OpportunitySummaries"]:
                deal = partner_deal_from(row)
                if (deal.id, deal.modified) not in given:
                    given.add((deal.id, deal.modified))
                    yield deal
            token = page.get("NextToken")
            if not token:
                return
            newest = max((modified for _, modified in given), default=None)
            if newest is not None and newest != reached:
                # A millisecond earlier, so that rows of one instant are whole even if AWS excludes the bound itself.
                reached, bound, token = newest, newest - timedelta(milliseconds=1), None
                given = {known for known in given if known[1] >= bound}
        raise Refused(
            f"AWS lists more than {_MOST_PAGES * 100:,} opportunities of ours, more than are read at once; "
            "the rest was not read. Ask for those that changed since a later day."
        )

    def _page_of_deals(self, bound: datetime | None, token: str | None) -> dict[str, Any]:
        asked: dict[str, Any] = {"Sort": _OLDEST_FIRST, "MaxResults": 100}
        if bound is not None:
            asked["LastModifiedDate"] = {"AfterLastModifiedDate": bound}
        if token is not None:
            asked["NextToken"] = token
        self._shared.wait_to_list()
        return self._read("list_opportunities", **asked)

    def invitations(self) -> tuple[Invitation, ...]:
        rows, before = list(self._pending()), self._shared.invited
        new = [row["Id"] for row in rows if row["Id"] not in before]
        asked = {}
        for id in new:
            self._shared.wait_to_list()  # here, so that no thread of the pool that people wait for sleeps
            asked[id] = self._shared.side.submit(self._invited, id)
        found = {**before, **{id: read.result() for id, read in asked.items()}}
        known = {row["Id"]: invited for row in rows if (invited := found[row["Id"]]) is not None}
        self._shared.invited = known
        return tuple(
            sorted(
                (invitation_from(row, known[row["Id"]]) for row in rows if row["Id"] in known),
                key=lambda invitation: invitation.invited_at,
                reverse=True,
            )
        )

    def _pending(self) -> Iterator[dict[str, Any]]:
        pages = self._pages(
            "list_engagement_invitations",
            at_most=_MOST_INVITATION_PAGES + 1,
            ParticipantType="RECEIVER",
            Status=["PENDING"],
            Sort=_NEWEST_FIRST,
            MaxResults=100,
        )
        for number, page in enumerate(pages):
            if number == _MOST_INVITATION_PAGES:
                raise Refused(
                    f"More than {_MOST_INVITATION_PAGES * 100:,} invitations of AWS wait for an answer, more than are "
                    "read at once. Answer some of them in Partner Central."
                )
            yield from page["EngagementInvitationSummaries"]

    def _invited(self, id: str) -> Invited | None:
        """What an invitation says; None when it went while we looked."""
        try:
            return invited_from(self._read("get_engagement_invitation", Identifier=id))
        except Refused as error:
            if code(error.__cause__) == "ResourceNotFoundException":
                return None
            raise

    def insights(self, id: str) -> Insights:
        try:
            return insights_from(
                id, self._read("get_aws_opportunity_summary", RelatedOpportunityIdentifier=id)
            )
        except Refused as error:
            if code(error.__cause__) == "ResourceNotFoundException":
                return insights_from(id, {})  # not submitted yet
            raise
