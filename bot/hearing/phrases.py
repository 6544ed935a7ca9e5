"""Sets of phrases, and the longest of them that stands at a place in a sentence."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Generic, TypeVar

from bot.hearing.tokens import Kind, Token, words_of

Meaning = TypeVar("Meaning")
_SPOKEN = frozenset({Kind.WORD, Kind.NUMBER})


class Phrases(Generic[Meaning]):
    """Phrases with a meaning each. Written as people write them; compared without case and hyphens."""

    def __init__(self, meanings: Mapping[str, Meaning]) -> None:
        self._by_first: dict[str, list[tuple[tuple[str, ...], Meaning]]] = {}
        for phrase, meaning in meanings.items():
            words = words_of(phrase)
            if words:
                self._by_first.setdefault(words[0], []).append((words, meaning))
        for entries in self._by_first.values():
            entries.sort(key=lambda entry: -len(entry[0]))

    def at(self, tokens: Sequence[Token], place: int) -> tuple[Meaning, int] | None:
        """The meaning of the longest phrase that starts here, and the place after it."""
        entries = self._by_first.get(tokens[place].low) if place < len(tokens) else None
        if entries is None or tokens[place].kind not in _SPOKEN:
            return None
        for words, meaning in entries:
            end = place + len(words)
            if len(words) == 1 or (end <= len(tokens) and _stand(words, tokens, place)):
                return meaning, end
        return None

    def skip(self, tokens: Sequence[Token], place: int) -> int:
        """The place after as many of these phrases as follow each other here."""
        while (found := self.at(tokens, place)) is not None:
            place = found[1]
        return place

    def within(self, tokens: Sequence[Token], start: int, end: int) -> int | None:
        """The first place in a stretch where one of them starts."""
        return next((n for n in range(start, end) if self.at(tokens, n) is not None), None)


def _stand(words: tuple[str, ...], tokens: Sequence[Token], place: int) -> bool:
    for n, word in enumerate(words, start=place):
        if tokens[n].low != word or tokens[n].kind not in _SPOKEN:
            return False
    return True


def phrases(*lists: str | Iterable[str]) -> Phrases[bool]:
    """Phrases without a meaning of their own; a string is a list separated by ``|``."""
    every = [phrase for given in lists for phrase in (given.split("|") if isinstance(given, str) else given)]
    return Phrases(dict.fromkeys((phrase.strip() for phrase in every), True))


def words(text: str) -> frozenset[str]:
    """Single words, written with spaces between them."""
    return frozenset(text.split())
