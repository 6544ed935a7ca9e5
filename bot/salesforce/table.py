"""The CSV that a bulk job takes (Bulk API 2.0 Developer Guide, "Prepare CSV Files")."""

import csv
import io
import math
import re
from collections.abc import Mapping
from decimal import Decimal

from bot.deal import Json
from bot.errors import Refused

LARGEST = 100_000_000
"""Bytes of one job: Salesforce takes 150 MB once it has encoded them in base64."""
_CLEARS = "#N/A"
_LONE_RETURN = re.compile(r"\r(?!\n)")


def table(rows: Mapping[str, Mapping[str, Json]]) -> bytes:
    """The rows as UTF-8 with line feeds, ``Id`` first; a field that a row lacks is an empty cell.

    An empty cell changes nothing. ``Refused`` when a value cannot be told in CSV, or it is more than one job takes.
    """
    names = list(dict.fromkeys(name for values in rows.values() for name in values))
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["Id", *names])
    for id, values in rows.items():
        writer.writerow([id, *(_cell(id, n, values[n]) if n in values else "" for n in names)])
    content = out.getvalue().encode("utf-8")
    if len(content) > LARGEST:
        raise Refused(
            f"These rows are {len(content) / 1e6:.0f} MB; Salesforce takes {LARGEST / 1e6:.0f} MB in one job. "
            "Split the list."
        )
    return content


def _cell(id: str, name: str, value: Json) -> str:
    match value:
        case None:
            return _CLEARS
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float() if math.isfinite(value):
            return f"{Decimal(repr(value)):f}"
        case str() if not value.strip():  # Salesforce trims it, and an empty cell would change nothing
            return _CLEARS
        case str() if value.strip() == _CLEARS:
            raise Refused(
                f"{name} of {id} is to be {_CLEARS!r}, which Salesforce takes for clearing the field."
            )
        case str():
            return _LONE_RETURN.sub("\n", value)  # csv does not quote it, and it would end the row
    raise ValueError(f"{name} of {id} is neither text, a number nor a truth value: {value!r}")
