"""What the tests of the bot's parts may ask for."""

from collections.abc import Iterator

import pytest

from sandbox.seed import load
from sandbox.slack import Slack


@pytest.fixture(scope="module")
def _slack() -> Iterator[Slack]:
    with Slack(load()) as stand_in:
        yield stand_in


@pytest.fixture
def slack(_slack: Slack) -> Slack:
    """Slack as it starts."""
    _slack.reset()
    return _slack
