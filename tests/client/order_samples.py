"""Keywords of one valid request of each kind, which tests vary."""

from typing import Any

from kucoin_wsapi.orders import (
    FuturesBatchCancel,
    FuturesBatchOrder,
    FuturesCancel,
    FuturesOrder,
    MarginCancel,
    MarginOrder,
    SpotCancel,
    SpotModify,
    SpotOrder,
    UtaAmend,
    UtaCancel,
    UtaOrder,
)

SPOT_LIMIT = {"symbol": "BTC-USDT", "side": "buy", "type": "limit", "price": "20000", "size": "0.1"}
SPOT_MARKET = {"symbol": "BTC-USDT", "side": "sell", "type": "market", "size": "0.1"}
FUTURES_LIMIT = {"symbol": "XBTUSDTM", "side": "buy", "price": "0.1", "size": 1}
FUTURES_MARKET = {"symbol": "XBTUSDTM", "side": "sell", "type": "market", "size": 1}
UTA_LIMIT = {
    "trade_type": "SPOT",
    "symbol": "BTC-USDT",
    "side": "BUY",
    "order_type": "LIMIT",
    "size": "1",
    "price": "2",
}
SPOT_CHANGE = {"symbol": "BTC-USDT", "order_id": "671124f9365ccb00073debd4", "new_price": "1"}
CANCEL = {"symbol": "BTC-USDT", "order_id": "671124f9365ccb00073debd4"}
UTA_CHANGE = {"symbol": "BTC-USDT", "client_oid": "a", "new_size": "1"}
UTA_CANCEL = {"trade_type": "FUTURES", "symbol": "XBTUSDTM", "order_id": "1"}
BATCH = {"orders": [FuturesOrder(**FUTURES_LIMIT)]}

STOP = {"stop": "down", "stop_price": "9", "stop_price_type": "TP"}

MINIMAL: list[tuple[type, dict[str, Any]]] = [
    (SpotOrder, SPOT_LIMIT),
    (SpotOrder, SPOT_MARKET),
    (SpotModify, SPOT_CHANGE),
    (SpotCancel, CANCEL),
    (MarginOrder, SPOT_LIMIT),
    (MarginOrder, SPOT_MARKET),
    (MarginCancel, CANCEL),
    (FuturesOrder, FUTURES_LIMIT),
    (FuturesOrder, FUTURES_MARKET),
    (FuturesCancel, {"order_id": "1"}),
    (FuturesBatchOrder, BATCH),
    (FuturesBatchCancel, {"order_ids": ["1"]}),
    (UtaOrder, UTA_LIMIT),
    (UtaAmend, UTA_CHANGE),
    (UtaCancel, UTA_CANCEL),
]
