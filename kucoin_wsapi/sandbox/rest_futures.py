"""REST about futures beside orders: the account, positions, margin modes, leverage, position mode.

KuCoin documentation, "Positions" of futures trading and "Get Account - Futures". The newer of the two ways to ask for
a position (v2) answers with a list, for in hedge mode there may be two; which shape KuCoin's has is not certain.
"""

from __future__ import annotations

from .answers import Answer
from .arguments import Arguments
from .exchange import Exchange
from .futures_records import account_record, open_order_record, position_record
from .futures_views import Position
from .operations import Operation
from .refusals import Refusal
from .rest_calls import Call, Endpoint, Handler, IncompleteCall, looking, succeeded
from .symbols import Contract

__all__ = ["FUTURES"]


def _overview(exchange: Exchange, call: Call) -> Answer:
    return succeeded(account_record(exchange.futures.account(call.uid, call.text("currency") or "XBT")))


def _contract(exchange: Exchange, call: Call) -> Contract:
    contract = exchange.contracts.get(call.required("symbol"))
    if contract is None:
        raise IncompleteCall("The symbol is invalid.")
    return contract


def _record(exchange: Exchange, call: Call, position: Position) -> dict[str, object]:
    inverse = exchange.contracts[position.symbol].is_inverse
    return position_record(position, call.uid, call.now, is_inverse=inverse)


def _positions_of(exchange: Exchange, call: Call) -> list[dict[str, object]]:
    symbol = _contract(exchange, call).symbol
    return [_record(exchange, call, position) for position in exchange.futures.positions(call.uid, symbol)]


def _position(exchange: Exchange, call: Call) -> Answer:
    """The one that is open, or else the last; a position that never was has no more than its symbol."""
    records = _positions_of(exchange, call)
    records.sort(key=lambda record: bool(record["isOpen"]))
    return succeeded(records[-1] if records else {"symbol": call.text("symbol"), "isOpen": False})


def _position_list(exchange: Exchange, call: Call) -> Answer:
    return succeeded([record for record in _positions_of(exchange, call) if record["isOpen"]])


def _positions(exchange: Exchange, call: Call) -> Answer:
    currency = call.text("currency")
    return succeeded(
        [
            _record(exchange, call, position)
            for position in exchange.futures.positions(call.uid)
            if position.size and currency in (None, position.settle_currency)
        ]
    )


def _open_orders(exchange: Exchange, call: Call) -> Answer:
    contract = _contract(exchange, call)
    orders = exchange.futures.open_orders(call.uid, contract.symbol)
    return succeeded(open_order_record(orders, contract.settle_currency))


def _margin_mode(exchange: Exchange, call: Call) -> Answer:
    symbol = _contract(exchange, call).symbol
    return succeeded({"symbol": symbol, "marginMode": exchange.futures.margin_mode(call.uid, symbol)})


def _cross_leverage(exchange: Exchange, call: Call) -> Answer:
    symbol = _contract(exchange, call).symbol
    leverage = exchange.futures.cross_leverage(call.uid, symbol)
    return succeeded({"symbol": symbol, "leverage": str(leverage)})


def _position_mode(exchange: Exchange, call: Call) -> Answer:
    return succeeded({"positionMode": int(exchange.futures.position_mode(call.uid) == "hedge")})


def _set_margin_mode(exchange: Exchange, call: Call) -> Answer:
    arguments = _arguments(call)
    symbol, mode = arguments.symbol(), arguments.text("marginMode", longest=20) or ""
    return exchange.futures.set_margin_mode(call.uid, symbol, mode)


def _set_cross_leverage(exchange: Exchange, call: Call) -> Answer:
    arguments = _arguments(call)
    leverage = arguments.integer("leverage", accept_text=True)
    answer = exchange.futures.set_cross_leverage(call.uid, arguments.symbol(), leverage or 0)
    return succeeded(True) if answer.succeeded else answer


def _set_position_mode(exchange: Exchange, call: Call) -> Answer:
    mode = _arguments(call).integer("positionMode", accept_text=True)
    return exchange.futures.set_position_mode(call.uid, str(mode))


def _arguments(call: Call) -> Arguments:
    return Arguments.of(call.body)


def _setting(path: str, handler: Handler) -> Endpoint:
    """A POST; what is wrong with its body is told as the core tells it."""

    def change(exchange: Exchange, call: Call) -> Answer:
        try:
            return handler(exchange, call)
        except Refusal as refusal:
            raise IncompleteCall(refusal.detail or "The request parameter is invalid.") from None

    return Endpoint("POST", path, change, Operation("Futures", "futures", 2, unified=False), invalid="100001")


FUTURES: tuple[Endpoint, ...] = (
    *(
        looking(path, "futures", weight, handler, permission="Futures", invalid="100001")
        for path, weight, handler in (
            ("/api/v1/account-overview", 5, _overview),
            ("/api/v1/position", 2, _position),
            ("/api/v2/position", 2, _position_list),
            ("/api/v1/positions", 2, _positions),
            ("/api/v2/position/getMarginMode", 2, _margin_mode),
            ("/api/v2/getCrossUserLeverage", 2, _cross_leverage),
            ("/api/v2/position/getPositionMode", 2, _position_mode),
        )
    ),
    looking("/api/v1/openOrderStatistics", "futures", 10, _open_orders, invalid="100001"),
    _setting("/api/v2/position/changeMarginMode", _set_margin_mode),
    _setting("/api/v2/changeCrossUserLeverage", _set_cross_leverage),
    _setting("/api/v2/position/switchPositionMode", _set_position_mode),
)
