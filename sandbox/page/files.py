"""Files on the page: dropped as somebody, shown with their first rows, handed out as nothing that runs."""

import csv
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from sandbox.slack import Slack
from sandbox.slack.files import described

LARGEST = 100_000_000
"""Bytes of one file; a page is no place for more."""
HEAD = 16_384
"""Bytes of a file that its preview is made from."""
ROWS, COLUMNS, LINES = 5, 30, 8
TABLES = ("csv", "tsv")
TEXTS = ("txt", "md", "json", "log")
PICTURES = {"png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif"}


def shown(slack: Slack, message: Mapping[str, Any]) -> Mapping[str, Any]:
    """A message as people see it: its files whole, whatever the bot is told of them, and each with its preview."""
    if not message.get("files"):
        return message
    known = [slack.file(one["id"]) for one in message["files"]]
    files = [described(file) | preview(file) for file in known if file is not None]
    return {**message, "files": files}


def preview(file: Mapping[str, Any]) -> dict[str, Any]:
    """The first rows of a table as ``table``, the first lines of a text as ``lines``; nothing for other files.

    ``more`` says that the file goes on behind them.
    """
    kind = str(file.get("filetype"))
    if kind not in TABLES + TEXTS:
        return {}
    whole = len(file["content"]) <= HEAD
    lines = _text(file["content"][:HEAD]).splitlines(keepends=True)
    if not whole:
        lines = lines[:-1]  # it may have been cut
    if kind in TEXTS:
        return {
            "lines": [line.rstrip("\r\n") for line in lines[:LINES]],
            "more": not whole or len(lines) > LINES,
        }
    first = lines[0] if lines else ""
    separator = max("\t,;|", key=first.count) if kind == "csv" else "\t"
    rows: list[list[str]] = []
    for row in csv.reader(lines, delimiter=separator):
        if row and len(rows) <= ROWS:
            rows.append(row[:COLUMNS])
        elif row:
            return {"table": rows, "more": True}
    return {"table": rows, "more": not whole}


def handed_out(slack: Slack, request: Request) -> Response:
    """A file's bytes: to look at, or with ``?download`` to keep under its name."""
    file = slack.file(request.path_params["file"])
    if file is None or file["mode"] == "tombstone":
        return PlainTextResponse("There is no such file.", 404)
    headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox"}
    if "download" in request.query_params:
        headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(file['name'])}"
    return Response(file["content"], media_type=PICTURES.get(file["filetype"], "text/plain"), headers=headers)


async def dropped(slack: Slack, request: Request) -> Response:
    """Drop the body as a file named in the query; what keeps somebody from it is said in a sentence."""
    if request.headers.get("content-type") != "application/octet-stream":
        return JSONResponse({"ok": False, "error": "This is not a file."}, 415)
    asked = request.query_params
    name = asked.get("name") or "file"
    too_large = f"{name} is larger than {LARGEST // 1_000_000} MB."
    if int(request.headers.get("content-length") or 0) > LARGEST:
        return JSONResponse({"ok": False, "error": too_large}, 413)
    content = bytearray()
    async for part in request.stream():
        content += part
        if len(content) > LARGEST:
            return JSONResponse({"ok": False, "error": too_large}, 413)
    who, channel, thread = asked.get("as", ""), asked.get("channel", ""), asked.get("thread_ts") or None
    try:
        await run_in_threadpool(slack.drop, who, channel, name, bytes(content), asked.get("text", ""), thread)
    except ValueError as problem:
        return JSONResponse({"ok": False, "error": str(problem)})
    return JSONResponse({"ok": True})


def _text(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    return content.decode("utf-8-sig", "replace")
