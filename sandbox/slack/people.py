"""The human side: what people do in Slack, as methods. Each returns once the bot has answered, or Slack gave up."""

import copy
from collections.abc import Mapping
from typing import Any

from sandbox.slack import forms
from sandbox.slack.blocks import completed, elements
from sandbox.slack.errors import Object, SlackError
from sandbox.slack.files import described, hinted, share
from sandbox.slack.modals import shown
from sandbox.slack.outgoing import Response
from sandbox.slack.payloads import Payloads, channel_name, escaped
from sandbox.slack.world import ResponseUrl


class People(Payloads):
    """Everything a person can do. ``ValueError`` says why Slack's own screen would not let them."""

    # -- channels -------------------------------------------------------------------------------------------
    def say(
        self,
        user: str,
        channel: str,
        text: str,
        thread_ts: str | None = None,
        files: Mapping[str, bytes] | None = None,
    ) -> str:
        """Write a message, in a thread if asked, with files by name; its ts."""
        with self.lock:
            where = self._in(user, channel)
            if where.archived:
                raise ValueError(f"{channel} is archived")
            if thread_ts is not None and thread_ts not in where.messages:
                raise ValueError(f"there is no message {thread_ts} in {channel}")
            content = self._said(user, text)
            kept = [self.keep_file(user, name, data) for name, data in (files or {}).items()]
            if kept:
                shown = hinted if self.team_of(user) != self.team_id else described
                content |= {"subtype": "file_share", "files": [shown(file) for file in kept]}
            message = self.put(where, content, thread_ts)
            for file in kept:
                share(file, channel, where.kind, message)
            return str(message["ts"])

    def drop(
        self,
        user: str,
        channel: str,
        name: str,
        content: bytes,
        text: str = "",
        thread_ts: str | None = None,
    ) -> str:
        """Drop a file into a channel, or a thread of it; the ts of the message that shows it."""
        return self.say(user, channel, text, thread_ts, {name: content})

    def react(self, user: str, channel: str, ts: str, name: str) -> None:
        """Add a reaction to a message, or take one's own back."""
        with self.change:
            message = self._in(user, channel).messages[ts]
            reactions: list[Object] = message.setdefault("reactions", [])
            found = next((r for r in reactions if r["name"] == name), None)
            if found is None:
                reactions.append({"name": name, "users": [user], "count": 1})
            else:
                users = found["users"]
                users.remove(user) if user in users else users.append(user)
                found["count"] = len(users)
                message["reactions"] = [r for r in reactions if r["users"]]
            self.change.notify_all()

    def edit(self, user: str, channel: str, ts: str, text: str) -> None:
        """Change one's own message."""
        with self.lock:
            where = self._in(user, channel)
            if where.messages[ts]["user"] != user:
                raise ValueError(f"{ts} is not {user}'s message")
            self.rewrite(where, ts, {"text": escaped(text)}, user)

    def join(self, user: str, channel: str) -> None:
        """Become a member; for the bot's own user: be invited."""
        with self.lock:
            where = self.channels[channel]
            if self.users[user].get("outsider") and not where.shared:
                raise ValueError(f"{user} belongs to another workspace and {channel} is not shared with it")
            inviter = next((m for m in where.members if m != user), None) if user == self.bot_user else None
            self.enter(where, user, inviter)

    def archive(self, channel: str) -> None:
        """Archive a channel: nothing can be written there any more."""
        with self.change:
            self.channels[channel].archived = True
            self.change.notify_all()

    def share(self, channel: str) -> None:
        """Share a channel with the partner's workspace (Slack Connect)."""
        with self.change:
            where = self.channels[channel]
            where.shared = True
            event = {"type": "channel_shared", "connected_team_id": self.partner_team, "channel": channel}
            self.emit("channel_shared", event | {"event_ts": self.next_ts(where)}, where)
            self.change.notify_all()

    def unshare(self, channel: str) -> None:
        """Stop sharing a channel; the partner's people leave it."""
        with self.change:
            where = self.channels[channel]
            where.shared = False
            where.members = [m for m in where.members if not self.users[m].get("outsider")]
            event: Object = {"type": "channel_unshared", "previously_connected_team_id": self.partner_team}
            event |= {"channel": channel, "is_ext_shared": False, "event_ts": self.next_ts(where)}
            self.emit("channel_unshared", event, where)
            self.change.notify_all()

    def open_home(self, user: str) -> None:
        """Open the bot's Home tab."""
        with self.lock:
            self._person(user)
            where = self.dm(user)
            event: Object = {"type": "app_home_opened", "user": user, "channel": where.id, "tab": "home"}
            if user in self.modals.homes:
                event["view"] = shown(self.modals.homes[user])
            self.emit("app_home_opened", event | {"event_ts": self.next_ts(where)}, None)

    # -- cards ----------------------------------------------------------------------------------------------
    def press(self, user: str, channel: str, message_ts: str, action_id: str, value: Any = None) -> Response:
        """Press a button or choose in a menu of a message this person sees; ``value`` picks among several."""
        with self.lock:
            where = self._in(user, channel)
            message, ephemeral = self._seen(user, where, message_ts)
            block, element = _find(message.get("blocks") or [], action_id, value)
            key = (user, channel, message_ts)
            action = forms.action(block, element, value, self.next_ts(where))
            held = forms.state(message["blocks"], self.chosen.get(key))
            forms.note(held, block, element, value)
            self.chosen[key] = held
            payload = self._pressed(user, where, message, ephemeral) | {
                "state": {"values": held},
                "actions": [action],
            }
        return self.interact(payload)

    def press_raw(
        self,
        user: str,
        channel: str,
        message_ts: str,
        action_id: str,
        *,
        value: str | None = None,
        team: str | None = None,
        message: Object | None = None,
        block_id: str | None = None,
    ) -> Response:
        """Send a button press that Slack's screen would not: another value or team, an old copy of the card.

        What is not given is taken from the message, where it has such a button; nothing is checked.
        """
        with self.lock:
            where = self.channels[channel]
            unknown: Object = {"type": "message", "ts": message_ts, "text": ""}
            card: Object = message or where.messages.get(message_ts) or unknown
            blocks = completed(card.get("blocks") or [])
            found = [pair for pair in elements(blocks) if pair[1]["action_id"] == action_id]
            block, button = found[0] if found else ({"block_id": "forged"}, {})
            action = {
                "type": "button",
                "action_id": action_id,
                "block_id": block_id or block["block_id"],
                "text": button.get("text", {"type": "plain_text", "text": "…"}),
                "value": button.get("value", "") if value is None else value,
                "action_ts": self.next_ts(where),
            }
            payload = self._pressed(user, where, card, ephemeral=False)
            payload |= {"state": {"values": forms.state(blocks)}, "actions": [action]}
            if team is not None:
                payload["user"]["team_id"] = team
                payload["team"]["id"] = team
        return self.interact(payload)

    # -- views ----------------------------------------------------------------------------------------------
    def press_in_view(self, user: str, view_id: str, action_id: str, value: Any = None) -> Response:
        """Press a button or choose in a menu of an open modal or the Home tab."""
        with self.lock:
            self._person(user)
            view = self.modals.of(user, view_id)
            block, element = _find(view["blocks"], action_id, value)
            action = forms.action(block, element, value, f"{self.clock():.6f}")
            forms.note(view["state"]["values"], block, element, value)
            payload = self._about("block_actions", user) | {"container": {"type": "view", "view_id": view_id}}
            payload |= {"view": shown(view), "actions": [action]}
        return self.interact(payload)

    def submit(self, user: str, view_id: str, values: Object | None = None) -> Response:
        """Send a modal with these answers by block id; what is not named stays as it is.

        An answer is a value, a list of values, or ``{action_id: state}``. What the bot answers is done: the view
        closes, or shows ``errors``, or changes, or gets another on top.
        """
        with self.lock:
            self._person(user)
            view = self.modals.of(user, view_id)
            view["state"] = {"values": forms.filled(view, values or {})}
            view.pop("errors", None)
            payload = self._about("view_submission", user) | {"view": shown(view), "response_urls": []}
        response = self.interact(payload)
        return self._followed(user, view_id, response) if response.ok else response

    def close_view(self, user: str, view_id: str) -> Response | None:
        """Cancel a modal; the bot's answer if the view asked to be told."""
        with self.change:
            self._person(user)
            view = self.modals.of(user, view_id)
            payload = self._about("view_closed", user) | {"view": shown(view), "is_cleared": False}
            self.modals.close(user, view_id)
            self.change.notify_all()
        return self.interact(payload) if view["notify_on_close"] else None

    # -- commands and shortcuts -----------------------------------------------------------------------------
    def command(self, user: str, channel: str, command: str, text: str = "") -> Response:
        """Type a slash command; what the bot answers is shown to this person, or to all if it says so."""
        with self.lock:
            self._own_person(user)
            where = self._in(user, channel)
            target = ResponseUrl(user, channel, self.clock())
            form = {
                "token": "legacy-ignore",
                "team_id": self.team_id,
                "team_domain": self.team_name.lower(),
                "channel_id": channel,
                "channel_name": channel_name(where),
                "user_id": user,
                "user_name": self.users[user]["name"],
                "command": command,
                "text": text,
                "api_app_id": self.app_id,
                "is_enterprise_install": "false",
                "response_url": self.response_url(target),
                "trigger_id": self.trigger(user),
            }
        response = self.submit_form(form)
        if not response.ok:
            code = response.error if response.error == "operation_timeout" else "dispatch_failed"
            line = f'{command} failed with the error "{code}"'
            self.whisper(where, user, {"user": "USLACKBOT", "text": line})
            return response
        if response.body in ("", {}):
            return response
        answer = response.body if isinstance(response.body, dict) else {"text": str(response.body)}
        try:
            self.respond(target, answer)
        except SlackError as error:
            return Response(
                response.status, response.body, response.seconds, f"invalid_answer: {error.fields or error}"
            )
        return response

    def shortcut(self, user: str, channel: str, message_ts: str, callback_id: str) -> Response:
        """Choose a message shortcut from the menu of a message."""
        with self.lock:
            self._own_person(user)
            where = self._in(user, channel)
            message = where.messages[message_ts]
            payload = self._about("message_action", user) | {
                "callback_id": callback_id,
                "action_ts": self.next_ts(where),
                "message_ts": message_ts,
                "message": copy.deepcopy(message),
                "channel": {"id": channel, "name": channel_name(where)},
                "response_url": self.response_url(ResponseUrl(user, channel, self.clock(), message_ts)),
            }
        return self.interact(payload)

    def _followed(self, user: str, view_id: str, response: Response) -> Response:
        answer = response.body if isinstance(response.body, dict) else {}
        with self.change:
            try:
                self._follow(user, self.modals.of(user, view_id), answer)
            except SlackError as error:
                problem = f"invalid_answer: {error.fields or error}"
                return Response(response.status, response.body, response.seconds, problem)
            self.change.notify_all()
        return response

    def _follow(self, user: str, view: Object, answer: Object) -> None:
        match answer.get("response_action"):
            case None:
                self.modals.close(user, view["id"])
            case "clear":
                self.modals.clear(user)
            case "update":
                self.modals.replace(view, answer.get("view"))
            case "push":
                self.modals.push(user, self.team_of(user), answer.get("view"))
            case "errors":
                asked = {block["block_id"] for block in view["blocks"] if block["type"] == "input"}
                errors = answer.get("errors") or {}
                if not errors or not errors.keys() <= asked:
                    raise SlackError(f"errors name {sorted(errors)}, input blocks are {sorted(asked)}")
                view["errors"] = errors
            case other:
                raise SlackError(f"there is no response_action {other!r}")


def _find(blocks: list[Object], action_id: str, value: Any) -> tuple[Object, Object]:
    found = [pair for pair in elements(blocks) if pair[1]["action_id"] == action_id]
    if not found:
        there = sorted(element["action_id"] for _, element in elements(blocks))
        raise ValueError(f"nothing to press is called {action_id}; there are {there}")
    if found[0][1]["type"] == "button" and value is not None:
        found = [pair for pair in found if pair[1].get("value") == value]
        if not found:
            raise ValueError(f"no button {action_id} has the value {value!r}")
    return found[0]
