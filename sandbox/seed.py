"""What the stand-ins start with: ``seed.toml``, read."""

import tomllib
from pathlib import Path
from typing import Any

SEED = Path(__file__).with_name("seed.toml")
CONFIG = Path(__file__).with_name("cosell.toml")


def load() -> dict[str, Any]:
    """The seed as plain tables, a fresh copy each time."""
    return tomllib.loads(SEED.read_text())
