"""A Web API call that is answered ``ok: false``."""

from typing import Any

Object = dict[str, Any]
"""A JSON object, shaped as Slack shapes it."""


class SlackError(Exception):
    """Slack's refusal: its error code, and the fields that come with it."""

    def __init__(self, code: str, **fields: Any) -> None:
        super().__init__(code)
        self.code = code
        self.fields = fields

    @classmethod
    def of_problems(cls, code: str, problems: list[str]) -> "SlackError":
        """A refusal that lists what is wrong, each with its JSON pointer."""
        return cls(code, errors=problems, response_metadata={"messages": [f"[ERROR] {p}" for p in problems]})

    def answer(self) -> Object:
        """The body of the reply."""
        return {"ok": False, "error": self.code, **self.fields}
