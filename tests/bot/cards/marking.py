"""Proposals in which every text is marked, so that a leak can be found wherever it comes from."""

from collections.abc import Mapping
from enum import Enum
from typing import Any

from pydantic import BaseModel

from bot.action import Change
from bot.audience import Audience
from bot.proposal import Origin, Proposal, Via

SECRET, SEEN = "hush", "tell"
_IDS = {"id", "kind", "slack", "by", "people", "ended_by", "edited_by"}
"""Fields that hold what names a person, a proposal or a kind: those may be shown."""
_HERE = (Via.MESSAGE, Via.MENTION, Via.SHORTCUT)
_SEEN = ("label", "before", "after")


def marked(proposal: Proposal, audience: Audience) -> Proposal:
    """The proposal with every text a secret, but those of the changes that an audience sees and what was said there.

    It walks over whatever fields there are: one that is added later is marked as well.
    """
    secret: Proposal = _model(proposal, audience)
    return secret


def _model(model: Any, audience: Audience) -> Any:
    fields = {}
    for name in type(model).model_fields:
        value = getattr(model, name)
        if name in _IDS and not isinstance(value, BaseModel):
            continue
        if isinstance(model, Origin) and name == "words" and model.via in _HERE:
            continue
        if isinstance(model, Change) and name == "name":
            continue
        mark = SEEN if isinstance(model, Change) and name in _SEEN and model.name in audience.sees else SECRET
        fields[name] = _value(value, mark, audience)
    return model.model_copy(update=fields)


def _value(value: Any, mark: str, audience: Audience) -> Any:
    if isinstance(value, BaseModel):
        return _model(value, audience)
    if isinstance(value, str) and not isinstance(value, Enum):
        return f"{mark} {value} {mark}"
    if isinstance(value, Mapping):
        return {_value(key, mark, audience): _value(inner, mark, audience) for key, inner in value.items()}
    if isinstance(value, list | tuple | frozenset):
        return type(value)(_value(inner, mark, audience) for inner in value)
    return value
