"""chat.*: post, change, delete, whisper."""

import copy
import json
from typing import Any

from sandbox.slack.blocks import MAX_TEXT_OF_ALL_BLOCKS, MESSAGE, block_problems, text_length
from sandbox.slack.errors import Object, SlackError
from sandbox.slack.methods import Args, method
from sandbox.slack.pace import SPECIAL, TIER_3, TIER_4
from sandbox.slack.pictures import picture_problems
from sandbox.slack.world import Channel, World

MAX_TEXT = 40_000
MAX_TEXT_OF_UPDATE = 4_000  # bytes, with & < > escaped
MAX_METADATA = 8_000


def content_of(world: World, args: Args) -> Object:
    """Text, blocks and metadata of a message as Slack would store them; ``SlackError`` when it refuses them."""
    content: Object = {"text": args.text("text")}
    if (blocks := args.json("blocks", "invalid_blocks_format")) is not None:
        content["blocks"] = checked_blocks(world, blocks)
    if (attachments := args.json("attachments", "invalid_attachments_format")) is not None:
        content["attachments"] = attachments
    if (metadata := args.json("metadata", "invalid_metadata_format")) is not None:
        content["metadata"] = _metadata(metadata)
    return content


def checked_blocks(world: World, blocks: Any) -> list[Object]:
    """Blocks that a message may hold."""
    if problems := block_problems(blocks, MESSAGE) or list(picture_problems(world, blocks, "/blocks")):
        raise SlackError.of_problems("invalid_blocks", problems)
    if text_length(blocks) > MAX_TEXT_OF_ALL_BLOCKS:
        raise SlackError("msg_blocks_too_long")
    return list(blocks)


def says_something(content: Object) -> Object:
    """``no_text`` unless there is text, a block or an attachment."""
    if not content["text"] and not content.get("blocks") and not content.get("attachments"):
        raise SlackError("no_text")
    return content


def writable(world: World, id: str) -> Channel:
    """The channel to post to, or the direct messages of a person; refused as Slack refuses."""
    if id in world.users and id != world.bot_user:
        return world.dm(id)
    channel = world.joined(id)
    if channel.archived:
        raise SlackError("is_archived")
    return channel


def _metadata(metadata: Any) -> Object:
    if not isinstance(metadata, dict) or not isinstance(metadata.get("event_type"), str):
        raise SlackError("invalid_metadata_format")
    if not isinstance(metadata.get("event_payload"), dict):
        raise SlackError("invalid_metadata_format")
    if len(json.dumps(metadata)) > MAX_METADATA:
        raise SlackError("metadata_too_large")
    return {"event_type": metadata["event_type"], "event_payload": metadata["event_payload"]}


@method("chat.postMessage", SPECIAL, "chat:write", post=True)
def post_message(world: World, args: Args) -> Object:
    channel = writable(world, args.needed("channel"))
    content = says_something(content_of(world, args))
    warning: Object = {}
    if len(content["text"]) > MAX_TEXT:
        content["text"] = content["text"][:MAX_TEXT]
        warning = {"warning": "message_truncated", "response_metadata": {"warnings": ["message_truncated"]}}
    thread_ts = args.text("thread_ts") or None
    if thread_ts is not None and thread_ts not in channel.messages:
        raise SlackError("cannot_reply_to_message")
    message = world.put(channel, world.own(content), thread_ts, args.flag("reply_broadcast"))
    return {"channel": channel.id, "ts": message["ts"], "message": copy.deepcopy(message), **warning}


@method("chat.update", TIER_3, "chat:write")
def update(world: World, args: Args) -> Object:
    channel = world.visible(args.needed("channel"))
    message = channel.messages.get(args.needed("ts"))
    if message is None:
        raise SlackError("message_not_found")
    if message.get("bot_id") != world.bot_id:
        raise SlackError("cant_update_message")
    if channel.archived:
        raise SlackError("is_archived")
    content = content_of(world, args)
    escaped = content["text"].replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    if len(escaped.encode()) > MAX_TEXT_OF_UPDATE:
        raise SlackError("msg_too_long")
    if "blocks" not in content and "attachments" not in content:
        says_something(content)
    if not content["text"]:
        del content["text"]
    message = world.rewrite(channel, message["ts"], content, world.bot_user)
    return {
        "channel": channel.id,
        "ts": message["ts"],
        "text": message["text"],
        "message": copy.deepcopy(message),
    }


@method("chat.delete", TIER_3, "chat:write")
def delete(world: World, args: Args) -> Object:
    channel = world.visible(args.needed("channel"))
    message = channel.messages.get(args.needed("ts"))
    if message is None or message.get("subtype") == "tombstone":
        raise SlackError("message_not_found")
    if message.get("bot_id") != world.bot_id:
        raise SlackError("cant_delete_message")
    world.remove(channel, message["ts"])
    return {"channel": channel.id, "ts": message["ts"]}


@method("chat.postEphemeral", TIER_4, "chat:write")
def post_ephemeral(world: World, args: Args) -> Object:
    channel = writable(world, args.needed("channel"))
    user = args.needed("user")
    if user not in channel.members:
        raise SlackError("user_not_in_channel")
    content = says_something(content_of(world, args))
    if len(content["text"]) > MAX_TEXT:
        raise SlackError("msg_too_long")
    message = world.whisper(channel, user, world.own(content), args.text("thread_ts") or None)
    return {"message_ts": message["ts"]}


@method("chat.getPermalink", SPECIAL)
def get_permalink(world: World, args: Args) -> Object:
    channel = world.visible(args.needed("channel"))
    message = channel.messages.get(args.needed("message_ts"))
    if message is None:
        raise SlackError("message_not_found")
    link = f"{world.url}/archives/{channel.id}/p{message['ts'].replace('.', '')}"
    if message.get("thread_ts", message["ts"]) != message["ts"]:
        link += f"?thread_ts={message['thread_ts']}&cid={channel.id}"
    return {"channel": channel.id, "permalink": link}


@method("reactions.add", TIER_3, "reactions:write")
def add_reaction(world: World, args: Args) -> Object:
    message = world.joined(args.needed("channel")).messages.get(args.needed("timestamp"))
    if message is None:
        raise SlackError("message_not_found")
    name = args.needed("name").strip(":")
    reactions = message.setdefault("reactions", [])
    if any(r["name"] == name and world.bot_user in r["users"] for r in reactions):
        raise SlackError("already_reacted")
    reactions.append({"name": name, "users": [world.bot_user], "count": 1})
    world.changed()
    return {}
