"""The one query that reads an opportunity, and what its row means in our names."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from simple_salesforce.format import format_soql

from bot.clients import CrmRecord
from bot.config import Mapped
from bot.deal import Contact, Fact, FieldType, Json, Owner
from bot.salesforce.describe import Described, DescribedField

_ALWAYS = (
    "Id",
    "Name",
    "AccountId",
    "OwnerId",
    "SystemModstamp",
    "LastModifiedDate",
    "LastModifiedBy.Username",
    "Account.SystemModstamp",
    "Owner.Name",
    "Owner.Username",
    "Owner.Email",
    "Owner.IsActive",
)
_CONTACTS = (
    "(SELECT Contact.FirstName, Contact.LastName, Contact.Email, Contact.Phone, Contact.Title, Role, IsPrimary "
    "FROM OpportunityContactRoles)"
)
_OPPORTUNITY = "Opportunity"
_KNOWN = {"Account": "Account", "Owner": "User", "CreatedBy": "User", "LastModifiedBy": "User"}


class Reading:
    """Reads by the configuration's mapping: our name of a fact to the field that holds it."""

    def __init__(self, facts: Mapping[str, Mapped]) -> None:
        self._facts = facts
        self._relations = {m.field.partition(".")[0] for m in facts.values() if "." in m.field}

    @property
    def kinds(self) -> tuple[str, ...]:
        """The object types whose description is needed, as far as that is known beforehand."""
        return (_OPPORTUNITY, *sorted({_KNOWN[r] for r in self._relations if r in _KNOWN}))

    def described(self, get: Callable[[str], Described]) -> dict[str, Described]:
        """The description behind each relationship that is mapped, and under "" the opportunity's own."""
        found = {"": get(_OPPORTUNITY)}
        for relation in self._relations:
            if target := _KNOWN.get(relation) or found[""].target(relation):
                found[relation] = get(target)
        return found

    def query(self, id: str, described: Mapping[str, Described] | None = None) -> str:
        """The query; without descriptions it trusts that every mapped field is there."""
        mapped = [m.field for m in self._facts.values() if described is None or _find(described, m.field)]
        paths = ", ".join(dict.fromkeys((*_ALWAYS, *mapped)))
        select = "SELECT {paths:literal}, {contacts:literal} FROM Opportunity WHERE Id = {id}"
        return str(format_soql(select, paths=paths, contacts=_CONTACTS, id=id))

    def record(
        self, row: Mapping[str, Any], described: Mapping[str, Described], site: str, as_of: datetime
    ) -> CrmRecord:
        """The row in our terms. A mapped field that the org lacks is no fact."""
        account, owner = row["Account"] or {}, row["Owner"] or {}
        versions = {f"Opportunity {row['Id']}": str(row["SystemModstamp"])}
        if account:
            versions[f"Account {row['AccountId']}"] = str(account["SystemModstamp"])
        return CrmRecord(
            id=row["Id"],
            name=row["Name"],
            account_id=row["AccountId"] or "",
            url=address_of(site, row["Id"]),
            facts=self._all(described, row, as_of),
            owner=Owner(
                id=row["OwnerId"],
                name=owner.get("Name") or "",
                username=owner.get("Username") or "",
                email=owner.get("Email") or "",
                active=bool(owner.get("IsActive")),
            ),
            contacts=_contacts(row),
            versions=versions,
            modified_by=(row["LastModifiedBy"] or {}).get("Username") or "",
            as_of=as_of,
        )

    def fields(self, described: Mapping[str, Described], as_of: datetime) -> dict[str, Fact]:
        """Every mapped field that is described, as a fact without a value."""
        return self._all(described, None, as_of)

    def paths(self, described: Mapping[str, Described], names: Iterable[str]) -> dict[str, str]:
        """The paths of those of these facts that are mapped and described, as Salesforce spells their fields."""
        found: dict[str, str] = {}
        for name in names:
            path = self._facts[name].field if name in self._facts else ""
            if path and (field := _find(described, path)):
                relation, dot, _ = path.rpartition(".")
                found[name] = f"{relation}{dot}{field.name}"
        return found

    def _all(
        self, described: Mapping[str, Described], row: Mapping[str, Any] | None, as_of: datetime
    ) -> dict[str, Fact]:
        return {
            name: self._fact(name, mapped, field, described, row, as_of)
            for name, mapped in self._facts.items()
            if (field := _find(described, mapped.field))
        }

    def _fact(
        self,
        name: str,
        mapped: Mapped,
        field: DescribedField,
        described: Mapping[str, Described],
        row: Mapping[str, Any] | None,
        as_of: datetime,
    ) -> Fact:
        relation = mapped.field.rpartition(".")[0]
        holder = _of(row, relation) if relation and row else row
        raw = (holder or {}).get(field.name)
        options = field.options
        if mapped.values:
            options = tuple(dict.fromkeys(mapped.values[o] for o in options if o in mapped.values))
        return Fact(
            name=name,
            label=_label(relation, described[relation], field.label),
            field=mapped.field,
            value=_value(raw, field.type, mapped.values),
            raw=raw,
            type=field.type,
            options=options,
            length=field.length,
            scale=field.scale,
            low=mapped.low,
            high=mapped.high,
            writable=mapped.write and field.updateable and not relation and not mapped.values,
            required=not field.nillable,
            aliases=mapped.aliases,
            record=_record(row, relation) if row else "",
            as_of=as_of,
        )


def _find(described: Mapping[str, Described], path: str) -> DescribedField | None:
    relation, _, name = path.rpartition(".")
    kind = described.get(relation)
    return kind.field(name) if kind else None


def _of(row: Mapping[str, Any], relation: str) -> Mapping[str, Any] | None:
    found: Mapping[str, Any] | None = row.get(relation)
    return found


def _record(row: Mapping[str, Any], relation: str) -> str:
    if not relation:
        return str(row["Id"])
    parent = _of(row, relation)
    return "" if parent is None else str(parent["attributes"]["url"]).rsplit("/", 1)[-1]


def _label(relation: str, kind: Described, label: str) -> str:
    if not relation:
        return label
    whose = kind.label if kind.name == relation else relation.removesuffix("__r").replace("_", " ")
    return label if label.lower().startswith(whose.lower()) else f"{whose} {label}"


def _value(raw: Json, type: FieldType, values: Mapping[str, str]) -> Json:
    if raw is None:
        return None
    if values:
        return values.get(str(raw))
    if type is FieldType.NUMBER and isinstance(raw, float) and raw.is_integer():
        return int(raw)
    if type is FieldType.DATETIME:
        return datetime.fromisoformat(str(raw)).astimezone(UTC).isoformat()
    return raw


def address_of(site: str, opportunity: str) -> str:
    """Where people open an opportunity in a browser."""
    return f"{site}/lightning/r/Opportunity/{opportunity}/view"


def _contacts(row: Mapping[str, Any]) -> tuple[Contact, ...]:
    roles = (row["OpportunityContactRoles"] or {}).get("records", [])
    people = [
        Contact(
            first_name=role["Contact"]["FirstName"],
            last_name=role["Contact"]["LastName"],
            email=role["Contact"]["Email"],
            phone=role["Contact"]["Phone"],
            title=role["Contact"]["Title"],
            role=role["Role"],
            primary=role["IsPrimary"],
        )
        for role in roles
        if role["Contact"] is not None
    ]
    return tuple(sorted(people, key=lambda person: not person.primary))
