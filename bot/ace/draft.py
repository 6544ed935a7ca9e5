"""Everything that is sent to AWS with one referral, and the part of it that Salesforce already knows."""

from collections.abc import Mapping
from datetime import date
from typing import Self

from bot.ace import model, places, values
from bot.ace.model import Violation
from bot.ace.rules import for_submit
from bot.deal import Contact, Deal, Frozen, Json

FROM_SALESFORCE: Mapping[str, str] = {
    "company": "account",
    "duns": "duns",
    "website": "website",
    "industry": "ace_industry",
    "country": "ace_country",
    "state": "state",
    "postal_code": "postal_code",
    "city": "city",
    "street": "street",
    "project_title": "name",
    "business_problem": "description",
    "aws_monthly_spend": "aws_monthly_revenue",
    "target_close_date": "close_date",
    "stage": "ace_stage",
    "next_steps": "next_step",
    "opportunity_type": "ace_opportunity_type",
}
"""The fact that each field is taken from. A field that is not here is never filled from a record."""

_ENUMERATED = {"industry": "Industry", "stage": "Stage", "opportunity_type": "OpportunityType"}


class SharedContact(Frozen):
    """A person at the customer whose details go to AWS."""

    first_name: str | None = None
    last_name: str
    email: str | None = None  # lower case
    phone: str | None = None  # E.164
    title: str | None = None

    @classmethod
    def of(cls, contact: Contact) -> Self:
        """A contact of Salesforce as AWS takes it; a phone number that names no country is left out."""
        return cls(
            first_name=values.text(contact.first_name),
            last_name=contact.last_name.strip(),
            email=values.email(contact.email),
            phone=values.e164(contact.phone),
            title=values.text(contact.title),
        )

    @property
    def name(self) -> str:
        """First and last name."""
        return " ".join(part for part in (self.first_name, self.last_name) if part)

    def is_same_person(self, other: "SharedContact") -> bool:
        """Whether both are the same person: one address, or one name."""
        return self.name == other.name or (self.email is not None and self.email == other.email)


class Draft(Frozen):
    """A referral as far as it is known. None and empty mean: not known, not sent."""

    opportunity: str  # Salesforce id
    reference: str  # PartnerOpportunityIdentifier at AWS: the Salesforce id, 18 characters
    company: str | None = None
    duns: str | None = None
    website: str | None = None
    industry: str | None = None
    other_industry: str | None = None
    country: str | None = None  # ISO 3166 alpha-2
    state: str | None = None
    postal_code: str | None = None
    city: str | None = None
    street: str | None = None
    contacts: tuple[SharedContact, ...] = ()
    project_title: str | None = None
    business_problem: str | None = None
    use_case: str | None = None
    delivery_models: tuple[str, ...] = ()
    sales_activities: tuple[str, ...] = ()
    primary_needs: tuple[str, ...] = ()
    opportunity_type: str | None = None
    aws_monthly_spend: str | None = None  # "12500.00"
    currency: str
    target_close_date: str | None = None  # YYYY-MM-DD
    stage: str | None = None
    next_steps: str | None = None
    solutions: tuple[str, ...] = ()  # S-…
    products: tuple[str, ...] = ()  # identifiers of AWS's own products
    competitor: str | None = None
    other_competitor: str | None = None
    national_security: str | None = None
    involvement: str
    visibility: str
    marketing_source: str = "None"  # AWS's word, not an absent value
    partner_of_record: str  # for Salesforce, once AWS has the referral
    attribution: str

    def create_payload(self) -> dict[str, Json]:
        """CreateOpportunity's input without Catalog and ClientToken; nothing in it is null or empty."""
        spend = {
            "Amount": self.aws_monthly_spend,
            "CurrencyCode": self.currency,
            "Frequency": "Monthly",
            "TargetCompany": "AWS",
        }
        full: dict[str, Json] = {
            "Origin": "Partner Referral",
            "PartnerOpportunityIdentifier": self.reference,
            "OpportunityType": self.opportunity_type,
            "NationalSecurity": self.national_security,
            "PrimaryNeedsFromAws": list(self.primary_needs),
            "Customer": {
                "Account": {
                    "CompanyName": self.company,
                    "Industry": self.industry,
                    "OtherIndustry": self.other_industry,
                    "WebsiteUrl": self.website,
                    "Duns": self.duns,
                    "Address": {
                        "CountryCode": self.country,
                        "StateOrRegion": self.state,
                        "PostalCode": self.postal_code,
                        "City": self.city,
                        "StreetAddress": self.street,
                    },
                },
                "Contacts": [
                    {
                        "FirstName": contact.first_name,
                        "LastName": contact.last_name,
                        "Email": contact.email,
                        "Phone": contact.phone,
                        "BusinessTitle": contact.title,
                    }
                    for contact in self.contacts
                ],
            },
            "LifeCycle": {
                "Stage": self.stage,
                "TargetCloseDate": self.target_close_date,
                "NextSteps": self.next_steps,
            },
            "Marketing": {"Source": self.marketing_source},
            "Project": {
                "Title": self.project_title,
                "CustomerBusinessProblem": self.business_problem,
                "CustomerUseCase": self.use_case,
                "DeliveryModels": list(self.delivery_models),
                "SalesActivities": list(self.sales_activities),
                "CompetitorName": self.competitor,
                "OtherCompetitorNames": self.other_competitor,
                "ExpectedCustomerSpend": [spend] if self.aws_monthly_spend else [],
            },
        }
        sent: dict[str, Json] = _without_empty(full)
        return sent

    def violations(self, today: date) -> tuple[Violation, ...]:
        """Everything for which AWS would refuse to create or submit this; at most one for a member."""
        payload = self.create_payload()
        submission = {"InvolvementType": self.involvement, "Visibility": self.visibility}
        found = (
            *for_submit(payload, self.solutions, self.involvement, self.visibility, today),
            *model.violations("CreateOpportunity", {**payload, **_OURS}),
            *model.violations(
                "StartEngagementFromOpportunityTask",
                {**_OURS, "Identifier": "O1", "AwsSubmission": submission},
            ),
            *_product_violations(self.products),
        )
        by_path: dict[str, Violation] = {}
        for violation in found:
            by_path.setdefault(violation.path, violation)
        return tuple(by_path.values())


_OURS = {"Catalog": "AWS", "ClientToken": "0"}
"""What the adapter adds to every call."""


def derived(deal: Deal) -> dict[str, Json]:
    """The fields of a draft that the records of this deal give, converted but never completed."""
    country = _code(deal)
    solutions = [solution.id for solution in deal.solutions if solution.status == "Active"]
    return {
        "opportunity": deal.id,
        "reference": deal.id,
        **{field: values.text(deal.value(fact)) for field, fact in FROM_SALESFORCE.items()},
        **{field: _counterpart(deal, FROM_SALESFORCE[field], shape) for field, shape in _ENUMERATED.items()},
        "country": country,
        "state": places.state(deal.value("state"), country),
        "duns": values.duns(deal.value("duns")),
        "project_title": values.text(deal.value("name")) or values.text(deal.name),
        "aws_monthly_spend": values.amount(deal.value("aws_monthly_revenue")),
        "contacts": tuple(SharedContact.of(contact) for contact in deal.contacts if contact.primary),
        "solutions": tuple(solutions) if len(solutions) == 1 else (),
        "involvement": deal.referring.involvement,
        "visibility": deal.referring.visibility,
        "currency": deal.referring.currency,
        "partner_of_record": deal.referring.partner_of_record,
        "attribution": deal.referring.attribution,
    }


def _code(deal: Deal) -> str | None:
    fact = deal.facts.get("ace_country")
    if fact is None:
        return None
    return values.text(fact.value) or places.country_code(fact.raw)


def _counterpart(deal: Deal, name: str, shape: str) -> str | None:
    """The configured counterpart of what the record says, or what it says where AWS calls it the same."""
    fact = deal.facts.get(name)
    if fact is None:
        return None
    said = values.text(fact.raw)
    return values.text(fact.value) or (said if said in model.options(shape) else None)


def _product_violations(products: tuple[str, ...]) -> tuple[Violation, ...]:
    related = {"Catalog": "AWS", "OpportunityIdentifier": "O1", "RelatedEntityType": "AwsProducts"}
    misfits = [
        violation.model_copy(update={"path": f"AwsProducts[{index}]"})
        for index, product in enumerate(products)
        for violation in model.violations(
            "AssociateOpportunity", {**related, "RelatedEntityIdentifier": product}
        )
    ]
    if len(products) > 20:
        problem = "No more than 20 AWS products can be associated with one opportunity."
        misfits.append(Violation(path="AwsProducts", problem=problem, code=model.Code.TOO_MANY))
    return tuple(misfits)


def _without_empty(value: Json) -> Json:
    if isinstance(value, dict):
        kept = {name: _without_empty(entry) for name, entry in value.items()}
        return {name: entry for name, entry in kept.items() if entry not in (None, "", [], {})}
    if isinstance(value, list):
        return [_without_empty(entry) for entry in value]
    return value


def followed(draft: Draft, now: Deal, then: Deal | None) -> dict[str, Json]:
    """The fields in which a draft follows the records: those that were open, or as the records of ``then`` gave them.

    A person that somebody chose to share keeps being shared, with the details that Salesforce has now.
    """
    fresh = derived(now)
    if then is None:
        return {name: value for name, value in fresh.items() if getattr(draft, name) in (None, ())}
    before = derived(then)
    following = {name: value for name, value in fresh.items() if getattr(draft, name) == before[name]}
    if "contacts" not in following:
        following["contacts"] = _still_there(draft.contacts, now, then)
    return following


def _still_there(chosen: tuple[SharedContact, ...], now: Deal, then: Deal) -> tuple[SharedContact, ...]:
    known = [SharedContact.of(contact) for contact in then.contacts]
    current = [SharedContact.of(contact) for contact in now.contacts]
    kept: list[SharedContact] = []
    for contact in chosen:
        if contact not in known:
            kept.append(contact)
            continue
        kept += [one for one in current if one.is_same_person(contact)][:1]
    return tuple(kept)
