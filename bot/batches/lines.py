"""The rows of a batch: those that will be written, those that a person has to look at, and those that are left out."""

import base64
import functools
import zlib

from bot.deal import Frozen, Json


class Line(Frozen):
    """One opportunity, and the values that it gets."""

    number: int  # of the row in the file, as a person sees it there
    id: str  # Salesforce id of the opportunity
    deal: str  # its name
    account: str  # id of its account
    after: tuple[Json, ...]  # by the order of the batch's fields
    before: tuple[Json, ...] | None = None  # what it held when it was shown; None: not read yet
    why: tuple[str, ...] = ()  # the evidence that this row is about this opportunity


class Choice(Frozen):
    """An opportunity that a doubtful row may be about."""

    id: str
    deal: str
    account: str
    company: str  # the account's name
    why: tuple[str, ...]


class Doubt(Frozen):
    """A row that a person has to decide on; the likeliest choice first."""

    number: int
    company: str  # as the file says
    key: str  # what this company is remembered by
    after: tuple[Json, ...]
    choices: tuple[Choice, ...]


class LeftOut(Frozen):
    """A row that is not written."""

    number: int
    company: str
    said: str  # the score as the file has it
    why: str
    nearest: str = ""  # the most similar of our accounts


class Sheet(Frozen):
    """Every row of a batch."""

    lines: tuple[Line, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    left: tuple[LeftOut, ...] = ()

    def packed(self) -> str:
        """The sheet as one short text, so that a record of thousands of rows is written and read as quickly as any."""
        content = self.model_dump_json(exclude_defaults=True).encode()
        return base64.b85encode(zlib.compress(content, 6)).decode()


@functools.lru_cache(maxsize=8)
def unpacked(text: str) -> Sheet:
    """The sheet of such a text; ``ValueError`` when it is none."""
    try:
        return Sheet.model_validate_json(zlib.decompress(base64.b85decode(text)))
    except zlib.error as error:
        raise ValueError("these are no packed rows") from error
