"""files.*: the upload in three steps."""

import copy
import secrets

from sandbox.slack.errors import Object, SlackError
from sandbox.slack.methods import Args, method
from sandbox.slack.methods.chat import writable
from sandbox.slack.pace import TIER_4
from sandbox.slack.world import World


@method("files.getUploadURLExternal", TIER_4, "files:write")
def upload_url(world: World, args: Args) -> Object:
    name, length = args.needed("filename"), args.needed("length")
    if not length.isdigit() or length == "0":
        raise SlackError("missing_argument")
    file = f"F{secrets.token_hex(5).upper()}"
    world.uploads[file] = {"id": file, "name": name, "length": int(length), "content": None}
    return {"file_id": file, "upload_url": f"{world.url}/upload/{file}"}


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
    asked = args.json("files", "invalid_arguments") or []
    target = args.text("channel_id") or args.text("channels")
    channels = [writable(world, name.strip()) for name in target.split(",") if name.strip()]
    thread_ts = args.text("thread_ts") or None
    if thread_ts and any(thread_ts not in channel.messages for channel in channels):
        raise SlackError("invalid_thread_ts")
    done = []
    for item in asked:
        upload = world.uploads.get(item["id"])
        if upload is None or upload["content"] is None:
            raise SlackError("file_not_found")
        done.append({**upload, "title": item.get("title") or upload["name"]})
    for upload in done:
        del world.uploads[upload["id"]]
        world.files.append({**upload, "channels": [c.id for c in channels], "thread_ts": thread_ts})
    about = [_shape(world, upload) for upload in done]
    for channel in channels:
        content = {
            "subtype": "file_share",
            "text": args.text("initial_comment"),
            "files": copy.deepcopy(about),
        }
        world.put(channel, world.own(content), thread_ts)
    world.changed()
    return {"files": about}


def _shape(world: World, upload: Object) -> Object:
    about = {"id": upload["id"], "name": upload["name"], "title": upload["title"], "user": world.bot_user}
    size = {"size": upload["length"], "created": int(world.clock())}
    return {**about, **size, "permalink": f"{world.url}/files/{upload['id']}", "mode": "hosted"}
