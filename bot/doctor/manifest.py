"""The scopes that the app's manifest asks for; it lies beside the code in the project, not in an installed wheel."""

import re
from pathlib import Path

MANIFEST = Path(__file__).parents[2] / "manifest.yml"
_BOT = re.compile(r"^    bot:\n((?:      - .*\n)+)", re.M)  # the indents of YAML as that file has them
_SCOPE = re.compile(r"^      - ([\w.:]+)", re.M)


def scopes(path: Path = MANIFEST) -> frozenset[str] | None:
    """The bot scopes; None when there is no manifest, or none that can be read."""
    try:
        found = _BOT.search(path.read_text())
    except (OSError, UnicodeDecodeError):
        return None
    return frozenset(_SCOPE.findall(found[1])) if found else None
