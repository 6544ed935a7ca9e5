"""``cosell setup`` as it is: the real command in a terminal of its own."""

import os
import re
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import config
from bot.setting_up.questions import every
from bot.settings import Settings
from tests.bot.test_setting_up import SECRET, TOKEN, answers, bare, keys

__all__ = ["answers", "bare", "keys"]

COMMAND = "import typer; from bot.setup_commands import setup; typer.run(setup)"
TERMINAL = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))"


class AtTerminal:
    """The real command in a terminal of its own."""

    def __init__(self, folder: Path, *words: str) -> None:
        root = Path(__file__).parent.parent
        self.folder = folder
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "PYTHONPATH": str(root),
            "COLUMNS": "80",
            "TERM": "dumb",
        }
        command = [sys.executable, "-c", TERMINAL, sys.executable, "-c", COMMAND, *words]
        self.process = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.shown = b""
        self._news = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        while part := os.read(self.process.stdout.fileno(), 4096):
            with self._news:
                self.shown += part
                self._news.notify_all()
        with self._news:
            self._news.notify_all()

    def type(self, prompt: str, keys: str) -> None:
        """Type this once the whole prompt is there: what is typed earlier is thrown away where a secret is asked."""
        assert self.process.stdin is not None
        whole = re.compile(re.escape(prompt.encode()) + rb"[^\r\n]*: ")
        with self._news:
            assert self._news.wait_for(lambda: whole.search(self.shown), 30), self.shown.decode()
            self.shown = whole.split(self.shown, maxsplit=1)[1]
        self.process.stdin.write(keys.encode())
        self.process.stdin.flush()

    def ended(self) -> tuple[int, str]:
        """The exit code, and what was shown last."""
        code = self.process.wait(30)
        self._reader.join(10)
        return code, self.shown.decode()

    def close(self) -> None:
        """Leave nothing behind."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[AtTerminal]:
    """The command, begun in an empty folder."""
    made = AtTerminal(tmp_path)
    yield made
    made.close()


@pytest.mark.slow
def test_the_real_command_writes_what_was_answered(
    terminal: AtTerminal, answers: dict[str, list[str]]
) -> None:
    """In a terminal: secrets are not shown while they are typed, both files are there at the end, and load."""
    for one in every():
        if one.needs is None:
            terminal.type(one.name, f"{answers.get(one.name, [''])[0]}\r")
    terminal.type("with your people?", "y\r")
    for prompt, answer in (("Workspace id", "T0BRIGHT"), ("Audit channel id", ""), ("Name", "")):
        terminal.type(prompt, f"{answer}\r")
    code, shown = terminal.ended()
    assert code == 0 and "Now run cosell doctor" in shown
    assert TOKEN not in shown
    loaded = Settings(_env_file=terminal.folder / ".env")
    assert loaded.slack_signing_secret.get_secret_value() == SECRET
    assert loaded.cosell_config == terminal.folder / "cosell.toml"
    assert config.load(loaded.cosell_config).slack_team == "T0BRIGHT"
    assert stat.S_IMODE((terminal.folder / ".env").stat().st_mode) == 0o600


@pytest.mark.slow
def test_ctrl_c_changes_nothing(tmp_path: Path) -> None:
    """In the middle of a question: what was there is there, byte by byte, and nothing else is."""
    (tmp_path / ".env").write_text("# mine\nOTHER=1")
    made = AtTerminal(tmp_path)
    try:
        made.type("SLACK_BOT_TOKEN", f"{TOKEN}\r")
        made.type("SLACK_SIGNING_SECRET", "\x03")
        code, shown = made.ended()
    finally:
        made.close()
    assert code == 130 and "Nothing was written" in shown
    assert (tmp_path / ".env").read_text() == "# mine\nOTHER=1"
    assert [path.name for path in tmp_path.iterdir()] == [".env"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("before", "words"),
    [(None, "run it in a terminal"), (b"A=\xff\xfe", "run it in a terminal")],
)
def test_without_a_terminal_it_says_so(tmp_path: Path, before: bytes | None, words: str) -> None:
    """A script that calls it gets a sentence and exit 2, and nothing is touched."""
    if before is not None:
        (tmp_path / ".env").write_bytes(before)
    root = Path(__file__).parent.parent
    done = subprocess.run(
        [sys.executable, "-c", COMMAND],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONPATH": str(root)},
        input="xoxb-1\n",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2 and words in done.stderr.replace("\n", " ")
    assert done.stdout == ""


@pytest.mark.slow
@pytest.mark.parametrize(("what", "words"), [("binary", "cannot be read"), ("folder", "cannot be read")])
def test_a_settings_file_that_is_none_is_told(tmp_path: Path, what: str, words: str) -> None:
    """Before the first question."""
    path = tmp_path / ".env"
    path.mkdir() if what == "folder" else path.write_bytes(b"A=\xff\xfe")
    made = AtTerminal(tmp_path)
    try:
        code, shown = made.ended()
    finally:
        made.close()
    assert code == 2 and words in shown
