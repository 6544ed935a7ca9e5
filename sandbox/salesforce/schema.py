"""The object types of the made-up org: fields as ``describe`` tells them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

STAGES = {
    "Prospecting": 10,
    "Qualification": 10,
    "Needs Analysis": 20,
    "Value Proposition": 50,
    "Id. Decision Makers": 60,
    "Perception Analysis": 70,
    "Proposal/Price Quote": 75,
    "Negotiation/Review": 90,
    "Closed Won": 100,
    "Closed Lost": 0,
}
"""Each stage with the probability that choosing it sets."""

_INDUSTRIES = (
    "Agriculture",
    "Apparel",
    "Banking",
    "Biotechnology",
    "Chemicals",
    "Communications",
    "Construction",
    "Consulting",
    "Education",
    "Electronics",
    "Energy",
    "Engineering",
    "Entertainment",
    "Environmental",
    "Finance",
    "Food & Beverage",
    "Government",
    "Healthcare",
    "Hospitality",
    "Insurance",
    "Machinery",
    "Manufacturing",
    "Media",
    "Not For Profit",
    "Other",
    "Recreation",
    "Retail",
    "Shipping",
    "Technology",
    "Telecommunications",
    "Transportation",
    "Utilities",
)
_NUMBERS = {"double", "currency", "percent", "int"}


@dataclass(frozen=True)
class SField:
    """One field of an object type."""

    name: str
    label: str
    type: str = "string"
    length: int = 0
    precision: int = 0
    scale: int = 0
    updateable: bool = True
    createable: bool = True
    nillable: bool = True
    options: tuple[str, ...] = ()
    restricted: bool = True
    external_id: bool = False
    relationship: str | None = None
    target: str | None = None

    @property
    def numeric(self) -> bool:
        """Whether its values are numbers."""
        return self.type in _NUMBERS

    def describe(self, read_only: bool) -> dict[str, Any]:
        """The field as ``describe`` tells it to one user."""
        picklist = [
            {"active": True, "defaultValue": False, "label": o, "validFor": None, "value": o}
            for o in self.options
        ]
        return {
            "name": self.name,
            "label": self.label,
            "type": self.type,
            "length": self.length,
            "byteLength": self.length * 3,
            "precision": self.precision,
            "scale": self.scale,
            "digits": self.precision if self.type == "int" else 0,
            "updateable": self.updateable and not read_only,
            "createable": self.createable and not read_only,
            "nillable": self.nillable,
            "custom": self.name.endswith("__c"),
            "picklistValues": picklist,
            "restrictedPicklist": bool(picklist) and self.restricted,
            "externalId": self.external_id,
            "idLookup": self.external_id or self.name == "Id",
            "unique": False,
            "calculated": False,
            "defaultedOnCreate": self.type == "boolean",
            "filterable": not (self.type == "textarea" and self.length > 255),
            "sortable": not (self.type == "textarea" and self.length > 255),
            "referenceTo": [self.target] if self.target else [],
            "relationshipName": self.relationship,
        }


@dataclass
class SType:
    """One object type. ``fields`` is open: an administrator may take a field away."""

    name: str
    label: str
    prefix: str
    fields: dict[str, SField]
    children: dict[str, tuple[str, str]] = field(default_factory=dict)  # relationship -> (type, its field)

    def find(self, name: str) -> SField | None:
        """The field of this name, upper and lower case alike."""
        return self.fields.get(name) or next(
            (f for f in self.fields.values() if f.name.lower() == name.lower()), None
        )

    def parent(self, relationship: str) -> SField | None:
        """The reference field behind a relationship name."""
        return next(
            (f for f in self.fields.values() if (f.relationship or "").lower() == relationship.lower()), None
        )

    def describe(self, read_only: bool) -> dict[str, Any]:
        """The whole answer of ``sobjects/{type}/describe``."""
        return {
            "name": self.name,
            "label": self.label,
            "labelPlural": f"{self.label}s",
            "keyPrefix": self.prefix,
            "custom": False,
            "queryable": True,
            "createable": not read_only,
            "updateable": not read_only,
            "deletable": not read_only,
            "childRelationships": [
                {"childSObject": kind, "field": via, "relationshipName": name}
                for name, (kind, via) in self.children.items()
            ],
            "fields": [f.describe(read_only) for f in self.fields.values()],
        }


def _text(name: str, label: str, length: int = 255, **more: Any) -> SField:
    return SField(name, label, "string", length, **more)


def _area(name: str, label: str, length: int) -> SField:
    return SField(name, label, "textarea", length)


def _number(name: str, label: str, kind: str, precision: int, scale: int) -> SField:
    return SField(name, label, kind, precision=precision, scale=scale)


def _choice(name: str, label: str, options: Iterable[str], **more: Any) -> SField:
    return SField(name, label, "picklist", 255, options=tuple(options), **more)


def _reference(name: str, label: str, relationship: str, target: str, **more: Any) -> SField:
    return SField(name, label, "reference", 18, relationship=relationship, target=target, **more)


def _fixed(name: str, label: str, kind: str, **more: Any) -> SField:
    return SField(name, label, kind, updateable=False, createable=False, nillable=False, **more)


def _type(name: str, label: str, prefix: str, *fields: SField, **children: tuple[str, str]) -> SType:
    system = (
        _fixed("Id", f"{label} ID", "id", length=18),
        *fields,
        _fixed("IsDeleted", "Deleted", "boolean"),
        _fixed("CreatedDate", "Created Date", "datetime"),
        _fixed(
            "CreatedById", "Created By ID", "reference", length=18, relationship="CreatedBy", target="User"
        ),
        _fixed("LastModifiedDate", "Last Modified Date", "datetime"),
        _fixed(
            "LastModifiedById",
            "Last Modified By ID",
            "reference",
            length=18,
            relationship="LastModifiedBy",
            target="User",
        ),
        _fixed("SystemModstamp", "System Modstamp", "datetime"),
    )
    return SType(name, label, prefix, {f.name: f for f in system}, children)


def org() -> dict[str, SType]:
    """A fresh copy of the org's object types by name."""
    owner = _reference("OwnerId", "Owner ID", "Owner", "User", nillable=False)
    account = _reference("AccountId", "Account ID", "Account", "Account")
    types = (
        _type(
            "Opportunity",
            "Opportunity",
            "006",
            account,
            _text("Name", "Name", 120, nillable=False),
            _area("Description", "Description", 32_000),
            _choice("StageName", "Stage", STAGES, nillable=False),
            _number("Amount", "Amount", "currency", 18, 2),
            _number("Probability", "Probability (%)", "percent", 3, 0),
            SField("CloseDate", "Close Date", "date", nillable=False),
            _choice(
                "Type",
                "Opportunity Type",
                (
                    "New Customer",
                    "New Business",
                    "Existing Customer - Upgrade",
                    "Existing Customer - Replacement",
                ),
            ),
            _text("NextStep", "Next Step"),
            _fixed("IsClosed", "Closed", "boolean"),
            _fixed("IsWon", "Won", "boolean"),
            owner,
            _choice("Partner_of_Record__c", "Partner of Record", ("AWS", "Microsoft", "Google Cloud")),
            _choice(
                "Partner_Attribution__c", "Partner Attribution", ("Partner Sourced", "Partner Influenced")
            ),
            _text("ACE_Opportunity_Id__c", "ACE Opportunity ID", 30, external_id=True),
            _text("ACE_Status__c", "ACE Status", 80),
            _number("P2B_Score__c", "P2B Score", "double", 5, 2),
            SField("P2B_Score_Date__c", "P2B Score Date", "date"),
            _number("AWS_Monthly_Revenue__c", "AWS Monthly Revenue", "currency", 18, 2),
            OpportunityContactRoles=("OpportunityContactRole", "OpportunityId"),
            Histories=("OpportunityFieldHistory", "OpportunityId"),
            Tasks=("Task", "WhatId"),
        ),
        _type(
            "Account",
            "Account",
            "001",
            _text("Name", "Account Name", nillable=False),
            SField("Website", "Website", "url", 255),
            _choice("Industry", "Industry", _INDUSTRIES, restricted=False),
            _text("DunsNumber", "D-U-N-S Number", 9),
            SField("Phone", "Account Phone", "phone", 40),
            _area("BillingStreet", "Billing Street", 255),
            _text("BillingCity", "Billing City", 40),
            _text("BillingState", "Billing State/Province", 80),
            _text("BillingPostalCode", "Billing Zip/Postal Code", 20),
            _text("BillingCountry", "Billing Country", 80),
            owner,
            Opportunities=("Opportunity", "AccountId"),
            Contacts=("Contact", "AccountId"),
        ),
        _type(
            "Contact",
            "Contact",
            "003",
            account,
            _text("FirstName", "First Name", 40),
            _text("LastName", "Last Name", 80, nillable=False),
            _fixed("Name", "Full Name", "string", length=121),
            SField("Email", "Email", "email", 80),
            SField("Phone", "Business Phone", "phone", 40),
            _text("Title", "Title", 128),
        ),
        _type(
            "User",
            "User",
            "005",
            _text("Username", "Username", 80, nillable=False),
            _text("Name", "Full Name", 121, nillable=False),
            SField("Email", "Email", "email", 128, nillable=False),
            SField("IsActive", "Active", "boolean", nillable=False),
        ),
        _type(
            "OpportunityContactRole",
            "Opportunity Contact Role",
            "00K",
            _reference("OpportunityId", "Opportunity ID", "Opportunity", "Opportunity", nillable=False),
            _reference("ContactId", "Contact ID", "Contact", "Contact", nillable=False),
            _choice(
                "Role",
                "Role",
                ("Business User", "Decision Maker", "Economic Buyer", "Evaluator", "Influencer", "Other"),
                restricted=False,
            ),
            SField("IsPrimary", "Primary", "boolean", nillable=False),
        ),
        _type(
            "OpportunityFieldHistory",
            "Opportunity Field History",
            "017",
            _fixed(
                "OpportunityId",
                "Opportunity ID",
                "reference",
                relationship="Opportunity",
                target="Opportunity",
            ),
            _fixed("Field", "Changed Field", "string"),
            _fixed("DataType", "Datatype", "string"),
            _fixed("OldValue", "Old Value", "anyType"),
            _fixed("NewValue", "New Value", "anyType"),
        ),
        _type(
            "Task",
            "Task",
            "00T",
            _reference("WhatId", "Related To ID", "What", "Opportunity"),
            _text("Subject", "Subject"),
            _text("Status", "Status", 40),
            SField("ActivityDate", "Due Date Only", "date"),
            owner,
            _text("Key__c", "Key", 64, external_id=True),
        ),
        _type(
            "UserRecordAccess",
            "User Record Access",
            "",
            _fixed("UserId", "User ID", "reference"),
            _fixed("RecordId", "Record ID", "reference"),
            _fixed("HasReadAccess", "Read", "boolean"),
            _fixed("HasEditAccess", "Edit", "boolean"),
            _fixed("MaxAccessLevel", "Maximum Access", "string"),
        ),
        _type(
            "PermissionSetAssignment",
            "Permission Set Assignment",
            "0Pa",
            _fixed("AssigneeId", "Assignee ID", "reference", relationship="Assignee", target="User"),
            _fixed("PermissionSetId", "Permission Set ID", "reference"),
        ),
        _type(
            "FieldPermissions",
            "Field Permissions",
            "01k",
            _fixed("ParentId", "Parent ID", "reference"),
            _fixed("SobjectType", "Object", "string"),
            _fixed("Field", "Field", "string"),
            _fixed("PermissionsRead", "Read", "boolean"),
            _fixed("PermissionsEdit", "Edit", "boolean"),
        ),
    )
    return {t.name: t for t in types}
