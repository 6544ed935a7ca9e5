"""Proposals of the sandbox's company in the states that a person meets, drawn as cards, for looking at."""

from datetime import datetime, timedelta
from typing import Any

from bot import cards
from bot.action import Ask, Change, Finding, Option, Preview, Question, Receipt
from bot.audience import Audience
from bot.clients import Candidate
from bot.deal import System
from bot.proposal import (
    Approval,
    Approver,
    LookAlike,
    Missing,
    Origin,
    Override,
    Proposal,
    SignIn,
    Status,
    Via,
)

_URL = "https://brightlane.lightning.force.example/lightning/r/Opportunity/006000000000001AAA/view"


NAMES = {
    "U0ANA": "Ana Costa",
    "U0BEN": "Ben Okafor",
    "U0DANA": "Dana Cole",
    "U0MEI": "Mei Tanaka",
    "U0PAT": "Pat Lindqvist",
    "U0TOM": "Tom Adeyemi",
}
SHARED = Audience(outsiders=True, sees=frozenset({"company", "title", "close", "when"}))
"""People of AWS are in the channel."""
SALES = Missing(who="a sales manager, for a deal of 1,000,000 or more", people=("U0DANA", "U0TOM"))


def _person(slack: str, why: str) -> Approver:
    email = f"{NAMES[slack].lower().replace(' ', '.')}@brightlane.example"
    return Approver(name=NAMES[slack], slack=slack, email=email, salesforce=email, calendar=email, why=why)


def proposal(kind: str, preview: Preview, words: str, now: datetime, **more: Any) -> Proposal:
    """One proposal on Northwind's deal, said by Ben, with anything else laid over it."""
    given = {
        "id": "prp_k3v9x2m7q4w8t6zb",
        "kind": kind,
        "opportunity": "006000000000001AAA",
        "deal_name": "Northwind - fleet telemetry lake",
        "deal_url": _URL,
        "payload": {},
        "preview": preview,
        "channel": "C0NORTH",
        "thread_ts": None,
        "origin": Origin(by="U0BEN", via=Via.MESSAGE, words=words, at=now),
        "approvers": (_person("U0ANA", "owns the opportunity"), _person("U0MEI", "is a partner manager")),
        "opened_at": now,
        "expires_at": now + timedelta(hours=72),
        "partner_of_record": "AWS",
        "attribution": "Partner Influenced",
    }
    return Proposal.model_validate({**given, **more})


def _approved(now: datetime) -> dict[str, Any]:
    by = _person("U0ANA", "owns the opportunity")
    return {"approvals": (Approval(by=by, at=now, version=1, digest="d", versions={}),)}


def referral(now: datetime, *, complete: bool) -> Proposal:
    """A referral to AWS, with or without what AWS would refuse."""

    def change(name: str, label: str, after: str, source: str, basis: str | None = None) -> Change:
        return Change(name=name, label=label, before=None, after=after, source=source, basis=basis, as_of=now)

    problem = "The on-premises telemetry store cannot keep up with 4,000 vehicles; Northwind moves it to AWS this year."
    changes = [
        change(
            "company",
            "Company",
            "Northwind Freight · D-U-N-S 150483782",
            "Salesforce · Account Name, D-U-N-S",
        ),
        change("website", "Website", "https://www.northwind-freight.example", "Salesforce · Website"),
        change(
            "address",
            "Address",
            "1200 Harbor Avenue SW, Seattle, WA, 98126, United States",
            "Salesforce · Address",
        ),
        change("contacts", "Contact", "Lena Hart, VP Engineering", "Salesforce · Contact Roles"),
        change("title", "Project", "Northwind - fleet telemetry lake", "Salesforce · Opportunity Name"),
        change("stage", "Stage", "Qualified", "Salesforce · Stage", "Qualification"),
        change(
            "close", "Target close date", f"{now + timedelta(days=75):%Y-%m-%d}", "Salesforce · Close Date"
        ),
        change("spend", "Expected AWS spend", "12,500 USD per month", "Salesforce · AWS Monthly Revenue"),
        change("problem", "Customer business problem", problem, "Salesforce · Description"),
        change("solutions", "Solution", "Brightlane Data Platform (S-0051001)", "entered on the card"),
        change("involvement", "Involvement", "Co-Sell, full visibility", "configuration"),
    ]
    if complete:
        changes.insert(
            3, change("industry", "Industry", "Transportation and Logistics", "Salesforce · Industry")
        )
        changes.insert(9, change("use", "Use case", "Internet of Things", "entered on the card"))
    findings = (
        Finding(
            name="industry",
            label="Industry",
            problem="AWS has no industry that corresponds to “Transportation”",
            edit="Choose one of AWS's industries.",
        ),
        Finding(
            name="use",
            label="Use case",
            problem="AWS needs one, and the opportunity does not say it",
            edit="Choose the use case.",
        ),
    )
    preview = Preview(
        headline="Submit Northwind - fleet telemetry lake to AWS as a co-sell opportunity.",
        changes=tuple(changes),
        findings=() if complete else findings,
        notes=("AWS cannot delete an opportunity once it is created.",),
    )
    words = "<@U0COSELL> can we register this with AWS?"
    more = {"edited_by": "U0BEN", "version": 2} if complete else {}
    return proposal("submit_referral", preview, words, now, **more)


def update(now: datetime, moved: bool = False) -> Proposal:
    """Two fields of the opportunity, said in the channel; ``moved`` when it came back."""
    changes = (
        Change(
            name="p2b_score",
            label="P2B Score",
            before="70" if moved else "64",
            after="82",
            source="said by <@U0BEN>",
            as_of=now,
            moved="64" if moved else None,
        ),
        Change(
            name="p2b_date",
            label="P2B Score Date",
            before=None,
            after=f"{now:%Y-%m-%d}",
            source="said by <@U0BEN>",
            as_of=now,
        ),
    )
    preview = Preview(headline="Set P2B Score to 82 in Salesforce.", changes=changes)
    return proposal("update_opportunity", preview, "P2B score is 82 after today's call", now, moved=moved)


def meeting(now: datetime) -> Proposal:
    """A joint call with three times to choose from."""
    starts = [
        now.replace(hour=9, minute=0, second=0, microsecond=0) + timedelta(days=d, hours=h) for d, h in _SLOTS
    ]
    whys = (
        "Everyone is free and it is the earliest.",
        "Everyone is free, after lunch in Lisbon.",
        "Everyone is free.",
    )
    told = [
        f"{at:%a} {at.day} {at:%b}, {at:%H:%M} Lisbon · {at + timedelta(hours=1):%H:%M} Stockholm"
        for at in starts
    ]
    source = "free/busy of Ana Costa and Pat Lindqvist"
    given = (
        ("summary", "Title", "Northwind Freight: joint call with AWS", "Salesforce · Account Name"),
        ("when", "When", told[0], source),
        ("attendees", "Who", "Ana Costa, Pat Lindqvist (AWS)", "said in the request"),
        ("minutes", "Length", "30 minutes", "our meeting terms"),
        ("conference", "Video call", "yes", "our meeting terms"),
    )
    preview = Preview(
        headline="Invite 2 people to a joint call of 30 minutes.",
        changes=tuple(
            Change(name=name, label=label, before=None, after=after, source=source, as_of=now)
            for name, label, after, source in given
        ),
        options=tuple(
            Option(value=at.isoformat(), label=label, why=why)
            for at, label, why in zip(starts, told, whys, strict=True)
        ),
        notes=("The invitation goes out at once, from the calendar of whoever approves.",),
    )
    words = "let's get <@U0PAT> and Ana on a call next week"
    return proposal("schedule_meeting", preview, words, now, payload={"start": starts[0].isoformat()})


_SLOTS = ((2, 0), (2, 5), (3, 2))


def done(now: datetime) -> Proposal:
    """The update, written and read back."""
    receipt = Receipt(
        system=System.SALESFORCE,
        record="006000000000001AAA",
        url=_URL,
        summary="Set P2B Score to 82 on Northwind - fleet telemetry lake.",
        before={"p2b_score": 64, "p2b_date": None},
        after={"p2b_score": 82, "p2b_date": f"{now:%Y-%m-%d}"},
        request_id=None,
        response_id=None,
        acted_as="Ana Costa",
        at=now,
        verified_at=now,
    )
    opened = update(now).model_copy(update=_approved(now))
    ended = {"status": Status.DONE, "receipt": receipt, "outcome": receipt.summary, "ended_at": now}
    return opened.model_copy(update=ended)


def failed(now: datetime) -> Proposal:
    """The update, refused by Salesforce."""
    words = "Salesforce refused it: P2B Score: must not rise by more than 15 in a week."
    ended = {"status": Status.FAILED, "outcome": words, "ended_at": now}
    return update(now).model_copy(update={**_approved(now), **ended})


def unverified(now: datetime) -> Proposal:
    """The referral, of which it is not known whether AWS took it."""
    words = "AWS Partner Central did not answer in time, and reading did not show whether it was made."
    ended = {"status": Status.UNVERIFIED, "outcome": words, "ended_at": now}
    return referral(now, complete=True).model_copy(update={**_approved(now), **ended})


def signed_in(now: datetime) -> SignIn:
    """Ana, at the company's own provider, with a key."""
    issuer = "https://idp.brightlane.example/realms/staff"
    return SignIn(issuer=issuer, subject="ana", at=now, strength="phrh", how=("hwk", "mfa"))


def partly_approved(now: datetime) -> Proposal:
    """A referral of a large deal that Ana approved after signing in, and no sales manager yet."""
    (approval,) = _approved(now)["approvals"]
    approvals = (approval.model_copy(update={"sign_in": signed_in(now)}),)
    given = {"approvals": approvals, "missing": (SALES,)}
    return referral(now, complete=True).model_copy(update=given)


def overridden(now: datetime, status: Status = Status.EXECUTING) -> Proposal:
    """The same, after Mei went ahead without a sales manager."""
    override = Override(
        by=_person("U0MEI", "is a partner manager"),
        at=now + timedelta(minutes=40),
        reason="Dana is on a plane and AWS closes the quarter tonight",
        missing=(SALES,),
    )
    ended = {"outcome": "Submitted it to AWS.", "ended_at": now + timedelta(minutes=41)}
    given = {"missing": (), "override": override, "status": status, **(ended if status.ended else {})}
    return partly_approved(now).model_copy(update=given)


def look_alikes(now: datetime, number: int = 1) -> Proposal:
    """The update, on a deal that could be taken for others of its account."""
    alike = tuple(
        LookAlike(
            name=f"Northwind - fleet telemetry lake (phase {n + 2})", url=_URL, why="nearly the same name"
        )
        for n in range(number)
    )
    return update(now).model_copy(update={"alike": alike})


def outsiders_words(now: datetime) -> Proposal:
    """The update, on words of somebody of AWS."""
    origin = Origin(by="U0PAT", via=Via.MESSAGE, words="P2B came back at 82", company="AWS", at=now)
    return update(now).model_copy(update={"origin": origin})


def declined(now: datetime, by: str = "U0MEI") -> Proposal:
    """The update, which somebody did not want."""
    ended = {"status": Status.DECLINED, "ended_by": by, "reason": "The list is last year's", "ended_at": now}
    return update(now).model_copy(update=ended)


def questions(now: datetime) -> tuple[Question, ...]:
    """Some questions of a referral's form."""
    industries = ("Aerospace", "Financial Services", "Transportation and Logistics")
    problem = "AWS has no industry that corresponds to “Transportation”"
    pairs = tuple((name, name) for name in industries)
    needs = tuple(
        (n, n) for n in ("Architectural Validation", "Pricing Assistance", "Technical Consultation")
    )
    return (
        Question(name="industry", label="Industry", ask=Ask.CHOICE, options=pairs, problem=problem),
        Question(
            name="problem", label="Customer business problem", ask=Ask.LONG_TEXT, initial="It cannot keep up."
        ),
        Question(
            name="spend", label="AWS spend", ask=Ask.NUMBER, initial=12500, hint="US dollars per month."
        ),
        Question(
            name="close", label="Target close date", ask=Ask.DATE, initial=f"{now:%Y-%m-%d}", required=False
        ),
        Question(
            name="needs", label="What we need", ask=Ask.CHOICES, initial=["Pricing Assistance"], options=needs
        ),
    )


def messages(now: datetime) -> list[dict[str, Any]]:
    """A card of every sort, as it is posted."""
    on_the_way = referral(now, complete=True).model_copy(update={"status": Status.APPROVED, **_approved(now)})
    candidates = (
        Candidate(
            id="006000000000001AAA",
            name="Northwind - fleet telemetry lake",
            account="Northwind Freight",
            stage="Qualification",
        ),
        Candidate(
            id="006000000000009AAA",
            name="Northwind - fleet telemetry lake (phase 2)",
            account="Northwind Freight",
            stage="Prospecting",
        ),
    )
    drawn = (
        cards.draw(referral(now, complete=True)),
        cards.draw(referral(now, complete=False)),
        cards.draw(update(now)),
        cards.draw(update(now, moved=True)),
        cards.draw(meeting(now)),
        cards.draw(on_the_way),
        cards.draw(done(now)),
        cards.result(done(now)),
        cards.draw(failed(now)),
        cards.result(failed(now)),
        cards.draw(unverified(now)),
        cards.link_suggestion("C0NORTH", candidates),
        cards.linked("Northwind - fleet telemetry lake", _URL, "U0ANA"),
        cards.help_text(
            {"help": "help", "link": "link <opportunity id or Salesforce address>", "status": "status"}
        ),
        cards.status((done(now), referral(now, complete=False))),
        cards.draw(referral(now, complete=True).model_copy(update={"missing": (SALES,)})),
        cards.draw(partly_approved(now)),
        cards.skipped(overridden(now)),
        cards.draw(overridden(now)),
        cards.result(overridden(now, Status.DONE)),
        cards.draw(look_alikes(now, 3)),
        cards.draw(outsiders_words(now)),
        cards.result(declined(now)),
        cards.draw(partly_approved(now), SHARED),
        cards.draw(referral(now, complete=False), SHARED),
        cards.draw(done(now), SHARED),
        cards.result(declined(now), SHARED),
        cards.skipped(overridden(now), SHARED),
        cards.linked("Northwind - fleet telemetry lake", _URL, "U0ANA", SHARED),
        cards.hidden(),
    )
    return [card.model_dump(mode="json") for card in drawn]


def form(now: datetime) -> dict[str, Any]:
    """An edit form with a question of every sort."""
    return cards.edit_form(referral(now, complete=False), questions(now))


def windows(now: datetime) -> list[dict[str, Any]]:
    """Every other window: the details, open and over, and those that break the glass, decline and sign in."""
    return [
        cards.details(partly_approved(now), True),
        cards.details(overridden(now), False),
        cards.details(done(now), False),
        cards.override_form(partly_approved(now)),
        cards.decline_form(update(now)),
        cards.sign_in(partly_approved(now), "https://cosell.example/sign-in/a1b2"),
    ]
