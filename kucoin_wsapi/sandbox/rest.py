"""REST around the order socket: the time, and what became of an order.

From KuCoin's documentation: "Get Server Time"; "Get Order By OrderId" and "Get Order By ClientOid" of spot,
margin and futures; "Get Order Details" of UTA. KuCoin's hosts for spot and futures are one here.

Every answer carries a JSON body with a code. The HTTP status is 200, but 401 for a failed login, 403 for a
missing permission, 404 for an unknown URL and 429 for a used-up quota.
"""

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from urllib.parse import unquote, unquote_plus

from aiohttp import web
from attrs import frozen

from .answers import SUCCESS, Answer
from .envelopes import compact_json
from .faults import FaultPlan
from .gateway import NOT_PERMITTED, TOO_MANY_REQUESTS, UID, Gateway
from .login import Login, LoginRefused
from .orders import OrderView
from .rate_limits import Usage
from .records import futures_record, spot_record, uta_record
from .times import SECOND, to_milliseconds

UNKNOWN_URL = Answer("404000", "Url Not Found")

_PRODUCT_OF_TRADE_TYPE = MappingProxyType(
    {"SPOT": "spot", "FUTURES": "futures", "MARGIN": "margin", "CROSS": "margin", "ISOLATED": "margin"}
)


@frozen
class _LookUp:
    """How the orders of one product are looked up over REST."""

    product: str
    pool: str
    weight: int
    needs_symbol: bool
    record: Callable[[OrderView], dict[str, object]]
    incomplete: Answer
    unknown_order_id: Answer
    unknown_client_oid: Answer


_SPOT = _LookUp(
    product="spot",
    pool="spot",
    weight=2,
    needs_symbol=True,
    record=spot_record,
    incomplete=Answer("400100", "The symbol is required."),
    unknown_order_id=Answer("400100", "order not exist."),
    unknown_client_oid=Answer("400100", "order not exist."),
)
_MARGIN = _LookUp(
    product="margin",
    pool="spot",
    weight=5,
    needs_symbol=True,
    record=spot_record,
    incomplete=Answer("400100", "The symbol is required."),
    unknown_order_id=Answer("126043", "The order does not exist."),
    unknown_client_oid=Answer("126043", "The order does not exist."),
)
_FUTURES = _LookUp(
    product="futures",
    pool="futures",
    weight=5,
    needs_symbol=False,
    record=futures_record,
    incomplete=Answer("100001", "The clientOid is required."),
    unknown_order_id=Answer("100001", "error.getOrder.orderNotExist"),
    unknown_client_oid=Answer("100001", "error.getOrder.orderNotExist"),
)
_UTA = _LookUp(
    product="uta",
    pool="uta",
    weight=1,
    needs_symbol=True,
    record=uta_record,
    incomplete=Answer("106000", "tradeType, symbol and one of orderId and clientOid are required."),
    unknown_order_id=Answer("106052", "The order does not exist."),
    unknown_client_oid=Answer("106102", "No order has this clientOid."),
)

_PATHS = MappingProxyType(
    {
        "/api/v1/hf/orders/{order_id}": _SPOT,
        "/api/v1/hf/orders/client-order/{client_oid}": _SPOT,
        "/api/v3/hf/margin/orders/{order_id}": _MARGIN,
        "/api/v3/hf/margin/orders/client-order/{client_oid}": _MARGIN,
        "/api/v1/orders/byClientOid": _FUTURES,
        "/api/v1/orders/{order_id}": _FUTURES,
        "/api/ua/v2/unified/order/detail": _UTA,
    }
)


class Rest:
    """The REST endpoints. Runs on the server's thread."""

    def __init__(self, gateway: Gateway, login: Login, plan: FaultPlan) -> None:
        self._gateway = gateway
        self._login = login
        self._plan = plan

    def routes(self) -> list[web.RouteDef]:
        """What is served where."""
        timestamp = web.get("/api/v1/timestamp", self._serve_timestamp, allow_head=False)
        look_ups = (
            web.get(path, partial(self._serve_look_up, look_up), allow_head=False)
            for path, look_up in _PATHS.items()
        )
        return [timestamp, *look_ups]

    async def _serve_timestamp(self, _: web.Request) -> web.Response:
        return respond(Answer(SUCCESS, data=to_milliseconds(self._gateway.now())))

    async def _serve_look_up(self, look_up: _LookUp, request: web.Request) -> web.Response:
        fault = self._plan.draw("look-up", look_up.product)
        if fault is None:
            return await self._look_up(look_up, request)
        if fault.kind == "look-up-error":
            return web.Response(status=fault.status)
        if fault.kind == "look-up-late":
            await asyncio.sleep(fault.delay)
            return await self._look_up(look_up, request)
        return await self._look_up(look_up, request, lag=round(fault.delay * SECOND))

    async def _look_up(self, look_up: _LookUp, request: web.Request, *, lag: int = 0) -> web.Response:
        """`lag` is for how many nanoseconds a new order stays hidden."""
        now = self._gateway.now()
        signed = request.method + plain_target(request) + await request.text()
        try:
            key = self._login.check_rest_headers(request.headers, signed, now)
        except LoginRefused as refusal:
            return respond(Answer(refusal.code, refusal.message), status=401)
        if "General" not in key.permissions:
            return respond(NOT_PERMITTED, status=403)
        usage = self._gateway.charge(look_up.pool, look_up.weight, now)
        if not usage.granted:
            return respond(TOO_MANY_REQUESTS, usage, status=429)
        parameters = {**request.query, **request.match_info}
        return respond(self._find(look_up, parameters, placed_by=now - lag), usage)

    def _find(self, look_up: _LookUp, parameters: Mapping[str, str], *, placed_by: int) -> Answer:
        order_id = parameters.get("order_id") or parameters.get("orderId")
        client_oid = parameters.get("client_oid") or parameters.get("clientOid")
        symbol = parameters.get("symbol")
        if not (order_id or client_oid) or (look_up.needs_symbol and not symbol):
            return look_up.incomplete
        product = None
        if look_up is _UTA:
            product = _PRODUCT_OF_TRADE_TYPE.get(parameters.get("tradeType", ""))
            if product is None:
                return look_up.incomplete
        order = self._gateway.read(
            lambda exchange: exchange.find_order(
                UID, look_up.product, symbol=symbol, order_id=order_id, client_oid=client_oid
            )
        )
        if order is None or product not in (None, order.terms.product) or order.created_at > placed_by:
            return look_up.unknown_order_id if order_id else look_up.unknown_client_oid
        return Answer(SUCCESS, data=look_up.record(order))


def respond(answer: Answer, usage: Usage | None = None, *, status: int = 200) -> web.Response:
    """The HTTP response that carries `answer`, with the headers that report a rate limit if there is one."""
    headers = {}
    if usage is not None:
        headers["gw-ratelimit-limit"] = str(usage.limit)
        headers["gw-ratelimit-remaining"] = str(usage.remaining)
        headers["gw-ratelimit-reset"] = str(usage.reset)
    content = {"data": answer.data} if answer.succeeded else {"msg": answer.message}
    body = compact_json({"code": answer.code, **content})
    return web.Response(text=body, status=status, headers=headers, content_type="application/json")


def plain_target(request: web.Request) -> str:
    """Path and query as they are signed: what came over the wire, not percent-encoded."""
    path, mark, query = request.raw_path.partition("?")
    return unquote(path) + mark + unquote_plus(query)
