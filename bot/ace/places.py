"""Countries, states and postal codes as AWS Partner Central wants them written."""

import functools
import re

from bot.ace.countries import NAMES
from bot.deal import Json

_STATE_TABLE = (
    "AL Alabama|AK Alaska|AZ Arizona|AR Arkansas|CA California|CO Colorado|CT Connecticut|DE Delaware|FL Florida|"
    "GA Georgia|HI Hawaii|ID Idaho|IL Illinois|IN Indiana|IA Iowa|KS Kansas|KY Kentucky|LA Louisiana|ME Maine|"
    "MD Maryland|MA Massachusetts|MI Michigan|MN Minnesota|MS Mississippi|MO Missouri|MT Montana|NE Nebraska|"
    "NV Nevada|NH New Hampshire|NJ New Jersey|NM New Mexico|NY New York|NC North Carolina|ND North Dakota|OH Ohio|"
    "OK Oklahoma|OR Oregon|PA Pennsylvania|RI Rhode Island|SC South Carolina|SD South Dakota|TN Tennessee|"
    "TX Texas|UT Utah|VT Vermont|VA Virginia|WA Washington|WV West Virginia|WI Wisconsin|WY Wyoming|"
    "AS American Samoa|DC Dist. of Columbia|FM Federated States of Micronesia|GU Guam|MH Marshall Islands|"
    "MP Northern Mariana Islands|PW Palau|PR Puerto Rico|VI Virgin Islands|AE APO/AE|AP FPO, AP"
)

US_STATES_BY_CODE = dict(pair.split(" ", 1) for pair in _STATE_TABLE.split("|"))
"""Customer.Account.Address.StateOrRegion of the United States, by the code of the postal service.

AWS takes the name only (API reference, Address).
"""

US_STATES = (*US_STATES_BY_CODE.values(), "AFO/FPO")

_OTHER_STATE_NAMES = {
    "district of columbia": "Dist. of Columbia",
    "washington dc": "Dist. of Columbia",
    "washington, dc": "Dist. of Columbia",
    "washington, d.c.": "Dist. of Columbia",
    "u.s. virgin islands": "Virgin Islands",
    "micronesia": "Federated States of Micronesia",
}

_OTHER_COUNTRY_NAMES = {
    "usa": "US",
    "u.s.": "US",
    "u.s.a.": "US",
    "united states of america": "US",
    "uk": "GB",
    "great britain": "GB",
    "russia": "RU",
    "south korea": "KR",
    "korea": "KR",
    "viet nam": "VN",
    "czech republic": "CZ",
    "turkey": "TR",
    "ivory coast": "CI",
    "the netherlands": "NL",
    "holland": "NL",
    "macau": "MO",
    "uae": "AE",
    "cape verde": "CV",
    "swaziland": "SZ",
    "burma": "MM",
    "macedonia": "MK",
}

_MASK_TABLE = """
AD AD999
AF 9999
AL 9999
AM 9999|999999
AR 9999|A9999AAA
AT 9999|A-9999
AU 9999
AZ 9999|AZ9999|AZ 9999
BA 99999
BD 9999
BE 9999|B-9999
BG 9999
BR 99999-999|99999999|99999
BY 999999
CA A9A 9A9|A9A9A9
CH 9999|CH-9999
CL 9999999|999-9999
CN 999999
CO 999999
CR 99999|9999
CY 9999
CZ 99999|999 99
DE 99999|D-99999
DK 9999|DK-9999
DO 99999
DZ 99999
EC 999999
EE 99999
EG 99999
ES 99999
FI 99999|FI-99999
FR 99999|F-99999
GB A9 9AA|A99 9AA|A9A 9AA|AA9 9AA|AA99 9AA|AA9A 9AA|A99AA|A999AA|A9A9AA|AA99AA|AA999AA|AA9A9AA
GE 9999
GR 99999|999 99
GT 99999
HR 99999|HR-99999
HU 9999|H-9999
ID 99999
IE A99 NNNN|A99NNNN|A9W NNNN|A9WNNNN
IL 99999|9999999
IN 999999|999 999
IS 999
IT 99999
JO 99999
JP 9999999|999-9999
KE 99999
KR 99999
KW 99999
KZ 999999
LI 9999
LK 99999
LT 99999|LT-99999
LU 9999|L-9999
LV 9999|LV-9999
MA 99999
MC 99999
MD 9999|MD-9999
ME 99999
MK 9999
MT AAA 9999|AAA9999
MX 99999
MY 99999
NG 999999
NL 9999 AA|9999AA
NO 9999
NP 99999
NZ 9999
PE 99999
PH 9999
PK 99999
PL 99-999|99999
PR 99999|99999-9999
PT 9999-999|9999
PY 9999|999999
RO 999999
RS 99999
RU 999999
SA 99999|99999-9999
SE 99999|999 99|S-99999|S-999 99|SE-99999|SE-999 99
SG 999999
SI 9999|SI-9999
SK 99999|999 99
SM 99999
TH 99999
TN 9999
TR 99999
TW 999|99999|999999
UA 99999
US 99999|99999-9999
UY 99999
UZ 999999
VA 99999
VN 999999|99999
ZA 9999
"""

_MASKS = {
    country: tuple(masks.split("|"))
    for country, masks in (line.split(" ", 1) for line in _MASK_TABLE.strip().splitlines())
}
"""Forms of postal codes in AWS's notation: 9 a digit, A a letter, N either; the rest stands for itself."""

_NO_CODES = (
    "AE AG AN AO AQ AW BF BI BJ BO BQ BS BV BW BZ CD CF CG CI CK CM CW DJ DM ER FJ GA GD GM GQ GY HK HM JM KI KM KN"
    " ML MO MR MW NR NU PA QA RW SB SC SL SR SS ST SX SY TD TF TG TK TL TO TV TZ UG UM VU WS YE ZW"
)

WITHOUT_POSTAL_CODES = frozenset(_NO_CODES.split())
"""Countries for which AWS asks no postal code, because they have none in general use."""


def country_code(written: Json) -> str | None:
    """The ISO 3166 alpha-2 code of a country written as a code or by its English name; None when it is neither."""
    if not isinstance(written, str):
        return None
    name = " ".join(written.split())
    if name.upper() in NAMES:
        return name.upper()
    return _codes_by_name().get(name.casefold())


def country_name(code: str) -> str:
    """The English name of a country; the code itself where it is unknown."""
    return NAMES.get(code, code)


def state(written: Json, country: str | None) -> str | None:
    """A state or region as AWS takes it: in the United States the full name, elsewhere as written."""
    if not isinstance(written, str) or not written.strip():
        return None
    name = written.strip()
    if country != "US":
        return name
    if name.upper() in US_STATES_BY_CODE:
        return US_STATES_BY_CODE[name.upper()]
    by_name = {known.casefold(): known for known in US_STATES} | _OTHER_STATE_NAMES
    return by_name.get(name.casefold(), name)


def postal_forms(country: str) -> tuple[str, ...]:
    """The forms that a postal code of this country may have; empty where they are not known."""
    return _MASKS.get(country, ())


def postal_code_fits(postal_code: str, country: str) -> bool:
    """Whether a postal code has one of its country's forms; a country whose forms are not known takes any."""
    forms = postal_forms(country)
    return not forms or any(_form(form).fullmatch(postal_code) for form in forms)


@functools.cache
def _form(mask: str) -> re.Pattern[str]:
    wild = {"9": "[0-9]", "A": "[A-Za-z]", "N": "[A-Za-z0-9]"}
    return re.compile("".join(wild.get(sign, re.escape(sign)) for sign in mask))


@functools.cache
def _codes_by_name() -> dict[str, str]:
    return {name.casefold(): code for code, name in NAMES.items()} | _OTHER_COUNTRY_NAMES
