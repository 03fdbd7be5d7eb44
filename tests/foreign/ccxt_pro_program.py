"""A program that watches with ccxt.pro while it trades over REST: `client_options` in as JSON, what it saw out as JSON.

Only the URLs of ccxt are overridden. A process of its own, because its import takes seconds.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

import ccxt.pro

SPOT, SWAP = "BTC/USDT", "BTC/USDT:USDT"
SHOWN = ("id", "clientOrderId", "symbol", "type", "side", "price", "amount", "filled", "remaining", "status")
PATIENCE = 8  # seconds, twice


def shown(order: dict[str, Any]) -> dict[str, Any]:
    """The part of an order that says what became of it."""
    return {name: order[name] for name in SHOWN}


async def watch_orders(
    exchange: ccxt.pro.kucoin, symbol: str, heard: asyncio.Event, expected: dict[str, str]
) -> Any:
    """The orders, by clientOid, when those that are `expected` have their statuses."""
    orders: dict[str, dict[str, Any]] = {}
    while any(orders.get(name, {}).get("status") != status for name, status in expected.items()):
        orders |= {order["clientOrderId"]: shown(order) for order in await exchange.watch_orders(symbol)}
        heard.set()
    return {name: orders[name] for name in expected}


async def watch_balance(exchange: ccxt.pro.kucoin, kind: str, first: float, heard: asyncio.Event) -> Any:
    """The balance in USDT when its total is another than at `first`."""
    while True:
        balance = (await exchange.watch_balance({"type": kind})).get("USDT", {})
        heard.set()
        if balance.get("total") not in (None, first):
            return balance


async def watch_book(exchange: ccxt.pro.kucoin, symbol: str) -> Any:
    """The book after a few changes: ccxt loads a snapshot first, and applies what came since."""
    for _ in range(4):
        book = await exchange.watch_order_book(symbol)
    return {"bids": book["bids"][:3], "asks": book["asks"][:3], "nonce": book["nonce"]}


async def stir(exchange: ccxt.pro.kucoin) -> None:
    """Keep both markets moving, for ccxt waits for changes before it loads a book."""
    while True:
        for symbol, amount, more in ((SPOT, 0.001, {}), (SWAP, 1, {"leverage": 3})):
            order = await exchange.create_order(symbol, "limit", "buy", amount, 61000, more)
            await exchange.cancel_order(order["id"], symbol)
        await asyncio.sleep(0.05)


async def trade(exchange: ccxt.pro.kucoin) -> None:
    """An order that is cancelled and one that is filled, of spot and of a perpetual."""
    for symbol, amount, more in ((SPOT, 0.002, {}), (SWAP, 3, {"leverage": 3})):
        name = "spot" if symbol == SPOT else "swap"
        named = {"clientOrderId": f"{name}1", **more}
        order = await exchange.create_order(symbol, "limit", "buy", amount, 60000, named)
        await exchange.cancel_order(order["id"], symbol)
        named = {"clientOrderId": f"{name}2", **more}
        await exchange.create_order(symbol, "market", "buy", amount, None, named)


async def watch(exchange: ccxt.pro.kucoin) -> dict[str, Any]:
    """Everything, while orders are placed."""
    await exchange.load_markets()
    first = (await exchange.fetch_balance())["USDT"]["total"]
    heard = [asyncio.Event() for _ in range(4)]
    watched = {
        "spot ticker": exchange.watch_ticker(SPOT),
        "swap ticker": exchange.watch_ticker(SWAP),
        "spot orders": watch_orders(exchange, SPOT, heard[0], {"spot1": "canceled", "spot2": "closed"}),
        "swap orders": watch_orders(exchange, SWAP, heard[1], {"swap1": "canceled", "swap2": "closed"}),
        "spot balance": watch_balance(exchange, "spot", first, heard[2]),
        "swap balance": watch_balance(exchange, "swap", first, heard[3]),
        "spot book": watch_book(exchange, SPOT),
        "swap book": watch_book(exchange, SWAP),
    }
    tasks = {name: asyncio.ensure_future(each) for name, each in watched.items()}
    stirring = asyncio.ensure_future(stir(exchange))
    # What was before a subscription is not told: trade when each of them has told something.
    listening = asyncio.gather(*(each.wait() for each in heard))
    await asyncio.wait([listening, stirring], timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
    await trade(exchange)
    await asyncio.wait(tasks.values(), timeout=PATIENCE)
    stirring.cancel()
    await asyncio.wait([stirring])
    listening.cancel()
    if not stirring.cancelled():
        stirring.result()
    return {name: task.result() if task.done() else repr(task) for name, task in tasks.items()}


async def main() -> None:
    """Watches once."""
    options = json.loads(sys.argv[1])
    exchange = ccxt.pro.kucoin(
        {
            "apiKey": options["api_key"],
            "secret": options["api_secret"],
            "password": options["api_passphrase"],
            "enableRateLimit": False,  # its pauses; the sandbox's limits hold all the same
        }
    )
    web = {name: options["rest_url"] for name in exchange.urls["api"] if name != "ws"}
    exchange.urls["api"] |= web  # those of the sockets come from the token requests
    try:
        print(json.dumps(await watch(exchange), default=str))
    finally:
        await exchange.close()


if __name__ == "__main__":
    asyncio.run(main())
