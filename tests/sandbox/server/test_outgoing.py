"""Frames on their way out: their spelling, their order, and clients that do not read."""

import asyncio
import socket
import struct

import pytest
from aiohttp import web

from kucoin_wsapi.sandbox.answering import close_with
from kucoin_wsapi.sandbox.faults import RESET
from kucoin_wsapi.sandbox.outgoing import MOST_UNSENT, Outgoing, text_frame


def read_frame(data: bytes) -> tuple[int, str, bytes]:
    """First byte, text and the rest, as RFC 6455 has it."""
    length, start = data[1], 2
    if length == 126:
        (length,), start = struct.unpack_from("!H", data, 2), 4
        assert length > 125
    elif length == 127:
        (length,), start = struct.unpack_from("!Q", data, 2), 10
        assert length > 65_535
    return data[0], data[start : start + length].decode(), data[start + length :]


@pytest.mark.parametrize("length", [0, 1, 125, 126, 127, 65_535, 65_536, 100_000])
def test_length_of_a_frame(length):
    """Each length is spelt the shortest way, around the borders too; server frames are not masked."""
    assert read_frame(text_frame("x" * length)) == (0x81, "x" * length, b"")


async def connected() -> tuple[asyncio.Transport, socket.socket]:
    """A transport of the event loop, and the other end, which blocks."""
    near, far = socket.socketpair()
    near.setblocking(False)
    far.settimeout(5)
    transport, _ = await asyncio.get_running_loop().create_connection(asyncio.Protocol, sock=near)
    return transport, far


def test_frames_go_out_together_and_in_turn():
    """What is sent in one go of the loop arrives in its order, and `note` has seen it before."""
    noted: list[str] = []

    async def send_some() -> bytes:
        transport, far = await connected()
        outgoing = Outgoing(transport, noted.append)
        for number in range(3):
            outgoing.send(str(number))
        far.setblocking(False)
        with pytest.raises(BlockingIOError):
            far.recv(100)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        data = far.recv(100)
        transport.close()
        far.close()
        return data

    assert asyncio.run(send_some()) == b"".join(map(text_frame, "012"))
    assert noted == ["0", "1", "2"]


def test_nothing_is_sent_on_a_closing_connection():
    """It is dropped, without a complaint."""

    async def send_late() -> None:
        transport, far = await connected()
        outgoing = Outgoing(transport)
        transport.close()
        outgoing.send("late")
        outgoing.flush()
        await asyncio.sleep(0)
        assert far.recv(100) == b""
        far.close()

    asyncio.run(send_late())


def test_everybody_gets_a_turn():
    """A client with a thousand requests at once does not keep the others waiting for all of his answers."""

    async def take_turns() -> list[str]:
        transport, far = await connected()
        outgoing = Outgoing(transport)
        turns: list[str] = []

        async def flood() -> None:
            for _ in range(1000):
                outgoing.send("x")
                await outgoing.keep_pace()
            turns.append("flood")

        async def other() -> None:
            turns.append("other")

        await asyncio.gather(flood(), other())
        transport.close()
        far.close()
        return turns

    assert asyncio.run(take_turns()) == ["other", "flood"]


def test_who_does_not_read_is_waited_for():
    """No more than about the limit is kept for such a client; it goes on as soon as he reads."""
    text = "x" * 16_384

    async def send_much() -> tuple[int, int]:
        transport, far = await connected()
        outgoing = Outgoing(transport)
        sent = 0

        async def produce() -> None:
            nonlocal sent
            for _ in range(400):
                outgoing.send(text)
                sent += 1
                await outgoing.keep_pace()

        producing = asyncio.ensure_future(produce())
        while transport.get_write_buffer_size() <= MOST_UNSENT:
            await asyncio.sleep(0)
        waiting_with = transport.get_write_buffer_size()
        assert not producing.done()
        loop, received = asyncio.get_running_loop(), 0
        while received < 400 * len(text_frame(text)):
            received += len(await loop.run_in_executor(None, far.recv, 1 << 20))
        await producing
        transport.close()
        far.close()
        return waiting_with, sent

    waiting_with, sent = asyncio.run(send_much())
    assert MOST_UNSENT < waiting_with < 3 * MOST_UNSENT
    assert sent == 400


def test_a_reset_comes_too_late_for_a_closed_connection():
    """Where the client has gone already there is nothing to reset, and nothing to complain about."""

    async def reset_late() -> None:
        transport, far = await connected()
        transport.abort()
        far.close()
        for _ in range(3):
            await asyncio.sleep(0)  # the loop closes the socket
        assert transport.get_extra_info("socket").fileno() == -1
        await close_with(RESET, web.WebSocketResponse(), transport)

    asyncio.run(reset_late())
