"""Who somebody is in each system: what the configuration says, and whether each system agrees at this moment."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from bot import app
from bot.config import Config
from bot.deal import Frozen, Interval, Person, System
from bot.errors import BotError
from bot.policy import Standing
from bot.settings import Settings

SOON = timedelta(hours=1)
"""How far ahead a calendar is read, only to see that it can be."""


class Link(Frozen):
    """One person in one system."""

    system: str
    account: str | None  # None: the configuration names none
    verified: bool
    said: str  # what the system says, in words


class Identity(Frozen):
    """One configured person, everywhere."""

    name: str
    role: str
    roles: tuple[str, ...]  # with those of Slack's user groups
    company: str
    links: tuple[Link, ...]


def find(config: Config, words: str | None) -> tuple[Person, ...]:
    """The configured people with this Slack id, e-mail address or username; all of them without one.

    A display name finds nobody: it is not what anybody is known by.
    """
    if words is None:
        return config.people
    wanted = words.strip().removeprefix("<@").removesuffix(">").lower()
    return tuple(
        person
        for person in config.people
        if wanted
        in {str(a).lower() for a in (person.slack, person.email, person.salesforce, person.calendar) if a}
    )


def identities(settings: Settings, words: str | None) -> tuple[Identity, ...]:
    """These people with what each system says of them now, read in parallel."""
    parts = app.Assembly(settings)
    config, pool, outside, people = parts.config, parts.pool, parts.outside, parts.people
    found = find(config, words)
    standing = people.standing([p.slack for p in found if p.slack], anew=True)

    def salesforce(person: Person) -> Link:
        return _link(
            System.SALESFORCE,
            person.salesforce,
            lambda account: outside.systems.crm.as_user(account).open_opportunities() and None,
            "signs in as this user",
        )

    def calendar(person: Person) -> Link:
        now = datetime.now(UTC)
        window = Interval(start=now, end=now + SOON)

        def read(account: str) -> str | None:
            reader = outside.systems.calendar.as_user(own if person.outsider else account)
            answer = reader.busy([account], window)[account]
            return answer if isinstance(answer, str) else None

        return _link(System.CALENDAR, person.calendar, read, "free/busy can be read")

    own = next((p.calendar for p in config.ours if p.calendar), "")
    ready = [(person, pool.submit(salesforce, person), pool.submit(calendar, person)) for person in found]
    return tuple(
        Identity(
            name=person.name,
            role=str(person.role),
            roles=standing[person.slack].roles if person.slack else (str(person.role),),
            company="ours" if not person.outsider else person.company or "the partner's",
            links=(
                _in_slack(person, standing.get(person.slack or "")),
                crm.result(),
                diary.result(),
                Link(
                    system=str(System.PARTNER_CENTRAL),
                    account=person.email if not person.outsider else None,
                    verified=False,
                    said="named to AWS as the source identity"
                    if settings.ace_role_arn
                    else "not named to AWS",
                ),
            ),
        )
        for person, crm, diary in ready
    )


def _in_slack(person: Person, who: Standing | None) -> Link:
    if person.slack is None or who is None:
        return Link(system=str(System.SLACK), account=None, verified=False, said="not in the configuration")
    against = [
        *(["deactivated or unknown"] if not who.active else []),
        *(["a guest"] if who.guest else []),
        *(["a bot or a workflow"] if who.automated else []),
        *(["of another workspace"] if not person.outsider and who.company != "ours" else []),
    ]
    said = "active" if not against else ", ".join(against)
    return Link(system=str(System.SLACK), account=person.slack, verified=not against, said=said)


def _link(system: System, account: str | None, read: Callable[[str], object], good: str) -> Link:
    """Whether a system knows an account, by using it."""
    if account is None:
        return Link(system=str(system), account=None, verified=False, said="not in the configuration")
    try:
        trouble = read(account)
    except BotError as error:
        trouble = str(error)
    return Link(
        system=str(system), account=account, verified=not trouble, said=str(trouble) if trouble else good
    )
