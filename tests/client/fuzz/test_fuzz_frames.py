"""Streams of frames, right and wrong, against websocket-client's decoder and however they are cut."""

from __future__ import annotations

from fuzzing import fuzzed
from hypothesis import given
from hypothesis import strategies as st
from test_frames import CLOSE, decode, reference_decode

from kucoin_wsapi._frames import close_code


@st.composite
def frames(draw: st.DrawFn) -> bytes:
    """One frame of a server, of which any bit may be wrong and the length told in any form."""
    opcode = draw(st.sampled_from([0, 1, 1, 1, 2, 8, 9, 10]) | st.integers(0, 15))
    final, reserved = draw(st.sampled_from([0x80, 0x80, 0])), draw(st.sampled_from([0] * 12 + [0x10, 0x40]))
    masked = draw(st.sampled_from([0] * 12 + [0x80]))
    payload = draw(
        st.binary(max_size=20)
        | st.text(max_size=30).map(lambda text: text.encode("utf-8", "surrogatepass"))
        | st.integers(120, 300).map(lambda size: b"x" * size)
    )
    size = len(payload)
    forms = [
        bytes((masked | 126,)) + size.to_bytes(2, "big"),
        bytes((masked | 127,)) + size.to_bytes(8, "big"),
    ]
    if size < 126:
        forms = [bytes((masked | size,))] * 6 + forms
    told = draw(st.sampled_from(forms))
    return bytes((final | reserved | opcode,)) + told + (b"\0\0\0\0" if masked else b"") + payload


streams = st.lists(frames(), max_size=6).map(b"".join)


@st.composite
def damaged_streams(draw: st.DrawFn) -> bytes:
    """A stream, perhaps with a byte replaced, or cut off."""
    stream = draw(streams)
    if stream and draw(st.booleans()):
        at = draw(st.integers(0, len(stream) - 1))
        stream = stream[:at] + bytes((draw(st.integers(0, 255)),)) + stream[at + 1 :]
    return stream[: draw(st.integers(0, len(stream)))] if draw(st.booleans()) else stream


@fuzzed(80)
@given(damaged_streams())
def test_what_websocket_client_decodes_is_decoded_the_same(stream):
    """Frame by frame up to the first violation, of which none that it finds is passed over."""
    found, code = decode(stream)
    expected, violated = reference_decode(stream)

    assert code in (None, 1002, 1007, 1009)
    assert found[: len(expected)] == expected[: len(found)]
    if violated and not any(opcode == CLOSE for opcode, _ in found[len(expected) :]):
        assert code is not None  # of close frames it checks the code too, which is left to whoever reads them
    if code is None and not violated:
        assert found == expected


@fuzzed(80)
@given(damaged_streams(), st.data())
def test_where_a_stream_is_cut_makes_no_difference(stream, data):
    """The same frames and the same violation, in whatever pieces it comes; a small limit is hit in the same place."""
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    pieces = [stream[start:end] for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    for limit in (64, 1 << 20):
        assert decode(*pieces, limit=limit) == decode(stream, limit=limit)


@fuzzed(50)
@given(st.binary(max_size=6) | st.text(max_size=6))
def test_the_code_of_any_close_frame_is_a_number_or_none(payload):
    """One that is too short holds none."""
    code = close_code(payload)
    assert code is None or 0 <= code < 1 << 16
