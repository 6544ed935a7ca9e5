"""What AWS knows of places: the names of the states of the US, and each country's postal codes."""

import re

US_STATES = frozenset(
    """Alabama;Alaska;American Samoa;APO/AE;AFO/FPO;FPO, AP;Arizona;Arkansas;California;Colorado;Connecticut;Delaware;
Dist. of Columbia;Federated States of Micronesia;Florida;Georgia;Guam;Hawaii;Idaho;Illinois;Indiana;Iowa;Kansas;
Kentucky;Louisiana;Maine;Marshall Islands;Maryland;Massachusetts;Michigan;Minnesota;Mississippi;Missouri;Montana;
Nebraska;Nevada;New Hampshire;New Jersey;New Mexico;New York;North Carolina;North Dakota;Northern Mariana Islands;
Ohio;Oklahoma;Oregon;Palau;Pennsylvania;Puerto Rico;Rhode Island;South Carolina;South Dakota;Tennessee;Texas;Utah;
Vermont;Virgin Islands;Virginia;Washington;West Virginia;Wisconsin;Wyoming""".replace("\n", "").split(";")
)

_DIGITS = {4: "9999", 5: "99999", 6: "999999", 7: "9999999"}
_FORMATS: dict[str, tuple[str, str, str]] = {
    # country: (its name, what AWS says the format is, the same as an expression)
    "US": ("United States", "99999 OR 99999-9999", r"\d{5}(-\d{4})?"),
    "CA": ("Canada", "A9A 9A9 OR A9A9A9", r"[A-Z]\d[A-Z] ?\d[A-Z]\d"),
    "GB": ("United Kingdom", "A(A)N(A/N)NAA", r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}"),
    "IE": ("Ireland", "A99 9A9A OR A999A9A", r"[A-Z]\d[\dW] ?[A-Z\d]{4}"),
    "NL": ("Netherlands", "9999 AA OR 9999AA", r"\d{4} ?[A-Z]{2}"),
    "PL": ("Poland", "99-999", r"\d{2}-\d{3}"),
    "PT": ("Portugal", "9999-999", r"\d{4}-\d{3}"),
    "SE": ("Sweden", "99999 OR 999 99", r"(S-|SE-)?\d{3} ?\d{2}"),
    "IN": ("India", "999999 OR 999 999", r"\d{3} ?\d{3}"),
    "JP": ("Japan", "9999999 OR 999-9999", r"\d{3}-?\d{4}"),
    "BR": ("Brazil", "99999 OR 99999-999", r"\d{5}(-\d{3})?"),
    "IL": ("Israel", "99999 OR 9999999", r"\d{5}(\d{2})?"),
} | {
    country: (name, _DIGITS[digits], rf"\d{{{digits}}}")
    for country, name, digits in (
        ("DE", "Germany", 5),
        ("FR", "France", 5),
        ("ES", "Spain", 5),
        ("IT", "Italy", 5),
        ("MX", "Mexico", 5),
        ("FI", "Finland", 5),
        ("KR", "South Korea", 5),
        ("CH", "Switzerland", 4),
        ("AT", "Austria", 4),
        ("AU", "Australia", 4),
        ("BE", "Belgium", 4),
        ("DK", "Denmark", 4),
        ("NO", "Norway", 4),
        ("NZ", "New Zealand", 4),
        ("SG", "Singapore", 6),
        ("CN", "China", 6),
    )
}

_NO_POSTAL_CODES = frozenset(
    re.findall(
        "[A-Z]{2}",
        "AE AG AN AO AW BF BI BJ BO BS BW BZ CD CF CG CI CK CM DJ DM ER FJ GD GH GM GQ GY HK JM KI KM KN LC ML MO MR "
        "MW NR NU QA RW SB SC SL SR ST SY TD TG TK TL TO TT TV UG VU YE ZW",
    )
)


def postal_problem(country: str, code: str | None) -> str | None:
    """What is wrong with a postal code at submission, in AWS's words; None when nothing is.

    AWS publishes PostalCodeValidations.csv and CountriesWithoutPostalCode.csv with its data model. The countries that
    are not told apart here only need some code.
    """
    if country in _NO_POSTAL_CODES:
        return None
    if not code:
        return "customer.account.address.postalCode is required"
    if country not in _FORMATS:
        return None
    name, told, expression = _FORMATS[country]
    if re.fullmatch(expression, code, re.IGNORECASE):
        return None
    return f"The postal code is invalid for country {name}, {name} postal code must be in {told} format."
