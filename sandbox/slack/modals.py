"""Views that people have open: a stack of modals each, and their Home tab."""

import json
import secrets

from sandbox.slack import forms
from sandbox.slack.blocks import HOME, MAX_VIEW_BYTES, MODAL, completed, view_problems
from sandbox.slack.errors import Object, SlackError

DEPTH = 3
"""Views that may lie on each other."""
_TEXTS = ("title", "submit", "close")


class Modals:
    """The views of everybody. Whoever calls holds the lock of the workspace."""

    def __init__(self, installed: Object) -> None:
        self._installed = installed
        self.stacks: dict[str, list[Object]] = {}
        self.homes: dict[str, Object] = {}

    def checked(self, content: object, kind: str) -> Object:
        """The view as it may be stored; ``SlackError`` when Slack refuses it."""
        if not isinstance(content, dict):
            raise SlackError("invalid_arguments")
        if len(json.dumps(content)) > MAX_VIEW_BYTES:
            raise SlackError("view_too_large")
        if problems := view_problems(content):
            raise SlackError.of_problems("invalid_arguments", problems)
        if content["type"] != kind:
            wrong = [f"must be a {kind} view [json-pointer:/view/type]"]
            raise SlackError.of_problems("invalid_arguments", wrong)
        return content

    def open(self, user: str, team: str, content: object) -> Object:
        """Open a modal; it takes the place of any other."""
        view = self._new(team, self.checked(content, MODAL))
        self._unused(view["external_id"])
        self.stacks[user] = [view]
        return view

    def push(self, user: str, team: str, content: object) -> Object:
        """Lay a modal on the one that is open."""
        checked = self.checked(content, MODAL)
        stack = self.stacks.get(user) or []
        if not stack:
            raise SlackError("not_found")
        if len(stack) >= DEPTH:
            raise SlackError("push_limit_reached")
        view = self._new(team, checked)
        self._unused(view["external_id"])
        view |= {"root_view_id": stack[0]["id"], "previous_view_id": stack[-1]["id"]}
        stack.append(view)
        return view

    def replace(self, view: Object, content: object, expected: str | None = None) -> Object:
        """Set what an open view shows; what was typed into fields that stay is kept."""
        checked = self.checked(content, view["type"])
        if expected and expected != view["hash"]:
            raise SlackError("hash_conflict")
        fresh = self._new(view["team_id"], checked)
        kept = ("id", "root_view_id", "previous_view_id")
        state = {"values": forms.state(fresh["blocks"], view["state"]["values"])}
        view.pop("errors", None)
        view.update(fresh | {name: view[name] for name in kept} | {"state": state})
        return view

    def publish(self, user: str, team: str, content: object, expected: str | None = None) -> Object:
        """Set a person's Home tab."""
        checked = self.checked(content, HOME)
        if (before := self.homes.get(user)) is not None:
            return self.replace(before, checked, expected)
        self.homes[user] = self._new(team, checked)
        return self.homes[user]

    def find(self, view_id: str | None, external_id: str | None = None) -> Object:
        """A view that is open; ``not_found`` otherwise."""
        for view in [*(view for stack in self.stacks.values() for view in stack), *self.homes.values()]:
            if view["id"] == view_id or (external_id and view["external_id"] == external_id):
                return view
        raise SlackError("not_found")

    def of(self, user: str, view_id: str) -> Object:
        """A view that this person has before them; ``ValueError`` otherwise."""
        home = self.homes.get(user)
        for view in [*(self.stacks.get(user) or []), *([home] if home else [])]:
            if view["id"] == view_id:
                return view
        raise ValueError(f"{user} has no view {view_id} open")

    def close(self, user: str, view_id: str) -> None:
        """Take a modal, and what lies on it, off the stack."""
        stack = self.stacks.get(user) or []
        ids = [view["id"] for view in stack]
        if view_id in ids:
            del stack[ids.index(view_id) :]

    def clear(self, user: str) -> None:
        """Close everything this person has open."""
        self.stacks.pop(user, None)

    def _unused(self, external_id: str) -> None:
        for view in [view for stack in self.stacks.values() for view in stack]:
            if external_id and view["external_id"] == external_id:
                raise SlackError("duplicate_external_id")

    def _new(self, team: str, content: Object) -> Object:
        blocks = completed(content["blocks"])
        name = f"V{secrets.token_hex(5).upper()}"
        return {
            "id": name,
            "team_id": team,
            **self._installed,
            "type": content["type"],
            "callback_id": content.get("callback_id", ""),
            "external_id": content.get("external_id", ""),
            "private_metadata": content.get("private_metadata", ""),
            "hash": f"{secrets.randbelow(10**9)}.{secrets.token_hex(4)}",
            "root_view_id": name,
            "previous_view_id": None,
            **{text: content.get(text) for text in _TEXTS},
            "clear_on_close": bool(content.get("clear_on_close")),
            "notify_on_close": bool(content.get("notify_on_close")),
            "blocks": blocks,
            "state": {"values": forms.state(blocks)},
        }


def shown(view: Object) -> Object:
    """The view as Slack sends it: without what only the person's screen knows."""
    copy: Object = json.loads(json.dumps({name: value for name, value in view.items() if name != "errors"}))
    return copy
