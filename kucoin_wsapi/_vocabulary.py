"""The words that orders are made of, as types; the checks take their choices from here."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

Amount = Decimal | str | int
"""A price, size or sum as a caller may give it; a float is refused because it cannot hold one exactly."""

Side = Literal["buy", "sell"]
OrderType = Literal["limit", "market"]
SpotTimeInForce = Literal["GTC", "GTT", "IOC", "FOK"]
FuturesTimeInForce = Literal["GTC", "IOC", "RPI"]
SelfTradePrevention = Literal["CN", "CO", "CB", "DC"]
FuturesSelfTradePrevention = Literal["CN", "CO", "CB"]
MarginMode = Literal["ISOLATED", "CROSS"]
PositionSide = Literal["BOTH", "LONG", "SHORT"]
StopDirection = Literal["up", "down"]
PriceKind = Literal["TP", "MP", "IP"]
"""What a trigger watches: the last traded price, the mark price or the index price."""

UtaTradeType = Literal["SPOT", "FUTURES", "MARGIN", "CROSS", "ISOLATED"]
UtaSide = Literal["BUY", "SELL"]
UtaOrderType = Literal["LIMIT", "MARKET"]
UtaSizeUnit = Literal["BASECCY", "QUOTECCY", "UNIT"]
UtaTimeInForce = Literal["GTC", "GTT", "IOC", "FOK", "RPI"]
TriggerDirection = Literal["UP", "DOWN"]
