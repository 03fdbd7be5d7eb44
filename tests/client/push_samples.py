"""Messages of the push sockets, as KuCoin documents them or as they were captured; ``push_samples.txt`` has them."""

from __future__ import annotations

import re
from pathlib import Path

from kucoin_wsapi import Update, WsKey
from kucoin_wsapi._push_messages import Push, parse_push

_TEXT = Path(__file__).with_suffix(".txt").read_text(encoding="utf-8")

SAMPLES: dict[str, str] = dict(re.findall(r"^# (.+?) \| .+\n(.+)$", _TEXT, re.MULTILINE))


def push(name: str) -> Push:
    """The sample as a message of a subscription."""
    message = parse_push(SAMPLES[name])
    assert isinstance(message, Push)
    return message


def update(message: Push) -> Update:
    """What a connection makes of a message."""
    return Update(WsKey.WS_API_SPOT_V1, message.topic, message.subject, message.raw, 1.0)


PUSHES = [name for name, text in SAMPLES.items() if isinstance(parse_push(text), Push)]
