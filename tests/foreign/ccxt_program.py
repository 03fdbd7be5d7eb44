"""A program that trades with ccxt: `client_options` in as JSON, what each step gave out as JSON.

Only the URLs of ccxt are overridden. A process of its own, because its import takes a second.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import ccxt

SPOT, SWAP = "BTC/USDT", "BTC/USDT:USDT"
SHOWN = ("id", "clientOrderId", "symbol", "type", "side", "price", "amount", "filled", "remaining", "status")


def shown(order: dict[str, Any]) -> dict[str, Any]:
    """The part of an order that says what became of it."""
    return {name: order[name] for name in SHOWN}


def trade_spot(exchange: ccxt.kucoin) -> dict[str, Any]:
    """Creates, edits, fetches and cancels an order, and buys at the market."""
    results: dict[str, Any] = {}
    created = exchange.create_order(SPOT, "limit", "buy", 0.001, 60000, {"clientOrderId": "spot-1"})
    results["created"] = created["id"]
    results["fetched"] = shown(exchange.fetch_order(created["id"], SPOT))
    results["edited"] = exchange.edit_order(created["id"], SPOT, "limit", "buy", 0.002, 59000)["id"]
    results["open"] = [shown(order) for order in exchange.fetch_open_orders(SPOT)]
    exchange.cancel_order(results["edited"], SPOT)
    results["canceled"] = shown(exchange.fetch_order(results["edited"], SPOT))
    bought = exchange.create_order(SPOT, "market", "buy", 0.01, None, {"clientOrderId": "spot-2"})
    results["bought"] = shown(exchange.fetch_order(bought["id"], SPOT))
    results["closed"] = [order["id"] for order in exchange.fetch_closed_orders(SPOT)]
    results["trades"] = exchange.fetch_my_trades(SPOT)
    results["balance"] = exchange.fetch_balance()["total"]
    results["refused"] = refusal(
        lambda: exchange.create_order(SPOT, "limit", "buy", 1000, 60000, {"clientOrderId": "spot-3"})
    )
    return results


def trade_swap(exchange: ccxt.kucoin) -> dict[str, Any]:
    """The same with a perpetual, which has positions instead."""
    results: dict[str, Any] = {}
    named = {"clientOrderId": "swap-1", "leverage": 3}
    created = exchange.create_order(SWAP, "limit", "buy", 2, 60000, named)
    results["fetched"] = shown(exchange.fetch_order(created["id"], SWAP))
    results["open"] = [shown(order) for order in exchange.fetch_open_orders(SWAP)]
    exchange.cancel_order(created["id"], SWAP)
    results["canceled"] = shown(exchange.fetch_order(created["id"], SWAP))
    bought = exchange.create_order(SWAP, "market", "buy", 5, None, {**named, "clientOrderId": "swap-2"})
    results["bought"] = shown(exchange.fetch_order(bought["id"], SWAP))
    results["trades"] = exchange.fetch_my_trades(SWAP)
    results["positions"] = exchange.fetch_positions()
    results["balance"] = exchange.fetch_balance({"type": "swap"})["USDT"]
    results["refused"] = refusal(
        lambda: exchange.create_order(SWAP, "limit", "buy", 100_000, 66000, {"leverage": 1})
    )
    exchange.set_margin_mode("cross", "ETH/USDT:USDT")
    results["margin mode"] = exchange.fetch_margin_mode("ETH/USDT:USDT")["marginMode"]
    results["hedged"] = exchange.fetch_position_mode()["hedged"]
    return results


def refusal(call: Any) -> str:
    """The kind of error that ccxt makes of a refusal."""
    try:
        call()
    except ccxt.BaseError as error:
        return type(error).__name__
    return "accepted"


def main() -> None:
    """Trades once of each."""
    options = json.loads(sys.argv[1])
    exchange = ccxt.kucoin(
        {
            "apiKey": options["api_key"],
            "secret": options["api_secret"],
            "password": options["api_passphrase"],
            "enableRateLimit": False,  # its pauses; the sandbox's limits hold all the same
        }
    )
    exchange.urls["api"] = dict.fromkeys(exchange.urls["api"], options["rest_url"])
    markets = exchange.load_markets()
    results = {
        "markets": sorted(markets),
        "steps": {name: markets[name]["precision"] for name in (SPOT, SWAP)},
        "spot": trade_spot(exchange),
        "swap": trade_swap(exchange),
        "ticker": exchange.fetch_ticker(SPOT),
        "book": exchange.fetch_order_book(SWAP),
        "status": exchange.fetch_status()["status"],
        "time": exchange.fetch_time(),
        "fee": exchange.fetch_trading_fee(SPOT)["taker"],
    }
    exchange.secret = "wrong"
    results["wrong secret"] = refusal(exchange.fetch_balance)
    print(json.dumps(results))


if __name__ == "__main__":
    main()
