"""One user's requests: what is read may be asked again, what is written is sent once."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar, cast

import requests
from simple_salesforce.api import Salesforce as Client
from simple_salesforce.exceptions import SalesforceError
from simple_salesforce.util import call_salesforce

from bot.config import Mapped
from bot.salesforce.describe import Described, Describes
from bot.salesforce.reading import Reading
from bot.salesforce.sessions import Sessions, freely
from bot.salesforce.trouble import code_of, reading_failed, retried

T = TypeVar("T")
Row = Mapping[str, Any]
BATCH_TIMEOUT = (3.05, 60.0)
"""Seconds to connect and to wait, for requests that carry many records: Salesforce runs its rules on each."""


class UnknownField(Exception):
    """The query names a field that this org lacks, or that this user may not see."""


def read(
    sessions: Sessions,
    username: str,
    step: Callable[[Client], T],
    operation: str = "read",
    insists: bool = False,
) -> T:
    """What the step returns, tried again while the cause may pass; its errors in our words."""
    try:
        return retried(lambda: sessions.run(username, step, operation=operation, insists=insists))
    except (SalesforceError, requests.RequestException) as error:
        raise reading_failed(error, username) from error


def call(
    client: Client, method: str, path: str, *, headers: Mapping[str, str] | None = None, **more: Any
) -> requests.Response:
    """The answer of one request below ``/services/data/vNN.0/``; ``SalesforceError`` from status 300 on."""
    compact = {"X-PrettyPrint": "0"}  # simple-salesforce asks for indented JSON
    merged = {**client.headers, **compact, **(headers or {})}
    return call_salesforce(f"{client.base_url}{path}", method, client.session, merged, **more)


def told(answer: requests.Response, *names: str) -> dict[str, Any]:
    """The object in the body, with at least these names; else something in between answered, not Salesforce."""
    body = answer.json()
    if not isinstance(body, dict) or not set(names) <= set(body):
        raise requests.exceptions.InvalidJSONError("the answer is not Salesforce's", response=answer)
    return body


class Asking:
    """Salesforce as one user; the base of everything that reads or writes.

    ``room`` is asked before each reading request, and raises ``Unavailable`` where there is none for it.
    """

    def __init__(
        self,
        username: str,
        sessions: Sessions,
        describes: Describes,
        facts: Mapping[str, Mapped],
        batch_timeout: tuple[float, float] = BATCH_TIMEOUT,
        room: Callable[[], None] = freely,
    ) -> None:
        self._username, self._sessions, self._describes = username, sessions, describes
        self._reading = Reading(facts)
        self._batch_timeout, self._room = batch_timeout, room
        self._insists = False  # from then on when the reply to a write of ours was lost
        self._usernames: dict[str, str] = {}  # by user id

    def site(self) -> str:
        """Where people open the org in a browser, without a trailing slash."""
        return self._sessions.site(self._username)

    def _read(self, operation: str, step: Callable[[Client], T]) -> T:
        self._room()
        return read(self._sessions, self._username, step, operation, self._insists)

    def _described(self) -> dict[str, Described]:
        return self._reading.described(lambda kind: self._describes.get(self._username, kind).result())

    def _rows(self, query: str, *, last: bool = False) -> list[dict[str, Any]]:
        """At most one page of rows; ``UnknownField`` unless this is the ``last`` try."""
        return cast(list[dict[str, Any]], self._page(query, last=last)["records"])

    def _page(self, query: str, *, last: bool = False) -> dict[str, Any]:
        def step(client: Client) -> dict[str, Any]:
            try:
                return told(call(client, "GET", "query/", params={"q": query}), "records", "done")
            except SalesforceError as error:
                if code_of(error) == "INVALID_FIELD" and not last:
                    raise UnknownField from error
                raise

        return self._read("query", step)

    def _pages(self, first: dict[str, Any]) -> Iterator[Row]:
        """The rows of a page and of all that follow it; each page is asked for when it is needed."""
        page = first
        yield from page["records"]
        while not page["done"]:
            page = self._following(page)
            yield from page["records"]

    def _following(self, page: dict[str, Any]) -> dict[str, Any]:
        locator = str(page["nextRecordsUrl"]).rpartition("/")[
            2
        ]  # our own host and version, whatever it names

        def step(client: Client) -> dict[str, Any]:
            return told(call(client, "GET", f"query/{locator}"), "records", "done")

        return self._read("queryMore", step)
