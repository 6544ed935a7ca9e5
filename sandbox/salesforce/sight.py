"""Who sees what of the org: field-level security as ``describe`` tells it, and the versions that the org speaks."""

from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

Place = tuple[str, str, str]
"""A user's id, an object, and a field of it."""
NEWEST = 66


@dataclass
class Sight:
    """What is kept from single users, beside what they may not do at all."""

    hidden: set[Place] = field(default_factory=set)
    fixed: set[Place] = field(default_factory=set)  # seen and not edited
    kept_out: set[str] = field(default_factory=set)  # users as whom the app may not act

    def of(self, user: str, told: dict[str, Any]) -> dict[str, Any]:
        """The answer of ``describe`` as this user gets it."""
        kind = told["name"]
        fields = [one for one in told["fields"] if (user, kind, one["name"]) not in self.hidden]
        seen = [
            {**one, "updateable": one["updateable"] and (user, kind, one["name"]) not in self.fixed}
            for one in fields
        ]
        return {**told, "fields": seen}


async def versions(request: Request) -> Response:
    """``/services/data/``: every version that is spoken, the oldest first."""
    shown = [
        {"label": f"Release {n}", "url": f"/services/data/v{n}.0", "version": f"{n}.0"}
        for n in range(31, NEWEST + 1)
    ]
    return JSONResponse(shown)
