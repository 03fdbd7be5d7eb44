"""Frames to and from bytes, held against RFC 6455 and against the codec of websocket-client."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from websocket import ABNF, WebSocketException
from websocket._abnf import continuous_frame, frame_buffer

from kucoin_wsapi._frames import (
    MAX_MESSAGE_SIZE,
    FrameDecoder,
    Opcode,
    close_code,
    close_frame,
    encode_frame,
)

TEXT, BINARY, CONTINUATION = Opcode.TEXT, Opcode.BINARY, Opcode.CONTINUATION
CLOSE, PING, PONG = Opcode.CLOSE, Opcode.PING, Opcode.PONG


def server_frame(opcode: int, payload: bytes, *, final: bool = True) -> bytes:
    """A frame as a server sends it, unmasked, built by websocket-client."""
    return ABNF(int(final), 0, 0, 0, opcode, 0, payload).format()


def decode(*chunks: bytes, limit: int = MAX_MESSAGE_SIZE) -> tuple[list[tuple[int, str | bytes]], int | None]:
    """What a fresh decoder makes of the chunks, and the close code of the violation, if there was one."""
    decoder = FrameDecoder(limit)
    frames = [frame for chunk in chunks for frame in decoder.feed(chunk)]
    return frames, None if decoder.error is None else decoder.error.close_code


def reference_decode(stream: bytes) -> tuple[list[tuple[int, str | bytes]], bool]:
    """What websocket-client makes of a stream: messages and control frames, and whether it found a violation."""
    position = 0

    def receive(size: int) -> bytes:
        nonlocal position
        chunk = stream[position : position + size]
        if not chunk:
            raise EOFError
        position += len(chunk)
        return chunk

    buffer, parts = frame_buffer(receive, False), continuous_frame(False, False)
    messages: list[tuple[int, str | bytes]] = []
    try:
        while True:
            frame = buffer.recv_frame()
            parts.validate(frame)
            if frame.opcode in (CLOSE, PING, PONG):
                messages.append((frame.opcode, frame.data))
                continue
            parts.add(frame)
            if parts.is_fire(frame):
                opcode, whole = parts.extract(frame)
                messages.append((opcode, whole.data.decode() if opcode == TEXT else whole.data))
    except EOFError:
        return messages, False
    except (WebSocketException, UnicodeDecodeError):  # a character that is cut off is valid to its own check
        return messages, True


SIZES = [0, 1, 2, 3, 4, 5, 7, 8, 124, 125, 126, 127, 128, 255, 256, 65_535, 65_536, 70_001]


# To the server


@pytest.mark.parametrize("opcode", [TEXT, BINARY])
def test_an_encoded_frame_is_read_back_by_websocket_client(opcode):
    """Each of the three forms of the length, and sizes that do not divide by the mask's four bytes."""
    for size in SIZES:
        payload = random.Random(size).randbytes(size) if opcode == BINARY else b"x" * size

        messages, violated = reference_decode(encode_frame(opcode, payload))

        assert messages == [(opcode, payload if opcode == BINARY else payload.decode())]
        assert not violated


def test_an_encoded_frame_is_final_and_masked():
    """RFC 6455, 5.3: a client masks every frame, with a fresh mask."""
    frames = [encode_frame(TEXT, b"order") for _ in range(20)]

    assert {(frame[0], frame[1]) for frame in frames} == {(0x81, 0x80 | 5)}
    assert len({frame[2:6] for frame in frames}) > 1


@pytest.mark.parametrize("opcode", [PING, PONG])
def test_control_frames_are_read_back_by_websocket_client(opcode):
    """Also the longest allowed one."""
    assert reference_decode(encode_frame(opcode, b"p" * 125)) == ([(opcode, b"p" * 125)], False)


def test_a_close_frame_carries_its_status_code():
    """Two bytes, in network order."""
    assert reference_decode(close_frame(1000)) == ([(CLOSE, b"\x03\xe8")], False)


# From the server


@pytest.mark.parametrize("opcode", [TEXT, BINARY])
def test_a_frame_of_any_size_is_decoded(opcode):
    """Each of the three forms of the length."""
    for size in SIZES:
        payload = b"y" * size

        frames, code = decode(server_frame(opcode, payload))

        assert frames == [(opcode, payload.decode() if opcode == TEXT else payload)]
        assert code is None


CONVERSATION = (
    server_frame(TEXT, '{"id":"é€😀"}'.encode())
    + server_frame(PING, b"are you there")
    + server_frame(TEXT, b"first ", final=False)
    + server_frame(PONG, b"")
    + server_frame(CONTINUATION, b"", final=False)
    + server_frame(CONTINUATION, "sécond".encode()[:2], final=False)
    + server_frame(CONTINUATION, "sécond".encode()[2:])
    + server_frame(BINARY, bytes(range(200)))
    + server_frame(TEXT, b"")
    + server_frame(CLOSE, b"\x03\xe8bye")
)
HEARD = [
    (TEXT, '{"id":"é€😀"}'),
    (PING, b"are you there"),
    (PONG, b""),
    (TEXT, "first sécond"),
    (BINARY, bytes(range(200))),
    (TEXT, ""),
    (CLOSE, b"\x03\xe8bye"),
]


def test_the_conversation_is_the_same_for_websocket_client():
    """The expectation of the tests below is not our own invention."""
    assert reference_decode(CONVERSATION) == (HEARD, False)


def test_a_stream_may_be_split_anywhere():
    """TCP cuts where it likes: inside a header, a length, a character."""
    for split in range(len(CONVERSATION) + 1):
        assert decode(CONVERSATION[:split], CONVERSATION[split:]) == (HEARD, None), split


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64])
def test_a_stream_may_come_in_small_pieces(size):
    """A byte at a time and a few at a time."""
    chunks = [CONVERSATION[start : start + size] for start in range(0, len(CONVERSATION), size)]

    assert decode(*chunks) == (HEARD, None)


def test_the_long_forms_of_the_length_may_be_split():
    """Inside the two and the eight bytes."""
    for size in (300, 70_000):
        stream = server_frame(TEXT, b"z" * size)
        for split in range(1, 12):
            assert decode(stream[:split], stream[split:]) == ([(TEXT, "z" * size)], None), (size, split)


WELL_FORMED = st.lists(
    st.one_of(
        st.tuples(st.just(TEXT), st.text(max_size=200)),
        st.tuples(st.just(BINARY), st.binary(max_size=300)),
        st.tuples(st.sampled_from([PING, PONG]), st.binary(max_size=125)),
    ),
    max_size=6,
)


@settings(derandomize=True, max_examples=80, deadline=None)
@given(WELL_FORMED, st.randoms(use_true_random=False))
def test_fragmented_streams_decode_as_websocket_client_decodes_them(messages, chance):
    """Messages cut into fragments, with control frames between them, in chunks of any size."""
    stream = b"".join(_in_fragments(opcode, payload, chance) for opcode, payload in messages)
    chunks = []
    while stream:
        size = chance.randint(1, 90)
        chunks.append(stream[:size])
        stream = stream[size:]
    expected, violated = reference_decode(b"".join(chunks))

    assert not violated
    assert decode(*chunks) == (expected, None)


def _in_fragments(opcode: int, payload: str | bytes, chance: random.Random) -> bytes:
    data = payload.encode() if isinstance(payload, str) else payload
    if opcode in (PING, PONG):
        return server_frame(opcode, data)
    frames, first = b"", True
    while True:
        size = chance.randint(0, len(data)) if chance.random() < 0.5 else len(data)
        part, data = data[:size], data[size:]
        frames += server_frame(opcode if first else CONTINUATION, part, final=not data)
        if not data:
            return frames
        first = False
        if chance.random() < 0.3:
            frames += server_frame(PING, b"meanwhile")


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.lists(st.binary(max_size=40), max_size=5))
def test_random_bytes_raise_nothing_and_are_judged_no_milder_than_by_websocket_client(chunks):
    """Fuzz: only ``error`` is set. Status codes of close frames are left to whoever reads them."""
    stream = b"".join(chunks)
    frames, code = decode(*chunks)
    expected, violated = reference_decode(stream)

    assert code in (None, 1002, 1007, 1009)
    assert frames[: len(expected)] == expected[: len(frames)]
    if violated and not any(opcode == CLOSE for opcode, _ in frames[len(expected) :]):
        assert code is not None


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.integers(0, len(CONVERSATION) - 1), st.integers(0, 255))
def test_a_flipped_byte_raises_nothing(position, byte):
    """Fuzz: a real stream with one byte replaced; what came before it is decoded all the same."""
    damaged = CONVERSATION[:position] + bytes([byte]) + CONVERSATION[position + 1 :]
    frames, code = decode(damaged)

    assert code in (None, 1002, 1007, 1009)
    before, _ = decode(CONVERSATION[:position])
    assert frames[: len(before)] == before


# Violations


def _raw(first: int, second: int, rest: bytes = b"") -> bytes:
    return bytes([first, second]) + rest


UNMASKED_OPEN = server_frame(TEXT, b"part", final=False)
VIOLATIONS = {
    "reserved bit 1": (_raw(0x81 | 0x40, 1, b"x"), 1002),
    "reserved bit 2": (_raw(0x81 | 0x20, 1, b"x"), 1002),
    "reserved bit 3": (_raw(0x81 | 0x10, 1, b"x"), 1002),
    "reserved bit on a control frame": (_raw(0x89 | 0x40, 0), 1002),
    **{
        f"opcode {opcode:#x}": (_raw(0x80 | opcode, 0), 1002)
        for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)
    },
    "masked text": (encode_frame(TEXT, b"masked"), 1002),
    "masked ping": (encode_frame(PING, b""), 1002),
    "fragmented ping": (_raw(0x09, 0), 1002),
    "fragmented pong": (_raw(0x0A, 0), 1002),
    "fragmented close": (_raw(0x08, 0), 1002),
    "ping of 126 bytes": (_raw(0x89, 126, b"\x00\x7e" + b"p" * 126), 1002),
    "pong with a 64-bit length": (_raw(0x8A, 127, bytes(8)), 1002),
    "close of 126 bytes": (_raw(0x88, 126, b"\x00\x7e" + b"\x03\xe8" + b"p" * 124), 1002),
    "continuation of nothing": (_raw(0x80, 1, b"x"), 1002),
    "first fragment, as a continuation": (_raw(0x00, 1, b"x"), 1002),
    "text within a fragmented message": (UNMASKED_OPEN + server_frame(TEXT, b"x"), 1002),
    "new fragments within a fragmented message": (
        UNMASKED_OPEN + server_frame(TEXT, b"x", final=False),
        1002,
    ),
    "binary within a fragmented message": (UNMASKED_OPEN + server_frame(BINARY, b"x"), 1002),
    "text that is not UTF-8": (server_frame(TEXT, b"\xff"), 1007),
    "text with an overlong character": (server_frame(TEXT, b"\xc0\xaf"), 1007),
    "text with a surrogate": (server_frame(TEXT, b"\xed\xa0\x80"), 1007),
    "text cut within a character": (server_frame(TEXT, "€".encode()[:2]), 1007),
    "fragments that are not UTF-8 together": (
        UNMASKED_OPEN + server_frame(CONTINUATION, b"\xe2\x82"),
        1007,
    ),
}


@pytest.mark.parametrize(("violation", "expected"), VIOLATIONS.values(), ids=VIOLATIONS.keys())
def test_a_violation_is_found_and_named_with_its_close_code(violation, expected):
    """The frames before it count, nothing after it does, and where the stream was cut makes no difference."""
    stream = server_frame(TEXT, b"before") + violation
    decoder = FrameDecoder()

    frames = decoder.feed(stream)

    assert frames == [(TEXT, "before")]
    assert decoder.error is not None
    assert decoder.error.close_code == expected
    assert decoder.feed(server_frame(TEXT, b"after")) == []
    assert decode(*(violation[at : at + 1] for at in range(len(violation))))[1] == expected


OVERSIZE_HEADS = {
    "100 MB": _raw(0x81, 127, (100 * 1024 * 1024).to_bytes(8, "big")),
    "2**63": _raw(0x81, 127, (1 << 63).to_bytes(8, "big")),
    "2**64 - 1": _raw(0x82, 127, b"\xff" * 8),
    "one byte too many": _raw(0x81, 127, (MAX_MESSAGE_SIZE + 1).to_bytes(8, "big")),
    "first fragment of 100 MB": _raw(0x01, 127, (100 * 1024 * 1024).to_bytes(8, "big")),
}


@pytest.mark.parametrize("head", OVERSIZE_HEADS.values(), ids=OVERSIZE_HEADS.keys())
def test_a_frame_that_is_too_large_is_refused_at_its_head(head):
    """Before a byte of its payload is waited for or kept."""
    assert decode(head) == ([], 1009)


def test_the_largest_message_is_taken():
    """The limit itself is allowed, whole and in fragments."""
    half = MAX_MESSAGE_SIZE // 2
    whole = server_frame(BINARY, b"b" * MAX_MESSAGE_SIZE)
    halves = server_frame(BINARY, b"b" * half, final=False) + server_frame(CONTINUATION, b"b" * half)

    assert decode(whole) == ([(BINARY, b"b" * MAX_MESSAGE_SIZE)], None)
    assert decode(halves) == ([(BINARY, b"b" * MAX_MESSAGE_SIZE)], None)


@pytest.mark.parametrize("size", [1, 100, 125, 126, 500])
def test_fragments_together_are_bounded_like_one_frame(size):
    """However short the fragments are: else a server that never ends a message takes all memory."""
    fragments = [server_frame(TEXT, b"f" * size, final=False)]
    fragments += [server_frame(CONTINUATION, b"f" * size, final=False)] * (1000 // size + 1)

    assert decode(*fragments, limit=1000) == ([], 1009)


def test_a_binary_message_need_not_be_utf8():
    """It is handed on as bytes."""
    assert decode(server_frame(BINARY, b"\xff\xfe")) == ([(BINARY, b"\xff\xfe")], None)


@pytest.mark.parametrize(
    ("payload", "code"),
    [(b"", None), (b"\x03", None), (b"\x03\xe8", 1000), (b"\x03\xf4restart", 1012), ("text", None)],
)
def test_the_status_code_of_a_close_frame_is_read(payload, code):
    """None when there is none."""
    assert close_code(payload) == code
