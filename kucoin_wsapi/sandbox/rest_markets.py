"""REST that is about the market: the time, the status, instruments and prices.

KuCoin documentation, "Market Data" of spot and futures trading.
"""

from __future__ import annotations

from functools import partial

from .answers import Answer
from .exchange import Exchange
from .market_records import (
    contract_record,
    currencies,
    currency_record,
    futures_levels,
    futures_ticker,
    levels,
    spot_statistics,
    spot_ticker,
    symbol_record,
)
from .rest_calls import Call, Endpoint, IncompleteCall, looking, public, succeeded
from .symbols import Contract, SpotSymbol
from .times import to_milliseconds

__all__ = ["MARKETS"]


def _timestamp(_: Exchange, call: Call) -> Answer:
    return succeeded(to_milliseconds(call.now))


def _status(_: Exchange, __: Call) -> Answer:
    return succeeded({"status": "open", "msg": ""})


def _pair(exchange: Exchange, call: Call) -> SpotSymbol:
    pair = exchange.symbols.get(call.required("symbol"))
    if pair is None:
        raise IncompleteCall("Unsupported trading pair.")
    return pair


def _contract(exchange: Exchange, call: Call) -> Contract:
    contract = exchange.contracts.get(call.required("symbol"))
    if contract is None:
        raise IncompleteCall("The symbol is invalid.")
    return contract


def _symbols(exchange: Exchange, call: Call) -> Answer:
    market = call.text("market")
    records = map(symbol_record, exchange.symbols.values())
    return succeeded(
        [record for record in records if market in (None, record["market"], record["quoteCurrency"])]
    )


def _symbol(exchange: Exchange, call: Call) -> Answer:
    return succeeded(symbol_record(_pair(exchange, call)))


def _currencies(exchange: Exchange, _: Call) -> Answer:
    return succeeded([currency_record(currency) for currency in currencies(exchange)])


def _currency(exchange: Exchange, call: Call) -> Answer:
    currency = call.required("currency")
    if currency not in currencies(exchange):
        raise IncompleteCall("The currency does not exist.")
    return succeeded(currency_record(currency))


def _margin_symbols(exchange: Exchange, call: Call) -> Answer:
    wanted = call.text("symbol")
    pairs = [pair for pair in exchange.symbols.values() if wanted in (None, pair.symbol)]
    items = [symbol_record(pair) for pair in pairs if pair.is_margin_enabled]
    return succeeded({"timestamp": to_milliseconds(call.now), "items": items})


def _isolated_symbols(exchange: Exchange, _: Call) -> Answer:
    pairs = [pair for pair in exchange.symbols.values() if pair.is_isolated_margin_enabled]
    return succeeded(
        [
            {
                "symbol": pair.symbol,
                "symbolName": pair.symbol,
                "baseCurrency": pair.base_currency,
                "quoteCurrency": pair.quote_currency,
                "maxLeverage": pair.isolated_leverage,
                "tradeEnable": pair.enable_trading,
                "baseBorrowEnable": True,
                "quoteBorrowEnable": True,
                "baseTransferInEnable": True,
                "quoteTransferInEnable": True,
            }
            for pair in pairs
        ]
    )


def _tickers(exchange: Exchange, call: Call) -> Answer:
    rows = [spot_statistics(exchange, pair) for pair in exchange.symbols.values()]
    return succeeded({"time": to_milliseconds(call.now), "ticker": rows})


def _statistics(exchange: Exchange, call: Call) -> Answer:
    row = spot_statistics(exchange, _pair(exchange, call))
    return succeeded({"time": to_milliseconds(call.now), **row})


def _ticker(exchange: Exchange, call: Call) -> Answer:
    symbol = _pair(exchange, call).symbol
    return succeeded(spot_ticker(exchange, symbol, to_milliseconds(call.now)))


def _book(depth: int | None, exchange: Exchange, call: Call) -> Answer:
    symbol = _pair(exchange, call).symbol
    now = to_milliseconds(call.now)
    return succeeded(
        {
            "time": now,
            "sequence": str(exchange.sequence(symbol)),
            "bids": levels(exchange.depth(symbol, "buy", depth)),
            "asks": levels(exchange.depth(symbol, "sell", depth)),
        }
    )


def _contracts(exchange: Exchange, _: Call) -> Answer:
    return succeeded([contract_record(exchange, contract) for contract in exchange.contracts.values()])


def _single_contract(exchange: Exchange, call: Call) -> Answer:
    return succeeded(contract_record(exchange, _contract(exchange, call)))


def _futures_ticker(exchange: Exchange, call: Call) -> Answer:
    return succeeded(futures_ticker(exchange, _contract(exchange, call).symbol, call.now))


def _futures_tickers(exchange: Exchange, call: Call) -> Answer:
    return succeeded([futures_ticker(exchange, symbol, call.now) for symbol in exchange.contracts])


def _futures_book(depth: int | None, exchange: Exchange, call: Call) -> Answer:
    symbol = _contract(exchange, call).symbol
    return succeeded(
        {
            "symbol": symbol,
            "sequence": exchange.sequence(symbol),
            "bids": futures_levels(exchange.depth(symbol, "buy", depth)),
            "asks": futures_levels(exchange.depth(symbol, "sell", depth)),
            "ts": call.now,
        }
    )


def _mark_price(exchange: Exchange, call: Call) -> Answer:
    contract = _contract(exchange, call)
    record = contract_record(exchange, contract)
    return succeeded(
        {
            "symbol": contract.symbol,
            "granularity": 1000,
            "timePoint": to_milliseconds(call.now),
            "value": record["markPrice"],
            "indexPrice": record["indexPrice"],
        }
    )


MARKETS: tuple[Endpoint, ...] = (
    public("/api/v1/timestamp", 3, _timestamp),
    public("/api/v1/status", 3, _status),
    public("/api/v2/symbols", 4, _symbols),
    public("/api/v2/symbols/{symbol}", 4, _symbol),
    public("/api/v3/currencies", 3, _currencies),
    public("/api/v3/currencies/{currency}", 3, _currency),
    public("/api/v3/margin/symbols", 3, _margin_symbols),
    public("/api/v1/isolated/symbols", 3, _isolated_symbols),
    public("/api/v1/market/allTickers", 15, _tickers),
    public("/api/v1/market/stats", 15, _statistics),
    public("/api/v1/market/orderbook/level1", 2, _ticker),
    public("/api/v1/market/orderbook/level2_20", 2, partial(_book, 20)),
    public("/api/v1/market/orderbook/level2_100", 2, partial(_book, 100)),
    looking("/api/v3/market/orderbook/level2", "spot", 3, partial(_book, None)),
    public("/api/v1/contracts/active", 3, _contracts, invalid="200003"),
    public("/api/v1/contracts/{symbol}", 3, _single_contract, invalid="200003"),
    public("/api/v1/ticker", 2, _futures_ticker, invalid="200003"),
    public("/api/v1/allTickers", 5, _futures_tickers, invalid="200003"),
    public("/api/v1/level2/snapshot", 3, partial(_futures_book, None), invalid="200003"),
    public("/api/v1/level2/depth20", 5, partial(_futures_book, 20), invalid="200003"),
    public("/api/v1/level2/depth100", 5, partial(_futures_book, 100), invalid="200003"),
    public("/api/v1/mark-price/{symbol}/current", 3, _mark_price, invalid="200003"),
)
