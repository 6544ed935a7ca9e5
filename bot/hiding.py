"""Secrets taken out of words, wherever they go: the values that are known, and whatever has the shape of one."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from structlog.typing import EventDict, WrappedLogger

HIDDEN = "[hidden]"
SHORTEST = 8
"""Characters; what is shorter is no secret, and hiding it everywhere would make logs unreadable."""
_NAMED = re.compile(r"(SECRET|TOKEN|PASSWORD|PRIVATE_KEY)(?!_FILE)")
_SHAPES = re.compile(
    r"""
      -----BEGIN\ [A-Z0-9 ]*PRIVATE\ KEY-----(?:[\w+/=\s]|\\+[nr])*(?:-----END\ [A-Z0-9 ]*PRIVATE\ KEY-----)?
    | x(?:ox[a-z]|app)-[A-Za-z0-9-]{6,}                         # Slack
    | hooks\.slack\.com/[\w/-]+                                 # whoever has a response_url may post to it
    | v0=[0-9a-f]{64}                                           # Slack's signature of a request
    | 00D[A-Za-z0-9]{12,15}(?:!|%21)[\w.%-]+                    # Salesforce
    | ya29\.[\w.-]{6,}                                          # Google
    | eyJ[\w-]{6,}\.[\w-]{6,}(?:\.[\w-]+)?                      # a JWT
    | (?:AKIA|ASIA)[A-Z0-9]{12,}                                # AWS
    | (?P<kept>
          (?i:bearer|basic|oauth)[ ]+(?=\S*[0-9])               # an Authorization header
        | (?<![a-z0-9+.-])[a-z][a-z0-9+.-]{0,20}://[^\s:/@]*:(?=[^\s/@]+@)  # a password in an address
        | (?i:(?:secret_?access|private|api)_?key|(?:session|access|refresh|id|security)[_-]?token
              |(?:client|signing)_?secret|passwo?r?d|assertion|signature)
          (?:["'\s]|%22)*(?:[:=>]|%3A|%3D)(?:["'\s]|%22)*b?["']?  # name = "value", <name>value
      )
      (?!-----)[^\s"'<>&,;@(){}\[\]\\]{6,}
    """,
    re.VERBOSE,
)


class Hiding:
    """Takes secrets out of what is logged: the values it knows, and whatever has the shape of one."""

    def __init__(self, known: Iterable[str] = ()) -> None:
        values = sorted({value for value in known if len(value) >= SHORTEST}, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, values))) if values else None

    def __call__(self, _logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        """As a structlog processor, before the line is made."""
        return {name: self.value(value) for name, value in event.items()}

    def text(self, text: str) -> str:
        """The text without them."""
        if self._known is not None:
            text = self._known.sub(HIDDEN, text)
        return _SHAPES.sub(lambda found: (found["kept"] or "") + HIDDEN, text)

    def value(self, value: Any) -> Any:
        """Anything that can be logged, without them; what JSON has no form for becomes its ``repr``."""
        match value:
            case bool() | int() | float() | None:
                return value
            case str():
                return self.text(value)
            case Mapping():
                return {self.value(name): self.value(inner) for name, inner in value.items()}
            case list() | tuple() | set() | frozenset():
                return [self.value(inner) for inner in value]
        return self.text(repr(value))


def secrets_of(environment: Mapping[str, str]) -> list[str]:
    """The values that an environment calls secrets, tokens, passwords or keys."""
    return [value for name, value in environment.items() if _NAMED.search(name.upper())]
