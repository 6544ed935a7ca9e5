"""Reads a report's page the way a browser does, as far as the tests need it."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

from bot.history import Course

_VOID = {"meta", "img", "br", "link"}


def address(course: Course) -> str | None:
    """Where the thread of an action would be."""
    if not course.card:
        return None
    return f"https://brightlane.slack.com/archives/{course.channel}/p{course.card.replace('.', '')}?a=1&b=2"


@dataclass
class Element:
    """One element of the page."""

    tag: str
    attributes: dict[str, str]
    children: list["Element"] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Everything that it says."""
        return " ".join("".join(self.words).split())


class Page(HTMLParser):
    """A page whose elements all close as they should; ``AssertionError`` otherwise."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[Element] = []
        self._open: list[Element] = []
        self.feed(html)
        self.close()
        assert not self._open, [element.tag for element in self._open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins."""
        element = Element(tag, {name: value or "" for name, value in attrs})
        assert len(element.attributes) == len(attrs)
        self.elements.append(element)
        if self._open:
            self._open[-1].children.append(element)
        if tag not in _VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        """An element ends."""
        assert self._open and self._open[-1].tag == tag, tag
        self._open.pop()

    def handle_data(self, data: str) -> None:
        """Words, which belong to every element around them."""
        for element in self._open:
            element.words.append(data)

    def all(self, tag: str, **attributes: str) -> list[Element]:
        """Every element of this tag with these attributes."""
        return [e for e in self.elements if e.tag == tag and attributes.items() <= e.attributes.items()]

    def by_id(self, id: str) -> Element:
        """The one element with this id."""
        (found,) = [element for element in self.elements if element.attributes.get("id") == id]
        return found

    def listed(self, anchor: str) -> list[Element]:
        """The entries of the list that stands under this anchor."""
        at = self.elements.index(self.by_id(anchor))
        lists = next(element for element in self.elements[at:] if element.tag == "ol")
        return lists.children
