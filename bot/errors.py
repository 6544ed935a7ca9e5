"""The errors of the bot, named by what follows from them.

    BotError                 written for the person in the thread
    ├── Refused              nothing was done, trying again will not help  -> say why
    │   ├── NotAllowed       this person may not do this
    │   ├── Stale            the world moved on since the card was drawn
    │   ├── Decided          somebody was faster, or it has ended
    │   └── Invalid          an answer in a form is wrong; names each field
    ├── Unavailable          nothing was done, a system is down            -> tried again
    └── Unverified           something may have been written               -> read, else a person looks

An adapter turns its vendor's errors into these, with ``raise … from error``. Every message is a sentence
for the person who reads it in Slack.
"""

from collections.abc import Mapping

from bot.hiding import Hiding

_HIDING = Hiding()


class BotError(Exception):
    """Something that a person should be told, in the words it carries.

    They may quote a vendor, who may echo what it was sent, so that whatever looks like a secret is taken out.
    """

    def __init__(self, message: str) -> None:
        super().__init__(_HIDING.text(message))


class Refused(BotError):
    """Nothing was done, and trying the same again will not help."""


class NotAllowed(Refused):
    """This person may not do this."""


class Stale(Refused):
    """What the card shows is no longer how things are."""


class Decided(Refused):
    """Somebody was faster, or the proposal has ended."""


class Invalid(Refused):
    """Answers that cannot be taken as they are.

    ``problems`` maps the name of a question to a sentence that says what is wrong and what would be right.
    """

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = dict(problems)


class Unavailable(BotError):
    """Nothing was done because a system did not answer; the same call may work later.

    ``after`` is the number of seconds the system asked us to wait, where it said so.
    """

    def __init__(self, message: str, after: float | None = None) -> None:
        super().__init__(message)
        self.after = after


class Unverified(BotError):
    """Something may have been written, and reading did not settle whether it was."""
