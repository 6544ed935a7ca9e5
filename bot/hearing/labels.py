"""What a deal's writable facts are called, and which of their options are named."""

from collections.abc import Sequence

from bot.deal import Deal, Fact, FieldType
from bot.hearing.phrases import Phrases
from bot.hearing.tokens import Kind, Token, words_of

REPORTED = frozenset({"p2b_score", "ace_id"})
"""Facts that others decide and people pass on: saying what they are calls for writing them down."""

_SHORT = {"close_date": ("close", "close out"), "p2b_score": ("score", "aws score")}
"""Short names that only mean the fact beside a verb of change, or when the bot is asked."""

_SAME = {"aws": "partner", "amazon": "partner", "won": "closed won", "lost": "closed lost"}
"""What people say for a word of an option."""


class Labels:
    """The names of the facts that may be written."""

    def __init__(self, deal: Deal) -> None:
        self.facts = tuple(fact for fact in deal.facts.values() if fact.writable)
        full = {name: fact for fact in reversed(self.facts) for name in _names(fact)}
        self._full = Phrases(full)
        short = {name: fact for fact in self.facts for name in _SHORT.get(fact.name, ()) if name not in full}
        self._short = Phrases(short)

    def at(self, tokens: Sequence[Token], place: int, short: bool = False) -> tuple[Fact, int] | None:
        """The fact whose name stands here, with the place after it."""
        return self._full.at(tokens, place) or (self._short.at(tokens, place) if short else None)

    def option_at(self, tokens: Sequence[Token], place: int) -> tuple[Fact, str, int] | None:
        """The one fact that has an option named here, the option and the place after it."""
        found = [
            (fact, *named)
            for fact in self.facts
            if fact.options and (named := option_at(fact, tokens, place)) is not None
        ]
        return found[0] if len(found) == 1 else None


def option_at(fact: Fact, tokens: Sequence[Token], place: int) -> tuple[str, int] | None:
    """The option of a fact named here, in full or by words only it has, and the place after it."""
    said, ends = list[str](), list[int]()
    for n, token in enumerate(tokens[place : place + 8], start=place):
        if token.low == "/" and said:
            continue
        if token.kind not in (Kind.WORD, Kind.NUMBER):
            break
        said.append(token.low)
        ends.append(n + 1)
    for length in range(len(said), 0, -1):
        for words in _readings(said[:length]):
            whole = [option for option in fact.options if words_of(option) == words]
            parts = whole or [option for option in fact.options if _contains(words_of(option), words)]
            if len(parts) == 1 and (whole or fact.type is FieldType.CHOICE):
                return parts[0], ends[length - 1]
    return None


def _readings(said: list[str]) -> tuple[tuple[str, ...], ...]:
    plain = tuple(said)
    spelled = tuple(word for each in said for word in _SAME.get(each, each).split())
    return (plain,) if plain == spelled else (plain, spelled)


def _contains(option: tuple[str, ...], words: tuple[str, ...]) -> bool:
    if all(len(word) < 4 for word in words):
        return False
    return any(option[n : n + len(words)] == words for n in range(len(option) - len(words) + 1))


def _names(fact: Fact) -> tuple[str, ...]:
    return tuple(dict.fromkeys((fact.label.lower(), fact.name.replace("_", " "), *fact.aliases)))
