"""A load of signed requests over kept-alive connections, as fast as they are answered or at a steady rate."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Result:
    """What a load measured; seconds."""

    answered: int
    failed: int
    seconds: float
    latencies: tuple[float, ...]

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.answered / self.seconds

    def percentile(self, p: float) -> float:
        """The latency that this share of the answers stayed below."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * p))]


def run(port: int, requests: Sequence[bytes], connections: int, per_second: float | None = None) -> Result:
    """Send every request once. With ``per_second`` each is due at its time, and waiting for a connection counts."""
    return asyncio.run(_run(port, requests, connections, per_second))


async def _run(port: int, requests: Sequence[bytes], connections: int, per_second: float | None) -> Result:
    queue: asyncio.Queue[tuple[bytes, float] | None] = asyncio.Queue()
    latencies: list[float] = []
    failed = 0

    async def send_all() -> None:
        nonlocal failed
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while (item := await queue.get()) is not None:
            raw, due = item
            started = due or time.perf_counter()
            try:
                writer.write(raw)
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
                await reader.readexactly(length)
            except (asyncio.IncompleteReadError, ConnectionError):
                failed += 1
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                continue
            if head.startswith(b"HTTP/1.1 200"):
                latencies.append(time.perf_counter() - started)
            else:
                failed += 1
        writer.close()

    if per_second is None:
        for raw in requests:
            queue.put_nowait((raw, 0.0))
    started = time.perf_counter()
    senders = [asyncio.create_task(send_all()) for _ in range(connections)]
    if per_second is not None:
        for index, raw in enumerate(requests):
            due = started + index / per_second
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            queue.put_nowait((raw, due))
    for _ in senders:
        queue.put_nowait(None)
    await asyncio.gather(*senders)
    return Result(len(latencies), failed, time.perf_counter() - started, tuple(latencies))
