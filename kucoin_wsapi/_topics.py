"""What can be subscribed to: topics of V1, which are text, and channels of Pro; one subscription has one symbol.

KuCoin documentation, "Websocket Introduction" of the classic and of the unified account, and the pages of the streams.
A connection is named by the value of its ``WsKey``.
"""

from __future__ import annotations

import re
import reprlib
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from attrs import Attribute, field, frozen

from ._push_messages import Action, Push, encode_pro_subscription, encode_v1_subscription
from ._topic_rules import PRO_CHANNELS, SOCKETS, UNKNOWN_CHANNEL, ChannelRule, Socket, v1_rule
from .exceptions import InvalidRequestError

__all__ = ["Channel", "Topic", "batches", "encode_subscription", "subscription_key", "topics_of"]

MOST_SYMBOLS = 100  # of one request


def _invalid(message: str, name: str = "topics") -> InvalidRequestError:
    return InvalidRequestError(message, field=name)


def _word(_: Any, attribute: Attribute[Any], value: object) -> None:
    if not isinstance(value, str) or not re.fullmatch(r"[^\s:,]+", value):
        rule = "a text without blanks, commas and colons is needed"
        raise _invalid(f"{attribute.name}: {rule}, not {reprlib.repr(value)}", attribute.name)


def _word_or_none(owner: Any, attribute: Attribute[Any], value: object) -> None:
    if value is not None:
        _word(owner, attribute, value)


@frozen
class Channel:
    """A stream of a Pro connection, for ``subscribe``: ``Channel("obu", symbol="BTC-USDT", depth="50")``.

    KuCoin documentation, "Websocket Introduction" of the unified account. A field of the wrong kind raises
    ``InvalidRequestError`` at once; whether channel, fields and connection go together is checked by ``subscribe``.

    Attributes:
        name: such as ``"ticker"``, ``"trade"``, ``"obu"``, ``"kline"``, ``"orderAll"``, ``"execution"``.
        symbol: pair or contract, one; several symbols are several channels.
        trade_type: None takes that of the connection: ``"SPOT"`` or ``"FUTURES"``, ``"UNIFIED"`` of the private one,
            where a classic account has to say ``"SPOT"``, ``"FUTURES"``, ``"CROSS"`` or ``"ISOLATED"``.
        depth: of ``"obu"``: ``"1"``, ``"5"``, ``"50"`` or ``"increment@10ms"``.
        interval: of ``"kline"``: such as ``"15min"``.
        account_type: of ``"balance"``: None takes ``"UNIFIED"``.
    """

    name: str = field(validator=_word)
    symbol: str | None = field(default=None, kw_only=True, validator=_word_or_none)
    trade_type: str | None = field(default=None, kw_only=True, validator=_word_or_none)
    depth: str | None = field(default=None, kw_only=True, validator=_word_or_none)
    interval: str | None = field(default=None, kw_only=True, validator=_word_or_none)
    account_type: str | None = field(default=None, kw_only=True, validator=_word_or_none)


@frozen
class Topic:
    """One subscription. ``key`` says it all, and is what updates carry; the rest is how to ask for it.

    Attributes:
        key: such as ``"/market/ticker:BTC-USDT"`` or ``"obu.SPOT:BTC-USDT:50"``.
        name: path of V1, or channel of Pro.
        symbol: the one symbol, or None.
        private: whether it needs an account.
        joins: whether one request may ask for several symbols of it.
        parameters: of Pro, under their wire names.
    """

    key: str
    name: str = field(eq=False)
    symbol: str | None = field(eq=False)
    private: bool = field(eq=False)
    joins: bool = field(eq=False)
    parameters: tuple[tuple[str, str], ...] = field(default=(), eq=False)


def topics_of(given: str | Channel | Iterable[str | Channel], ws_key: str) -> tuple[Topic, ...]:
    """The subscriptions that a user asks for on a connection, each once, in their order.

    Raises ``InvalidRequestError`` for what is no topic, for one that cannot be on this connection, and for none at all.
    """
    socket = SOCKETS.get(ws_key)
    if socket is None:
        raise _invalid(f"ws_key: {ws_key} is a connection for orders and has no topics", "ws_key")
    wanted = [given] if isinstance(given, (str, Channel)) else given
    if not isinstance(wanted, Iterable):
        raise _invalid(f"topics: topics are needed, not {reprlib.repr(given)}")
    topics = {topic.key: topic for item in wanted for topic in _read(item, ws_key, socket)}
    if not topics:
        raise _invalid("topics: at least one is needed")
    return tuple(topics.values())


def _read(item: object, ws_key: str, socket: Socket) -> Iterator[Topic]:
    if isinstance(item, Channel):
        if not socket.pro:
            raise _invalid(f"topics: {ws_key} takes topics such as '/market/ticker:BTC-USDT', not {item}")
        return iter([_pro_topic(item, ws_key, socket)])
    if not isinstance(item, str):
        raise _invalid(f"topics: a text or a Channel is needed, not {reprlib.repr(item)}")
    if socket.pro:
        raise _invalid(f"topics: {ws_key} takes Channel(...), not {reprlib.repr(item)}")
    return _v1_topics(item, ws_key, socket)


_V1_TOPIC = re.compile(r"(?P<path>(?:/[A-Za-z0-9_.-]+)+)(?::(?P<symbols>[^\s:,/]+(?:,[^\s:,/]+)*))?")


def _v1_topics(text: str, ws_key: str, socket: Socket) -> Iterator[Topic]:
    match = _V1_TOPIC.fullmatch(text)
    if match is None:
        raise _invalid(f"topics: '/path' or '/path:SYMBOL,SYMBOL' is needed, not {reprlib.repr(text)}")
    path, symbols = match["path"], match["symbols"]
    rule = v1_rule(path, socket)
    if rule.product not in (None, socket.product):
        raise _invalid(f"topics: {path} is a topic of {rule.product}, {ws_key} is not")
    if rule.private and not socket.private:
        raise _invalid(f"topics: {path} is private, {ws_key} is public")
    if rule.symbol == "needed" and symbols is None:
        raise _invalid(f"topics: {path} needs a symbol: '{path}:SYMBOL'")
    if rule.symbol == "none" and symbols is not None:
        raise _invalid(f"topics: {path} takes no symbol")
    for symbol in [None] if symbols is None else symbols.split(","):
        key = path if symbol is None else f"{path}:{symbol}"
        # One stream of all symbols is not one of several.
        yield Topic(key, path, symbol, rule.private, rule.joins and symbol != "all")


def _pro_topic(channel: Channel, ws_key: str, socket: Socket) -> Topic:
    name = channel.name
    rule = PRO_CHANNELS.get(name, UNKNOWN_CHANNEL)
    if rule.private not in (None, socket.private):
        needed, there = ("private", "public") if rule.private else ("public", "private")
        raise _invalid(f"topics: {name} is a {needed} channel, {ws_key} is {there}")
    if rule.product is not None and rule.product != socket.product:
        raise _invalid(f"topics: {name} is a channel of {rule.product}, {ws_key} is not")
    fields = {"symbol": channel.symbol, "depth": channel.depth, "interval": channel.interval}
    for wanted, value in fields.items():
        if rule.needs is not None and (value is None) is (wanted in rule.needs):
            raise _invalid(f"topics: {name} {'needs its' if value is None else 'takes no'} {wanted}", wanted)
    scope = _scope(channel, rule, ws_key, socket)
    head = ".".join([name, *(value for _, value in scope)])
    key = ":".join(filter(None, [head, *fields.values()]))
    details = [(wire_name, value) for wire_name, value in fields.items() if value and wire_name != "symbol"]
    return Topic(key, name, channel.symbol, socket.private, rule.joins, (*scope, *details))


def _scope(channel: Channel, rule: ChannelRule, ws_key: str, socket: Socket) -> list[tuple[str, str]]:
    """The trade type, or the account type, with its wire name; nothing for a channel that has neither."""
    given = {"tradeType": channel.trade_type, "accountType": channel.account_type}
    if rule is UNKNOWN_CHANNEL:
        return [(wire_name, value.upper()) for wire_name, value in given.items() if value is not None]
    for wire_name, name in (("tradeType", "trade_type"), ("accountType", "account_type")):
        if given[wire_name] is not None and wire_name != rule.scope:
            raise _invalid(f"topics: {channel.name} takes no {name}", name)
    if rule.scope is None:
        return []
    chosen = (given[rule.scope] or socket.trade_type).upper()
    if not socket.private and chosen != socket.trade_type:
        raise _invalid(f"topics: trade type {chosen} is not on {ws_key}", "trade_type")
    return [(rule.scope, chosen)]


def batches(topics: Iterable[Topic]) -> list[tuple[Topic, ...]]:
    """The same topics, in groups that one request may ask for: one stream, at most 100 symbols of it."""
    groups: dict[object, list[Topic]] = {}
    for topic in topics:
        group = (topic.name, topic.parameters) if topic.joins else topic.key
        groups.setdefault(group, []).append(topic)
    return [
        tuple(group[start : start + MOST_SYMBOLS])
        for group in groups.values()
        for start in range(0, len(group), MOST_SYMBOLS)
    ]


def encode_subscription(request_id: str, action: Action, batch: Sequence[Topic]) -> str:
    """The text of the request that subscribes to one of the ``batches``, or ends that."""
    first = batch[0]
    symbols = [topic.symbol for topic in batch if topic.symbol is not None]
    if first.name.startswith("/"):
        topic = f"{first.name}:{','.join(symbols)}" if symbols else first.name
        return encode_v1_subscription(request_id, action, topic, private=first.private)
    channel: dict[str, object] = {"channel": first.name, **dict(first.parameters)}
    if len(symbols) > 1:
        channel["symbols"] = symbols
    elif symbols:
        channel["symbol"] = symbols[0]
    return encode_pro_subscription(request_id, action, channel)


# What the exchange may write instead of what was asked for. KuCoin documentation, "LiquidationWarning" (3470351w0).
_OTHER_NAMES: Mapping[str, str] = MappingProxyType(
    {"/contract/position": "/contract/positionAll", "risk": "lw"}
)
_PRODUCTS = frozenset({"SPOT", "FUTURES", "MARGIN", "CROSS", "ISOLATED"})


def subscription_key(push: Push, subscribed: Container[str]) -> str | None:
    """The key of the subscription that a message belongs to, or None where none of those in ``subscribed`` is it.

    Usually its topic is there as it stands (V1), or with its symbol (Pro).
    """
    topic = push.topic
    if topic in subscribed:
        return topic
    if topic.startswith("/"):
        return next(filter(subscribed.__contains__, _v1_keys(push)), None)
    data = push.raw["d"]
    key = f"{topic}:{data.get('s')}" if type(data) is dict else topic
    return key if key in subscribed else next(filter(subscribed.__contains__, _pro_keys(push)), None)


def _v1_keys(push: Push) -> Iterator[str]:
    path, _, symbol = push.topic.partition(":")
    if not symbol:
        yield f"{path}:{_word_in(push.raw.get('data'), 'symbol')}"
    yield path
    yield _OTHER_NAMES.get(path, path)


def _pro_keys(push: Push) -> tuple[str, ...]:
    data = push.raw["d"]
    symbol, detail = _word_in(data, "s"), _word_in(push.raw, "dp") or _word_in(data, "i")
    channel, _, scope = push.topic.rpartition(".")
    # A subscription to all products may be told which product it is; another account is never meant.
    scope = "UNIFIED" if scope in _PRODUCTS else scope
    other = f"{_OTHER_NAMES.get(channel, channel)}.{scope}"
    return f"{push.topic}:{symbol}:{detail}", f"{other}:{symbol}", other


def _word_in(data: object, name: str) -> str:
    value = data.get(name) if isinstance(data, dict) else None
    return value if isinstance(value, str) else ""
