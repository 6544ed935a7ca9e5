"""Files that people drop in Slack: what they are and what is in them.

The bot's token goes along with a download, so that it is sent to Slack's own hosts and to no other, whatever address a
file names (Slack, "Working with files": a remote file's address can be anybody's).
"""

import http.client
import time
from http import HTTPStatus
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.deal import Frozen
from bot.errors import Refused, Unavailable

HOST = "files.slack.com"
"""Where Slack keeps the bytes of files."""
HOPS = 3
"""Addresses, one after another, that Slack may lead a download to."""
PATIENCE = 300.0
"""Seconds that one file may take in all."""
CHUNK = 256 * 1024
PASSING = {"fatal_error", "internal_error", "service_unavailable", "request_timeout", "ratelimited"}
GONE = {"file_deleted", "file_not_found"}
UNWANTED = {HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN, HTTPStatus.REQUEST_ENTITY_TOO_LARGE}
KEPT_BY_SLACK = {"hosted", "snippet"}
"""The modes of files whose bytes Slack has; a canvas, a post or a file of another system has none."""
UNREADABLE = (
    "Slack did not let the bot read “{name}”. An administrator must give the app the scope files:read and install it "
    "again; then drop the file once more."
)


class SlackFile(Frozen):
    """A file as Slack describes it."""

    id: str
    name: str
    size: int  # bytes
    by: str  # Slack user id


class SlackFiles:
    """Reads files; ``most`` is how many bytes one may have."""

    def __init__(self, client: WebClient, most: int) -> None:
        self._client, self._most = client, most

    def about(self, id: str) -> SlackFile:
        """What a file is called, how large it is and whose it is.

        ``Refused`` when it is gone, is not to be seen or is no file of Slack's; ``Unavailable`` when Slack is away.
        """
        return _described(self._info(id))

    def fetch(self, id: str) -> bytes:
        """The content of a file, whole.

        ``Refused`` also for one larger than ``most``, before any of it is read, and when Slack shows its sign-in page
        in its place; ``Unavailable`` when not all of it came.
        """
        info = self._info(id)
        file = _described(info)
        if file.size > self._most:
            raise Refused(
                f"“{file.name}” has {_megabytes(file.size)} MB, and the bot reads files of up to "
                f"{_megabytes(self._most)} MB. Split it and drop the parts one after another."
            )
        address = str(info.get("url_private_download") or info.get("url_private") or "")
        try:
            with line(self._client) as session, self._opened(session, address, file) as answer:
                content = self._read(answer, file)
        except requests.RequestException as error:
            raise Unavailable(f"Slack did not hand out “{file.name}” just now.") from error
        if len(content) != file.size:
            raise Unavailable(f"Not all of “{file.name}” came from Slack.")
        return content

    def _info(self, id: str) -> dict[str, Any]:
        info = known(self._client, id)
        if info is None:
            raise Refused(
                "That file was deleted, or is in no channel that the bot is in. Drop it once more, in this channel."
            )
        return info

    def _opened(self, session: requests.Session, address: str, file: SlackFile) -> requests.Response:
        """The answer that the file comes in, wherever on its own hosts Slack leads to it."""
        for _ in range(HOPS):
            if not own(self._client, address):
                raise Refused(UNREADABLE.format(name=file.name))  # to sign in, most likely, or not Slack's
            answer = session.get(
                address,
                headers={"Authorization": f"Bearer {self._client.token}", "Accept-Encoding": "identity"},
                timeout=self._client.timeout,
                allow_redirects=False,
                stream=True,
            )
            if not answer.is_redirect:
                return answer
            answer.close()
            address = urljoin(address, answer.headers["Location"])
        raise Refused(UNREADABLE.format(name=file.name))

    def _read(self, answer: requests.Response, file: SlackFile) -> bytes:
        status = answer.status_code
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            raise Unavailable("Slack asks us to wait.", _seconds(answer.headers.get("Retry-After")))
        if status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
            raise Refused(f"“{file.name}” was deleted in Slack. Drop it once more.")
        page = answer.headers.get("Content-Type", "").startswith("text/html")
        if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN) or (status == HTTPStatus.OK and page):
            raise Refused(UNREADABLE.format(name=file.name))
        if status != HTTPStatus.OK:
            raise Unavailable(f"Slack did not hand out “{file.name}” just now.")
        until = time.monotonic() + PATIENCE
        content = bytearray()
        for chunk in answer.iter_content(CHUNK):
            content += chunk
            if len(content) > file.size or time.monotonic() > until:
                break  # not the file that was announced, or too slow to wait for
        return bytes(content)


def known(client: WebClient, id: str) -> dict[str, Any] | None:
    """Slack's own description of a file; None when there is none (any more) that the bot may see.

    ``Refused`` when the app may not ask, ``Unavailable`` when Slack is away.
    """
    try:
        answer = client.files_info(file=id)
    except SlackApiError as error:
        response = error.response
        code = str(response.get("error") or " ")  # a page instead of JSON is quoted here, in a sentence
        if code in GONE:
            return None
        if response.status_code != HTTPStatus.OK or code in PASSING or " " in code:
            raise Unavailable(
                "Slack does not answer.", _seconds(response.headers.get("Retry-After"))
            ) from error
        if code == "missing_scope":
            raise Refused(UNREADABLE.format(name=id)) from error
        raise Refused(f"Slack refused to say what the file is: {code}.") from error
    except (OSError, http.client.HTTPException) as error:
        raise Unavailable("Slack does not answer.") from error
    file: dict[str, Any] = answer["file"]
    return None if file.get("mode") == "tombstone" else file


def put(client: WebClient, address: str, content: bytes) -> None:
    """Give Slack the bytes of a file at the address that it named for them.

    ``Refused`` when that is not Slack's own or Slack does not want them, ``Unavailable`` when they did not arrive.
    """
    if not own(client, address):
        raise Refused("Slack named an address that is not its own for the file, so nothing was sent.")
    try:
        with line(client) as session:
            status = session.post(address, content, timeout=client.timeout, allow_redirects=False).status_code
    except requests.RequestException as error:
        raise Unavailable("Slack did not take the file just now.") from error
    if status in UNWANTED:
        raise Refused(f"Slack refused the file (status {status}).")
    if status != HTTPStatus.OK:
        raise Unavailable("Slack did not take the file just now.")


def is_shared(info: dict[str, Any] | None, channel: str) -> bool:
    """Whether a file stands in a channel already, by Slack's own description of it."""
    if info is None:
        return False
    shares = info.get("shares") or {}
    listed = {id for kind in ("channels", "groups", "ims") for id in info.get(kind) or ()}
    return channel in listed.union(*(shares.get(kind) or {} for kind in ("public", "private")))


def own(client: WebClient, address: str) -> bool:
    """Whether an address is of Slack's files, or of the very host that the bot talks to Slack at."""
    api, asked = urlsplit(client.base_url), urlsplit(address)
    return asked.scheme == api.scheme and asked.netloc in (HOST, api.netloc)


def line(client: WebClient) -> requests.Session:
    """Connections that go the way of the client's calls: through its proxy, and never with a login of ``.netrc``."""
    session = requests.Session()
    session.trust_env = False
    if client.proxy:
        session.proxies = {"http": client.proxy, "https": client.proxy}
    return session


def _described(info: dict[str, Any]) -> SlackFile:
    name = str(info.get("name") or info.get("title") or info["id"])
    if info.get("file_access", "visible") != "visible":
        raise Refused(
            f"Slack does not show “{name}” to the bot. Drop it once more, in a channel that the bot is in."
        )
    if info.get("mode", "hosted") not in KEPT_BY_SLACK:
        raise Refused(
            f"“{name}” is not kept in Slack as a file. Download it where it is, and drop the download here."
        )
    return SlackFile(
        id=info["id"], name=name, size=int(info.get("size") or 0), by=str(info.get("user") or "")
    )


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:,.1f}".removesuffix(".0")


def _seconds(told: str | None) -> float | None:
    return float(told) if told and told.isdecimal() else None
