"""Bytes to text, whatever the encoding; what was not plain UTF-8 is told."""

import codecs
import re

from charset_normalizer import from_bytes

from bot.tables.table import Unreadable, counted

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it starts with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_MIXED = 0.2
"""The share of the lines with accents that must be UTF-8 for the file to be UTF-8 with strays.

A line in an Asian encoding is UTF-8 by chance now and then, one in Windows-1252 hardly ever.
"""
_SAMPLE = 64 * 1024
_NULS = b"\0" * 16
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\x0b\x0c\x1b\x1f"))
_FEW = 0.02
"""The share of control characters above which it is no text; a damaged cell or two are below."""
_WESTERN = re.compile("[À-ÖØ-öø-ÿŒœŠšŽžŸ€‚„…†‡‰‹›‘’“”•–—˜™ ¡£¥§©ª«®°´·º»¿\xad]")
_UNDEFINED = re.compile(rb"([\x81\x8d\x8f\x90\x9d])")
_ALONE = re.compile(r"[^\x00-\x7f]+")


def decoded(data: bytes, name: str) -> tuple[str, list[str]]:
    """The text, and notes on how it was read. ``Unreadable`` for what is no text, or ends within a character."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _strictly(data[len(mark) :], encoding, name)
    wide = _wide(data[:4096])
    if wide:
        return _strictly(data, wide, name)
    _hold_no_holes(data, name)
    return _strictly(data, "utf-8", name)


def _strictly(data: bytes, encoding: str, name: str) -> tuple[str, list[str]]:
    try:
        return data.decode(encoding), []
    except UnicodeDecodeError as error:
        if "unexpected end" in error.reason or "truncated" in error.reason:
            raise Unreadable(
                f"{name} looks cut off: it ends in the middle of a character. Nothing of it was read. "
                "Fetch it again, or save it again, and drop it anew."
            ) from None
        if encoding != "utf-8":
            raise Unreadable(
                f"{name} says that it is {encoding.upper()} and is not. Open it in a spreadsheet and save it as "
                "CSV (UTF-8) or XLSX."
            ) from None
    return _line_by_line(data)


def _wide(start: bytes) -> str:
    """The UTF-16 that text without a mark is in, by where its zero bytes stand; empty where it is none."""
    half = len(start) // 2
    first, second = start[0::2].count(0), start[1::2].count(0)
    if second > half * 0.2 and first < half * 0.05:
        return "utf-16-le"
    if first > half * 0.2 and second < half * 0.05:
        return "utf-16-be"
    return ""


def _hold_no_holes(data: bytes, name: str) -> None:
    if _NULS in data:
        raise Unreadable(
            f"{name} has a hole: a stretch of it is empty, as after a copy that broke off, or it is no text at all. "
            "Nothing of it was read. Fetch it again, or save it as CSV (UTF-8) or XLSX, and drop it anew."
        )
    if len(data) - len(data.translate(None, _CONTROLS)) > len(data) * _FEW:
        raise Unreadable(
            f"{name} is no text and no workbook. Save the table as CSV (UTF-8) or XLSX and drop that file."
        )


def _line_by_line(data: bytes) -> tuple[str, list[str]]:
    """Each line as UTF-8 where it is, else as Windows-1252; or all of it in the one other encoding that it is in."""
    lines = data.split(b"\n")
    foreign = [index for index, line in enumerate(lines) if not line.isascii() and not _is_utf8(line)]
    proper = sum(not line.isascii() for line in lines) - len(foreign)
    if proper < _MIXED * (proper + len(foreign)):
        encoding = _encoding(b"\n".join(lines[index] for index in foreign)[:_SAMPLE])
        return _by(data, encoding), [
            f"The file is not in UTF-8 and was read as {_called(encoding)}. Look whether names with accents are right."
        ]
    strays = set(foreign)
    text = "\n".join(_by(line, "cp1252" if index in strays else "utf-8") for index, line in enumerate(lines))
    return text, [
        f"{counted(len(foreign), 'line')} in another encoding than the rest, UTF-8, read as Windows-1252: first line "
        f"{foreign[0] + 1:,}."
    ]


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _by(data: bytes, encoding: str) -> str:
    """The text; a byte that Windows-1252 leaves undefined is what ISO 8859-1 makes of it, as browsers read it."""
    if encoding != "cp1252":
        return data.decode(encoding, "replace")
    parts = _UNDEFINED.split(data)
    return "".join(part.decode("cp1252" if index % 2 == 0 else "latin-1") for index, part in enumerate(parts))


def _encoding(sample: bytes) -> str:
    """The encoding of text that is not UTF-8: Windows-1252 where that reads like a Western name, else the likeliest."""
    western = _by(sample, "cp1252")
    accents = _ALONE.findall(western)
    few = sum(len(run) <= 2 for run in accents) >= 0.9 * len(accents)
    if few and all(_WESTERN.match(letter) for run in accents for letter in run):
        return "cp1252"
    best = from_bytes(sample).best()
    return best.encoding if best and best.encoding not in ("ascii", "utf_8") else "cp1252"


def _called(encoding: str) -> str:
    return (
        "Windows-" + encoding[2:]
        if re.fullmatch(r"cp125\d", encoding)
        else encoding.replace("_", " ").upper()
    )
