"""Slack on loopback: the Web API, response URLs and uploads over HTTP, and the people behind it."""

import json
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any, Self

from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.requests import Request as Asked
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.responses import Response as Reply
from starlette.routing import Route
from starlette.types import ASGIApp

from sandbox.server import Fault, StandIn
from sandbox.slack.errors import Object, SlackError
from sandbox.slack.files import LOGIN_PAGE
from sandbox.slack.methods import METHODS, Args, apps, chat, conversations, files, views
from sandbox.slack.methods import people as who
from sandbox.slack.pace import Pace
from sandbox.slack.people import People
from sandbox.slack.world import RESPONSE_URL_SECONDS, RESPONSE_URL_USES

FAMILIES = (apps, chat, conversations, files, views, who)
"""The modules whose methods the Web API has."""

_fault: ContextVar[Fault | None] = ContextVar("fault", default=None)


class Slack(People, StandIn):
    """A workspace from ``seed["slack"]``: Web API under ``/api/``, people as Python methods.

    Files are handed out below ``/files-pri/`` to whoever brings the bot's token; a fault there with ``code="cut"`` ends
    the connection half way, with ``code="half"`` half of the file comes as if it were all.
    A fault with a ``code`` and no ``status`` lets the call do its work and then answers that error, as Slack does with
    ``fatal_error``; with ``status=200`` and a ``code`` the error comes without any work.
    """

    name = "slack"

    def __init__(self, seed: Mapping[str, Any]) -> None:
        StandIn.__init__(self)
        self._seed = seed
        self._begin()
        self._app = Starlette(
            routes=[
                Route("/api/{method}", self._api, methods=["GET", "POST"]),
                Route("/response/{token}", self._respond, methods=["POST"]),
                Route("/upload/{file}", self._upload, methods=["POST", "PUT"]),
                Route("/files-pri/{place}/{name:path}", self._download),
                Route("/", self._sign_in),
            ]
        )

    def reset(self) -> None:
        """Start over from the seed, with every switch as at the start; a running server goes on."""
        self.close()
        self._begin()
        self.faults.clear()
        self.requests.clear()
        self.latency = 0.0

    def _begin(self) -> None:
        People.__init__(self, self._seed)
        self.enforce_rate_limits = False
        self.pace = Pace()

    def asgi(self) -> ASGIApp:
        """The application."""
        return self._app

    def operation(self, method: str, path: str, headers: dict[str, str], body: bytes) -> str:
        """The method of the Web API."""
        route = path.partition("?")[0]
        return route.removeprefix("/api/") if route.startswith("/api/") else ""

    def error(self, fault: Fault) -> tuple[int, dict[str, str], bytes]:
        """As Slack fails: JSON for 429 and for error codes, HTML with a 200, plain text otherwise."""
        status = fault.status or 500
        if status == 429 or fault.code:
            wait = {"retry-after": "1"} if status == 429 else {}
            reply = JSONResponse({"ok": False, "error": fault.code or "ratelimited"}, status)
            return status, {"content-type": "application/json; charset=utf-8", **wait}, bytes(reply.body)
        if status == 200:
            return status, {"content-type": "text/html"}, b"<!DOCTYPE html><html><body>Slack</body></html>"
        return status, {"content-type": "text/plain"}, b"upstream connect error"

    def start(self, port: int = 0) -> Self:
        """Serve on 127.0.0.1; returns once requests are answered."""
        self.reopen()
        return super().start(port)

    def stop(self) -> None:
        """Stop delivering and serving."""
        self.close()
        super().stop()

    def _take_fault(self, line: str) -> Fault | None:
        fault = super()._take_fault(line)
        _fault.set(fault)
        return fault

    async def _api(self, request: Asked) -> Reply:
        name = request.path_params["method"]
        try:
            values = await _values(request)
            bearer = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
            answer = self._call(name, values | ({"token": bearer} if bearer else {}))
        except SlackError as error:
            wait = {"retry-after": str(error.fields["retry_after"])} if error.code == "ratelimited" else {}
            answer = {"ok": False, "error": error.code} if wait else error.answer()
            return JSONResponse(answer, 429 if wait else 200, headers=wait)
        fault = _fault.get()
        if fault is not None and fault.code:
            return JSONResponse({"ok": False, "error": fault.code})
        granted = self._seed["slack"]["scopes"] if self.scopes is None else self.scopes
        return JSONResponse(answer, headers={"x-oauth-scopes": ",".join(sorted(granted))})

    def _call(self, name: str, values: Object) -> Object:
        method = METHODS.get(name)
        if method is None:
            raise SlackError("unknown_method", req_method=name)
        args = Args(values)
        token = args.text("token")
        if not token:
            raise SlackError("not_authed")
        if token not in (self.bot_token, self.app_token):
            raise SlackError("invalid_auth")
        if token == self.app_token and not name.startswith("apps."):
            raise SlackError("not_allowed_token_type")
        with self.lock:
            if self.enforce_rate_limits:
                channel = args.text("channel") if method.post else None
                if wait := self.pace.wait(name, method.per_minute, self.clock(), channel):
                    raise SlackError("ratelimited", retry_after=wait)
            if method.scope is not None:
                self.require(method.scope)
            return {"ok": True, **method.call(self, args)}

    async def _respond(self, request: Asked) -> Reply:
        with self.lock:
            target = self.response_urls.get(request.path_params["token"])
            if target is None:
                return PlainTextResponse("no_service", 404)
            if self.clock() - target.at > RESPONSE_URL_SECONDS:
                return JSONResponse({"ok": False, "error": "expired_url"}, 404)
            if target.uses >= RESPONSE_URL_USES:
                return JSONResponse({"ok": False, "error": "used_url"}, 404)
            target.uses += 1
        try:
            self.respond(target, await _values(request))
        except SlackError as error:
            return JSONResponse(error.answer(), 400)
        return PlainTextResponse("ok")

    async def _upload(self, request: Asked) -> Reply:
        content = await request.body()
        if request.headers.get("content-type", "").startswith("multipart/"):
            parts = [part for part in (await request.form()).values() if isinstance(part, UploadFile)]
            content = await parts[0].read() if parts else b""
        status, text = files.receive(self, request.path_params["file"], content)
        return PlainTextResponse(text, status)

    async def _download(self, request: Asked) -> Reply:
        """The bytes of a file; whoever may not have them is sent to sign in, as in a browser."""
        with self.lock:
            file = self.file(request.path_params["place"].partition("-")[2])
            token = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
            scoped = self.scopes is None or "files:read" in self.scopes
            if file is None or token != self.bot_token or not scoped or not self.has(file):
                return Reply(
                    LOGIN_PAGE, 302, {"location": f"{self.url}/?redir={request.url.path}"}, "text/html"
                )
            if file["mode"] == "tombstone":
                return PlainTextResponse("not found", 404)
            content, kind = file["content"], file["mimetype"]
        fault = _fault.get()
        if fault is not None and fault.code in ("cut", "half"):
            whole = {"content-length": str(len(content))} if fault.code == "cut" else {}
            return Reply(content[: len(content) // 2], 200, whole, kind)
        return Reply(content, 200, media_type=kind)

    async def _sign_in(self, request: Asked) -> Reply:
        return Reply(LOGIN_PAGE, 200, media_type="text/html")


async def _values(request: Asked) -> Object:
    """The arguments of a call: of the query, and of a JSON, form or multipart body."""
    values: Object = dict(request.query_params)
    kind = request.headers.get("content-type", "").partition(";")[0].strip()
    if kind == "application/json":
        try:
            body = json.loads(await request.body() or b"{}")
        except ValueError as error:
            raise SlackError("invalid_json") from error
        if not isinstance(body, dict):
            raise SlackError("json_not_object")
        return values | body
    if kind in ("application/x-www-form-urlencoded", "multipart/form-data"):
        values |= {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
    return values
