"""A stand-in of Salesforce: login, REST, SOQL, composite, collections and Bulk API 2.0 over records in memory."""

import base64
import binascii
import copy
import json
import re
import secrets
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

import jwt
from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from sandbox.salesforce.problem import MESSAGES, Problem, answer
from sandbox.salesforce.records import Record, Records, Rule
from sandbox.salesforce.rest import Call, Rest, flat
from sandbox.salesforce.sight import versions
from sandbox.salesforce.values import id18
from sandbox.server import Fault, StandIn

_DATA = re.compile(r"/services/data/(v\d+\.\d)(/[^?]*)")
_URI_LIMIT = 16_384
_JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_CHECKS: Any = {"verify_exp": True, "verify_aud": True}  # PyJWT drops them with the signature's
_AUDIENCES = ("https://login.salesforce.com", "https://test.salesforce.com")


class Salesforce(StandIn):
    """One made-up org. What a test or a demo does to it by hand is at the top; the rest is the API.

    ``public_key_pem`` is the certificate registered for the bot's app; while it is None any RS256 key is taken.
    """

    name = "salesforce"

    def __init__(self, seed: dict[str, Any]) -> None:
        super().__init__()
        self._seed = copy.deepcopy(seed["salesforce"])
        self.reset()
        methods = ["GET", "POST", "PATCH", "PUT", "DELETE"]
        self._app = Starlette(
            routes=[
                Route("/services/oauth2/token", self._token, methods=["POST"]),
                Route("/services/data/", versions),
                Route("/services/data/{version}/{rest:path}", self._data, methods=methods),
            ]
        )

    def reset(self) -> None:
        """The org as it was at the start, while it goes on serving; logins, faults and the request log are gone."""
        own = copy.deepcopy(self._seed)
        self.records = Records(own)
        self.client_id: str = own["client_id"]
        self.client_secret: str = own.get("client_secret", "sandbox-consumer-secret")
        self.organization: str = own["organization"]
        self.run_as: str = own["users"][-1]["username"]  # of the client credentials flow
        self.public_key_pem: str | None = None
        self.instance_url: str | None = None  # what the token reply names; None: this stand-in
        self.daily_calls = 1_000_000
        self.calls_left = self.daily_calls
        self._sessions: dict[str, str] = {}  # token -> user id
        self._rest = Rest(self.records, self._limits)
        self.faults.clear()
        self.requests.clear()
        self.latency = 0.0

    # -- by hand --------------------------------------------------------------------------------------------
    def record(self, id: str) -> Record:
        """A copy of a record by its id, whatever its type."""
        return dict(self.records.by_id(id))

    def change(self, id: str, user: str | None = None, **fields: Any) -> None:
        """Somebody edits a record in Salesforce itself; neither permissions nor rules stop them."""
        kind = next(name for name, rows in self.records.rows.items() if id18(id) in rows)
        self.records.update(kind, id, fields, self._who(user), system=True)

    def _who(self, user: str | None) -> str:
        who = self.records.user(user or self.run_as)
        if who is None:
            raise KeyError(user)
        return str(who["Id"])

    def history(self, id: str) -> list[Record]:
        """The changes of an opportunity, oldest first: who (username), when, field, old, new."""
        return self.records.history(id)

    def expire_sessions(self) -> None:
        """Every token handed out so far is no longer good."""
        self._sessions.clear()

    def plant(self, kind: str, rows: Iterable[Mapping[str, Any]], user: str | None = None) -> list[str]:
        """Many records that have been there for two days, by API names; their ids. No rule looks at them.

        They are made and owned by ``user`` unless they say otherwise; an ``Id`` or a date of the system that a row
        gives is kept.
        """
        who = self._who(user)
        with self.records.guard:
            owned = {"OwnerId": who} if self.records.type(kind).find("OwnerId") else {}
            return [self.records.plant(kind, {**owned, **row}, who, row.get("Id")) for row in rows]

    # -- what can go wrong ----------------------------------------------------------------------------------
    def lock(self, *ids: str, times: int = -1) -> None:
        """Somebody else's transaction holds these rows: for so many saves of each, or until they are unlocked."""
        self.records.locked |= {id18(id): times for id in ids}

    def unlock(self, *ids: str) -> None:
        """The rows are free again."""
        for id in ids:
            self.records.locked.pop(id18(id), None)

    def forbid(self, field: str, message: str, *ids: str) -> None:
        """A validation rule refuses every save of this field, of these opportunities or of all."""
        self.records.rules.append(Rule(field, message, frozenset(map(id18, ids))))

    def lose_collection(self, saved: int | None = None) -> None:
        """The next collection is never answered, after so many of its rows (all, without a number) were saved."""
        self._rest.saved_of_next = saved
        self.fault(r"collection\.(update|create)", drop_reply=True)

    def break_bulk_job(self, after: int) -> None:
        """The next job that is worked off fails as a whole after so many rows; the others stay unprocessed."""
        self._rest.bulk.breaks_after = after

    def abort_bulk_job(self, id: str) -> None:
        """An administrator aborts a job in Setup."""
        self._rest.bulk.move(id, "Aborted")

    @property
    def ignore_writes(self) -> set[str]:
        """Fields whose write is answered as done but not kept, as a before-save flow would."""
        return self.records.ignore_writes

    def remove_field(self, kind: str, name: str) -> None:
        """This org does not have the field, or nobody may see it."""
        del self.records.types[kind].fields[name]

    def hide_field(self, kind: str, name: str, *usernames: str) -> None:
        """Field-level security hides a field from these users where they describe its object."""
        self.records.sight.hidden |= {(self._who(user), kind, name) for user in usernames}

    def fix_field(self, kind: str, name: str, *usernames: str) -> None:
        """Field-level security lets these users read a field and not edit it, as they describe its object."""
        self.records.sight.fixed |= {(self._who(user), kind, name) for user in usernames}

    def keep_out(self, *usernames: str) -> None:
        """The app's policies do not let it act as these users."""
        self.records.sight.kept_out |= {self._who(user) for user in usernames}

    def pass_time(self, span: timedelta) -> None:
        """The org's clock moves on."""
        self.records.ahead += span

    def work_at(self, pace: float | None) -> None:
        """Jobs work off so many rows in a second; None: as fast as they are looked at."""
        self._rest.bulk.pace = pace

    def sign_in(self, username: str) -> str:
        """A token of a user's, without the way through a login."""
        user = self.records.user(username)
        if user is None:
            raise LookupError(username)
        token = f"{self.organization[:15]}!{secrets.token_urlsafe(48)}"
        self._sessions[token] = user["Id"]
        return token

    @property
    def bulk_polls(self) -> int:
        """How often a job is looked at before it is done; each look sees its share of the rows worked off."""
        return self._rest.bulk.polls

    @bulk_polls.setter
    def bulk_polls(self, polls: int) -> None:
        self._rest.bulk.polls = polls

    # -- the stand-in ---------------------------------------------------------------------------------------
    def asgi(self) -> ASGIApp:
        """The API."""
        return self._app

    def operation(self, method: str, path: str, headers: dict[str, str], body: bytes) -> str:
        """``token``, ``query``, ``Opportunity.update``, ``collection.read``, ``ingest.create`` and so on."""
        if path.startswith("/services/oauth2/token"):
            return "token"
        match = _DATA.match(path)
        return self._rest.name(method, match[2]) if match else ""

    def error(self, fault: Fault) -> tuple[int, dict[str, str], bytes]:
        """Salesforce's own body for a status or an error code."""
        return answer(fault.status or 500, fault.code)

    # -- login ----------------------------------------------------------------------------------------------
    async def _token(self, request: HttpRequest) -> Response:
        form = flat((await request.body()).decode())
        match form.get("grant_type"):
            case grant if grant == _JWT_BEARER:
                return self._by_assertion(form.get("assertion", ""))
            case "client_credentials":
                return self._by_secret(form, request.headers)
        return _denied("unsupported_grant_type", "grant type not supported")

    def _by_assertion(self, assertion: str) -> Response:
        try:
            claims = jwt.decode(
                assertion,
                self.public_key_pem or "",
                algorithms=["RS256"],
                audience=[*_AUDIENCES, self.url],
                options=_CHECKS
                | {
                    "verify_signature": self.public_key_pem is not None,
                    "require": ["iss", "sub", "aud", "exp"],
                },
            )
        except jwt.InvalidAudienceError:
            return _denied("invalid_grant", "audience is invalid")
        except jwt.ExpiredSignatureError:
            return _denied("invalid_grant", "expired assertion")
        except jwt.InvalidTokenError:
            return _denied("invalid_grant", "invalid assertion")
        if claims["iss"] != self.client_id:
            return _denied("invalid_client_id", "client identifier invalid")
        return self._signed_in(self.records.user(claims["sub"]))

    def _by_secret(self, form: Mapping[str, str], headers: Mapping[str, str]) -> Response:
        client, secret = form.get("client_id", ""), form.get("client_secret", "")
        if headers.get("authorization", "").startswith("Basic "):
            try:
                client, _, secret = base64.b64decode(headers["authorization"][6:]).decode().partition(":")
            except (binascii.Error, UnicodeDecodeError):
                return _denied("invalid_client", "invalid client credentials")
        if (client, secret) != (self.client_id, self.client_secret):
            return _denied("invalid_client", "invalid client credentials")
        return self._signed_in(self.records.user(self.run_as))

    def _signed_in(self, user: Record | None) -> Response:
        if user is None or user["Id"] in self.records.sight.kept_out:
            return _denied("invalid_grant", "user hasn't approved this consumer")
        if not user["IsActive"]:
            return _denied("invalid_grant", "user is inactive")
        token = f"{self.organization[:15]}!{secrets.token_urlsafe(48)}"
        self._sessions[token] = user["Id"]
        identity = f"https://login.salesforce.com/id/{self.organization}/{user['Id']}"
        issued = str(int(self.records.now().timestamp() * 1000))
        body = {
            "access_token": token,
            "instance_url": self.instance_url or self.url,
            "id": identity,
            "token_type": "Bearer",
            "issued_at": issued,
            "signature": base64.b64encode((identity + issued).encode()).decode(),
            "scope": "api",
        }
        return JSONResponse(body)

    # -- data -----------------------------------------------------------------------------------------------
    async def _data(self, request: HttpRequest) -> Response:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        user = self._sessions.get(token) if scheme in ("Bearer", "OAuth") else None
        if user is None or not self.records.rows["User"][user]["IsActive"]:
            status, message = MESSAGES["INVALID_SESSION_ID"]
            return JSONResponse(Problem(status, "INVALID_SESSION_ID", message).body(), status)
        path = request.scope["raw_path"].decode()
        if len(path) + len(request.url.query) > _URI_LIMIT:
            return Response("<h1>414 URI Too Long</h1>", 414, media_type="text/html")
        if self.calls_left <= 0:
            status, message = MESSAGES["REQUEST_LIMIT_EXCEEDED"]
            return JSONResponse(Problem(status, "REQUEST_LIMIT_EXCEEDED", message).body(), status)
        self.calls_left -= 1
        match = _DATA.fullmatch(path)
        if match is None:
            return JSONResponse(
                Problem(404, "NOT_FOUND", "The requested resource does not exist").body(), 404
            )
        call = Call(user, match[1], flat(request.url.query), dict(request.headers), await request.body())
        found = self._rest.answer(request.method, match[2], call)
        used = self.daily_calls - self.calls_left
        headers = {
            "sforce-limit-info": f"api-usage={used}/{self.daily_calls}",
            "x-sfdc-request-id": secrets.token_hex(16),
            "set-cookie": f"BrowserId={secrets.token_urlsafe(12)}; path=/; Max-Age=31536000",
        }
        if found.body is None and found.status in (201, 204):
            return Response(status_code=found.status, headers=headers)
        content = found.body if isinstance(found.body, bytes) else json.dumps(found.body).encode()
        return Response(content, found.status, {**headers, "content-type": found.content_type})

    def _limits(self) -> dict[str, Any]:
        return {"DailyApiRequests": {"Max": self.daily_calls, "Remaining": self.calls_left}}


def _denied(error: str, description: str) -> Response:
    return JSONResponse({"error": error, "error_description": description}, 400)
