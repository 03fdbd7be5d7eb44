"""Topics as they are written on the command line."""

from __future__ import annotations

from kucoin_wsapi._topics import Channel, topics_of
from kucoin_wsapi.exceptions import InvalidRequestError
from kucoin_wsapi.options import WsKey

__all__ = ["key_for", "read_topic"]

_FIELDS = ("symbol", "trade_type", "depth", "interval", "account_type")


def read_topic(text: str) -> str | Channel:
    """A classic topic, which begins with a slash, or a channel: ``obu:symbol=BTC-USDT,depth=50``.

    Raises ``InvalidRequestError``.
    """
    if text.startswith("/"):
        return text
    name, _, rest = text.partition(":")
    fields = {}
    for part in filter(None, rest.split(",")):
        field, sign, value = part.partition("=")
        if not sign or field not in _FIELDS:
            raise InvalidRequestError(
                f"topics: {part!r} is not of the kind NAME=VALUE with {', '.join(_FIELDS)}"
            )
        fields[field] = value
    return Channel(name, **fields)


def key_for(topic: str | Channel) -> WsKey:
    """The first connection key that takes a topic; raises ``InvalidRequestError`` where none does."""
    refusal = None
    for key in WsKey:
        if not key.is_for_orders and key.is_pro == isinstance(topic, Channel):
            try:
                topics_of(topic, key.value)
            except InvalidRequestError as error:
                refusal = refusal or error
            else:
                return key
    assert refusal is not None
    raise refusal
