"""Instruments and prices over REST, ready for `json.dumps`.

KuCoin documentation, "Get All Symbols", "Get All Currencies", "Get Ticker" and "Get Part OrderBook" of spot; "Get All
Symbols" and "Get Ticker" of futures. What a sandbox does not have, such as the statistics of 24 hours, is there with
zero or null.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from .arguments import decimal_text
from .exchange import Exchange
from .orders import Side
from .symbols import Contract, SpotSymbol

__all__ = [
    "contract_record",
    "currencies",
    "currency_record",
    "futures_levels",
    "futures_ticker",
    "json_number",
    "levels",
    "spot_statistics",
    "spot_ticker",
    "symbol_record",
]

CALL_AUCTION = (
    "callauctionPriceFloor",
    "callauctionPriceCeiling",
    "callauctionFirstStageStartTime",
    "callauctionSecondStageStartTime",
    "callauctionThirdStageStartTime",
)


def json_number(number: Decimal) -> int | float:
    """A JSON number: whole ones without a fraction."""
    return int(number) if number == number.to_integral_value() else float(number)


def symbol_record(symbol: SpotSymbol) -> dict[str, object]:
    """A spot pair, amounts as strings."""
    return {
        "symbol": symbol.symbol,
        "name": symbol.symbol,
        "baseCurrency": symbol.base_currency,
        "quoteCurrency": symbol.quote_currency,
        "feeCurrency": symbol.quote_currency,
        "market": "USDS",
        "baseMinSize": decimal_text(symbol.base_min_size),
        "quoteMinSize": decimal_text(symbol.quote_min_size),
        "baseMaxSize": decimal_text(symbol.base_max_size),
        "quoteMaxSize": decimal_text(symbol.quote_max_size),
        "baseIncrement": decimal_text(symbol.base_increment),
        "quoteIncrement": decimal_text(symbol.quote_increment),
        "priceIncrement": decimal_text(symbol.price_increment),
        "priceLimitRate": decimal_text(symbol.price_limit_rate),
        "minFunds": decimal_text(symbol.min_funds),
        "isMarginEnabled": symbol.is_margin_enabled,
        "enableTrading": symbol.enable_trading,
        "feeCategory": 1,
        "makerFeeCoefficient": str(symbol.maker_fee_coefficient),
        "takerFeeCoefficient": str(symbol.taker_fee_coefficient),
        "st": False,
        "callauctionIsEnabled": False,
        **dict.fromkeys(CALL_AUCTION),
        "tradingStartTime": symbol.trading_start,
    }


def currency_record(currency: str) -> dict[str, object]:
    """A currency. It has one made-up chain, because clients take one without chains for fiat money."""
    chain = {
        "chainName": "SANDBOX",
        "chainId": "sandbox",
        "withdrawalMinSize": "0",
        "depositMinSize": None,
        "withdrawFeeRate": "0",
        "withdrawalMinFee": "0",
        "isWithdrawEnabled": False,
        "isDepositEnabled": False,
        "confirms": 1,
        "preConfirms": 1,
        "contractAddress": "",
        "withdrawPrecision": 8,
        "maxWithdraw": None,
        "maxDeposit": None,
        "needTag": False,
    }
    return {
        "currency": currency,
        "name": currency,
        "fullName": currency,
        "precision": 8,
        "confirms": None,
        "contractAddress": None,
        "isMarginEnabled": True,
        "isDebitEnabled": True,
        "chains": [chain],
    }


def currencies(exchange: Exchange) -> tuple[str, ...]:
    """Every currency that something is traded or settled in, sorted."""
    names = {name for pair in exchange.symbols.values() for name in (pair.base_currency, pair.quote_currency)}
    return tuple(sorted(names | {contract.settle_currency for contract in exchange.contracts.values()}))


def _best(exchange: Exchange, symbol: str, side: Side) -> tuple[Decimal, Decimal] | None:
    return next(iter(exchange.depth(symbol, side, 1)), None)


def _last_price(exchange: Exchange, symbol: SpotSymbol) -> Decimal:
    """That of the last trade; before the first one, the reference price."""
    return exchange.last_price(symbol.symbol) or symbol.reference_price


def spot_ticker(exchange: Exchange, symbol: str, now: int) -> dict[str, object]:
    """The best bid and ask of a pair; `now` in milliseconds."""
    bid, ask = _best(exchange, symbol, "buy"), _best(exchange, symbol, "sell")
    return {
        "time": now,
        "sequence": str(exchange.sequence(symbol)),
        "price": decimal_text(_last_price(exchange, exchange.symbols[symbol])),
        "size": "0",
        "bestBid": None if bid is None else decimal_text(bid[0]),
        "bestBidSize": None if bid is None else decimal_text(bid[1]),
        "bestAsk": None if ask is None else decimal_text(ask[0]),
        "bestAskSize": None if ask is None else decimal_text(ask[1]),
    }


def spot_statistics(exchange: Exchange, symbol: SpotSymbol) -> dict[str, object]:
    """A row of all tickers: the best prices, the last one and the fees; nothing is counted over 24 hours."""
    bid, ask = _best(exchange, symbol.symbol, "buy"), _best(exchange, symbol.symbol, "sell")
    last = decimal_text(_last_price(exchange, symbol))
    return {
        "symbol": symbol.symbol,
        "symbolName": symbol.symbol,
        "buy": None if bid is None else decimal_text(bid[0]),
        "bestBidSize": None if bid is None else decimal_text(bid[1]),
        "sell": None if ask is None else decimal_text(ask[0]),
        "bestAskSize": None if ask is None else decimal_text(ask[1]),
        "changeRate": "0",
        "changePrice": "0",
        "high": last,
        "low": last,
        "vol": "0",
        "volValue": "0",
        "last": last,
        "averagePrice": last,
        "takerFeeRate": decimal_text(symbol.base_fee_rate),
        "makerFeeRate": decimal_text(symbol.base_fee_rate),
        "takerCoefficient": decimal_text(symbol.taker_fee_coefficient),
        "makerCoefficient": decimal_text(symbol.maker_fee_coefficient),
    }


def levels(side: Iterable[tuple[Decimal, Decimal]]) -> list[list[str]]:
    """One side of a spot book."""
    return [[decimal_text(price), decimal_text(size)] for price, size in side]


def futures_levels(side: Iterable[tuple[Decimal, Decimal]]) -> list[list[int | float]]:
    """One side of a futures book: numbers, and lots."""
    return [[json_number(price), int(size)] for price, size in side]


def contract_record(exchange: Exchange, contract: Contract) -> dict[str, object]:
    """A futures contract, amounts as numbers; the mark price is the one that decides the price limits."""
    prices = exchange.futures.prices(contract.symbol)
    settle = contract.settle_currency
    return {
        "symbol": contract.symbol,
        "rootSymbol": settle,
        "type": "FFWCSX",
        "firstOpenDate": 1_585_555_200_000,
        "expireDate": None,
        "settleDate": None,
        "baseCurrency": contract.base_currency,
        "quoteCurrency": contract.quote_currency,
        "settleCurrency": settle,
        "maxOrderQty": int(contract.max_order_size),
        "marketMaxOrderQty": int(contract.market_max_order_size),
        "maxPrice": json_number(contract.max_price),
        "lotSize": int(contract.lot_size),
        "tickSize": json_number(contract.tick_size),
        "indexPriceTickSize": json_number(contract.tick_size),
        "multiplier": json_number(contract.multiplier),
        "initialMargin": 1 / contract.max_leverage,
        "maintainMargin": json_number(contract.maintenance_margin_rate),
        "maxRiskLimit": json_number(contract.max_risk_limit),
        "minRiskLimit": json_number(contract.max_risk_limit),
        "riskStep": json_number(contract.max_risk_limit),
        "makerFeeRate": json_number(contract.maker_fee_rate),
        "takerFeeRate": json_number(contract.taker_fee_rate),
        "takerFixFee": 0,
        "makerFixFee": 0,
        "settlementFee": None,
        "isDeleverage": True,
        "isQuanto": False,
        "isInverse": contract.is_inverse,
        "markMethod": "FairPrice",
        "fairMethod": "FundingRate",
        "status": contract.status,
        "fundingFeeRate": 0,
        "predictedFundingFeeRate": 0,
        "openInterest": "0",
        "turnoverOf24h": 0,
        "volumeOf24h": 0,
        "markPrice": json_number(prices.mark),
        "indexPrice": json_number(prices.index),
        "lastTradePrice": json_number(prices.last),
        # Clients take a contract without it for one that expires.
        "nextFundingRateTime": 28_800_000,
        "maxLeverage": contract.max_leverage,
        "sourceExchanges": ["sandbox"],
        "supportCross": contract.supports_cross,
        "buyLimit": json_number(contract.highest_buy(prices.mark)),
        "sellLimit": json_number(contract.lowest_sell(prices.mark)),
    }


def futures_ticker(exchange: Exchange, symbol: str, now: int) -> dict[str, object]:
    """The best bid and ask of a contract; `now` in nanoseconds."""
    bid, ask = _best(exchange, symbol, "buy"), _best(exchange, symbol, "sell")
    return {
        "sequence": exchange.sequence(symbol),
        "symbol": symbol,
        "side": "buy",
        "size": 0,
        "tradeId": "0",
        "price": decimal_text(exchange.futures.prices(symbol).last),
        "bestBidPrice": None if bid is None else decimal_text(bid[0]),
        "bestBidSize": None if bid is None else int(bid[1]),
        "bestAskPrice": None if ask is None else decimal_text(ask[0]),
        "bestAskSize": None if ask is None else int(ask[1]),
        "ts": now,
    }
