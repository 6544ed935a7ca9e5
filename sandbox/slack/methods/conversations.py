"""conversations.*: what a channel is, who is in it, what was said."""

import copy

from sandbox.slack.errors import Object, SlackError
from sandbox.slack.methods import Args, method, page
from sandbox.slack.pace import TIER_2, TIER_3, TIER_4
from sandbox.slack.world import Channel, World

_SCOPES = {"channel": "channels", "group": "groups", "im": "im"}


def shape(world: World, channel: Channel) -> Object:
    """A channel as Slack describes it."""
    about: Object = {"id": channel.id, "created": channel.created, "is_archived": channel.archived}
    about |= {"context_team_id": world.team_id, "updated": channel.created * 1000}
    about |= {"is_im": channel.kind == "im", "is_mpim": False, "is_private": channel.kind != "channel"}
    if channel.kind == "im":
        user = next(member for member in channel.members if member != world.bot_user)
        return about | {
            "user": user,
            "is_user_deleted": bool(world.users[user].get("deleted")),
            "is_open": True,
        }
    teams = [world.team_id, *([world.partner_team] if channel.shared else [])]
    return about | {
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": channel.kind == "channel",
        "is_group": channel.kind == "group",
        "is_general": channel.name == "general",
        "unlinked": 0,
        "is_shared": channel.shared,
        "is_org_shared": False,
        "is_ext_shared": channel.shared,
        "is_pending_ext_shared": False,
        "pending_shared": [],
        "pending_connected_team_ids": [],
        "shared_team_ids": teams,
        "connected_team_ids": teams[1:],
        "parent_conversation": None,
        "creator": channel.members[0] if channel.members else world.bot_user,
        "is_member": world.bot_user in channel.members,
        "topic": {"value": "", "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
        "previous_names": [],
    }


def _readable(world: World, args: Args, what: str) -> Channel:
    channel = world.visible(args.needed("channel"))
    world.require(f"{_SCOPES[channel.kind]}:{what}")
    return channel


@method("conversations.info", TIER_3)
def info(world: World, args: Args) -> Object:
    channel = _readable(world, args, "read")
    count = {"num_members": len(channel.members)} if args.flag("include_num_members") else {}
    return {"channel": shape(world, channel) | count}


def _list(world: World, args: Args, only_own: bool) -> Object:
    kinds = {"public_channel": "channel", "private_channel": "group", "im": "im"}
    asked = {kinds.get(kind.strip(), "") for kind in args.text("types", "public_channel").split(",")}
    for kind in asked & _SCOPES.keys():
        world.require(f"{_SCOPES[kind]}:read")
    found = [
        channel
        for channel in world.channels.values()
        if channel.kind in asked
        and (world.bot_user in channel.members or (channel.kind == "channel" and not only_own))
        and not (channel.archived and args.flag("exclude_archived"))
    ]
    channels, cursor = page(found, args, 100, 1000)
    return {"channels": [shape(world, c) for c in channels], "response_metadata": {"next_cursor": cursor}}


@method("conversations.list", TIER_2)
def list_all(world: World, args: Args) -> Object:
    return _list(world, args, only_own=False)


@method("users.conversations", TIER_3)
def list_own(world: World, args: Args) -> Object:
    return _list(world, args, only_own=True)


@method("conversations.members", TIER_4)
def members(world: World, args: Args) -> Object:
    found, cursor = page(_readable(world, args, "read").members, args, 100, 1000)
    return {"members": found, "response_metadata": {"next_cursor": cursor}}


@method("conversations.join", TIER_3, "channels:join")
def join(world: World, args: Args) -> Object:
    channel = world.visible(args.needed("channel"))
    if channel.kind != "channel":
        raise SlackError("method_not_supported_for_channel_type")
    if channel.archived:
        raise SlackError("is_archived")
    already = {"warning": "already_in_channel"} if world.bot_user in channel.members else {}
    world.enter(channel, world.bot_user)
    return {"channel": shape(world, channel), **already}


@method("conversations.open", TIER_3, "im:write")
def open_dm(world: World, args: Args) -> Object:
    if "channel" in args:
        return {"channel": {"id": world.visible(args.text("channel")).id}}
    users = [user.strip() for user in args.text("users").split(",") if user.strip()]
    if not users:
        raise SlackError("users_list_not_supplied")
    if len(users) > 1:
        raise SlackError("invalid_user_combination")
    known = world.users.get(users[0])
    if known is None:
        raise SlackError("user_not_found")
    if known.get("deleted"):
        raise SlackError("user_disabled")
    if users[0] == world.bot_user:
        raise SlackError("cannot_dm_bot")
    channel = world.dm(users[0])
    return {"channel": shape(world, channel) if args.flag("return_im") else {"id": channel.id}}


@method("conversations.history", TIER_3)
def history(world: World, args: Args) -> Object:
    channel = _spoken(world, args)
    top = [
        m
        for m in channel.messages.values()
        if m.get("thread_ts", m["ts"]) == m["ts"] or m.get("subtype") == "thread_broadcast"
    ]
    found, cursor = page([m for m in reversed(top) if _within(m["ts"], args)], args, 100, 999)
    return _answer(found, cursor, args) | {"pin_count": 0}


@method("conversations.replies", TIER_3)
def replies(world: World, args: Args) -> Object:
    channel = _spoken(world, args)
    named = channel.messages.get(args.needed("ts"))
    if named is None:
        raise SlackError("thread_not_found")
    root, *answers = channel.thread(str(named.get("thread_ts", named["ts"])))
    found, cursor = page([m for m in answers if _within(m["ts"], args)], args, 1000, 1000)
    # The root comes first on every page, whatever the window.
    return _answer([root, *found], cursor, args)


def _spoken(world: World, args: Args) -> Channel:
    channel = _readable(world, args, "history")
    return world.joined(channel.id)


def _micros(ts: str) -> int:
    try:
        seconds, _, rest = ts.partition(".")
        return int(seconds) * 1_000_000 + int(f"{rest:0<6}"[:6])
    except ValueError as error:
        raise SlackError("invalid_ts_oldest") from error


def _within(ts: str, args: Args) -> bool:
    at, inclusive = _micros(ts), args.flag("inclusive")
    oldest, latest = args.text("oldest"), args.text("latest")
    if oldest and (at < _micros(oldest) or (at == _micros(oldest) and not inclusive)):
        return False
    return not (latest and (at > _micros(latest) or (at == _micros(latest) and not inclusive)))


def _answer(found: list[Object], cursor: str, args: Args) -> Object:
    messages = copy.deepcopy(found)
    for message in messages:
        if "metadata" in message and not args.flag("include_all_metadata"):
            message["metadata"] = {"event_type": message["metadata"]["event_type"]}
    following = {"response_metadata": {"next_cursor": cursor}} if cursor else {}
    return {"messages": messages, "has_more": bool(cursor), **following}
