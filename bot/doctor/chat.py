"""Slack: the token and what it may do, the channels that the bot speaks in, and the people."""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from bot.config import Config
from bot.doctor.examiners import Bearer, ChatExaminer, Newest, SlackRefusal, StoreExaminer
from bot.doctor.manifest import MANIFEST, scopes
from bot.doctor.store import LOOKED_AT
from bot.doctor.values import Check, Finds, fail, named, ok, warn
from bot.errors import BotError, Refused, Unavailable

APPS = "https://api.slack.com/apps"
MOST_CHANNELS = 20
"""How many of the channels that were linked lately are looked at."""


def chat(
    examiner: ChatExaminer,
    config: Config,
    app_token: str | None,
    store: Callable[[], StoreExaminer],
    manifest: Path = MANIFEST,
) -> Finds:
    """Whether Slack lets the bot do what it does, in the channels that it is about."""
    try:
        bearer = examiner.bearer()
    except Unavailable as error:
        yield fail("slack.token", str(error), "Let this machine reach slack.com, or mend SLACK_API_URL.")
        return
    except Refused as error:
        yield fail(
            "slack.token",
            f"SLACK_BOT_TOKEN is not accepted. {error}",
            f"Copy the Bot User OAuth Token anew: {APPS} → the app → Install App.",
        )
        return
    yield ok("slack.token", f"Slack knows the token as @{bearer.user} of {bearer.team_name}.")
    yield _team(bearer, config)
    yield _scopes(bearer, scopes(manifest))
    if app_token is not None:
        yield _app_token(examiner, app_token)
    yield from _named_channels(examiner, config)
    yield from _linked(examiner, store)
    yield from _people(examiner, config)


def _team(bearer: Bearer, config: Config) -> Check:
    if bearer.team == config.slack_team:
        return ok("slack.team", f"That is the workspace of the configuration, {bearer.team}.")
    said = (
        f"the configuration says {config.slack_team}" if config.slack_team else "the configuration says none"
    )
    return fail(
        "slack.team",
        f"The token is of workspace {bearer.team}, and {said}; everybody there is an outsider.",
        f'Put slack_team = "{bearer.team}" into the configuration file, if {bearer.team_name} is yours.',
    )


def _scopes(bearer: Bearer, wanted: frozenset[str] | None) -> Check:
    page = f"{APPS} → the app → OAuth & Permissions"
    if bearer.scopes is None:
        return warn("slack.scopes", "Slack did not say what the token may do.", f"Look there: {page}.")
    if wanted is None:
        return warn(
            "slack.scopes",
            f"There is no manifest.yml beside the code to hold the token's {len(bearer.scopes)} scopes against.",
            f"Compare them with the project's manifest.yml: {page}.",
            tuple(sorted(bearer.scopes)),
        )
    missing = sorted(wanted - set(bearer.scopes))
    extra = sorted(set(bearer.scopes) - wanted)
    if missing:
        return fail(
            "slack.scopes",
            f"The token lacks {named(missing)}.",
            f"Reinstall the app from manifest.yml: {APPS} → the app → App Manifest, save, then Install App.",
        )
    if extra:
        return warn(
            "slack.scopes",
            f"The token may do more than the bot needs: {named(extra)}.",
            f"Reinstall the app from manifest.yml: {APPS} → the app → App Manifest, save, then Install App.",
        )
    return ok("slack.scopes", f"It has the {len(wanted)} scopes of manifest.yml and no others.")


def _app_token(examiner: ChatExaminer, token: str) -> Check:
    page = f"{APPS} → the app → Basic Information → App-Level Tokens, scope connections:write"
    if not token.startswith("xapp-"):
        return fail("slack.app_token", "SLACK_APP_TOKEN does not begin with xapp-.", f"Make one: {page}.")
    try:
        examiner.app_token(token)
    except SlackRefusal as error:
        if error.code == "not_allowed_token_type":
            return ok(
                "slack.app_token", "Slack knows SLACK_APP_TOKEN; `cosell socket` shows whether it connects."
            )
        return fail("slack.app_token", f"SLACK_APP_TOKEN is not accepted. {error}", f"Make one: {page}.")
    except BotError as error:
        return warn("slack.app_token", str(error), "Run it again.")
    return ok("slack.app_token", "Slack accepts SLACK_APP_TOKEN.")


# -- channels -------------------------------------------------------------------------------------------------------
def _named_channels(examiner: ChatExaminer, config: Config) -> Iterator[Check]:
    """Those that the configuration names, each with what it names it for."""
    wanted = [
        ("slack.audit", "The audit channel", config.channels.audit),
        ("slack.triggers", "The channel of rules without one", config.triggers.channel),
        *(("slack.summary", "The channel of a summary", team.channel) for team in config.summary.teams),
        *(("slack.partner", "A channel of partners", id) for id in config.channels.partner_may_propose),
    ]
    for name, what, id in wanted:
        if id:
            yield _channel(examiner, name, what, id, "put the right id into the configuration file")


def _channel(examiner: ChatExaminer, name: str, what: str, id: str, otherwise: str) -> Check:
    try:
        found = examiner.channel(id)
    except SlackRefusal as error:
        if error.code == "channel_not_found":
            return fail(
                name,
                f"{what}, {id}, is not there, or is private without the bot.",
                f"/invite @cosell there, or {otherwise}.",
            )
        return fail(name, f"{what}, {id}, cannot be looked at. {error}", "See the line on scopes above.")
    except BotError as error:
        return warn(name, f"{what}, {id}, was not looked at: {error}", "Run it again.")
    if found.archived:
        return fail(name, f"{what}, #{found.name}, is archived.", f"Unarchive it, or {otherwise}.")
    if not found.member:
        return fail(
            name,
            f"The bot is not in #{found.name}: {what[:1].lower()}{what[1:]}.",
            f"/invite @cosell in #{found.name}",
        )
    return ok(name, f"{what}, #{found.name}, has the bot in it.")


def _linked(examiner: ChatExaminer, store: Callable[[], StoreExaminer]) -> Iterator[Check]:
    try:
        channels = linked(store().newest(LOOKED_AT))
    except BotError as error:
        yield warn(
            "slack.linked", f"Which channels are linked is not known: {error}", "See the section on Redis."
        )
        return
    found = [
        _channel(examiner, "slack.linked", "A linked channel", id, "link the deal to another channel")
        for id in channels[:MOST_CHANNELS]
    ]
    bad = [check for check in found if check.state != "ok"]
    yield from bad
    if found and not bad:
        yield ok("slack.linked", f"The bot is in the {len(found)} channels that were linked lately.")


def linked(newest: Newest) -> list[str]:
    """The ids of the channels that these entries link, the newest first."""
    entries: Iterator[Mapping[str, Mapping[str, str]]] = (
        json.loads(one.entry) for one in reversed(newest.lines) if '"channel.linked"' in one.entry
    )
    return list(dict.fromkeys(entry["linked"]["channel"] for entry in entries if "linked" in entry))


# -- people ---------------------------------------------------------------------------------------------------------
def _people(examiner: ChatExaminer, config: Config) -> Iterator[Check]:
    people = [person for person in config.people if person.slack]
    try:
        known = examiner.members([person.slack for person in people if person.slack])
    except BotError as error:
        yield warn("slack.people", f"People were not looked at: {error}", "See the line on scopes above.")
        return
    bad = 0
    for person in people:
        member = known.get(person.slack or "")
        where = f'`slack = "{person.slack}"` of {person.name}'
        if member is None:
            wrong = f"Slack knows nobody with the id {person.slack}, which is {person.name}'s"
            do = f"Mend {where}: in Slack, their profile → ⋮ → Copy member ID."
        elif member.deleted:
            wrong = f"{person.name} ({person.slack}) is deactivated in Slack"
            do = f"Take {person.name} out of the configuration file, or reactivate them in Slack."
        elif member.automated:
            wrong = f"{person.name} ({person.slack}) is a bot in Slack, and bots decide nothing"
            do = f"Mend {where}: in Slack, their profile → ⋮ → Copy member ID."
        elif not person.outsider and member.team != config.slack_team:
            wrong = f"{person.name} ({person.slack}) is of workspace {member.team}, so an outsider"
            do = f'Give {person.name} role = "partner", or mend {where}.'
        else:
            continue
        bad += 1
        yield (warn if person.outsider else fail)("slack.people", f"{wrong}.", do)
    if people and not bad:
        yield ok("slack.people", f"Slack knows all {len(people)} people who have an id there.")
