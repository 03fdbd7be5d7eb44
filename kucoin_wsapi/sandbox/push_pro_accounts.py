"""Balances, positions and leverage in the Pro dialect: KuCoin documentation, the private channels of Pro push. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from .arguments import decimal_text
from .feed_events import LeverageChange, PositionChange, UnifiedBalance
from .ids import account_id
from .push_announcing import Announcement
from .push_pro_orders import pro_message

__all__ = ["announce_balance", "announce_leverage", "announce_position"]


def announce_balance(balance: UnifiedBalance) -> Iterator[Announcement]:
    """All that a user has of one currency."""

    def data() -> dict[str, object]:
        return {
            "c": balance.currency,
            "e": decimal_text(balance.equity),
            "b": decimal_text(balance.total),
            "a": decimal_text(balance.available),
            "h": decimal_text(balance.hold),
            "U": balance.time,
            "l": decimal_text(balance.owed),
        }

    topic = "balance.UNIFIED"
    yield Announcement(balance.uid, topic, lambda: pro_message(topic, balance.time, data()))


def announce_position(change: PositionChange) -> Iterator[Announcement]:
    """A position, signed by its size, on the channels of all positions and of its contract."""
    for trade_type in ("UNIFIED", "FUTURES"):
        yield _position_announcement(change, f"positionAll.{trade_type}", "")
        yield _position_announcement(change, f"position.{trade_type}", f":{change.position.symbol}")


def _position_announcement(change: PositionChange, shown: str, symbol: str) -> Announcement:
    return Announcement(
        change.uid, f"{shown}{symbol}", lambda: pro_message(shown, change.time, _position(change))
    )


def _position(change: PositionChange) -> dict[str, object]:
    position = change.position
    number = int(account_id(change.uid, position.symbol, f"position {position.side}")[:13], 16)
    value = abs(position.mark_value)
    rate = position.maintenance_margin / value if value else Decimal(0)
    return {
        "pi": str(number),
        "s": position.symbol,
        "mM": position.margin_mode,
        "pS": position.side,
        "q": decimal_text(position.size),
        "eP": decimal_text(position.entry_price),
        "pV": decimal_text(value),
        "mP": decimal_text(position.mark_price),
        "lP": "0",
        "bP": "0",
        "l": str(position.leverage),
        "uPL": decimal_text(position.unrealised_pnl),
        "rPL": decimal_text(position.realised_pnl - position.fees),
        "iM": decimal_text(position.initial_margin),
        "mmr": decimal_text(rate),
        "mtM": decimal_text(position.maintenance_margin),
        "U": change.time,
        "O": position.opened_at or change.time,
    }


def announce_leverage(change: LeverageChange) -> Iterator[Announcement]:
    """The cross leverage of a contract."""
    data = {"s": change.symbol, "l": f"{change.leverage}.00"}
    for trade_type in ("UNIFIED", "FUTURES"):
        topic = f"leverage.{trade_type}"
        yield _leverage_announcement(change, topic, data)


def _leverage_announcement(change: LeverageChange, topic: str, data: object) -> Announcement:
    return Announcement(change.uid, topic, lambda: pro_message(topic, change.time, data))
