"""A referral as a card shows it: each value with where it comes from, and each reason why AWS would refuse."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation

from bot.ace.draft import Draft, SharedContact, derived
from bot.ace.fields import FIELDS, Field, field_of
from bot.ace.model import Violation
from bot.ace.places import country_name, postal_forms
from bot.ace.rules import FOR_VISIBILITY
from bot.action import Ask, Change, Finding
from bot.deal import Deal, Fact, FieldType, Json, System

ENTERED = "entered on the card"
CONFIGURED = "configuration"
TYPED = frozenset({Ask.TEXT, Ask.LONG_TEXT, Ask.NUMBER})
ONLY_SOLUTION = f"{System.PARTNER_CENTRAL} · the only active solution"


def changes(draft: Draft, deal: Deal) -> tuple[Change, ...]:
    """One line for each value that will be sent, in reading order; nothing is at AWS before, so ``before`` is None."""
    known = derived(deal)
    lines = ((name, label, fields, show(draft, deal)) for name, label, fields, show in _LINES)
    return tuple(
        _change(draft, deal, known, name=name, label=label, fields=fields, after=after)
        for name, label, fields, after in lines
        if after
    )


def findings(draft: Draft, deal: Deal, violations: Iterable[Violation]) -> tuple[Finding, ...]:
    """What AWS would refuse, each named by the field the seller knows, with the one edit that mends it."""
    known = derived(deal)
    refused = tuple(_finding(draft, deal, known, violation) for violation in violations)
    active = {solution.id for solution in deal.solutions if solution.status == "Active"}
    gone = [solution for solution in draft.solutions if solution not in active]
    if not gone or any(finding.name == "solutions" for finding in refused):
        return refused
    field = FIELDS["solutions"]
    problem = (
        f"{' and '.join(gone)} {'is' if len(gone) == 1 else 'are'} not active in {System.PARTNER_CENTRAL}."
    )
    edit = _edit(draft, deal, field, None)
    return (*refused, Finding(name=field.name, label=field.caption, problem=problem, edit=edit))


def notes(draft: Draft) -> tuple[str, ...]:
    """What a person should know before approving."""
    lines = [
        "AWS cannot delete an opportunity once it is created.",
        f"AWS also gets our reference {draft.reference}. Origin: partner referral; {_marketing(draft)}.",
    ]
    if draft.involvement == FOR_VISIBILITY:
        lines.append("For visibility only: AWS assigns nobody to it and does not keep the next steps.")
    if draft.stage is None:
        lines.append("No stage is sent; AWS then shows Prospect.")
    if any(contact.phone is None for contact in draft.contacts):
        lines.append("A phone number without a country code is not sent.")
    return tuple(lines)


def _marketing(draft: Draft) -> str:
    return "no marketing activity" if draft.marketing_source == "None" else draft.marketing_source


def _company(draft: Draft, deal: Deal) -> str:
    return _joined(" · ", draft.company, draft.duns and f"D-U-N-S {draft.duns}")


def _industry(draft: Draft, deal: Deal) -> str:
    return _joined(
        " · ",
        draft.industry,
        draft.other_industry,
        draft.national_security and f"national security: {draft.national_security}",
    )


def _address(draft: Draft, deal: Deal) -> str:
    country = draft.country and _joined(" ", country_name(draft.country), f"({draft.country})")
    street = draft.street and ", ".join(draft.street.splitlines())
    return _joined(", ", street, draft.city, draft.state, draft.postal_code, country)


def _contacts(draft: Draft, deal: Deal) -> str:
    return "; ".join(
        _joined(", ", contact.name, contact.title, contact.email, contact.phone) for contact in draft.contacts
    )


def _spend(draft: Draft, deal: Deal) -> str:
    return f"{_amount(draft.aws_monthly_spend)} {draft.currency}" if draft.aws_monthly_spend else ""


def _amount(written: str) -> str:
    try:
        return f"{Decimal(written):,f}".removesuffix(".00")
    except InvalidOperation:
        return written


def _close_date(draft: Draft, deal: Deal) -> str:
    return _day(draft.target_close_date or "")


def _day(written: str) -> str:
    try:
        return f"{date.fromisoformat(written):%a %-d %b %Y}"
    except ValueError:
        return written


def _stage(draft: Draft, deal: Deal) -> str:
    return _joined(" · ", draft.stage, draft.next_steps and f"next: {draft.next_steps}")


def _solutions(draft: Draft, deal: Deal) -> str:
    names = {solution.id: solution.name for solution in deal.solutions}
    return ", ".join(f"{names[one]} ({one})" if one in names else one for one in draft.solutions)


def _involvement(draft: Draft, deal: Deal) -> str:
    return f"{draft.involvement}, {draft.visibility.lower()} visibility"


def _competitor(draft: Draft, deal: Deal) -> str:
    return _joined(" · ", draft.competitor, draft.other_competitor)


def _plain(name: str) -> Callable[[Draft, Deal], str]:
    def show(draft: Draft, deal: Deal) -> str:
        value = getattr(draft, name)
        return ", ".join(value) if isinstance(value, tuple) else value or ""

    return show


_LINES: tuple[tuple[str, str, tuple[str, ...], Callable[[Draft, Deal], str]], ...] = (
    ("company", "Company", ("company", "duns"), _company),
    ("website", FIELDS["website"].caption, ("website",), _plain("website")),
    ("industry", FIELDS["industry"].caption, ("industry", "other_industry", "national_security"), _industry),
    ("address", "Address", ("street", "city", "state", "postal_code", "country"), _address),
    ("contacts", FIELDS["contacts"].caption, ("contacts",), _contacts),
    ("project_title", FIELDS["project_title"].caption, ("project_title",), _plain("project_title")),
    (
        "business_problem",
        FIELDS["business_problem"].caption,
        ("business_problem",),
        _plain("business_problem"),
    ),
    ("use_case", FIELDS["use_case"].caption, ("use_case",), _plain("use_case")),
    (
        "opportunity_type",
        FIELDS["opportunity_type"].caption,
        ("opportunity_type",),
        _plain("opportunity_type"),
    ),
    ("aws_monthly_spend", FIELDS["aws_monthly_spend"].caption, ("aws_monthly_spend",), _spend),
    (
        "target_close_date",
        FIELDS["target_close_date"].caption,
        ("target_close_date",),
        _close_date,
    ),
    ("stage", FIELDS["stage"].caption, ("stage", "next_steps"), _stage),
    ("delivery_models", FIELDS["delivery_models"].caption, ("delivery_models",), _plain("delivery_models")),
    (
        "sales_activities",
        FIELDS["sales_activities"].caption,
        ("sales_activities",),
        _plain("sales_activities"),
    ),
    ("competitor", FIELDS["competitor"].caption, ("competitor", "other_competitor"), _competitor),
    ("solutions", FIELDS["solutions"].caption, ("solutions",), _solutions),
    ("products", FIELDS["products"].caption, ("products",), _plain("products")),
    ("primary_needs", FIELDS["primary_needs"].caption, ("primary_needs",), _plain("primary_needs")),
    ("involvement", FIELDS["involvement"].caption, ("involvement", "visibility"), _involvement),
)


def _change(
    draft: Draft,
    deal: Deal,
    known: Mapping[str, Json],
    *,
    name: str,
    label: str,
    fields: tuple[str, ...],
    after: str,
) -> Change:
    sources: list[str] = []
    bases: list[str] = []
    facts: list[Fact] = []
    for field in (field for field in fields if getattr(draft, field)):
        fact = _fact(draft, deal, known, field)
        said = _said(fact) if fact else None
        if fact is not None and said is not None:
            facts.append(fact)
            sources.append(f"{System.SALESFORCE} · {fact.label}")
        else:
            source, said = _other_source(draft, deal, known, field)
            sources.append(source)
        bases += [said] if said else []
    return Change(
        name=name,
        label=label,
        before=None,
        after=after,
        source=", ".join(dict.fromkeys(sources)).replace(f", {System.SALESFORCE} · ", ", "),
        basis=" · ".join(bases) or None,
        as_of=min((fact.as_of for fact in facts), default=deal.as_of),
    )


def _fact(draft: Draft, deal: Deal, known: Mapping[str, Json], field: str) -> Fact | None:
    """The fact that a field still follows; None when somebody chose otherwise or no fact gives it."""
    name = FIELDS[field].fact if field in FIELDS else None
    follows = getattr(draft, field) == known.get(field)
    return deal.facts.get(name) if name and follows else None


def _other_source(draft: Draft, deal: Deal, known: Mapping[str, Json], field: str) -> tuple[str, str | None]:
    if field == "project_title" and draft.project_title == known["project_title"]:
        return f"{System.SALESFORCE} · Opportunity Name", deal.name
    if field == "contacts":
        return _contacts_source(draft, deal)
    if field == "solutions" and draft.solutions == known["solutions"]:
        return ONLY_SOLUTION, None
    if field in ("involvement", "visibility") and getattr(draft, field) == known[field]:
        return CONFIGURED, None
    return ENTERED, None


def _contacts_source(draft: Draft, deal: Deal) -> tuple[str, str | None]:
    on_record = [(contact, SharedContact.of(contact)) for contact in deal.contacts]
    originals = [contact for contact, shared in on_record if shared in draft.contacts]
    if not all(any(shared == kept for _, shared in on_record) for kept in draft.contacts):
        return ENTERED, None
    said = "; ".join(
        _joined(", ", one.first_name, one.last_name, one.title, one.email, one.phone) for one in originals
    )
    return f"{System.SALESFORCE} · Contact Roles", said


def _finding(draft: Draft, deal: Deal, known: Mapping[str, Json], violation: Violation) -> Finding:
    field = field_of(violation.path)
    if field is None:
        edit = "Tell the people who run this bot: no field of the form sets this."
        return Finding(name=violation.path, label=violation.path, problem=violation.problem, edit=edit)
    fact = _fact(draft, deal, known, field.name)
    label = fact.label if fact else field.caption
    edit = _edit(draft, deal, field, fact, violation.path)
    return Finding(name=field.name, label=label, problem=violation.problem, edit=edit)


def _edit(draft: Draft, deal: Deal, field: Field, fact: Fact | None, path: str = "") -> str:
    right = _right(draft, field)
    if path.endswith(".CurrencyCode"):
        return "Set `currency` under `[referral]` to USD in the configuration."
    if field.name == "contacts":
        return "Correct the contact in Salesforce, or leave it out in the form."
    if field.name == "solutions" and not any(solution.status == "Active" for solution in deal.solutions):
        return "Register a solution in AWS Partner Central and have it activated, then open the form."
    if fact is None:
        return f"{'Write' if field.ask in TYPED else 'Choose'} {right}."
    said = _said(fact)
    unknown = f" It says “{said}”, for which AWS has no counterpart." if said and fact.value is None else ""
    return f"Set {fact.label} to {right}, or set “{field.caption}” in the form.{unknown}"


def _right(draft: Draft, field: Field) -> str:
    if field.name == "postal_code" and draft.country and (forms := postal_forms(draft.country)):
        return f"a postal code like {' or '.join(forms[:2])} (9 a digit, A a letter)"
    return field.right


def _said(fact: Fact) -> str | None:
    said = fact.value if fact.raw in (None, "") else fact.raw
    if said in (None, ""):
        return None
    return _day(str(said)) if fact.type is FieldType.DATE else str(said)


def _joined(between: str, *parts: str | None) -> str:
    return between.join(part for part in parts if part)
