"""Commands of many threads, put to the store together.

An exchange with the store costs a thread more than what is exchanged: a system call each way, and a wait for the
interpreter afterwards. So a thread that comes alone asks at once, and those that come while it waits for its answer are
asked for together, by the first of them, in one exchange. Nobody waits for company.
"""

import threading
from typing import Any

import redis


class Exchange:
    """Asks the store on behalf of every thread of this process."""

    def __init__(self, client: redis.Redis) -> None:
        self._line = client.connection_pool.make_connection()  # one exchange at a time, so one connection
        self._lock = threading.Lock()  # of the two below
        self._waiting: list[_Question] = []
        self._under_way = False

    def ask(self, *command: Any) -> Any:
        """The store's answer to one command, as it came; raises the store's refusal, or what broke the connection.

        A connection that breaks is everybody's error who was in that exchange; each knows what its command may repeat.
        """
        question = _Question(command)
        with self._lock:
            self._waiting.append(question)
            mine, self._under_way = not self._under_way, True
        if not mine:
            question.turn.acquire()
        if not question.answered:
            self._put(question)
        if isinstance(question.answer, Exception):
            raise question.answer
        return question.answer

    def _put(self, mine: "_Question") -> None:
        """Put every waiting question, then let the first of those that came meanwhile put theirs."""
        with self._lock:
            questions, self._waiting = self._waiting, []
        try:
            packed = self._line.pack_commands([one.command for one in questions])  # type: ignore[no-untyped-call]
            self._line.send_packed_command(packed)  # type: ignore[no-untyped-call]
            for question in questions:
                question.answer, question.answered = self._read(), True
        except Exception as error:  # noqa: BLE001 - raised in every thread that asked and has no answer
            self._line.disconnect()  # type: ignore[no-untyped-call]
            for question in questions:
                if not question.answered:
                    question.answer, question.answered = error, True
        with self._lock:
            following = self._waiting[:1]
            self._under_way = bool(following)
        for question in following + questions:
            if question is not mine:
                question.turn.release()

    def _read(self) -> Any:
        """The next answer; a refusal is one too."""
        try:
            return self._line.read_response()
        except redis.ResponseError as refused:
            return refused


class _Question:
    """A command on its way. ``turn`` is held until it was answered, or until it is its turn to put them all."""

    __slots__ = ("answer", "answered", "command", "turn")

    def __init__(self, command: tuple[Any, ...]) -> None:
        self.command = command
        self.answer: Any = None
        self.answered = False
        self.turn = threading.Lock()
        self.turn.acquire()
