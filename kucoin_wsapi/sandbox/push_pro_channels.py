"""The channels of the Pro push sockets: which there are, and what a request for one means. Pure.

KuCoin documentation, "Websocket Introduction" of the unified account and the pages of the channels.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from .push_announcing import Subscription

__all__ = ["DEPTHS", "PRIVATE_TRADE_TYPES", "ChannelRefused", "read_private_channel", "read_public_channel"]

DEPTHS = ("1", "5", "50", "increment", "increment@10ms")
PRIVATE_TRADE_TYPES = ("UNIFIED", "SPOT", "FUTURES", "CROSS", "ISOLATED")
OF_A_SYMBOL = ("order", "position")
OF_ALL = ("orderAll", "execution", "positionAll", "leverage", "lw")


class ChannelRefused(Exception):
    """A channel that cannot be subscribed to; the text is what the client is told."""


def read_public_channel(
    request: Mapping[str, object], trade_type: str, known: Collection[str]
) -> tuple[Subscription, ...]:
    """The subscriptions that a request asks for on the public socket of `trade_type`, or `ChannelRefused`.

    A symbol that there is not among `known` is subscribed to as any other, and stays silent.
    """
    channel = _word(request, "channel")
    if channel in OF_A_SYMBOL or channel in OF_ALL or channel == "balance":
        raise ChannelRefused(f"channel {channel} is private")
    if channel not in ("ticker", "trade", "obu"):
        raise ChannelRefused(f"the sandbox has no channel {channel}")
    if _word(request, "tradeType") != trade_type:
        raise ChannelRefused(f"tradeType must be {trade_type} here")
    detail = ""
    if channel == "obu":
        depth = _word(request, "depth")
        if depth not in DEPTHS:
            raise ChannelRefused(f"depth must be one of {', '.join(DEPTHS)}")
        detail = f":{depth}"
    return tuple(
        Subscription("", f"{channel}.{trade_type}:{symbol}{detail}", (symbol,) if symbol in known else ())
        for symbol in _symbols(request, several=channel == "ticker")
    )


def _symbols(request: Mapping[str, object], *, several: bool) -> tuple[str, ...]:
    listed = request.get("symbols")
    if several and isinstance(listed, list) and listed and all(isinstance(each, str) for each in listed):
        return tuple(dict.fromkeys(listed))
    return (_word(request, "symbol"),)


def read_private_channel(request: Mapping[str, object], uid: str) -> tuple[Subscription, ...]:
    """The subscriptions that a request of `uid` asks for, or `ChannelRefused`; `uid` is empty before the login."""
    channel = _word(request, "channel")
    if channel not in (*OF_A_SYMBOL, *OF_ALL, "balance"):
        raise ChannelRefused(f"the sandbox has no private channel {channel}")
    if not uid:
        raise ChannelRefused("authorization is required")
    if channel == "balance":
        if _word(request, "accountType") != "UNIFIED":
            raise ChannelRefused("the sandbox has balances of the accountType UNIFIED only")
        return (Subscription(uid, "balance.UNIFIED"),)
    trade_type = _word(request, "tradeType")
    if trade_type not in PRIVATE_TRADE_TYPES:
        raise ChannelRefused(f"tradeType must be one of {', '.join(PRIVATE_TRADE_TYPES)}")
    symbol = f":{_word(request, 'symbol')}" if channel in OF_A_SYMBOL else ""
    return (Subscription(uid, f"{channel}.{trade_type}{symbol}"),)


def _word(request: Mapping[str, object], name: str) -> str:
    value = request.get(name)
    if not isinstance(value, str) or not value:
        raise ChannelRefused(f"missing `{name}`")
    return value
