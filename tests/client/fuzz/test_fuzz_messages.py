"""Whatever text the order socket says is one of the messages, and the one that its fields make it."""

from __future__ import annotations

import json
from typing import get_args

from fuzzing import fuzzed, json_texts, objects
from hypothesis import given
from hypothesis import strategies as st

from kucoin_wsapi._messages import (
    Challenge,
    GatewayError,
    Message,
    Reply,
    Unrecognised,
    Welcome,
    parse_message,
)

MESSAGES = get_args(Message)


@fuzzed(120)
@given(json_texts() | json_texts(objects) | st.text(max_size=40))
def test_any_text_is_a_message(text):
    """What the standard library cannot read is not recognised, what is no object neither; nothing raises."""
    message = parse_message(text)

    assert isinstance(message, MESSAGES)
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError):
        raw = None
    if not isinstance(raw, dict):
        assert isinstance(message, Unrecognised)


@fuzzed(120)
@given(json_texts(objects))
def test_what_names_a_request_is_never_taken_for_a_step_of_the_login(text):
    """An answer is an answer whatever else is in it; the text of a challenge is the very text."""
    message = parse_message(text)

    if isinstance(message, Challenge):
        assert message.text == text
        assert {"sessionId", "timestamp"} <= set(json.loads(text))
        assert message.timestamp is None or message.timestamp > 0
    if isinstance(message, (Challenge, Welcome, GatewayError)):
        raw = json.loads(text)
        assert not (isinstance(raw.get("id"), str) and raw["id"] and raw.get("code") is not None)
    if isinstance(message, Reply):
        assert message.raw["id"] == message.id != ""
    if isinstance(message, GatewayError):
        assert message.code
