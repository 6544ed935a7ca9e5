"""The summary in the audit channel: made when it is due, posted once, and tried again where Slack did not take it."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

import structlog

from bot import charts, papers
from bot.cards import Card, summaries
from bot.config import Config
from bot.errors import Refused, Unavailable
from bot.history import Course
from bot.lifecycle.audiences import Audiences
from bot.lifecycle.people import People
from bot.lifecycle.reports import Reports
from bot.lifecycle.targets import Target, covered, targets
from bot.policy import Standing
from bot.summaries import Period, Summary, periods
from bot.threads import Threads
from bot.watch_state import WatchState

log = structlog.get_logger()

AGAIN = "It is tried again every ten minutes; if the channel is gone, name another one in the configuration."
NO_PICTURE = "Slack did not take the chart."
NO_FILE = (
    "Slack did not take the file with every action; `cosell report --csv` on the bot's own machine writes it."
)


class Summarising:
    """Posts summaries; safe to call any number of times for one."""

    def __init__(
        self,
        *,
        reports: Reports,
        people: People,
        audiences: Audiences,
        threads: Threads,
        state: WatchState,
        config: Config,
        now: Callable[[], datetime],
    ) -> None:
        self._reports, self._people = reports, people
        self._audiences, self._threads = audiences, threads
        self._state, self._config, self._now = state, config, now

    def post(self, name: str, channel: str, start: str, end: str, due: str) -> None:
        """Post the summary of a period to a channel, with its chart, its threads and its file.

        ``Refused`` when the channel does not take it: it is handed in again later. ``Unavailable``: tried again.
        """
        period = Period(
            name,
            datetime.fromisoformat(start),
            datetime.fromisoformat(end),
            self._config.summary.timezone,
        )
        target = next((one for one in targets(self._config) if one.channel == channel), None)
        if target is None:
            return  # the configuration has changed since it was handed in
        at = datetime.fromisoformat(due)
        late = at if self._now() - at > periods.GRACE else None
        reader = self._reader(target)
        summary = self._reports.summary(period, reader, late=late)
        try:
            if self._audiences.outsiders(channel, anew=True):
                raise Refused("People of another company are in it, so nothing is told there.")
            self._post(summary, channel)
        except Refused as refused:
            log.error("summary.refused", summary=name, channel=channel, why=str(refused))
            self._state.set_problem(
                channel, f"The {name} summary cannot be posted in <#{channel}>: {refused} {AGAIN}"
            )
            raise
        self._state.set_mark(covered(name, channel), period.end)
        self._state.set_problem(channel, "")
        log.info(
            "summary.posted", summary=name, channel=channel, actions=summary.total.ended, late=bool(late)
        )

    def _reader(self, target: Target) -> Standing | None:
        if not target.manager:
            return None
        return self._people.standing([target.manager])[target.manager]

    # -- one post with what belongs to it -------------------------------------------------------------------
    def _post(self, summary: Summary, channel: str) -> None:
        key, address = _key(summary, channel), self._reports.address()
        chart, picture, note = self._picture(summary, key)
        draw = _Drawing(summary, address, "" if chart is None else chart.alt)
        try:
            ts = self._audiences.post_inside(channel, draw.card({}, picture, note), key)
        except Refused:
            if picture is None:
                raise
            # A picture that Slack has not digested is no reason to say nothing.
            picture, note = None, NO_PICTURE
            ts = self._audiences.post_inside(channel, draw.card({}, None, note), key)
        if chart is not None and picture is None:
            self._attach(channel, ts, "action-latency.png", chart.png, chart.alt, f"{key}:chart")
        links = self._replies(summary, channel, ts, key, address)
        if not summary.quiet:
            content = papers.csv(summary, address)
            name = f"cosell-{summary.period.name}-{_last_day(summary)}.csv"
            if not self._attach(channel, ts, name, content, "Every action of this summary", f"{key}:csv"):
                note = " ".join([note, NO_FILE]).strip()
        if links or note:
            self._link(channel, ts, draw.card(links, picture, note))

    def _picture(self, summary: Summary, key: str) -> tuple[charts.Chart | None, str | None, str]:
        """The chart, the id under which Slack has it, and what to say where there is none although there should be."""
        try:
            chart = charts.chart(summary)
        except (Refused, Unavailable) as error:
            log.warning("chart.not_drawn", why=str(error))
            return None, None, "The chart could not be drawn."
        if chart is None:
            return None, None, ""
        try:
            return (
                chart,
                self._threads.picture("action-latency.png", chart.png, chart.alt, f"{key}:chart"),
                "",
            )
        except Refused as refused:
            log.warning("chart.refused", why=str(refused))
            return None, None, NO_PICTURE

    def _replies(
        self, summary: Summary, channel: str, ts: str, key: str, address: Callable[[Course], str | None]
    ) -> dict[str, str]:
        """Post the threads behind the numbers; where each place of the summary leads to."""
        links = {}
        for place in summaries.places(summary):
            card = summaries.threads_behind(summary, place, address)
            reply = self._audiences.post_inside(channel, card, f"{key}:{place}", ts)
            link = self._threads.permalink(channel, reply)
            if link is not None:
                links[place] = link
        return links

    def _link(self, channel: str, ts: str, card: Card) -> None:
        """Let the numbers of what is posted lead to the replies; without, it says the same."""
        try:
            self._threads.redraw(channel, ts, card)
        except Refused as refused:
            log.warning("summary.not_linked", why=str(refused))

    def _attach(self, channel: str, ts: str, name: str, content: bytes, title: str, key: str) -> bool:
        """Put a file under the summary; whether Slack took it."""
        try:
            self._threads.upload(channel, ts, name, content, title, key)
        except Refused as refused:
            log.warning("summary.file_refused", file=name, why=str(refused))
            return False
        return True


class _Drawing(NamedTuple):
    """The card of one summary, with or without its picture and its links."""

    summary: Summary
    address: Callable[[Course], str | None]
    alt: str  # what the chart shows, in words

    def card(self, links: dict[str, str], picture: str | None, note: str) -> Card:
        return summaries.summary(
            self.summary, links=links, picture=picture, alt=self.alt, note=note, address=self.address
        )


def _key(summary: Summary, channel: str) -> str:
    """One post for a period's end and a channel, however often it is handed in."""
    return f"summary:{summary.period.name}:{summary.period.end:%Y-%m-%d}:{channel}"


def _last_day(summary: Summary) -> str:
    return f"{summary.period.end:%Y-%m-%d}"
