"""Serves the page on loopback: its files, one stream of changes for each tab, and what people do."""

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from sandbox.page import acts, files, records, workspace
from sandbox.server import Served, free_port
from sandbox.world import World

STATIC = Path(__file__).parent / "static"
PORT = 8700
LARGEST = 1_000_000
"""Bytes of one thing that somebody does."""
LOOK = 0.05
"""Seconds between two looks at whether the workspace changed."""
RECORDS = 0.25
"""Seconds between two looks at the systems of record."""
BEAT = 2.0
"""Seconds of silence after which the stream says that it is alive."""
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class Page(Served):
    """The page of one world."""

    name = "page"

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world
        self._closing = False
        self._reading = threading.Lock()
        self._records: workspace.Rows = {}
        self._read_at = 0.0
        self._app = Starlette(
            routes=[
                Route("/", self._index),
                Route("/stream", self._stream),
                Route("/do", self._do, methods=["POST"]),
                Route("/drop", self._drop, methods=["POST"]),
                Route("/files/{file}", self._file),
                Mount("/static", StaticFiles(directory=STATIC)),
            ]
        )

    def start(self, port: int | None = None) -> "Page":
        """Serve on the usual port, or on a free one where that is taken."""
        try:
            return super().start(PORT if port is None else port)
        except OSError:
            return super().start(free_port())

    def stop(self) -> None:
        """End the streams and stop serving."""
        self._closing = True
        super().stop()

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        host = request.headers.get("host", "")
        if host.partition(":")[0] not in ("127.0.0.1", "localhost"):
            # A name that somebody pointed at this machine: another site's page trying to reach this one.
            await PlainTextResponse("This page is served to this machine only.", 403)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    # -- files ----------------------------------------------------------------------------------------------
    async def _index(self, request: Request) -> Response:
        page = (STATIC / "index.html").read_text()
        return Response(page, media_type="text/html", headers={"Content-Security-Policy": _POLICY})

    async def _file(self, request: Request) -> Response:
        return files.handed_out(self.world.slack, request)

    async def _drop(self, request: Request) -> Response:
        if self._elsewhere(request):
            return JSONResponse({"ok": False, "error": "Only this page may do that."}, 403)
        return await files.dropped(self.world.slack, request)

    # -- changes --------------------------------------------------------------------------------------------
    async def _stream(self, request: Request) -> Response:
        viewer = request.query_params.get("as", "")
        people = workspace.personas(self.world.slack)
        if viewer not in {person["id"] for person in people}:
            return PlainTextResponse("There is no such person.", 404)
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(self._changes(viewer), media_type="text/event-stream", headers=headers)

    async def _changes(self, viewer: str) -> AsyncIterator[str]:
        """Everything at first, then what differs from what was sent, and a beat while nothing does."""
        slack = self.world.slack
        sent: workspace.Rows = {}
        seen, looked, said = -1, 0.0, time.monotonic()
        mine: workspace.Rows = {}
        theirs: workspace.Rows = {}
        whole = True
        while not self._closing:
            now = time.monotonic()
            if slack.change.count != seen:
                seen = slack.change.count
                mine = await run_in_threadpool(workspace.rows, slack, viewer)
            if sent and now - looked >= RECORDS:  # the conversations first, so that nobody waits for the rest
                looked = now
                theirs = await run_in_threadpool(self._systems)
            rows = mine | theirs
            changed = {key: value for key, value in rows.items() if sent.get(key) != value}
            gone = [key for key in sent if key not in rows]
            if changed or gone:
                yield _event(whole, gone, changed)
                sent, whole, said = rows, False, now
            elif now - said >= BEAT:
                yield "event: beat\ndata: {}\n\n"
                said = now
            await asyncio.sleep(LOOK)

    def _systems(self) -> workspace.Rows:
        """The rows of the systems of record, read once for all tabs."""
        with self._reading:
            if time.monotonic() - self._read_at >= RECORDS:
                found: dict[str, Any] = {**records.rows(self.world)}
                found["personas"] = workspace.personas(self.world.slack)
                self._records = {key: json.dumps(value, ensure_ascii=False) for key, value in found.items()}
                self._read_at = time.monotonic()
            return self._records

    # -- deeds ----------------------------------------------------------------------------------------------
    async def _do(self, request: Request) -> Response:
        if self._elsewhere(request):
            return JSONResponse({"ok": False, "error": "Only this page may do that."}, 403)
        if not request.headers.get("content-type", "").startswith("application/json"):
            return JSONResponse({"ok": False, "error": "This is not JSON."}, 415)
        if int(request.headers.get("content-length") or 0) > LARGEST:
            return JSONResponse({"ok": False, "error": "That is too large."}, 413)
        try:
            asked = json.loads(await request.body())
            name, who, what = str(asked["do"]), str(asked["as"]), dict(asked.get("with") or {})
        except (ValueError, KeyError, TypeError):
            return JSONResponse({"ok": False, "error": "This is not something that can be done."}, 400)
        error = await run_in_threadpool(self._done, name, who, what)
        return JSONResponse({"ok": error is None, **({"error": error} if error else {})})

    def _elsewhere(self, request: Request) -> bool:
        """Whether another site's page asks."""
        origin = request.headers.get("origin")
        return origin is not None and origin.partition("//")[2] != request.headers.get("host")

    def _done(self, name: str, who: str, what: Mapping[str, Any]) -> str | None:
        """Do it; the sentence for the person when it could not be done."""
        slack = self.world.slack
        try:
            if name in acts.ACTS:
                return acts.trouble(slack, acts.ACTS[name](slack, who, **what))
            if name in records.ACTS:
                records.ACTS[name](self.world, **what)
                self._read_at = 0.0
                return None
        except (ValueError, TypeError) as problem:
            return str(problem)
        except KeyError as missing:
            return f"{missing.args[0] if missing.args else 'That'} is not there any more."
        return f"There is nothing called {name} to do."


def _event(whole: bool, gone: list[str], changed: workspace.Rows) -> str:
    """Rows that changed as a server-sent event; their values are JSON already."""
    rows = ",".join(f"{json.dumps(key)}:{value}" for key, value in changed.items())
    about = f'"whole":{json.dumps(whole)},"gone":{json.dumps(gone)}'
    return f'event: rows\ndata: {{{about},"rows":{{{rows}}}}}\n\n'
