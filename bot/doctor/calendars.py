"""Google Calendar: whether the service account may be each person, and which calendars are open to us."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, time, timedelta

from bot.config import Config
from bot.deal import Interval, Person
from bot.doctor.examiners import Blocked, CalendarExaminer, Hurdle
from bot.doctor.values import Check, Finds, fail, ok, warn
from bot.errors import BotError, Refused, Unavailable

ADMIN = "https://admin.google.com/ac/owl/domainwidedelegation"
AT_ONCE = 4


def calendars(examiner: CalendarExaminer, config: Config, now: datetime) -> Finds:
    """Everybody's free/busy of tomorrow: ours as themselves, the partner's people as one of ours."""
    yield ok("calendar.key", f"The key file is {examiner.account}'s.")
    day = datetime.combine(now.astimezone(UTC).date() + timedelta(days=1), time(), UTC)
    window = Interval(start=day, end=day + timedelta(days=1))
    people = [person for person in config.people if person.calendar]
    own = next((p.calendar for p in people if not p.outsider and p.calendar), None)
    if own is None:
        yield warn(
            "calendar.people",
            "Nobody of ours has a calendar in the configuration, so nothing can be looked at.",
            'Put calendar = "…", mostly the e-mail address, into their [[people]] tables.',
        )
        return

    def look(person: Person) -> BotError | None:
        calendar = person.calendar or ""
        try:
            examiner.look(calendar, own if person.outsider else calendar, window)
        except BotError as error:
            return error
        return None

    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="doctor-calendars") as pool:
        found = dict(zip([person.name for person in people], pool.map(look, people), strict=True))
    yield from _told(examiner, people, found)


def _told(
    examiner: CalendarExaminer, people: Sequence[Person], found: Mapping[str, BotError | None]
) -> Iterator[Check]:
    ours = [person for person in people if not person.outsider]
    hurdles = {name: error.hurdle if isinstance(error, Blocked) else None for name, error in found.items()}
    same = {hurdles[person.name] for person in ours}
    if len(same) == 1 and (hurdle := next(iter(same))) is not None:
        said = f"No calendar of ours can be read, because {hurdle}. {found[ours[0].name]}"
        yield _failed(examiner, ours[0], hurdle, said)
        return
    bad = False
    for person in people:
        error, hurdle = found[person.name], hurdles[person.name]
        if error is None:
            continue
        bad = True
        said = f"{person.name}'s calendar cannot be read: {error}"
        if isinstance(error, Unavailable):
            yield fail(
                "calendar.people",
                said,
                "Let this machine reach www.googleapis.com and oauth2.googleapis.com.",
            )
        elif person.outsider:
            yield warn(
                "calendar.people",
                f"{person.name}'s calendar is not open to us, so their times are asked of them.",
                f"Ask {person.name} to share free/busy of {person.calendar} with your domain, or leave it so.",
            )
        else:
            yield _failed(examiner, person, hurdle or Hurdle.OTHER, said)
    if not bad:
        yield ok("calendar.people", f"Free/busy of all {len(people)} calendars can be read.")


def _failed(examiner: CalendarExaminer, person: Person, hurdle: Hurdle, said: str) -> Check:
    """With the page on which to mend it, and what to type there."""
    if hurdle is Hurdle.DELEGATION:
        return fail(
            "calendar.people",
            said,
            f"As a Workspace administrator: {ADMIN} → Add new, with this client ID and these scopes.",
            (f"Client ID: {examiner.client}", f"OAuth scopes: {','.join(examiner.scopes)}"),
        )
    return fail("calendar.people", said, _do(examiner, person, hurdle))


def _do(examiner: CalendarExaminer, person: Person, hurdle: Hurdle) -> str:
    console = "https://console.cloud.google.com"
    match hurdle:
        case Hurdle.NO_USER:
            return (
                f"Mend `calendar` of {person.name} in the configuration file: {person.calendar} is no active user "
                "of the Workspace."
            )
        case Hurdle.KEY:
            return (
                f"Make a new key of {examiner.account}, and let GOOGLE_APPLICATION_CREDENTIALS name it: "
                f"{console}/iam-admin/serviceaccounts?project={examiner.project}"
            )
        case Hurdle.API_OFF:
            return (
                f"Enable it: {console}/apis/library/calendar-json.googleapis.com?project={examiner.project}"
            )
        case Hurdle.CLOSED:
            return f"Mend `calendar` of {person.name}: Google knows no calendar {person.calendar}."
    return f"Look at {person.calendar} in Google Calendar as {person.name}."


def unreadable(error: Refused) -> Check:
    """That there is no key to sign in with."""
    return fail(
        "calendar.key",
        str(error),
        "Let GOOGLE_APPLICATION_CREDENTIALS name the JSON key that the Cloud console gave you for the service account.",
    )
