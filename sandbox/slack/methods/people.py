"""auth, team, users, usergroups: who is who."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sandbox.slack.errors import Object, SlackError
from sandbox.slack.methods import Args, method, page
from sandbox.slack.pace import SPECIAL, TIER_2, TIER_3, TIER_4
from sandbox.slack.world import World


def shape(world: World, user: Object) -> Object:
    """A person as Slack describes them; the address only with the scope for it."""
    outsider, guest, bot = (bool(user.get(name)) for name in ("outsider", "guest", "bot"))
    team = world.team_of(user["id"])
    zone = user.get("tz", "UTC")
    offset = datetime.now(UTC).astimezone(ZoneInfo(zone)).utcoffset()
    profile: Object = {"real_name": user["real_name"], "display_name": user["name"], "team": team}
    profile["title"] = user.get("title", "")
    if (world.scopes is None or "users:read.email" in world.scopes) and user.get("email"):
        profile["email"] = user["email"]
    if bot:
        profile |= {"bot_id": world.bot_id, "api_app_id": world.app_id}
    about: Object = {
        "id": user["id"],
        "team_id": team,
        "name": user["name"],
        "deleted": bool(user.get("deleted")),
    }
    about |= {"profile": profile, "is_bot": bot, "is_app_user": False, "updated": 0}
    if user.get("deleted"):
        return about
    meets = any(channel.shared and user["id"] in channel.members for channel in world.channels.values())
    return about | {
        "real_name": user["real_name"],
        "tz": zone,
        "tz_label": zone,
        "tz_offset": int(offset.total_seconds()) if offset else 0,
        "is_admin": False,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": guest,
        "is_ultra_restricted": False,
        "is_email_confirmed": not bot,
        **({"is_stranger": not meets} if outsider else {}),
    }


@method("auth.test", SPECIAL)
def test(world: World, args: Args) -> Object:
    names = {"url": f"{world.url}/", "team": world.team_name, "user": world.users[world.bot_user]["name"]}
    ids = {"team_id": world.team_id, "user_id": world.bot_user, "bot_id": world.bot_id}
    return {**names, **ids, "is_enterprise_install": False}


@method("team.info", TIER_3, "team:read")
def team_info(world: World, args: Args) -> Object:
    return {"team": {"id": world.team_id, "name": world.team_name, "domain": world.team_name.lower()}}


@method("users.info", TIER_4, "users:read")
def user_info(world: World, args: Args) -> Object:
    user = world.users.get(args.needed("user"))
    if user is None:
        raise SlackError("user_not_found")
    return {"user": shape(world, user)}


@method("users.lookupByEmail", TIER_3, "users:read.email")
def lookup_by_email(world: World, args: Args) -> Object:
    email = args.needed("email").lower()
    for user in world.users.values():
        if user.get("email", "").lower() == email and not user.get("deleted") and not user.get("outsider"):
            return {"user": shape(world, user)}
    raise SlackError("users_not_found")


@method("users.list", TIER_2, "users:read")
def list_users(world: World, args: Args) -> Object:
    own = [user for user in world.users.values() if not user.get("outsider")]
    users, cursor = page(own, args, 200, 1000)
    members = [shape(world, user) for user in users]
    return {"members": members, "cache_ts": int(world.clock()), "response_metadata": {"next_cursor": cursor}}


@method("usergroups.list", TIER_2, "usergroups:read")
def list_groups(world: World, args: Args) -> Object:
    groups = [
        {
            "id": group["id"],
            "team_id": world.team_id,
            "is_usergroup": True,
            "name": group.get("name", group["handle"]),
            "handle": group["handle"],
            "user_count": len(group["users"]),
            **({"users": list(group["users"])} if args.flag("include_users") else {}),
        }
        for group in world.usergroups
    ]
    return {"usergroups": groups}


@method("usergroups.users.list", TIER_2, "usergroups:read")
def list_group(world: World, args: Args) -> Object:
    name = args.needed("usergroup")
    for group in world.usergroups:
        if group["id"] == name:
            return {"users": list(group["users"])}
    raise SlackError("no_such_subteam")
