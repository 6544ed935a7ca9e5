"""What a file is, by its first bytes; never by its name."""

import re
import zipfile
from io import BytesIO

from bot.tables.table import Unreadable

_AS_CSV = "Open it in a spreadsheet and save it as CSV (UTF-8) or as XLSX, then drop that file."
_SIGNATURES = {
    b"%PDF": "is a PDF, which has no rows to read. Ask for the table that it was made from, as CSV or XLSX.",
    b"{\\rtf": f"is a rich text document. {_AS_CSV}",
    b"\x1f\x8b": "is compressed (gzip). Unpack it and drop the file that is in it.",
    b"7z\xbc\xaf\x27\x1c": "is a 7-Zip archive. Unpack it and drop the file that is in it.",
    b"Rar!": "is a RAR archive. Unpack it and drop the file that is in it.",
    b"\x89PNG": "is a picture, which has no rows to read. Ask for the table itself, as CSV or XLSX.",
    b"\xff\xd8\xff": "is a picture, which has no rows to read. Ask for the table itself, as CSV or XLSX.",
    b"GIF8": "is a picture, which has no rows to read. Ask for the table itself, as CSV or XLSX.",
    b"PAR1": "is a Parquet file. Export it as CSV (UTF-8) and drop that file.",
    b"SQLite format 3": "is a SQLite database. Export the table as CSV (UTF-8) and drop that file.",
    b"ID;P": f"is an old SYLK spreadsheet. {_AS_CSV}",
}
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MARKUP = re.compile(rb"\s*<(?:!doctype\s+html|html|head|body|table|meta|style|div)\b", re.IGNORECASE)
_XML = re.compile(rb"\s*<\?xml\b", re.IGNORECASE)


def is_workbook(data: bytes, name: str) -> bool:
    """Whether this is an XLSX workbook (else it is text); ``Unreadable`` for everything that is neither."""
    if data[:2] == b"PK" and data[2:4] in (b"\x03\x04", b"\x05\x06", b"\x07\x08"):
        _only_xlsx(data, name)
        return True
    if data.startswith(_OLE):
        raise Unreadable(f"{name} {_compound(data)}")
    for signature, what in _SIGNATURES.items():
        if data.startswith(signature):
            raise Unreadable(f"{name} {what}")
    start = data[:4096].removeprefix(b"\xef\xbb\xbf")
    if _MARKUP.match(start) or (_XML.match(start) and b"<html" in start.lower()):
        raise Unreadable(
            f"{name} is a web page (HTML), whatever its name says: an error page, or an export that calls itself a "
            f"spreadsheet. {_AS_CSV}"
        )
    if _XML.match(start):
        raise Unreadable(f"{name} is an XML file. {_AS_CSV}")
    if start.lstrip()[:2] in (b"[{", b'{"', b"[\n", b"{\n"):
        raise Unreadable(f"{name} is JSON. Export the list as CSV (UTF-8) or XLSX, then drop that file.")
    return False


def _compound(data: bytes) -> str:
    """What a file of Microsoft's older container is, by the names of the streams in it."""
    if "EncryptedPackage".encode("utf-16-le") in data:
        return (
            "is protected by a password. Open it in Excel, take the password off (File, Info, Protect Workbook, "
            "Encrypt with Password: leave it empty), save it and drop it again."
        )
    if any(name.encode("utf-16-le") in data for name in ("Workbook", "Book")):
        return "is an old Excel workbook (.xls). Open it in Excel, save it as “Excel Workbook (.xlsx)”, drop that file."
    return f"is an older Microsoft Office file that holds no workbook. {_AS_CSV}"


def _only_xlsx(data: bytes, name: str) -> None:
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            members = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, OSError):
        raise Unreadable(
            f"{name} looks cut off or damaged: it starts like an Excel workbook and its end is missing. "
            "Nothing of it was read. Fetch it again, or save it again, and drop it anew."
        ) from None
    if "xl/workbook.xml" in members:
        return
    if "xl/workbook.bin" in members:
        what = "is a binary Excel workbook (.xlsb). Open it in Excel and save it as “Excel Workbook (.xlsx)”."
    elif any(member.startswith(("Index/", "Index.zip")) for member in members):
        what = "is a Numbers or Pages document. In Numbers choose File, Export To, CSV or Excel, and drop that file."
    elif "content.xml" in members:
        what = f"is an OpenDocument file. {_AS_CSV}"
    elif any(member.startswith(("word/", "ppt/")) for member in members):
        what = (
            "is a Word or PowerPoint document. Put the table into a spreadsheet and save that as CSV or XLSX."
        )
    else:
        what = "is a ZIP archive and no workbook. Unpack it and drop the file that is in it."
    raise Unreadable(f"{name} {what}")
