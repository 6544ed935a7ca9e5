"""A file as Slack describes it: in messages, in events, and when it is asked about."""

import copy
import mimetypes
from urllib.parse import quote

from sandbox.slack.errors import Object

BESIDE = ("content", "ready", "shares")
"""What the stand-in keeps of a file and messages do not show."""
LOGIN_PAGE = (
    b"<!DOCTYPE html><html><head><title>Sign in | Slack</title></head>"
    b"<body><h1>Sign in to your workspace</h1></body></html>"
)
"""What stands in the place of a file for whoever may not have it."""
MIMETYPES = {"csv": "text/csv", "tsv": "text/tab-separated-values", "md": "text/markdown"}
"""What not every system's own list has."""


def record(
    url: str, id: str, name: str, content: bytes, *, user: str, team: str, at: int, title: str | None = None
) -> Object:
    """Everything about a file; ``url`` is where this Slack is, ``team`` the workspace of whoever has it."""
    filetype = name.rpartition(".")[2].lower() if "." in name else "binary"
    guessed = MIMETYPES.get(filetype) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    place = f"{url}/files-pri/{team}-{id}"
    return {
        "id": id,
        "created": at,
        "timestamp": at,
        "name": name,
        "title": title or name,
        "mimetype": guessed,
        "filetype": filetype,
        "pretty_type": filetype.upper(),
        "user": user,
        "user_team": team,
        "editable": False,
        "size": len(content),
        "mode": "hosted",
        "is_external": False,
        "external_type": "",
        "is_public": False,
        "public_url_shared": False,
        "url_private": f"{place}/{quote(name)}",
        "url_private_download": f"{place}/download/{quote(name)}",
        "permalink": f"{url}/files/{user}/{id}/{quote(name)}",
        "file_access": "visible",
        "channels": [],
        "groups": [],
        "ims": [],
        "content": content,
        "shares": {},
    }


def described(file: Object) -> Object:
    """What a message says of a file."""
    return copy.deepcopy({name: value for name, value in file.items() if name not in BESIDE})


def hinted(file: Object) -> Object:
    """What a message says of a file from the other company's workspace: that it is there, no more."""
    return {
        "id": file["id"],
        "created": 0,
        "timestamp": 0,
        "mode": "file_access",
        "file_access": "check_file_info",
        "user": "",
    }


def share(file: Object, channel: str, kind: str, message: Object) -> None:
    """Take note that a message shows a file in a channel of this kind."""
    listed = {"channel": "channels", "group": "groups", "im": "ims"}[kind]
    file[listed].append(channel)
    how = {"ts": message["ts"], "channel_name": "", "team_id": file["user_team"]}
    how |= {"thread_ts": message["thread_ts"]} if "thread_ts" in message else {}
    file["shares"].setdefault("public" if kind == "channel" else "private", {})[channel] = [how]
    file["is_public"] = file["is_public"] or kind == "channel"


def places(file: Object) -> set[str]:
    """The channels that a file was shared in."""
    return {*file["channels"], *file["groups"], *file["ims"]}


def bury(file: Object) -> None:
    """Leave nothing of a deleted file but that it was there."""
    kept = {"id": file["id"], "mode": "tombstone", "channels": [], "groups": [], "ims": [], "shares": {}}
    file.clear()
    file |= kept | {"content": b""}
