"""The records of the org: what is stored, who may change it, which rules hold, and what the history keeps."""

import threading
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sandbox.salesforce.problem import Problem
from sandbox.salesforce.schema import STAGES, SField, SType, org
from sandbox.salesforce.sight import Sight
from sandbox.salesforce.values import accepted, id18, stamp

Record = dict[str, Any]


@dataclass(frozen=True)
class Rule:
    """A validation rule: nobody may save this field of these records, or of any when there are none."""

    field: str
    message: str
    ids: frozenset[str] = frozenset()


class Records:
    """Every row of the org, by type and 18-character id. Safe to use from several threads."""

    def __init__(self, seed: Mapping[str, Any]) -> None:
        self.types: dict[str, SType] = org()
        self.rows: dict[str, dict[str, Record]] = {name: {} for name in self.types}
        self.locked: dict[str, int] = {}  # id -> how many saves still meet the lock; -1: all
        self.rules: list[Rule] = []
        self.ignore_writes: set[str] = set()
        self.read_only: set[str] = {u["id"] for u in seed["users"] if u.get("read_only")}
        self.sight = Sight()
        self.guard = threading.RLock()
        self.ahead = timedelta()  # how far the org's clock runs ahead of the machine's
        self._counter = 0x1000
        self._blank: dict[str, Record] = {}  # a new record of each type
        self._changes: defaultdict[str, list[str]] = defaultdict(list)  # opportunity -> ids of its history
        self._sow(seed)

    def now(self) -> datetime:
        """The org's clock."""
        return datetime.now(UTC) + self.ahead

    # -- finding --------------------------------------------------------------------------------------------
    def type(self, name: str) -> SType:
        """The object type, or ``NOT_FOUND``."""
        if name not in self.types:
            raise Problem(404, "NOT_FOUND", "The requested resource does not exist")
        return self.types[name]

    def field(self, kind: SType, name: str) -> SField:
        """The field of a type, or ``INVALID_FIELD``."""
        if found := kind.find(name):
            return found
        raise Problem(400, "INVALID_FIELD", f"No such column '{name}' on sobject of type {kind.name}")

    def find(self, kind: str, id: str) -> Record:
        """The record, or what Salesforce says when it is gone or never was."""
        row = self.rows[self.type(kind).name].get(id18(id))
        if row is None:
            raise Problem(404, "NOT_FOUND", "The requested resource does not exist")
        if row["IsDeleted"]:
            raise Problem(404, "ENTITY_IS_DELETED", "entity is deleted")
        return row

    def by_id(self, id: str) -> Record:
        """The record with this id, whatever its type; ``KeyError`` when there is none."""
        found = next((rows[id18(id)] for rows in self.rows.values() if id18(id) in rows), None)
        if found is None:
            raise KeyError(id)
        return found

    def by_external_id(self, kind: str, field: str, value: str) -> list[Record]:
        """The live records whose external id has this value."""
        described = self.type(kind).find(field)
        if described is None or not described.external_id:
            raise Problem(
                404, "NOT_FOUND", f"Provided external ID field does not exist or is not accessible: {field}"
            )
        return [r for r in self.rows[kind].values() if r.get(described.name) == value and not r["IsDeleted"]]

    def user(self, username: str) -> Record | None:
        """The user with this name."""
        return next(
            (u for u in self.rows["User"].values() if u["Username"].lower() == username.lower()), None
        )

    # -- changing -------------------------------------------------------------------------------------------
    def create(self, kind: str, values: Mapping[str, Any], by: str) -> str:
        """Store a new record and return its id."""
        with self.guard:
            described = self.type(kind)
            taken = self._taken(described, values, by, creating=True)
            missing = [
                f.name
                for f in described.fields.values()
                if f.createable
                and not f.nillable
                and f.type != "boolean"
                and taken.get(f.name) is None
                and f.name != "OwnerId"
            ]
            if missing:
                raise Problem(
                    400,
                    "REQUIRED_FIELD_MISSING",
                    f"Required fields are missing: [{', '.join(missing)}]",
                    tuple(missing),
                )
            taken.setdefault("OwnerId", by)
            row = self._new(
                kind, {name: value for name, value in taken.items() if name in described.fields}, by
            )
            self._rules(kind, row)
            self.rows[kind][row["Id"]] = row
            return str(row["Id"])

    def update(self, kind: str, id: str, values: Mapping[str, Any], by: str, *, system: bool = False) -> None:
        """Change a record as this user; ``system`` passes over permissions and rules."""
        with self.guard:
            row = self.find(kind, id)
            described = self.type(kind)
            taken = self._taken(described, values, by, creating=False, system=system)
            if not system:
                self._meet_lock(row["Id"])
                self._meet_rules(row["Id"], taken)
                taken = {name: value for name, value in taken.items() if name not in self.ignore_writes}
            after = {**row, **taken}
            if kind == "Opportunity" and taken.get("StageName", row["StageName"]) != row["StageName"]:
                after["Probability"] = taken.get("Probability", float(STAGES.get(taken["StageName"], 0)))
            self._derive(kind, after)
            if not system:
                self._rules(kind, after)
            after.update(self._touched(by))
            if kind == "Opportunity":
                self._keep_history(described, row, after, by)
            self.rows[kind][row["Id"]] = after

    def delete(self, kind: str, id: str, by: str) -> None:
        """Move a record to the recycle bin."""
        with self.guard:
            row = self.find(kind, id)
            self._may_edit(row["Id"], by)
            self.rows[kind][row["Id"]] = {**row, "IsDeleted": True, **self._touched(by)}

    def snapshot(self) -> dict[str, dict[str, Record]]:
        """Everything, to come back to with ``restore``. Rows are replaced, never changed in place."""
        return {name: dict(rows) for name, rows in self.rows.items()}

    def restore(self, rows: dict[str, dict[str, Record]]) -> None:
        """Undo everything since the snapshot."""
        self.rows = rows

    def history(self, id: str) -> list[Record]:
        """The changes of an opportunity, oldest first: who, when, field, old, new."""
        users, kept = self.rows["User"], self.rows["OpportunityFieldHistory"]
        entries = [kept[entry] for entry in self._changes.get(id18(id), ()) if entry in kept]
        return [
            {
                "who": users[h["CreatedById"]]["Username"],
                "when": h["CreatedDate"],
                "field": h["Field"],
                "old": h["OldValue"],
                "new": h["NewValue"],
            }
            for h in entries
        ]

    # -- rules ----------------------------------------------------------------------------------------------
    def _may_edit(self, id: str, by: str) -> None:
        if by in self.read_only:
            raise Problem(
                403, "INSUFFICIENT_ACCESS_OR_READONLY", f"insufficient access rights on object id: {id}"
            )

    def _meet_lock(self, id: str) -> None:
        left = self.locked.get(id, 0)
        if left > 0:
            self.locked[id] = left - 1
        if left:
            message = f"unable to obtain exclusive access to this record or 1 records: {id}"
            raise Problem(400, "UNABLE_TO_LOCK_ROW", message)

    def _meet_rules(self, id: str, taken: Record) -> None:
        for rule in self.rules:
            if rule.field in taken and (not rule.ids or id in rule.ids):
                raise Problem(400, "FIELD_CUSTOM_VALIDATION_EXCEPTION", rule.message, (rule.field,))

    def _taken(
        self, kind: SType, values: Mapping[str, Any], by: str, *, creating: bool, system: bool = False
    ) -> Record:
        if not system:
            self._may_edit(kind.label, by)
        taken: Record = {}
        forbidden: list[str] = []
        for name, value in values.items():
            if name == "attributes":
                continue
            field = self.field(kind, name)
            if not (field.createable if creating else field.updateable) and not system:
                forbidden.append(field.name)
                continue
            taken[field.name] = accepted(field, value)
            if field.type == "reference" and taken[field.name] and field.target in self.rows:
                self._points_somewhere(field, taken[field.name])
        if forbidden:
            raise Problem(
                400,
                "INVALID_FIELD_FOR_INSERT_UPDATE",
                f"Unable to create/update fields: {', '.join(forbidden)}. Please check the security settings of "
                "this field and verify that it is read/write for your profile or permission set.",
                tuple(forbidden),
            )
        return taken

    def _points_somewhere(self, field: SField, id: str) -> None:
        if field.target and id not in self.rows[field.target]:
            raise Problem(
                400,
                "INVALID_CROSS_REFERENCE_KEY",
                f"{field.label}: id value of incorrect type: {id}",
                (field.name,),
            )

    def _derive(self, kind: str, row: Record) -> None:
        if kind == "Opportunity":
            row["IsClosed"] = row["StageName"].startswith("Closed")
            row["IsWon"] = row["StageName"] == "Closed Won"
        if kind == "Contact":
            row["Name"] = " ".join(filter(None, (row.get("FirstName"), row.get("LastName"))))

    def _rules(self, kind: str, row: Record) -> None:
        if kind != "Opportunity":
            return
        code = "FIELD_CUSTOM_VALIDATION_EXCEPTION"
        score = row.get("P2B_Score__c")
        if score is not None and not 0 <= score <= 100:
            raise Problem(400, code, "P2B Score must be between 0 and 100.", ("P2B_Score__c",))
        if not row["IsClosed"] and date.fromisoformat(row["CloseDate"]) < self.now().date():
            raise Problem(
                400, code, "The close date of an open opportunity may not lie in the past.", ("CloseDate",)
            )

    def _touched(self, by: str) -> Record:
        now = stamp(self.now())
        return {"LastModifiedDate": now, "LastModifiedById": by, "SystemModstamp": now}

    def _keep_history(self, kind: SType, before: Record, after: Record, by: str) -> None:
        for name, field in kind.fields.items():
            derived = not field.updateable
            if derived or before.get(name) == after.get(name):
                continue
            long = field.type == "textarea"
            entry = {
                "OpportunityId": after["Id"],
                "Field": {"OwnerId": "Owner", "AccountId": "Account"}.get(name, name),
                "DataType": field.type,
                "OldValue": None if long else before.get(name),
                "NewValue": None if long else after.get(name),
            }
            row = self._new("OpportunityFieldHistory", entry, by)
            self.rows["OpportunityFieldHistory"][row["Id"]] = row
            self._changes[after["Id"]].append(row["Id"])

    # -- seeds ----------------------------------------------------------------------------------------------
    def _new(self, kind: str, values: Mapping[str, Any], by: str, id: str | None = None) -> Record:
        self._counter += 1
        if kind not in self._blank:
            fields = self.types[kind].fields.items()
            self._blank[kind] = {name: False if f.type == "boolean" else None for name, f in fields}
        touched = self._touched(by)
        row: Record = {
            **self._blank[kind],
            "Id": id or id18(f"{self.types[kind].prefix}{self._counter:012d}"),
            "CreatedDate": touched["LastModifiedDate"],
            "CreatedById": by,
            **touched,
            **values,
        }
        self._derive(kind, row)
        return row

    def plant(self, kind: str, values: Mapping[str, Any], by: str, id: str | None = None) -> str:
        """A record that has been there since before yesterday, and its id; dates in ``values`` say otherwise."""
        row = self._new(kind, values, by, id)
        then = stamp(self.now() - timedelta(days=2))
        for name in ("CreatedDate", "LastModifiedDate", "SystemModstamp"):
            row[name] = values.get(name, then)
        self.rows[kind][row["Id"]] = row
        return str(row["Id"])

    def _sow(self, seed: Mapping[str, Any]) -> None:
        admin = seed["users"][-1]["id"]
        for user in seed["users"]:
            known = {"Username": user["username"], "Name": user["name"], "Email": user["username"]}
            self.plant("User", {**known, "IsActive": user.get("active", True)}, admin, user["id"])
            permission_set = id18("0PS" + user["id"][3:15])
            grant = {"AssigneeId": user["id"], "PermissionSetId": permission_set}
            self.plant("PermissionSetAssignment", grant, admin)
        for account in seed["accounts"]:
            fields = {name: value or None for name, value in account.items() if name != "id"}
            self.plant("Account", {"OwnerId": admin, **fields}, admin, account["id"])
        usernames = {user["username"]: user["id"] for user in seed["users"]}
        today = self.now().date()
        for given in seed["opportunities"]:
            own = {
                k: v
                for k, v in given.items()
                if k not in ("id", "account", "owner", "close_in_days", "contacts")
            }
            owner = usernames[given["owner"]]
            own = {k: float(v) if self.types["Opportunity"].fields[k].numeric else v for k, v in own.items()}
            own |= {"AccountId": given["account"], "OwnerId": owner}
            own["CloseDate"] = (today + timedelta(days=given["close_in_days"])).isoformat()
            opportunity = self.plant("Opportunity", own, owner, id18(given["id"]))
            for person in given.get("contacts", ()):
                named = {k: v for k, v in person.items() if k not in ("Role", "primary")}
                contact = self.plant("Contact", {**named, "AccountId": given["account"]}, owner)
                role = {"OpportunityId": opportunity, "ContactId": contact, "Role": person.get("Role")}
                self.plant(
                    "OpportunityContactRole", {**role, "IsPrimary": person.get("primary", False)}, owner
                )
