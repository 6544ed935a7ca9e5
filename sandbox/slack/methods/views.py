"""views.*: modals and the Home tab."""

from sandbox.slack.blocks import HOME, MODAL
from sandbox.slack.errors import Object, SlackError
from sandbox.slack.methods import Args, method
from sandbox.slack.modals import shown
from sandbox.slack.pace import TIER_4
from sandbox.slack.world import World


def _answer(world: World, view: Object) -> Object:
    world.changed()
    return {"view": shown(view)}


@method("views.open", TIER_4)
def open_view(world: World, args: Args) -> Object:
    content = world.modals.checked(args.json("view", "invalid_arguments"), MODAL)
    user = world.pull(args.needed("trigger_id"))
    return _answer(world, world.modals.open(user, world.team_of(user), content))


@method("views.push", TIER_4)
def push_view(world: World, args: Args) -> Object:
    content = world.modals.checked(args.json("view", "invalid_arguments"), MODAL)
    user = world.pull(args.needed("trigger_id"))
    return _answer(world, world.modals.push(user, world.team_of(user), content))


@method("views.update", TIER_4)
def update_view(world: World, args: Args) -> Object:
    view = world.modals.find(args.text("view_id") or None, args.text("external_id") or None)
    content = args.json("view", "invalid_arguments")
    return _answer(world, world.modals.replace(view, content, args.text("hash") or None))


@method("views.publish", TIER_4)
def publish_view(world: World, args: Args) -> Object:
    user = args.needed("user_id")
    if user not in world.users:
        raise SlackError("user_not_found")
    content = world.modals.checked(args.json("view", "invalid_arguments"), HOME)
    expected = args.text("hash") or None
    return _answer(world, world.modals.publish(user, world.team_of(user), content, expected))
