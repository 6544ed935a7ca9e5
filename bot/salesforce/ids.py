"""What may stand in a request: ids of records and names of fields, checked before anything is sent."""

import re
from collections.abc import Iterable

from bot.errors import Refused

_ID = re.compile(r"[a-zA-Z0-9]{15}([a-zA-Z0-9]{3})?")
_FIELD = re.compile(r"[A-Za-z]\w*", re.ASCII)
_SUFFIX = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def record_id(text: str) -> str:
    """The 18-character form of a record id; ``Refused`` when the text is none.

    The last three characters tell upper from lower case, five characters each (Salesforce help, "Convert 15 Character
    IDs to 18 Character IDs").
    """
    if not _ID.fullmatch(text):
        raise Refused(f"{text[:40]!r} is not a Salesforce record id; it has 15 or 18 letters and digits.")
    if len(text) == 18:
        return text
    chunks = (text[0:5], text[5:10], text[10:15])
    return text + "".join(
        _SUFFIX[sum(1 << i for i, c in enumerate(chunk) if c.isupper())] for chunk in chunks
    )


def own_fields(names: Iterable[str], verb: str) -> None:
    """``Refused`` when a name is none of a field that the opportunity itself has. ``verb``: read or written."""
    if wrong := [name for name in names if not _FIELD.fullmatch(name)]:
        raise Refused(f"{', '.join(wrong)}: not a field of the opportunity itself, so it cannot be {verb}.")
