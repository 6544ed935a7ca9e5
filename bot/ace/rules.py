"""AWS's business rules for a referral, beyond the service model: what must be there to create one, and to submit it.

The rules are those of the Partner Central API reference (CreateOpportunity, StartEngagementFromOpportunityTask) and of
AWS's ACE data model workbook; the sentences are the server's own where they are known.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation

from bot.ace.model import Code, Violation, constraint
from bot.ace.places import US_STATES, WITHOUT_POSTAL_CODES, country_name, postal_code_fits, postal_forms
from bot.ace.values import USE_CASES
from bot.deal import Json

Payload = Mapping[str, Json]

FARTHEST_YEARS = 60
CO_SELL = "Co-Sell"
FOR_VISIBILITY = "For Visibility Only"


def for_create(payload: Payload, today: date) -> tuple[Violation, ...]:
    """What keeps CreateOpportunity from succeeding. ``today`` is the day in UTC."""
    return tuple(finding for rule in _CREATE for finding in rule(payload, today))


def for_submit(
    payload: Payload, solutions: Iterable[str], involvement: str | None, visibility: str | None, today: date
) -> tuple[Violation, ...]:
    """What keeps the referral from being submitted, with everything that keeps it from being created.

    ``solutions`` are the ids to be associated before the submission; the rest is the submission's own input.
    """
    return (
        *for_create(payload, today),
        *_postal_code(payload),
        *_story(payload),
        *_solutions(tuple(solutions)),
        *_involvement(payload, involvement, visibility),
    )


def _account(payload: Payload, today: date) -> Iterator[Violation]:
    account = _table(payload, "Customer", "Account")
    if not account.get("CompanyName"):
        yield _missing("Customer.Account.CompanyName")
    industry = account.get("Industry")
    if not industry:
        yield _missing("Customer.Account.Industry")
    if industry == "Other" and not account.get("OtherIndustry"):
        yield _missing(
            "Customer.Account.OtherIndustry",
            "Customer.Account.OtherIndustry is required when Customer.Account.Industry is 'Other'.",
        )
    if _secret(payload) and industry != "Government":
        yield Violation(
            path="Customer.Account.Industry", problem="Industry MUST be Government", code=Code.VALUE
        )
    website = account.get("WebsiteUrl")
    if not website and not _secret(payload):
        yield _missing("Customer.Account.WebsiteUrl")
    if isinstance(website, str) and website and not _WEBSITE.fullmatch(website):
        problem = constraint(
            "Customer.Account.WebsiteUrl",
            "Member must satisfy regular expression pattern: http(s)://domain.tld/…",
        )
        yield Violation(path="Customer.Account.WebsiteUrl", problem=problem, code=Code.FORMAT)
    account_id = account.get("AwsAccountId")
    if isinstance(account_id, str) and not re.fullmatch("[0-9]{12}", account_id):
        problem = constraint(
            "Customer.Account.AwsAccountId", "Member must satisfy regular expression pattern: [0-9]{12}"
        )
        yield Violation(path="Customer.Account.AwsAccountId", problem=problem, code=Code.FORMAT)


_WEBSITE = re.compile(r"(?:https?://)?[A-Za-z0-9-]+\.[(-|]+", re.ASCII)
"""The workbook's expression for websites, rewritten so that it cannot run away on long input."""


def _address(payload: Payload, today: date) -> Iterator[Violation]:
    address = _table(payload, "Customer", "Account", "Address")
    country, state = address.get("CountryCode"), address.get("StateOrRegion")
    if not country:
        yield _missing("Customer.Account.Address.CountryCode")
    if country != "US" or _secret(payload):
        return
    path = "Customer.Account.Address.StateOrRegion"
    if not state:
        yield _missing(path, f"{path} is required when Customer.Account.Address.CountryCode is 'US'.")
    elif state not in US_STATES:
        problem = f"{path} is invalid: '{state}' is not one of AWS's names of US states."
        yield Violation(path=path, problem=problem, code=Code.ENUM)


def _project(payload: Payload, today: date) -> Iterator[Violation]:
    project = _table(payload, "Project")
    if not project.get("Title"):
        yield _missing("Project.Title")
    story = project.get("CustomerBusinessProblem")
    if not story:
        yield _missing("Project.CustomerBusinessProblem")
    elif isinstance(story, str) and len(story) < 20:
        problem = "Project.CustomerBusinessProblem does not meet minimum length requirement of 20 characters."
        yield Violation(path="Project.CustomerBusinessProblem", problem=problem, code=Code.FORMAT)
    if project.get("CompetitorName") == "*Other" and not project.get("OtherCompetitorNames"):
        yield _missing(
            "Project.OtherCompetitorNames",
            "Project.OtherCompetitorNames is required when Project.CompetitorName is '*Other'.",
        )


def _spend(payload: Payload, today: date) -> Iterator[Violation]:
    project = _table(payload, "Project")
    entries = project.get("ExpectedCustomerSpend") or []
    if not entries:
        yield _missing("Project.ExpectedCustomerSpend")
    if not isinstance(entries, (list, tuple)):
        return
    european = project.get("AwsPartition") == "aws-eusc"
    companies = {"AWS", "Self"} if project.get("ExpectedContractDuration") else {"AWS"}
    for index, entry in enumerate(entries):
        if not isinstance(entry, Mapping):
            continue
        path = f"Project.ExpectedCustomerSpend[{index}]"
        if not entry.get("Amount"):
            yield _missing(f"{path}.Amount")
        elif not _positive(entry["Amount"]):
            problem = f"{path}.Amount must be greater than 0."
            yield Violation(path=f"{path}.Amount", problem=problem, code=Code.RANGE)
        wanted = "EUR" if european else "USD"
        if entry.get("CurrencyCode") != wanted:
            problem = (
                "ESC cloud partition requires EUR currency"
                if european
                else constraint(f"{path}.CurrencyCode", "Member must satisfy regular expression pattern: USD")
            )
            yield Violation(path=f"{path}.CurrencyCode", problem=problem, code=Code.VALUE)
        if entry.get("TargetCompany") not in companies:
            problem = f"{path}.TargetCompany must be {' or '.join(sorted(companies))}."
            yield Violation(path=f"{path}.TargetCompany", problem=problem, code=Code.VALUE)


def _life_cycle(payload: Payload, today: date) -> Iterator[Violation]:
    life_cycle = _table(payload, "LifeCycle")
    path = "LifeCycle.TargetCloseDate"
    written = life_cycle.get("TargetCloseDate")
    if not written:
        yield _missing(path)
    else:
        day = _day(written)
        if day is None:
            yield Violation(path=path, problem=f"{path} is not a valid date.", code=Code.FORMAT)
        elif day <= today:
            yield Violation(path=path, problem="Target Close Date should be a future date", code=Code.VALUE)
        elif (day.year - FARTHEST_YEARS, day.month, day.day) > (today.year, today.month, today.day):
            problem = f"Target Close Date should be within {FARTHEST_YEARS} years"
            yield Violation(path=path, problem=problem, code=Code.RANGE)
    if life_cycle.get("Stage") == "Closed Lost" and not life_cycle.get("ClosedLostReason"):
        yield _missing("LifeCycle.ClosedLostReason")


def _marketing(payload: Payload, today: date) -> Iterator[Violation]:
    marketing = _table(payload, "Marketing")
    source = marketing.get("Source")
    if source == "Marketing Activity" and not marketing.get("AwsFundingUsed"):
        yield _missing("Marketing.AwsFundingUsed")
    companions = [
        name for name in ("UseCases", "CampaignName", "Channels", "AwsFundingUsed") if marketing.get(name)
    ]
    if companions and source != "Marketing Activity":
        names = " , ".join(f"marketing.{name[0].lower()}{name[1:]}" for name in companions)
        problem = f"{names} cannot have values if marketing.source is set to No"
        yield Violation(path="Marketing.Source", problem=problem, code=Code.FORBIDDEN)


_CREATE: tuple[Callable[[Payload, date], Iterator[Violation]], ...] = (
    _account,
    _address,
    _project,
    _spend,
    _life_cycle,
    _marketing,
)


def _postal_code(payload: Payload) -> Iterator[Violation]:
    address = _table(payload, "Customer", "Account", "Address")
    country, postal_code = address.get("CountryCode"), address.get("PostalCode")
    if not isinstance(country, str) or country in WITHOUT_POSTAL_CODES:
        return
    if country == "US" and _secret(payload):
        return
    path, name = "Customer.Account.Address.PostalCode", country_name(country)
    if not postal_code:
        yield _missing(path, f"{path} is required for country {name}.")
    elif isinstance(postal_code, str) and not postal_code_fits(postal_code, country):
        forms = " OR ".join(postal_forms(country))
        problem = (
            f"The postal code is invalid for country {name}, {name} postal code must be in {forms} format."
        )
        yield Violation(path=path, problem=problem, code=Code.FORMAT)


def _story(payload: Payload) -> Iterator[Violation]:
    project = _table(payload, "Project")
    use_case = project.get("CustomerUseCase")
    if not use_case:
        path = "Project.CustomerUseCase"
        yield _missing(path, f"{path} is required for opportunity submission.")
    elif use_case not in USE_CASES:
        problem = f"Project.CustomerUseCase '{use_case}' is not one of the {len(USE_CASES)} use cases."
        yield Violation(path="Project.CustomerUseCase", problem=problem, code=Code.ENUM)
    for name in ("DeliveryModels", "SalesActivities"):
        if not project.get(name):
            yield _missing(f"Project.{name}", f"project.{name[0].lower()}{name[1:]} is required")
    if _table(payload, "LifeCycle").get("Stage") == "Closed Lost":
        problem = "You cannot perform Submit action on an opportunity whose stage is Closed Lost."
        yield Violation(path="LifeCycle.Stage", problem=problem, code=Code.STATE)


def _solutions(solutions: tuple[str, ...]) -> Iterator[Violation]:
    if not solutions:
        problem = "At least one solution must be associated with the opportunity for submission."
        yield Violation(path="Solutions", problem=problem, code=Code.MISSING)
    if len(solutions) > 10:
        yield Violation(
            path="Solutions",
            problem="No more than 10 solutions can be associated with one opportunity.",
            code=Code.TOO_MANY,
        )
    for index, solution in enumerate(solutions):
        if not re.fullmatch("S-[0-9]{1,19}", solution):
            problem = f"'{solution}' is not a solution identifier: S-[0-9]{{1,19}}"
            yield Violation(path=f"Solutions[{index}]", problem=problem, code=Code.FORMAT)


def _involvement(payload: Payload, involvement: str | None, visibility: str | None) -> Iterator[Violation]:
    needs = payload.get("PrimaryNeedsFromAws")
    if not involvement:
        yield _missing("AwsSubmission.InvolvementType")
    if involvement == CO_SELL and not needs:
        yield _missing("PrimaryNeedsFromAws", "primaryNeedsFromAws is required")
    if visibility == "Limited" and involvement != FOR_VISIBILITY:
        problem = "Cannot set visibility to limited on a Co-Sell opportunity"
        yield Violation(path="AwsSubmission.Visibility", problem=problem, code=Code.FORBIDDEN)
    if _secret(payload) and (involvement == FOR_VISIBILITY or visibility == "Limited"):
        problem = "A national security opportunity must be Co-Sell with full visibility"
        yield Violation(path="AwsSubmission.InvolvementType", problem=problem, code=Code.FORBIDDEN)


def _secret(payload: Payload) -> bool:
    return payload.get("NationalSecurity") == "Yes"


def _table(payload: Payload, *names: str) -> Payload:
    table: Json = payload
    for name in names:
        table = table.get(name) if isinstance(table, Mapping) else None
    return table if isinstance(table, Mapping) else {}


def _missing(path: str, problem: str | None = None) -> Violation:
    return Violation(path=path, problem=problem or f"{path} is required.", code=Code.MISSING)


def _positive(amount: Json) -> bool:
    try:
        return Decimal(str(amount)) > 0
    except InvalidOperation:
        return False


def _day(written: Json) -> date | None:
    if not isinstance(written, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", written, re.ASCII):
        return None
    try:
        return date.fromisoformat(written)
    except ValueError:
        return None
