"""What the tests of the bot's parts may ask for."""

from collections.abc import Iterator

import pytest

from bot.salesforce import Salesforce
from sandbox.salesforce import Salesforce as Org
from sandbox.seed import load
from sandbox.slack import Slack
from tests.bot.brightlane import adapter


@pytest.fixture(scope="module")
def _slack() -> Iterator[Slack]:
    with Slack(load()) as stand_in:
        yield stand_in


@pytest.fixture
def slack(_slack: Slack) -> Slack:
    """Slack as it starts."""
    _slack.reset()
    return _slack


@pytest.fixture(scope="module")
def _org() -> Iterator[Org]:
    with Org(load()) as stand_in:
        yield stand_in


@pytest.fixture
def org(_org: Org) -> Org:
    """Salesforce as it starts."""
    _org.reset()
    return _org


@pytest.fixture
def salesforce(org: Org) -> Iterator[Salesforce]:
    """The adapter of it, with the default mapping."""
    made = adapter(org)
    yield made
    made.close()
