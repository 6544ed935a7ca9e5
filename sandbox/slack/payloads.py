"""What interactions have in common: who may do it, the payload, and what a ``response_url`` does."""

import copy
import re
import secrets

from sandbox.slack.blocks import completed
from sandbox.slack.errors import Object
from sandbox.slack.methods import Args
from sandbox.slack.methods.chat import content_of, says_something
from sandbox.slack.screen import Screen
from sandbox.slack.world import Channel, ResponseUrl

_SPECIAL = re.compile(r"<(?:[@#!]|https?:|mailto:)[^<>]+>|&(?:amp|lt|gt);|[&<>]")


class Payloads(Screen):
    """The parts that ``People`` is made of."""

    def respond(self, target: ResponseUrl, answer: Object) -> None:
        """Do what the bot asked for at a ``response_url``, or in its answer to a command."""
        with self.change:
            where = self.channels[target.channel]
            args = Args(answer)
            heard = self.whispers.get(target.user, [])
            original = next((m for m in heard if target.ephemeral and m["ts"] == target.message_ts), None)
            card = where.messages.get(target.message_ts or "", {})
            own = card.get("bot_id") == self.bot_id
            if args.flag("delete_original"):
                if original is not None:
                    heard.remove(original)
                elif own:
                    self.remove(where, card["ts"])
                self.change.notify_all()
                return
            content = says_something(content_of(self, args))
            thread_ts = args.text("thread_ts") or None
            if args.flag("replace_original") and original is not None:
                original.update(content | {"blocks": completed(content.get("blocks") or [])})
            elif args.flag("replace_original") and own:
                self.rewrite(where, card["ts"], content, self.bot_user)
            elif args.text("response_type") == "in_channel":
                self.put(where, self.own(content), thread_ts if thread_ts in where.messages else None)
            else:
                self.whisper(where, target.user, self.own(content), thread_ts)
            self.change.notify_all()

    def _person(self, user: str) -> Object:
        person = self.users.get(user)
        if person is None or person.get("bot"):
            raise ValueError(f"there is no person {user}")
        if person.get("deleted"):
            raise ValueError(f"{user} is deactivated")
        return person

    def _own_person(self, user: str) -> None:
        if self._person(user).get("outsider"):
            raise ValueError(
                f"{user} belongs to another workspace, which has no commands or shortcuts of this app"
            )

    def _in(self, user: str, channel: str) -> Channel:
        self._person(user)
        where = self.channels.get(channel)
        if where is None:
            raise ValueError(f"there is no channel {channel}")
        if user not in where.members:
            raise ValueError(f"{user} is not in {channel}")
        return where

    def _said(self, user: str, text: str) -> Object:
        team = self.team_of(user)
        content = {"user": user, "text": escaped(text), "team": team, "client_msg_id": secrets.token_hex(16)}
        return content | ({"user_team": team, "source_team": team} if team != self.team_id else {})

    def _about(self, type_: str, user: str) -> Object:
        name = self.users[user]["name"]
        return {
            "type": type_,
            "token": "legacy-ignore",
            "api_app_id": self.app_id,
            "team": {"id": self.team_id, "domain": self.team_name.lower()},
            "user": {"id": user, "username": name, "name": name, "team_id": self.team_of(user)},
            "enterprise": None,
            "is_enterprise_install": False,
            "trigger_id": self.trigger(user),
        }

    def _seen(self, user: str, where: Channel, ts: str) -> tuple[Object, bool]:
        if ts in where.messages:
            return where.messages[ts], False
        for message in self.whispers.get(user, []):
            if message["ts"] == ts and message["channel"] == where.id:
                return message, True
        raise ValueError(f"{user} sees no message {ts} in {where.id}")

    def _pressed(self, user: str, where: Channel, message: Object, ephemeral: bool) -> Object:
        ts, thread_ts = message["ts"], message.get("thread_ts")
        target = ResponseUrl(user, where.id, self.clock(), ts, ephemeral, thread_ts)
        container = {"type": "message", "message_ts": ts, "channel_id": where.id, "is_ephemeral": ephemeral}
        return self._about("block_actions", user) | {
            "container": container | ({"thread_ts": thread_ts} if thread_ts else {}),
            "channel": {"id": where.id, "name": channel_name(where)},
            "response_url": self.response_url(target),
            **({} if ephemeral else {"message": copy.deepcopy(message)}),
        }


def channel_name(channel: Channel) -> str:
    """The name as payloads show it: that of a private channel is not told."""
    return "privategroup" if channel.kind == "group" else channel.name


def escaped(text: str) -> str:
    """What a person typed, as Slack stores it: a bare & or < or > is escaped, mentions and links are not."""
    characters = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
    return _SPECIAL.sub(lambda found: characters.get(found[0], found[0]), text)
