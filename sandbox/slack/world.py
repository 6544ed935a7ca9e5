"""The workspace: people, channels, messages and views, and the events that their changes cause."""

import copy
import re
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.slack.blocks import completed
from sandbox.slack.errors import Object, SlackError
from sandbox.slack.files import bury, places, record
from sandbox.slack.forms import State
from sandbox.slack.modals import Modals
from sandbox.slack.outgoing import Outgoing

TRIGGER_SECONDS = 3
RESPONSE_URL_SECONDS = 30 * 60
RESPONSE_URL_USES = 5
MESSAGE_EVENTS = {"channel": "message.channels", "group": "message.groups", "im": "message.im"}
EVENTS = {
    *MESSAGE_EVENTS.values(),
    "app_home_opened",
    "app_mention",
    "channel_shared",
    "channel_unshared",
    "member_joined_channel",
}
"""What the bot is subscribed to unless told otherwise, by the names of the manifest."""


@dataclass
class Channel:
    """A conversation with everything that was said in it."""

    id: str
    name: str
    members: list[str]
    kind: str = "channel"  # channel | group | im
    shared: bool = False  # Slack Connect, with the partner's workspace
    archived: bool = False
    created: int = 0
    last: int = 0  # microseconds; of the newest ts
    messages: dict[str, Object] = field(default_factory=dict)  # by ts, oldest first

    def thread(self, ts: str) -> list[Object]:
        """The message and its replies."""
        return [m for m in self.messages.values() if m["ts"] == ts or m.get("thread_ts") == ts]


@dataclass
class Trigger:
    """A ``trigger_id``: good for three seconds and one use."""

    user: str
    at: float
    used: bool = False


@dataclass
class ResponseUrl:
    """What a ``response_url`` answers to."""

    user: str
    channel: str
    at: float
    message_ts: str | None = None
    ephemeral: bool = False
    thread_ts: str | None = None
    uses: int = 0


class World(Outgoing):
    """State under one lock, and how it changes."""

    url: str

    def __init__(self, seed: Mapping[str, Any]) -> None:
        slack = copy.deepcopy(dict(seed["slack"]))
        super().__init__(slack["signing_secret"])
        self.team_id: str = slack["team"]
        self.team_name: str = slack["team_name"]
        self.partner_team: str = slack["partner_team"]
        self.partner_team_name: str = slack["partner_team_name"]
        self.app_id: str = slack["app_id"]
        self.bot_id: str = slack["bot_id"]
        self.bot_user: str = slack["bot_user"]
        self.bot_token: str = slack["bot_token"]
        self.app_token: str = slack["app_token"]
        self.clock: Callable[[], float] = time.time
        self.scopes: set[str] | None = None  # None: all of them
        self.subscribed = set(EVENTS)
        self.users: dict[str, Object] = {user["id"]: user for user in slack["users"]}
        self.users[self.bot_user] = {
            "id": self.bot_user,
            "name": "cosell",
            "real_name": "Co-sell",
            "bot": True,
        }
        self.usergroups: list[Object] = slack.get("usergroups", [])
        now = int(self.clock())
        self.channels: dict[str, Channel] = {
            c["id"]: Channel(
                id=c["id"],
                name=c["name"],
                members=list(c["members"]),
                kind="group" if c.get("private") else "channel",
                shared=bool(c.get("shared")),
                archived=bool(c.get("archived")),
                created=now,
            )
            for c in slack["channels"]
        }
        self.modals = Modals(
            {"app_id": self.app_id, "app_installed_team_id": self.team_id, "bot_id": self.bot_id}
        )
        self.files: list[Object] = []
        self.uploads: dict[str, Object] = {}
        self.lose_shares = False  # a finished upload is taken and shown nowhere, as Slack's have been
        self.upload_host = ""  # where uploads are sent instead of here
        self.files_take = 0.0  # seconds until Slack has looked at what was uploaded, and knows its type
        self.whispers: dict[str, list[Object]] = {}
        self.triggers: dict[str, Trigger] = {}
        self.response_urls: dict[str, ResponseUrl] = {}
        self.chosen: dict[tuple[str, str, str], State] = {}  # by person, channel and ts: picked in menus

    # -- lookups --------------------------------------------------------------------------------------------
    def team_of(self, user: str) -> str:
        """The workspace a person belongs to."""
        return self.partner_team if self.users[user].get("outsider") else self.team_id

    def require(self, scope: str) -> None:
        """``missing_scope`` unless the bot has it."""
        if self.scopes is not None and scope not in self.scopes:
            raise SlackError("missing_scope", needed=scope, provided=",".join(sorted(self.scopes)))

    def visible(self, channel: str) -> Channel:
        """A channel that the bot can know of; ``channel_not_found`` otherwise."""
        found = self.channels.get(channel)
        if found is None or (found.kind != "channel" and self.bot_user not in found.members):
            raise SlackError("channel_not_found")
        return found

    def joined(self, channel: str) -> Channel:
        """A channel that the bot is in; ``not_in_channel`` otherwise."""
        found = self.visible(channel)
        if self.bot_user not in found.members:
            raise SlackError("not_in_channel")
        return found

    def file(self, id: str) -> Object | None:
        """A file that was shared, or deleted since."""
        return next((file for file in self.files if file["id"] == id), None)

    def has(self, file: Object) -> bool:
        """Whether the bot may see a file: it is its own, is gone, or is in a channel that the bot is in."""
        if file["mode"] == "tombstone" or file["user"] == self.bot_user:
            return True
        return any(self.bot_user in self.channels[place].members for place in places(file))

    def looked_at(self, file: Object) -> bool:
        """Whether Slack has looked at a file; until then it does not know its type, nor show it in a block."""
        return self.clock() >= float(file.get("ready", 0.0))

    def dm(self, user: str) -> Channel:
        """The direct messages between a person and the bot."""
        with self.lock:
            name = f"D{user[1:]}"
            if name not in self.channels:
                members = [user, self.bot_user]
                self.channels[name] = Channel(name, "directmessage", members, "im", created=int(self.clock()))
            return self.channels[name]

    # -- changes --------------------------------------------------------------------------------------------
    def next_ts(self, channel: Channel) -> str:
        """The ts of what happens now in a channel: unique there, and later than all before."""
        channel.last = max(channel.last + 1, int(self.clock() * 1_000_000))
        return f"{channel.last // 1_000_000}.{channel.last % 1_000_000:06d}"

    def put(
        self, channel: Channel, content: Object, thread_ts: str | None = None, broadcast: bool = False
    ) -> Object:
        """Store a message and tell the bot; a reply counts on its root. ``KeyError`` when there is no such root."""
        with self.change:
            root = None
            if thread_ts:
                root = channel.messages[thread_ts]
                root = channel.messages[root.get("thread_ts", thread_ts)]
            ts = self.next_ts(channel)
            message = {"type": "message", **content, "ts": ts}
            if message.get("blocks"):
                message["blocks"] = completed(message["blocks"])
            if root is not None:
                message |= {"thread_ts": root["ts"], "parent_user_id": root["user"]}
                message |= {"subtype": "thread_broadcast"} if broadcast else {}
            channel.messages[ts] = message
            if root is not None:
                self._count_replies(channel, root)
            self._tell_message(channel, message)
            self.change.notify_all()
            return message

    def rewrite(self, channel: Channel, ts: str, changes: Object, by: str) -> Object:
        """Change what a message shows and tell the bot."""
        with self.change:
            message = channel.messages[ts]
            before = copy.deepcopy(message)
            if changes.get("blocks"):
                changes = {**changes, "blocks": completed(changes["blocks"])}
            now = self.next_ts(channel)
            message.update(copy.deepcopy(changes), edited={"user": by, "ts": now})
            self._tell_change(channel, "message_changed", now, message=message, previous_message=before)
            self.change.notify_all()
            return message

    def remove(self, channel: Channel, ts: str) -> None:
        """Delete a message; one that has replies leaves a tombstone."""
        with self.change:
            message = channel.messages[ts]
            before = copy.deepcopy(message)
            now = self.next_ts(channel)
            if message.get("reply_count"):
                for name in ("blocks", "metadata", "files", "bot_id", "app_id", "edited"):
                    message.pop(name, None)
                message |= {"subtype": "tombstone", "text": "This message was deleted.", "user": "USLACKBOT"}
                self._tell_change(channel, "message_changed", now, message=message, previous_message=before)
            else:
                del channel.messages[ts]
                root = channel.messages.get(message.get("thread_ts", ""))
                if root is not None:
                    self._count_replies(channel, root)
                self._tell_change(channel, "message_deleted", now, deleted_ts=ts, previous_message=before)
            self.change.notify_all()

    def whisper(self, channel: Channel, user: str, content: Object, thread_ts: str | None = None) -> Object:
        """Show a message to one person only."""
        with self.change:
            message = {"type": "message", **content, "ts": self.next_ts(channel), "channel": channel.id}
            message |= {"is_ephemeral": True} | ({"thread_ts": thread_ts} if thread_ts else {})
            if message.get("blocks"):
                message["blocks"] = completed(message["blocks"])
            self.whispers.setdefault(user, []).append(message)
            self.change.notify_all()
            return message

    def enter(self, channel: Channel, user: str, inviter: str | None = None) -> None:
        """Make somebody a member, and tell the bot if it is in the channel too."""
        with self.change:
            if user in channel.members:
                return
            channel.members.append(user)
            ts = self.next_ts(channel)
            event = {
                "type": "member_joined_channel",
                "user": user,
                "channel": channel.id,
                "channel_type": "C",
            }
            event |= {"team": self.team_of(user), "event_ts": ts} | ({"inviter": inviter} if inviter else {})
            self.emit("member_joined_channel", event, channel)
            text = f"<@{user}> has joined the channel"
            self.put(channel, {"subtype": "channel_join", "user": user, "text": text})

    def keep_file(self, user: str, name: str, content: bytes) -> Object:
        """Store a file that somebody has; it is not shared anywhere yet."""
        id = f"F{secrets.token_hex(5).upper()}"
        team, at = self.team_of(user), int(self.clock())
        with self.lock:
            self.files.append(record(self.url, id, name, content, user=user, team=team, at=at))
            return self.files[-1]

    def delete_file(self, id: str) -> None:
        """Delete a file: its messages stay and say that it is gone."""
        with self.change:
            file = self.file(id)
            if file is None:
                raise ValueError(f"there is no file {id}")
            shown = places(file)
            bury(file)
            for channel in (self.channels[place] for place in shown):
                for message in list(channel.messages.values()):
                    files = message.get("files") or []
                    if any(one["id"] == id for one in files):
                        before = copy.deepcopy(message)
                        tombstone = {"id": id, "mode": "tombstone"}
                        message["files"] = [tombstone if one["id"] == id else one for one in files]
                        what = {"message": message, "previous_message": before}
                        self._tell_change(channel, "message_changed", self.next_ts(channel), **what)
            self.change.notify_all()

    def own(self, content: Object) -> Object:
        """Content as a message of the bot."""
        return {
            "user": self.bot_user,
            "bot_id": self.bot_id,
            "app_id": self.app_id,
            "team": self.team_id,
            **content,
        }

    def trigger(self, user: str) -> str:
        """A fresh ``trigger_id`` for what this person just did."""
        trigger_id = f"{secrets.randbelow(10**12)}.{secrets.randbelow(10**11)}.{secrets.token_hex(16)}"
        with self.lock:
            self.triggers[trigger_id] = Trigger(user, self.clock())
        return trigger_id

    def pull(self, trigger_id: str) -> str:
        """Use a trigger; the person it belongs to."""
        trigger = self.triggers.get(trigger_id)
        if trigger is None:
            raise SlackError("invalid_trigger_id")
        if trigger.used:
            raise SlackError("exchanged_trigger_id")
        if self.clock() - trigger.at > TRIGGER_SECONDS:
            raise SlackError("expired_trigger_id")
        trigger.used = True
        return trigger.user

    def response_url(self, target: ResponseUrl) -> str:
        """An address that answers to what somebody just did."""
        token = secrets.token_urlsafe(16)
        with self.lock:
            self.response_urls[token] = target
        return f"{self.url}/response/{token}"

    # -- events ---------------------------------------------------------------------------------------------
    def emit(self, name: str, event: Object, channel: Channel | None) -> None:
        """Send an event, if the bot is subscribed to it and is in the channel it is about."""
        if name not in self.subscribed or (channel is not None and self.bot_user not in channel.members):
            return
        authorization = {"enterprise_id": None, "team_id": self.team_id, "user_id": self.bot_user}
        self.deliver(
            {
                "token": "legacy-ignore",
                "team_id": self.team_id,
                "context_team_id": self.team_id,
                "context_enterprise_id": None,
                "api_app_id": self.app_id,
                "event": copy.deepcopy(event),
                "type": "event_callback",
                "event_id": f"Ev{secrets.token_hex(5).upper()}",
                "event_time": int(self.clock()),
                "authorizations": [{**authorization, "is_bot": True, "is_enterprise_install": False}],
                "is_ext_shared_channel": channel is not None and channel.shared,
                "event_context": f"4-{secrets.token_urlsafe(24)}",
            }
        )

    def _tell_message(self, channel: Channel, message: Object) -> None:
        where = {"channel": channel.id, "channel_type": channel.kind, "event_ts": message["ts"]}
        self.emit(MESSAGE_EVENTS[channel.kind], {**message, **where}, channel)
        by_person = not message.get("bot_id") and message.get("subtype") in (
            None,
            "file_share",
            "thread_broadcast",
        )
        named = re.search(rf"<@{self.bot_user}(\|[^>]*)?>", message["text"])
        if by_person and named and channel.kind != "im":
            event = {name: value for name, value in message.items() if name != "subtype"}
            event |= {"type": "app_mention", "channel": channel.id, "event_ts": message["ts"]}
            self.emit("app_mention", event, channel)

    def _tell_change(self, channel: Channel, subtype: str, ts: str, **what: Any) -> None:
        event = {"type": "message", "subtype": subtype, "hidden": True, **what, "ts": ts}
        event |= {"channel": channel.id, "channel_type": channel.kind, "event_ts": ts}
        self.emit(MESSAGE_EVENTS[channel.kind], event, channel)

    def _count_replies(self, channel: Channel, root: Object) -> None:
        replies = [m for m in channel.thread(root["ts"]) if m is not root]
        for name in ("thread_ts", "reply_count", "reply_users_count", "reply_users", "latest_reply"):
            root.pop(name, None)
        if replies:
            users = list(dict.fromkeys(m["user"] for m in replies))
            root |= {"thread_ts": root["ts"], "reply_count": len(replies), "latest_reply": replies[-1]["ts"]}
            root |= {"reply_users_count": len(users), "reply_users": users}
