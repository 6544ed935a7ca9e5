"""The countries that made-up companies are in, as lists write them, and the legal forms there."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Country:
    """A country as lists write it, and the legal forms of its companies, each with other spellings."""

    name: str
    codes: tuple[str, str]
    others: tuple[str, ...]
    suffix: str
    forms: tuple[tuple[str, ...], ...]
    states: tuple[tuple[str, str], ...] = ()
    marks: tuple[str, str] = ("", "")  # letters, and what the country's own spelling may have instead


_US = (("CA", "California"), ("TX", "Texas"), ("NY", "New York"), ("OH", "Ohio"), ("WA", "Washington"))
_AU = (("NSW", "New South Wales"), ("VIC", "Victoria"), ("QLD", "Queensland"))
_CA = (("ON", "Ontario"), ("QC", "Quebec"), ("BC", "British Columbia"))
_ANGLO = (("Ltd", "Limited", "Ltd."), ("PLC", "plc", "Public Limited Company"))
_LATIN = ("aeo", "áéó")
COUNTRIES = (
    Country(
        "United States",
        ("US", "USA"),
        ("U.S.A.", "Vereinigte Staaten"),
        "com",
        (("Inc.", "Incorporated", "Inc"), ("Corp.", "Corporation", "Corp"), ("LLC", "L.L.C.")),
        _US,
    ),
    Country("United Kingdom", ("GB", "GBR"), ("UK", "Great Britain"), "co.uk", _ANGLO),
    Country(
        "Germany",
        ("DE", "DEU"),
        ("Deutschland", "Allemagne"),
        "de",
        (("GmbH", "G.m.b.H."), ("AG", "Aktiengesellschaft"), ("GmbH & Co. KG", "GmbH und Co. KG")),
        marks=("aou", "äöü"),
    ),
    Country(
        "France",
        ("FR", "FRA"),
        ("Frankreich",),
        "fr",
        (("SAS", "S.A.S."), ("SA", "S.A.", "Société Anonyme")),
        marks=("ae", "âé"),
    ),
    Country("Netherlands", ("NL", "NLD"), ("Nederland", "Holland"), "nl", (("B.V.", "BV"), ("N.V.", "NV"))),
    Country(
        "Italy", ("IT", "ITA"), ("Italia",), "it", (("S.p.A.", "SpA"), ("S.r.l.", "Srl")), marks=("e", "è")
    ),
    Country("Spain", ("ES", "ESP"), ("España",), "es", (("S.L.", "SL"), ("S.A.", "SA")), marks=("an", "áñ")),
    Country("Sweden", ("SE", "SWE"), ("Sverige",), "se", (("AB", "Aktiebolag"),), marks=("ao", "åö")),
    Country("Denmark", ("DK", "DNK"), ("Danmark",), "dk", (("A/S", "AS"), ("ApS",)), marks=("oa", "øå")),
    Country(
        "Poland",
        ("PL", "POL"),
        ("Polska",),
        "com.pl",
        (("Sp. z o.o.", "Sp z oo"), ("S.A.", "SA")),
        marks=("lae", "łąę"),
    ),
    Country(
        "Brazil",
        ("BR", "BRA"),
        ("Brasil",),
        "com.br",
        (("Ltda.", "Limitada"), ("S.A.", "S/A")),
        (("SP", "São Paulo"), ("RJ", "Rio de Janeiro")),
        _LATIN,
    ),
    Country("Japan", ("JP", "JPN"), ("日本",), "co.jp", (("K.K.", "KK", "Co., Ltd."),)),
    Country(
        "India", ("IN", "IND"), ("Bharat",), "co.in", (("Pvt. Ltd.", "Private Limited"), ("Ltd", "Limited"))
    ),
    Country(
        "Australia", ("AU", "AUS"), ("AUSTRALIA",), "com.au", (("Pty Ltd", "Pty. Ltd.", "Pty Limited"),), _AU
    ),
    Country("Canada", ("CA", "CAN"), ("Kanada",), "ca", (("Inc.", "Inc"), ("Ltd.", "Limited")), _CA),
    Country("Ireland", ("IE", "IRL"), ("Éire",), "ie", (("DAC",), ("Ltd", "Limited"))),
)
WEIGHTS = (22, 9, 10, 6, 4, 4, 4, 3, 2, 3, 3, 3, 4, 4, 4, 2)
"""How often a company is in each of the countries, in their order."""
