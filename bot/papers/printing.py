"""Sets a report on A4 pages with fpdf2, in the fonts that matplotlib ships."""

import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from io import BytesIO

from fpdf import FPDF, FontFace, TextStyle, ViewerPreferences
from fpdf.enums import Align, PageMode, XPos, YPos
from fpdf.fonts import TTFFont

from bot.charts import Chart
from bot.charts.fonts import LEFTWARD, font, spelled
from bot.papers.values import Cell, Entry, Listing, Paper, Section, Table

logging.getLogger("fontTools").setLevel(logging.WARNING)  # it tells every table of a font that it leaves out

_FACE = "DejaVu"
_INK, _QUIET, _LINK, _ALARM, _BAND, _RULE = "#1d1c1d", "#55565a", "#003a66", "#a30d24", "#f0f1f2", "#c8cace"
_TEXT, _SMALL, _LARGE, _LARGEST = 9, 7.5, 12, 17  # points
_LINE, _LEAST, _HEAD = 4.6, 46, 32  # mm: of a line, what a heading needs below it, and a table's beginning
_WIDEST, _BESIDE = 70, 3.5  # mm: of a column, and what it has beside its words
_SHORT = 18  # letters of a heading that stays on one line
_PICTURE = 105  # mm


class Document(FPDF):
    """The pages of one report."""

    def __init__(self, paper: Paper, made_at: datetime) -> None:
        super().__init__(orientation="landscape", format="A4")
        self.add_font(_FACE, "", font("DejaVuSans"))
        self._known = frozenset(self._covered()) - LEFTWARD
        self.add_font(_FACE, "B", font("DejaVuSans-Bold"))
        self.str_alias_nb_pages = ""  # a name that says "{nb}" stays as it is
        self.set_title(self._spelled(paper.title))
        self.set_lang("en")
        self.set_creator("cosell")
        self.set_creation_date(made_at)
        self.viewer_preferences = ViewerPreferences(display_doc_title=True)
        self.page_mode = PageMode.USE_OUTLINES
        self.set_auto_page_break(True, margin=16)
        self.set_margin(12)
        self._entries: dict[str, str] = {}
        self.set_section_title_styles(TextStyle(_FACE, "B", _LARGE, t_margin=6, b_margin=1.5))
        self.add_page()
        self._ahead = {listing.anchor: self.add_link() for listing in paper.listings}

    def footer(self) -> None:
        """The page's number."""
        self.set_y(-11)
        self.set_font(_FACE, "", _SMALL)
        self.set_text_color(_QUIET)
        self.cell(0, 4, f"{self.title}  ·  page {self.page_no()}", align=Align.R)

    def opening(self, paper: Paper) -> None:
        """What stands above everything."""
        self._say(paper.title, _LARGEST, "B", height=9)
        if paper.alarm:
            self._alarm(paper.alarm)
        if paper.late:
            self._say(paper.late, style="B")
        for name, said in paper.facts:
            self._say(f"{name}: {said}")

    def section(self, section: Section, chart: Chart | None) -> None:
        """One section, with the chart where it belongs."""
        tall = 0.0 if chart is None else _tall(chart)
        self._heading(section.title, tall)
        if section.alarm:
            self._alarm(section.alarm)
        for sentence in section.sentences:
            self._say(sentence)
        if chart is not None:
            self._chart(chart, tall)
        for table in section.tables:
            self._table(table)

    def lists(self, listings: Sequence[Listing], most: int, entry: Callable[[str], Entry]) -> None:
        """The actions behind each number, at most so many of each."""
        if not listings:
            return
        self._heading("The actions behind each number")
        self._say("Each leads to its thread in Slack. Every action is in the CSV file.")
        for listing in listings:
            self._list(listing, most, entry)

    def finished(self) -> bytes:
        """The file."""
        return bytes(self.output())

    def _covered(self) -> Iterable[int]:
        face = self.fonts[_FACE.lower()]
        return face.cmap if isinstance(face, TTFFont) else ()

    def _heading(self, title: str, more: float = 0.0) -> None:
        if self.will_page_break(_LEAST + more):
            self.add_page()
        self.set_text_color(_INK)
        self.start_section(title)

    def _say(self, words: str, points: float = _TEXT, style: str = "", height: float = _LINE) -> None:
        self.set_font(_FACE, style, points)
        self.set_text_color(_INK)
        self.multi_cell(0, height, self._spelled(words), align=Align.L, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def _alarm(self, words: str) -> None:
        self.set_font(_FACE, "B", _TEXT + 1)
        self.set_text_color(_ALARM)
        self.set_draw_color(_ALARM)
        self.set_line_width(0.8)
        self.multi_cell(
            0,
            6,
            self._spelled(words),
            border=1,
            align=Align.L,
            padding=2,
            new_x=XPos.LMARGIN,
            new_y=YPos.NEXT,
        )
        self.set_line_width(0.2)
        self.ln(2)

    def _chart(self, chart: Chart, tall: float) -> None:
        self.ln(2)
        self.image(BytesIO(chart.png), w=_PICTURE, h=tall, alt_text=self._spelled(chart.alt))
        self.ln(2)

    def _table(self, table: Table) -> None:
        if self.will_page_break(_HEAD):
            self.add_page()
        self.ln(2)
        self._say(table.caption, style="B")
        self.set_font(_FACE, "", _SMALL)
        self.set_draw_color(_RULE)
        figures = [cell.figure for cell in table.rows[0]]
        widths = self._widths(table)
        with self.table(
            align=Align.L,
            width=sum(widths),
            col_widths=widths,
            text_align=[Align.R if figure else Align.L for figure in figures],
            borders_layout="HORIZONTAL_LINES",
            headings_style=FontFace(emphasis="BOLD", color=_INK, fill_color=_BAND),
            line_height=_LINE - 0.6,
            padding=(0.6, 1),
        ) as drawn:
            heading = drawn.row()
            for words in table.headings:
                heading.cell(words)
            for cells in table.rows:
                row = drawn.row()
                for cell in cells:
                    row.cell(self._spelled(cell.text), link=self._leads(cell), style=self._style(cell))

    def _widths(self, table: Table) -> list[float]:
        """What each column needs, in mm; together no more than a page has."""
        self.set_font(_FACE, "B", _SMALL)
        widths = [
            max(map(self.get_string_width, [heading] if len(heading) < _SHORT else heading.split()))
            for heading in table.headings
        ]
        self.set_font(_FACE, "", _SMALL)
        for cells in table.rows:
            for column, cell in enumerate(cells):
                widths[column] = max(widths[column], self.get_string_width(self._spelled(cell.text)))
        widths = [min(_WIDEST, width) + _BESIDE for width in widths]
        return [width * min(1.0, self.epw / sum(widths)) for width in widths]

    def _list(self, listing: Listing, most: int, entry: Callable[[str], Entry]) -> None:
        if self.will_page_break(4 * _LINE):
            self.add_page()
        self.ln(1.5)
        self.set_link(self._ahead[listing.anchor], y=self.y, page=self.page)
        self._say(f"{listing.title} ({len(listing.of):,})", _SMALL + 0.5, "B")
        self.set_font(_FACE, "", _SMALL)
        for index, id in enumerate(listing.of[:most]):
            shown = entry(id)
            words, last = self._entry(id, shown), index % 2 == 1 or index == min(most, len(listing.of)) - 1
            self.set_text_color(_LINK if shown.address else _INK)
            self.cell(
                self.epw / 2,
                _LINE - 0.6,
                words,
                link=shown.address,
                new_x=XPos.LMARGIN if last else XPos.RIGHT,
                new_y=YPos.NEXT if last else YPos.TOP,
            )
        if len(listing.of) > most:
            self._say(f"And {len(listing.of) - most:,} more in the CSV.", _SMALL)

    def _entry(self, id: str, entry: Entry) -> str:
        """The words of one action in half the width of a page, the name cut where it is too long."""
        if id not in self._entries:
            deal, words = self._spelled(entry.deal), f"  {self._spelled(entry.words)}"
            room = self.epw / 2 - 4 - self.get_string_width(words)
            while self.get_string_width(deal) > room and len(deal) > 1:
                deal = deal[:-2].rstrip() + "…"
            self._entries[id] = deal + words
        return self._entries[id]

    def _leads(self, cell: Cell) -> int | str | None:
        return self._ahead[cell.to] if cell.to else cell.address or None

    def _style(self, cell: Cell) -> FontFace:
        return FontFace(color=_LINK if cell.to or cell.address else _INK)

    def _spelled(self, words: str) -> str:
        return spelled(words, self._known)


def _tall(chart: Chart) -> float:
    """How high the picture is on the page, in mm: a PNG says its width and height in its first bytes."""
    width, height = (int.from_bytes(chart.png[at : at + 4]) for at in (16, 20))
    return _PICTURE * height / width
