"""Salesforce: the bot's own way in, the mapped fields, and each person as whom it would write."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bot.config import Config
from bot.deal import Person
from bot.doctor.examiners import Bar, Barred, CrmExaminer, CrmObject
from bot.doctor.fields import OPPORTUNITY, Place, field_of, fields, missing, places
from bot.doctor.metadata import deployed
from bot.doctor.values import Check, Finds, fail, named, ok, warn
from bot.errors import BotError, Refused, Unavailable

MOST_PEOPLE = 20
"""As how many people the bot signs in to look; of more, every so manieth."""
AT_ONCE = 4
APP = "Setup → External Client App Manager → the bot's app"
MEND: Mapping[Bar, str] = {
    Bar.CLIENT: f"Copy the Consumer Key into SALESFORCE_CLIENT_ID: {APP} → Settings → OAuth Settings.",
    Bar.KEY: f"Upload the certificate of SALESFORCE_PRIVATE_KEY_FILE: {APP} → Settings → OAuth Settings.",
    Bar.ADDRESS: "SALESFORCE_LOGIN_URL is https://login.salesforce.com, or https://test.salesforce.com for a sandbox.",
    Bar.NOT_APPROVED: f"Assign {{}} a permission set that is let in: {APP} → Policies → App Policies.",
    Bar.INACTIVE: "Activate {}: Setup → Users, or take them out of the configuration file.",
    Bar.OTHER: f"Hold the consumer key, the certificate and the policies against the settings: {APP}.",
}


def crm(examiner: CrmExaminer, config: Config, username: str, metadata: Path | None) -> Finds:
    """Whether Salesforce lets the bot read and write what is mapped; with ``metadata`` what lacks is written there."""
    try:
        versions = examiner.versions()
    except Barred as error:
        said = f"Salesforce does not let the bot in as {username}. {error}"
        yield fail("salesforce.sign_in", said, MEND[error.bar].format(username))
        return
    except Refused as error:
        yield fail(
            "salesforce.sign_in",
            str(error),
            "Hold SALESFORCE_LOGIN_URL and SALESFORCE_API_URL against the org's own address: Setup → My Domain.",
        )
        return
    except Unavailable as error:
        yield fail(
            "salesforce.sign_in",
            str(error),
            "Let this machine reach SALESFORCE_LOGIN_URL and your org's own address.",
        )
        return
    yield ok("salesforce.sign_in", f"Salesforce lets the bot in as {username}.")
    yield _version(examiner.version, versions)
    opportunity = examiner.object(OPPORTUNITY)
    if opportunity is None:
        yield fail(
            "salesforce.object",
            f"{username} may not see opportunities.",
            f"Assign the permission set of `cosell doctor --metadata DIR` to {username}.",
        )
        return
    yield from _calls(examiner, config)
    mapped = places(config.facts, opportunity)
    names = sorted({place.object for place in mapped if place.object})
    own = {OPPORTUNITY: opportunity, **_seen(examiner, names, None)}
    people = [person for person in config.people if person.salesforce]
    tried = people[:: -(-len(people) // MOST_PEOPLE)] if people else []
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="doctor-people") as pool:
        found = dict(
            zip(
                [person.name for person in tried],
                pool.map(lambda person: _as_person(examiner, person, names), tried),
                strict=True,
            )
        )
    seen = {name: objects for name, objects in found.items() if not isinstance(objects, BotError)}
    yield from fields(mapped, own, seen, config, username)
    yield from _people(examiner, people, tried, found, mapped, own)
    if metadata is not None:
        yield deployed(metadata, mapped, missing(mapped, own), config)


def _version(ours: str, theirs: Sequence[str]) -> Check:
    if ours in theirs:
        return ok("salesforce.version", f"The org speaks version {ours} of the API, as the bot does.")
    newest = theirs[-1] if theirs else "none"
    return fail(
        "salesforce.version",
        f"The bot speaks version {ours} of the API; the newest of the org is {newest}.",
        "Wait for Salesforce's next release in this org, or use an older version of the bot.",
    )


def _calls(examiner: CrmExaminer, config: Config) -> Iterator[Check]:
    told = examiner.calls()
    if told is None:
        return
    used, allowed = told
    left = max(0, allowed - used)
    said = f"{left:,} of the org's {allowed:,} API calls of 24 hours are left"
    if left <= allowed * config.salesforce.reserve:
        yield warn(
            "salesforce.calls",
            f"{said}; the bot keeps them for what people ask for, and rules do not look.",
            "Setup → Company Information → API Requests: see who uses them, or buy more.",
        )
    else:
        yield ok("salesforce.calls", f"{said}.")


# -- people ---------------------------------------------------------------------------------------------------------
def _seen(examiner: CrmExaminer, names: Sequence[str], username: str | None) -> dict[str, CrmObject]:
    found = {name: examiner.object(name, username) for name in names}
    return {name: kind for name, kind in found.items() if kind is not None}


def _as_person(
    examiner: CrmExaminer, person: Person, names: Sequence[str]
) -> Mapping[str, CrmObject] | BotError:
    """What a person sees of these objects, or why the bot cannot be them."""
    try:
        return _seen(examiner, names, person.salesforce)
    except BotError as error:
        return error


def _people(
    examiner: CrmExaminer,
    people: Sequence[Person],
    tried: Sequence[Person],
    found: Mapping[str, Mapping[str, CrmObject] | BotError],
    mapped: Sequence[Place],
    own: Mapping[str, CrmObject],
) -> Iterator[Check]:
    try:
        active = examiner.active([person.salesforce for person in people if person.salesforce])
    except BotError as error:
        active = None
        yield warn(
            "salesforce.people",
            f"Which users are active is not known: {error}",
            "Let the bot's user see users.",
        )
    wrong: list[Check] = []
    for person in people:
        absent = _absent(person, active)
        objects = found.get(person.name)
        if absent is not None:
            wrong.append(absent)
        elif isinstance(objects, BotError):
            wrong.append(_barred(person, objects))
        elif objects is not None:
            wrong += _rights(person, objects, mapped, own)
    yield from wrong
    if people and not wrong:
        some = f"{len(tried)} of {len(people)}" if len(tried) < len(people) else f"all {len(people)}"
        yield ok(
            "salesforce.people", f"The bot can sign in as {some} people, and each may edit what is mapped."
        )


def _absent(person: Person, active: Mapping[str, bool] | None) -> Check | None:
    if active is None:
        return None
    known = active.get((person.salesforce or "").lower())
    if known is None:
        return fail(
            "salesforce.people",
            f"The org has no user {person.salesforce}, which is {person.name}'s.",
            f"Mend `salesforce` of {person.name} in the configuration file: it is the Username in Setup → Users.",
        )
    if not known:
        return fail(
            "salesforce.people",
            f"{person.name} ({person.salesforce}) is not active, so nothing can be written as them.",
            MEND[Bar.INACTIVE].format(person.salesforce),
        )
    return None


def _barred(person: Person, error: BotError) -> Check:
    do = (
        MEND[error.bar].format(person.salesforce)
        if isinstance(error, Barred)
        else "Run it again with --only salesforce."
    )
    return fail("salesforce.people", f"The bot cannot be {person.name}: {error}", do)


def _rights(
    person: Person, objects: Mapping[str, CrmObject], mapped: Sequence[Place], own: Mapping[str, CrmObject]
) -> Iterator[Check]:
    assign = f"Assign {person.salesforce} the permission set of `cosell doctor --metadata DIR`."
    opportunity = objects.get(OPPORTUNITY)
    if opportunity is None or not opportunity.updateable:
        what = "edit" if opportunity else "see"
        yield warn(
            "salesforce.people",
            f"{person.name} may not {what} opportunities, so what they approve is not written.",
            f"{assign[:-1]}, if they are to approve.",
        )
        return
    unseen = [p.path for p in missing(mapped, objects) if field_of(p, own) is not None]
    fixed = [
        place.path
        for place in mapped
        if place.mapped.write and (field := field_of(place, objects)) is not None and not field.updateable
    ]
    if unseen:
        yield warn("salesforce.people", f"{person.name} may not see {named(unseen)}.", assign)
    if fixed:
        yield warn("salesforce.people", f"{person.name} may not edit {named(fixed)}.", assign)


def no_key(error: Refused) -> Check:
    """That there is no key to sign in with."""
    return fail(
        "salesforce.key",
        str(error),
        "Let SALESFORCE_PRIVATE_KEY_FILE name the RSA key in PEM, without a passphrase, whose certificate the app has.",
    )
