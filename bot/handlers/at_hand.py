"""What a payload is about, on every log line and span from the moment its listener is called until it has answered."""

from contextlib import ExitStack

from slack_bolt import App, BoltRequest, BoltResponse
from slack_bolt.listener.listener_completion_handler import ListenerCompletionHandler
from slack_bolt.listener.listener_start_handler import ListenerStartHandler

from bot import tracing
from bot.handlers.payload import Body, proposal_of

_OPEN = "cosell.at_hand"


def register(app: App) -> None:
    """Attach it around every listener, the answer to what goes wrong in it included."""
    app.listener_runner.listener_start_handler = _Begins()
    app.listener_runner.listener_completion_handler = _Ends()


class _Begins(ListenerStartHandler):
    def handle(self, request: BoltRequest, response: BoltResponse | None) -> None:
        stack = ExitStack()
        request.context[_OPEN] = stack
        proposal = proposal_of(request.body)
        if proposal is not None:
            stack.enter_context(tracing.about(proposal=proposal))
        stack.enter_context(tracing.arriving(_name_of(request.body)))


class _Ends(ListenerCompletionHandler):
    def handle(self, request: BoltRequest, response: BoltResponse | None) -> None:
        stack = request.context.pop(_OPEN, None)
        if stack is not None:
            stack.close()


def _name_of(body: Body) -> str:
    """What Slack calls this sort of payload, and which of ours it is."""
    if body.get("command"):
        return f"command {body['command']}"
    if body.get("actions"):
        return f"{body.get('type')} {body['actions'][0].get('action_id')}"
    what = body.get("event") or {}
    which = what.get("type") or body.get("callback_id") or (body.get("view") or {}).get("callback_id")
    return f"{body.get('type')} {which}"
