"""The columns that a table may have, and what people call them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """A column that we look for."""

    name: str  # ours
    label: str  # as people are told
    aliases: tuple[str, ...] = ()
    required: bool = False


Wanted = tuple[Column, ...]


def _aliases(text: str) -> tuple[str, ...]:
    return tuple(alias.strip() for alias in text.split("|"))


_COMPANY = _aliases(
    "name|company|company name|account|account name|customer|customer name|customer company|organization|"
    "organisation|organization name|organisation name|business name|legal name|client|client name|firma|"
    "firmenname|unternehmen|kunde|kundenname|customer company name|partner account|prospect|entreprise|société|empresa"
)
_PLACES = (
    Column(
        "website",
        "Website",
        _aliases(
            "website|web site|url|domain|web|homepage|company website|customer website|account website|web address|"
            "company domain|domain name|webseite|site web|internet"
        ),
    ),
    Column(
        "country",
        "Country",
        _aliases(
            "country|country code|country name|billing country|account country|customer country|shipping country|"
            "country/region|land|pays|país|iso country|hq country|billingcountry|billingcountrycode"
        ),
    ),
    Column(
        "duns",
        "DUNS number",
        _aliases(
            "duns|d-u-n-s|duns number|duns no|duns nr|d-u-n-s number|customer duns|dunsnumber|duns id|duns #|dnb duns"
        ),
    ),
)

COMPANIES: Wanted = (
    Column(
        "id",
        "Id",
        _aliases(
            "id|account id|company id|customer id|record id|salesforce id|sfdc id|crm id|accountid|account number|"
            "customer number|kundennummer|identifier|key|external id|18 digit id|case safe id|account id 18"
        ),
    ),
    Column("name", "Company name", _COMPANY, required=True),
    *_PLACES,
    Column(
        "state",
        "State",
        _aliases(
            "state|province|state/province|billing state|region|bundesland|state code|billingstate|county"
        ),
    ),
)
"""A list of companies. Without ids the numbers of the rows serve."""

SCORES: Wanted = (
    Column("company", "Company", _COMPANY),
    *_PLACES,
    Column(
        "opportunity",
        "Salesforce opportunity id",
        _aliases(
            "opportunity|opportunity id|opportunityid|opp id|oppty id|salesforce id|salesforce opportunity id|sfdc id|"
            "sfdc opportunity id|crm id|crm opportunity id|opportunity id 18|partner opportunity identifier|"
            "partner crm id|deal id|id"
        ),
    ),
    Column(
        "ace_id",
        "ACE opportunity id",
        _aliases(
            "ace id|ace opportunity id|ace opportunity|aws opportunity id|aws id|apn id|apn opportunity id|"
            "partner central id|opportunity identifier|ace"
        ),
    ),
    Column(
        "score",
        "Score",
        _aliases(
            "score|p2b|p2b score|propensity|propensity to buy|propensity score|propensity to buy score|"
            "account score|lead score|fit score|intent score|likelihood|likelihood to buy|"
            "buying propensity|punkte|punktzahl"
        ),
        required=True,
    ),
    Column(
        "scored_on",
        "Scored on",
        _aliases(
            "scored on|score date|date scored|scored at|scored date|as of|as of date|date|scoring date|p2b date|"
            "p2b score date|score as of|datum|stand"
        ),
    ),
)
"""A list of scores. Each row says whose by a company, an opportunity's Salesforce id, or its ACE id."""


def plain(text: str) -> str:
    """A heading without case, spaces and marks, by which two are the same."""
    return "".join(filter(str.isalnum, text.casefold())).removesuffix("c" if text.endswith("__c") else "\0")


def words(column: Column) -> tuple[str, ...]:
    """All that a column is known by, the nearest first."""
    return column.name, column.label, *column.aliases


COLUMNS: Mapping[str, Wanted] = {"scores": SCORES, "companies": COMPANIES}
"""What is wanted of a table, by what it is of."""

KNOWN = frozenset(plain(word) for column in (*COMPANIES, *SCORES) for word in words(column))
"""Every word that is a heading of one of ours."""


def expected(columns: Sequence[Column]) -> str:
    """A sentence that lists what is expected of a table, for messages."""
    needed = _listed([column.label for column in columns if column.required], "and")
    others = _listed([column.label for column in columns if not column.required], "or")
    return f"Expected is a column {needed}{f', and any of {others}' if others else ''}."


def _listed(labels: list[str], last: str) -> str:
    quoted = [f"“{label}”" for label in labels]
    return f" {last} ".join(filter(None, (", ".join(quoted[:-1]), *quoted[-1:])))
