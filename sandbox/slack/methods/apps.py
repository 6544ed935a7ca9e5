"""apps.*: what an app asks with its own token."""

from sandbox.slack.errors import Object, SlackError
from sandbox.slack.methods import Args, method
from sandbox.slack.pace import TIER_1
from sandbox.slack.world import World


@method("apps.connections.open", TIER_1)
def open_connection(world: World, args: Args) -> Object:
    """An address for Socket Mode; it is for one connection, which has to be made soon."""
    if args.text("token") != world.app_token:
        raise SlackError("not_allowed_token_type")
    return {"url": world.sockets.address(world.app_id)}
