"""Refer an opportunity to AWS: create it in Partner Central, attach what is sold, submit it, read it back."""

import functools
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import ClassVar, Self

from bot import hearing
from bot.ace import form, preview
from bot.ace.draft import Draft, derived, followed
from bot.action import Action, Finding, Needs, Preview, Question, Receipt, kinds
from bot.clients import Clients, Journal, Partner, Readers, Reply, Task
from bot.deal import Deal, Json, Message, Referral, System
from bot.errors import BotError, Invalid, Refused, Unavailable, Unverified

COMPLETE, FAILED = "COMPLETE", "FAILED"
"""How AWS's submission task ends."""

WITH_AWS = frozenset({"submitted", "in review", "approved", "action required", "rejected"})
"""The review statuses that a referral has once it is submitted, in lower case: AWS's own texts vary in that."""


class SubmitReferral(Draft, Action):
    """A referral of one opportunity to AWS: everything that will be sent, and nothing else."""

    kind: ClassVar[str] = "submit_referral"
    title: ClassVar[str] = "Submit referral to AWS"
    system: ClassVar[System] = System.PARTNER_CENTRAL
    commands: ClassVar[Mapping[str, str]] = {"refer": "refer"}

    pauses: ClassVar[tuple[float, ...]] = (0.2, 0.4, 0.8, 1.6, 3.2, *[6.4] * 18)
    """Seconds between looks at AWS's submission task; about two minutes in all."""

    @classmethod
    def draft(cls, deal: Deal) -> Self:
        """The referral as far as Salesforce, AWS and the configuration give it; the rest stays open."""
        return cls.model_validate(derived(deal))

    @classmethod
    def suggest(cls, message: Message, deal: Deal) -> Self | None:
        """A draft when the message calls for a referral and there is none yet."""
        if _referred(deal) or not hearing.calls_for_referral(message, deal):
            return None
        return cls.draft(deal)

    @classmethod
    def ask(cls, verb: str, words: str, deal: Deal, by: str) -> Self:
        """A draft; ``Refused`` when further words were given or the opportunity is referred already."""
        if words.strip():
            raise Refused(
                f"“{verb}” takes no further words: everything is shown on the card, and Edit changes it."
            )
        draft = cls.draft(deal)
        draft.check(deal)
        return draft

    def subject(self) -> str:
        """Always the same: an opportunity is referred once."""
        return ""

    def needs(self) -> Needs:
        """The partner's solutions, and our opportunity at AWS: the one Salesforce names, or one it does not know of."""
        return Needs(solutions=True, referral=True, company=self.company)

    def fit(self, now: Deal, then: Deal | None = None) -> Self:
        """What followed the facts of ``then`` follows those of ``now``; what a person entered stays."""
        return self._with(followed(self, now, then))

    def preview(self, deal: Deal) -> Preview:
        """One line for each value that will be sent, with what AWS would refuse and how to mend it."""
        return Preview(
            headline=f"Refer {deal.name} to AWS",
            changes=preview.changes(self, deal),
            findings=self._findings(deal),
            notes=preview.notes(self),
            versions=deal.versions,
        )

    def check(self, deal: Deal) -> None:
        """``Refused`` when the opportunity is referred already, or lost."""
        if self.opportunity != deal.id:
            raise Refused(f"This referral belongs to another opportunity than {deal.name}.")
        if already := _referred(deal):
            raise Refused(f"{deal.name} is at AWS already: {already}. Nothing was sent.")
        if "Closed Lost" in (deal.value("ace_stage"), deal.value("stage"), self.stage):
            raise Refused(f"{deal.name} is closed as lost, and AWS takes no referral of a lost opportunity.")

    def form(self, deal: Deal) -> tuple[Question, ...]:
        """Up to 22 questions, those that AWS would refuse as they stand first."""
        return form.questions(self, deal, self._findings(deal))

    def answered(self, answers: Mapping[str, Json], deal: Deal) -> Self:
        """The referral with these answers; ``Invalid`` when AWS would refuse one of them."""
        fields = form.taken(answers, self, deal)
        edited = self._with(fields)
        problems: dict[str, str] = {}
        for finding in edited._findings(deal):
            if finding.name in answers:
                problems.setdefault(finding.name, form.told(finding))
        if problems:
            raise Invalid(problems)
        return edited

    def execute(self, clients: Clients, journal: Journal) -> Receipt:
        """Create the draft, attach solutions and products, submit, and wait until AWS's task has ended.

        ``Refused`` when AWS does not take it; the sentence says whether a draft stays. ``Unverified`` when a step's
        outcome, or the task's end, could not be found out.
        """
        partner = clients.partner
        created = journal.once("create", lambda: self._create(partner, journal))
        referral = created.record
        try:
            for kind, entity in self._related:
                attach = functools.partial(self._attach, partner, referral, kind, entity)
                journal.once(f"associate {entity}", attach)
            started = journal.once("submit", lambda: self._submit(partner, referral, journal.token("submit")))
        except Refused as error:
            raise Refused(f"{error} {_stays(referral)}") from error
        task = self._ended(partner, referral, started)
        if task.status == FAILED:
            said = " ".join(part for part in (task.message, task.reason and f"({task.reason})") if part)
            raise Refused(f"AWS did not take the referral: {said or 'it gave no reason'}. {_stays(referral)}")
        return self._receipt(clients.acting_as, journal.deal, created, started)

    def verify(self, clients: Readers, receipt: Receipt) -> Receipt:
        """The receipt with AWS's review status once the referral reads back as sent; else ``Unverified``.

        AWS may show an older state for a few seconds, so it is read again before the answer is no.
        """
        for pause in (*self.pauses[:5], None):
            try:
                found = clients.partner.referral(receipt.record)
            except Refused as error:
                raise Unverified(f"AWS took {receipt.record} but does not show it: {error}") from error
            differences = self._differences(found)
            if not differences:
                return receipt.model_copy(
                    update={
                        "verified_at": found.as_of,
                        "after": {**receipt.after, "review_status": found.review_status},
                        "details": (*receipt.details, f"AWS shows it as {found.review_status}."),
                    }
                )
            if pause is not None:
                time.sleep(pause)
        raise Unverified(f"{receipt.record} does not read back as sent: {'; '.join(differences)}.")

    def follow_up(self, receipt: Receipt, deal: Deal) -> Action | None:
        """An update of the opportunity in Salesforce: AWS's id and status, partner of record and attribution."""
        wanted = {
            "ace_id": receipt.record,
            "ace_status": receipt.after.get("review_status") or "Submitted",
            "partner_of_record": self.partner_of_record,
            "attribution": self.attribution,
        }
        values = {
            name: value
            for name, value in wanted.items()
            if (fact := deal.facts.get(name)) is not None and fact.writable and fact.value != value
        }
        if not values:
            return None
        because = f"{System.PARTNER_CENTRAL} {receipt.record}"
        return kinds()["update_opportunity"].model_validate(
            {"opportunity": deal.id, "values": values, "because": because}
        )

    def _with(self, fields: Mapping[str, Json]) -> Self:
        own: dict[str, Json] = {name: getattr(self, name) for name in type(self).model_fields}
        return type(self).model_validate({**own, **fields})

    def _findings(self, deal: Deal) -> tuple[Finding, ...]:
        return preview.findings(self, deal, self.violations(deal.as_of.astimezone(UTC).date()))

    @property
    def _related(self) -> tuple[tuple[str, str], ...]:
        return (
            *(("Solutions", solution) for solution in self.solutions),
            *(("AwsProducts", product) for product in self.products),
        )

    def _create(self, partner: Partner, journal: Journal) -> Reply:
        """Create the draft.

        When the outcome is left unknown: look for the draft, repeat the identical call once, look again.
        """
        if journal.resumed:
            self._look(partner)
        elif violations := self.violations(datetime.now(UTC).date()):
            problems = " ".join(violation.problem for violation in violations)
            raise Refused(f"AWS would refuse this: {problems} Nothing was sent.")
        token = journal.token("create")
        send = functools.partial(partner.create, self.create_payload(), token)
        look = functools.partial(self._made, partner, token)
        try:
            return send()
        except Unverified:
            for settle in (look, send, look):
                with suppress(BotError):
                    if reply := settle():
                        return reply
            raise

    def _look(self, partner: Partner) -> None:
        """``Refused`` when AWS has another one for this opportunity by now.

        A run that was cut short may have made this very draft: then the token finds it again, and AWS judges it.
        """
        found = partner.find(self.company or "", self.reference)
        if found is not None and not self._drafted(found):
            raise Refused(
                f"AWS has {found.id} for this opportunity already ({found.review_status or 'no status'})."
                " Nothing was sent. Go on with it in AWS Partner Central, and put its id into Salesforce."
            )

    def _drafted(self, found: Referral) -> bool:
        return (
            found.reference == self.reference and found.title == self.project_title and not _with_aws(found)
        )

    def _made(self, partner: Partner, token: str) -> Reply | None:
        """The draft that a call of unknown outcome made; there was none for this opportunity before that call."""
        found = partner.find(self.company or "", self.reference)
        if found is None or not self._drafted(found):
            return None
        return Reply(
            system=self.system,
            record=found.id,
            request_id=token,
            response_id=found.version,
            values={"found": found.id},
            at=found.as_of,
        )

    def _attach(self, partner: Partner, id: str, entity_type: str, entity: str) -> Reply:
        """Attach a solution or product; what is attached already is fine, so an unknown outcome is tried again."""
        try:
            return partner.associate(id, entity_type, entity)
        except Unverified:
            return partner.associate(id, entity_type, entity)

    def _submit(self, partner: Partner, id: str, token: str) -> Reply:
        """Start AWS's task. When that is left unknown: repeat the identical call once, then read the referral."""
        send = functools.partial(partner.submit, id, self.involvement, self.visibility, token)
        try:
            return _started(*send())
        except Unverified:
            with suppress(BotError):
                return _started(*send())
            with suppress(BotError):
                found = partner.referral(id)
                if _with_aws(found):
                    reply = Reply(system=self.system, record=id, request_id=token, at=found.as_of)
                    return _started(reply, Task(id="", status=COMPLETE))
            raise

    def _ended(self, partner: Partner, id: str, started: Reply) -> Task:
        """AWS's task once it has ended; ``Unverified`` when it does not end in time or cannot be seen."""
        task = Task.model_validate(started.values["task"])
        for pause in self.pauses:
            if task.status in (COMPLETE, FAILED):
                break
            time.sleep(pause)
            try:
                task = partner.task(id, task.id)
            except Unavailable:
                continue
            except Refused as error:
                raise Unverified(f"{id} was handed to AWS, but its task cannot be seen: {error}") from error
        if task.status in (COMPLETE, FAILED):
            return task
        raise Unverified(
            f"AWS still works on the submission of {id}. Do not submit it again; look there later."
        )

    def _receipt(self, acting_as: str, deal: Deal, created: Reply, started: Reply) -> Receipt:
        names = {solution.id: f"{solution.name} ({solution.id})" for solution in deal.solutions}
        return Receipt(
            system=self.system,
            record=created.record,
            url=None,
            summary=f"Submitted {self.project_title} to AWS as {created.record}.",
            before={},
            after={
                "company": self.company,
                "title": self.project_title,
                "reference": self.reference,
                "stage": self.stage,
                "target_close_date": self.target_close_date,
                "aws_monthly_spend": self.aws_monthly_spend,
                "involvement": self.involvement,
                "visibility": self.visibility,
                "solutions": list(self.solutions),
                "products": list(self.products),
            },
            request_id=created.request_id,
            response_id=created.response_id,
            acted_as=acting_as,
            at=started.at,
            partner_of_record=self.partner_of_record,
            attribution=self.attribution,
            details=tuple(f"Attached {names.get(entity, entity)}." for _, entity in self._related),
        )

    def _differences(self, found: Referral) -> list[str]:
        sought = (
            (_with_aws(found), f"its review status is {found.review_status or 'empty'}"),
            (found.reference == self.reference, f"its reference is {found.reference or 'empty'}"),
            (found.title == self.project_title, f"its title is {found.title or 'empty'}"),
            *((one in found.solutions, f"{one} is not attached") for one in self.solutions),
            *((one in found.products, f"{one} is not attached") for one in self.products),
        )
        return [difference for fine, difference in sought if not fine]


def _referred(deal: Deal) -> str | None:
    """Our opportunity at AWS with its status, in words; None when there is none."""
    if deal.referral is not None:
        return f"{deal.referral.id} ({deal.referral.review_status or 'no status'})"
    named = deal.value("ace_id")
    return f"{named} ({deal.value('ace_status') or 'no status'})" if named else None


def _with_aws(referral: Referral) -> bool:
    return (referral.review_status or "").casefold() in WITH_AWS


def _started(reply: Reply, task: Task) -> Reply:
    return reply.model_copy(update={"values": {**reply.values, "task": task.model_dump(mode="json")}})


def _stays(id: str) -> str:
    return (
        f"The draft {id} stays in AWS Partner Central, for AWS deletes none: correct and submit it there, and put its"
        " id into Salesforce."
    )
