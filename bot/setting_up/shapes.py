"""What an answer must look like, told at once and without asking any system."""

import json
import re
from collections.abc import Callable
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic import ValidationError

from bot.settings import Settings

Shape = Callable[[str], str | None]
"""What is wrong with an answer, as the end of a sentence: "it begins with xoxb-"; None: nothing."""


def matching(pattern: str, words: str) -> Shape:
    """That the whole answer matches a regular expression."""
    expression = re.compile(pattern, re.ASCII)
    return lambda answer: None if expression.fullmatch(answer) else words


def private_key(answer: str) -> str | None:
    """That a file holds an RSA key in PEM without a passphrase."""
    try:
        key = load_pem_private_key(Path(answer).read_bytes(), None)
    except OSError:
        return f"there is no file {answer} that can be read"
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return f"{answer} is no private key in PEM that can be read without a passphrase"
    return None if isinstance(key, RSAPrivateKey) else f"the key in {answer} is not an RSA key"


def service_account(answer: str) -> str | None:
    """That a file holds the JSON key of a service account."""
    try:
        told = json.loads(Path(answer).read_text())
    except OSError:
        return f"there is no file {answer} that can be read"
    except ValueError:
        return f"{answer} is not JSON"
    wanted = ("client_email", "private_key", "token_uri")
    if not isinstance(told, dict) or told.get("type") != "service_account" or not all(map(told.get, wanted)):
        return f"{answer} is not the key of a service account, as the Cloud console gives it"
    return None


def anything(answer: str) -> str | None:
    """Whatever the settings take."""
    return None


def refused(name: str, answer: str) -> str | None:
    """Why the settings would not take an answer; only what concerns this one of them."""
    try:
        Settings(_env_file=None, **{name.lower(): answer})  # type: ignore[arg-type]  # by name
    except ValidationError as error:
        for one in error.errors():
            if one["loc"][:1] == (name.lower(),):
                return one["msg"].removeprefix("Value error, ")
    return None
