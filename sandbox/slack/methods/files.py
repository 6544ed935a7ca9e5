"""files.*: the upload in three steps, and what Slack says of a file."""

import copy
import secrets

from sandbox.slack.errors import Object, SlackError
from sandbox.slack.files import described, places, record, share
from sandbox.slack.methods import Args, method
from sandbox.slack.methods.chat import writable
from sandbox.slack.pace import TIER_4
from sandbox.slack.world import World

MOST_ALT = 1_000
"""Characters that describe a picture."""


@method("files.getUploadURLExternal", TIER_4, "files:write")
def upload_url(world: World, args: Args) -> Object:
    name, length = args.needed("filename"), args.needed("length")
    if not length.isdigit() or length == "0":
        raise SlackError("missing_argument")
    alt = args.text("alt_txt")
    if len(alt) > MOST_ALT:
        raise SlackError("alt_txt_too_large")
    file = f"F{secrets.token_hex(5).upper()}"
    world.uploads[file] = {"id": file, "name": name, "length": int(length), "content": None, "alt_txt": alt}
    return {"file_id": file, "upload_url": f"{world.upload_host or world.url}/upload/{file}"}


def receive(world: World, id: str, content: bytes) -> tuple[int, str]:
    """Take the bytes of a file; the status and the text of the answer."""
    with world.change:
        upload = world.uploads.get(id)
        if upload is None or upload["content"] is not None:
            return 404, "not found"
        if len(content) != upload["length"]:
            return 400, "length does not match"
        upload["content"] = content
        return 200, f"OK - {len(content)}"


@method("files.completeUploadExternal", TIER_4, "files:write")
def complete_upload(world: World, args: Args) -> Object:
    """Without a channel the file is the bot's alone, until a block shows it.

    Asked again for a file that is in the channel already, it changes nothing and answers the same.
    What Slack does then it does not say; its support has people ask again after ``file_update_failed``.
    """
    asked = args.json("files", "invalid_arguments") or []
    target = args.text("channel_id") or args.text("channels")
    channels = [writable(world, name.strip()) for name in target.split(",") if name.strip()]
    thread_ts = args.text("thread_ts") or None
    if thread_ts and any(thread_ts not in channel.messages for channel in channels):
        raise SlackError("invalid_thread_ts")
    for item in asked:
        upload = world.uploads.get(item["id"])
        if world.file(item["id"]) is None and (upload is None or upload["content"] is None):
            raise SlackError("file_not_found")
    files = [world.file(item["id"]) or _finished(world, item) for item in asked]
    for channel in channels:
        fresh = [file for file in files if channel.id not in places(file)]
        if not fresh or world.lose_shares:
            continue
        content: Object = {"subtype": "file_share", "text": args.text("initial_comment")}
        content |= {"files": [described(file) for file in fresh]}
        message = world.put(channel, world.own(content), thread_ts)
        for file in fresh:
            share(file, channel.id, channel.kind, message)
    world.changed()
    return {"files": [_seen(world, file) for file in files]}


@method("files.info", TIER_4, "files:read")
def info(world: World, args: Args) -> Object:
    file = world.file(args.needed("file"))
    if file is None or not world.has(file):
        raise SlackError("file_not_found")
    if file["mode"] == "tombstone":
        raise SlackError("file_deleted")
    return {"file": _seen(world, file) | {"shares": copy.deepcopy(file["shares"])}, "comments": []}


def _finished(world: World, item: Object) -> Object:
    upload = world.uploads.pop(item["id"])
    file = record(
        world.url,
        upload["id"],
        upload["name"],
        upload["content"],
        user=world.bot_user,
        team=world.team_id,
        at=int(world.clock()),
        title=item.get("title"),
    )
    file |= {"ready": world.clock() + world.files_take}
    file |= {"alt_txt": upload["alt_txt"]} if upload["alt_txt"] else {}
    world.files.append(file)
    return file


def _seen(world: World, file: Object) -> Object:
    """A file as Slack describes it: what it does not know before it has looked at it is empty."""
    unknown = {} if world.looked_at(file) else dict.fromkeys(("mimetype", "filetype", "pretty_type"), "")
    return described(file) | unknown
