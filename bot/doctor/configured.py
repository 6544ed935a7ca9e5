"""Settings, configuration and policies: what can be known without asking anybody."""

from collections.abc import Iterator
from pathlib import Path

from bot.action import kinds
from bot.config import Config
from bot.doctor.values import Check, Finds, fail, named, ok, warn
from bot.policy import FOLDER, Policy, PolicyError, cases, read
from bot.settings import Settings


def configured(settings: Settings, config: Config) -> Finds:
    """What the settings and the configuration file say, held against each other and the code."""
    yield ok("settings.read", "All settings can be read.")
    yield _file(settings.cosell_config, config)
    yield from _keys(settings)
    yield _team(config)
    yield from _people(config)
    yield from _rules(config)
    yield _audit(config)
    yield from _teams(config)
    yield from _baselines(config)
    yield _policy(settings.cosell_policy or FOLDER)


def _file(path: Path | None, config: Config) -> Check:
    if path is None:
        return fail(
            "settings.config",
            "COSELL_CONFIG names no file, so the bot knows nobody, and nobody can approve.",
            "Run `cosell setup`, which starts one, or write one by docs/configuration.md.",
        )
    if not config.people:
        return fail(
            "settings.config",
            f"{path} names nobody, so nobody can approve.",
            f"Add a [[people]] table for everybody who is to ask and approve to {path}.",
        )
    people, rules = len(config.people), len(config.rules)
    said = f"{people} {'person' if people == 1 else 'people'} and {rules or 'no'} rule{'s' * (rules != 1)}"
    return ok("settings.config", f"{path} can be read: {said}.")


def _keys(settings: Settings) -> Iterator[Check]:
    """A key that everybody on this machine can read is everybody's."""
    files = (settings.salesforce_private_key_file, settings.google_application_credentials)
    open_ones = [str(path) for path in files if _readable_by_all(path)]
    if open_ones:
        yield warn(
            "settings.keys",
            f"Everybody on this machine can read {named(open_ones)}.",
            f"chmod 600 {' '.join(open_ones)}",
        )
    else:
        yield ok("settings.keys", "Other users of this machine cannot read the key files.")


def _readable_by_all(path: Path) -> bool:
    whole = path.resolve()
    return bool(whole.stat().st_mode & 0o004) and all(
        folder.stat().st_mode & 0o001 for folder in whole.parents
    )


def _team(config: Config) -> Check:
    if config.slack_team:
        return ok("config.slack_team", f"slack_team is {config.slack_team}.")
    return fail(
        "config.slack_team",
        "The configuration names no slack_team, so everybody is an outsider and nobody can approve.",
        'Put slack_team = "T…" at the top of the configuration file; the Slack section below says which.',
    )


def _people(config: Config) -> Iterator[Check]:
    ours = [person for person in config.people if not person.outsider]
    lacking = {
        "slack": ("cannot ask for anything and cannot approve", [p.name for p in ours if not p.slack]),
        "salesforce": (
            "nothing can be written as them, and their deals are not known as theirs",
            [p.name for p in ours if not p.salesforce],
        ),
        "calendar": ("no meeting is booked for them", [p.name for p in ours if not p.calendar]),
    }
    for system, (what, names) in lacking.items():
        if names:
            yield warn(
                f"config.people.{system}",
                f"{named(names)} {'has' if len(names) == 1 else 'have'} no `{system}`: {what}.",
                f'Put {system} = "…" into their [[people]] table.',
            )
    if ours and not any(names for _, names in lacking.values()):
        yield ok("config.people", "Everybody of ours has a Slack user, a Salesforce user and a calendar.")


def _rules(config: Config) -> Iterator[Check]:
    known = {verb for kind in kinds().values() for verb in kind.commands}
    unknown = [rule for rule in config.rules if rule.verb and rule.verb not in known]
    for rule in unknown:
        yield fail(
            "config.rules",
            f"The rule “{rule.name}” proposes `{rule.propose}`, which no action can do.",
            f"Let its `propose` begin with {', '.join(sorted(known)[:-1])} or {sorted(known)[-1]}.",
        )
    if config.rules and not unknown:
        yield ok("config.rules", "Every rule proposes something that an action can do.")


def _audit(config: Config) -> Check:
    if config.channels.audit:
        return ok("config.audit", f"What concerns the bot as a whole is told in {config.channels.audit}.")
    return warn(
        "config.audit",
        "No audit channel is set: overrides, changed policies, stops and summaries are told nowhere.",
        'Put audit = "C…" under [channels], the id of a channel that managers read.',
    )


def _teams(config: Config) -> Iterator[Check]:
    strangers = [team for team in config.summary.teams if config.by_slack(team.manager) is None]
    for team in strangers:
        yield fail(
            "config.summary",
            f"The summary for {team.channel} is for {team.manager}, who is nobody in [[people]].",
            "Let `manager` be the Slack id of somebody in [[people]].",
        )
    if config.summary.teams and not strangers:
        yield ok("config.summary", f"The managers of {len(config.summary.teams)} summaries are known.")


def _baselines(config: Config) -> Iterator[Check]:
    without = [name for name in kinds() if name not in config.baselines]
    unknown = [name for name in config.baselines if name not in kinds()]
    if unknown:
        yield warn(
            "config.baselines",
            f"[baselines] has {named(unknown)}, which is no kind of action.",
            f"The kinds are {', '.join(kinds())}.",
        )
    if without:
        yield warn(
            "config.baselines",
            f"[baselines] has nothing for {named(without)}, so reports say nothing of the work it saves.",
            f"{without[0]} = {{ steps = …, handoffs = …, minutes = … }}",
        )
    if not without and not unknown:
        yield ok("config.baselines", "Every kind of action has its baseline.")


def _policy(folder: Path) -> Check:
    try:
        policy = Policy(read(folder))
        if (folder / cases.FILE).is_file():
            problems = cases.failures(policy, cases.load(folder))
            if problems:
                raise PolicyError(problems)
    except PolicyError as error:
        return fail(
            "config.policy",
            f"The policies in {folder} cannot be used.",
            "Mend what is listed here; `cosell policy check` says when it is right.",
            tuple(error.problems),
        )
    return ok("config.policy", f"The policies in {folder} fit their schema and decide as their cases say.")
