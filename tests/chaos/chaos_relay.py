"""A relay between client and exchange that tears frames at any byte, holds them back, and may speak TLS to the client.

It runs on one thread with an event loop of its own.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
import threading
from collections import Counter
from concurrent.futures import Future
from random import Random

from attrs import frozen

HANDSHAKE_BYTES = 550  # about what a login takes in either direction
LINGER_ZERO = struct.pack("ii", 1, 0)


@frozen
class Trouble:
    """What happens to one connection, once ``after`` bytes have passed in its direction."""

    kind: str  # "torn-request", "torn-reply", "stalled" or "slow-open"
    after: int = 0


@frozen
class Plan:
    """How a relay treats its connections.

    Attributes:
        share: of the connections that get into trouble.
        hold: seconds that a stalled connection holds everything back, which it delivers then.
        reach: bytes after the handshake within which the trouble comes.
    """

    share: float
    hold: float
    reach: int = 6000

    def draw(self, random: Random) -> Trouble | None:
        """The trouble of the next connection; one in five comes within the handshake."""
        if random.random() >= self.share:
            return None
        kind = random.choice(
            ["torn-request", "torn-request", "torn-reply", "torn-reply", "stalled", "slow-open"]
        )
        within = (0, HANDSHAKE_BYTES) if random.random() < 0.2 else (HANDSHAKE_BYTES, self.reach)
        return Trouble(kind, random.randint(*within))


class ChaosRelay:
    """Passes bytes on to ``port`` until `close`; both are called on the user's thread."""

    def __init__(self, port: int, plan: Plan, seed: int, tls: ssl.SSLContext | None = None) -> None:
        self.struck: Counter[str] = Counter()
        self._target = port
        self._plan = plan
        self._random = Random(seed)
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=100)
        self.port: int = self._listener.getsockname()[1]
        self._started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="chaos-relay")
        self._thread.start()
        self._loop, self._stop = self._started.result()

    def close(self) -> None:
        """End every connection and the thread."""
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    async def _serve(self) -> None:
        connections: set[asyncio.Task[None]] = set()

        async def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.create_task(self._connect(reader, writer))
            connections.add(task)
            task.add_done_callback(connections.discard)

        server = await asyncio.start_server(accepted, sock=self._listener, ssl=self._tls)
        stop = asyncio.Event()
        self._started.set_result((asyncio.get_running_loop(), stop))
        await stop.wait()
        server.close()
        for task in tuple(connections):
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        trouble = self._plan.draw(self._random)
        upstream: asyncio.StreamWriter | None = None
        try:
            if trouble is not None and trouble.kind == "slow-open":
                self.struck["slow-open"] += 1
                await asyncio.sleep(self._plan.hold)
                trouble = None
            answers, upstream = await asyncio.open_connection("127.0.0.1", self._target)
            await _Relayed(self, trouble, self._plan.hold).run(reader, upstream, answers, writer)
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            for end in (writer, upstream):
                if end is not None:
                    end.transport.abort()


class _Relayed:
    """One connection while bytes pass."""

    def __init__(self, relay: ChaosRelay, trouble: Trouble | None, hold: float) -> None:
        self._relay = relay
        self._trouble = trouble
        self._hold = hold
        self._flowing = asyncio.Event()
        self._flowing.set()

    async def run(
        self,
        requests: asyncio.StreamReader,
        upstream: asyncio.StreamWriter,
        answers: asyncio.StreamReader,
        downstream: asyncio.StreamWriter,
    ) -> None:
        """Until the trouble ends it, or both sides have ended."""
        kind = None if self._trouble is None else self._trouble.kind
        up = asyncio.create_task(self._pump(requests, upstream, kind in ("torn-request", "stalled")))
        down = asyncio.create_task(self._pump(answers, downstream, kind == "torn-reply"))
        try:
            # What the client has sent is delivered even if it has gone: a network does not take back.
            done, _ = await asyncio.wait({up, down}, return_when=asyncio.FIRST_COMPLETED)
            if up in done and not up.exception() and not self._torn(up):
                await asyncio.wait({down}, timeout=1)
            elif down in done and not self._torn(down):
                await asyncio.wait({up}, timeout=0.05 if self._flowing.is_set() else self._hold + 0.05)
            if self._torn(up) or self._torn(down):
                for writer in (upstream, downstream):
                    _reset(writer)
        finally:
            for pump in (up, down):
                pump.cancel()
            await asyncio.gather(up, down, return_exceptions=True)

    @staticmethod
    def _torn(pump: asyncio.Task[bool]) -> bool:
        return pump.done() and not pump.cancelled() and pump.exception() is None and pump.result()

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, troubled: bool) -> bool:
        """Pass bytes on to the end; whether they were torn."""
        passed = 0
        while data := await source.read(65536):
            await self._flowing.wait()
            if troubled and self._trouble is not None and passed + len(data) > self._trouble.after:
                self._relay.struck[self._trouble.kind] += 1
                troubled = False
                if self._trouble.kind != "stalled":
                    sink.write(data[: self._trouble.after - passed])
                    await sink.drain()
                    return True
                self._flowing.clear()
                await asyncio.sleep(self._hold)
                self._flowing.set()
            passed += len(data)
            sink.write(data)
            await sink.drain()
        if sink.can_write_eof():
            sink.write_eof()
        return False


def _reset(writer: asyncio.StreamWriter) -> None:
    sock = writer.transport.get_extra_info("socket")
    if sock is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_ZERO)
    writer.transport.abort()
