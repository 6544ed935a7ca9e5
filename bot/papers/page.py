"""A report as one HTML file that needs nothing beside itself."""

from base64 import b64encode
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from bot.papers.behind import Address, Behind
from bot.papers.values import cap
from bot.papers.writing import paper
from bot.summaries import Summary

_BUDGET = 12_000
"""Actions in all lists together: some three megabytes."""


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html.jinja")


def html(summary: Summary, address: Address) -> str:
    """The report as a page without scripts, in light, dark and print.

    ``address`` is asked at most once for each action that is shown. Where the chart cannot be drawn, it says so.
    """
    behind = Behind(summary, address)
    written = paper(summary, behind)
    return _template().render(
        paper=written,
        cap=cap(written.listings, _BUDGET),
        entry=behind.entry,
        picture=written.chart and b64encode(written.chart.png).decode(),
    )
