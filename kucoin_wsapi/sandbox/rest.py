"""REST around the order socket: requests checked, answered by their endpoint, and sent back.

KuCoin's hosts for spot and futures are one here. Every answer carries a JSON body with a code. The HTTP status is 200,
but 400 for a body that cannot be read, 401 for a failed login, 403 for a missing permission or a wrong address, 404
for an unknown URL, 415 for a body that is not called JSON, 429 for a used-up quota and 500 for a fault.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Mapping
from functools import partial
from types import MappingProxyType
from typing import NoReturn
from urllib.parse import unquote, unquote_plus

from aiohttp import web

from .account_options import Caller
from .answers import Answer
from .envelopes import compact_json
from .exchange import Exchange
from .faults import FaultPlan
from .frame_log import FrameLog
from .gateway import Gateway
from .gateway_codes import gateway_answer
from .login import Login, LoginRefused
from .rate_limits import Usage
from .rest_calls import Call, Endpoint, IncompleteCall
from .rest_endpoints import ENDPOINTS
from .times import SECOND

MAXIMUM_BODY = 1024 * 1024  # bytes

_STATUSES: Mapping[str, int] = MappingProxyType(
    {
        **dict.fromkeys(("400001", "400002", "400003", "400004", "400005", "400008", "400009"), 401),
        **dict.fromkeys(("400200", "400201"), 401),
        **dict.fromkeys(("400006", "400007", "112010"), 403),
        **dict.fromkeys(("400101", "400102"), 400),
        "404000": 404,
        "415000": 415,
        "429000": 429,
        "500000": 500,
    }
)


class Rest:
    """The REST endpoints. Runs on the server's thread."""

    def __init__(
        self,
        gateway: Gateway,
        login: Login,
        plan: FaultPlan,
        log: FrameLog,
        more: Iterable[Endpoint] = (),
    ) -> None:
        """`more` is served besides `ENDPOINTS`."""
        self._endpoints = (*ENDPOINTS, *more)
        self._gateway = gateway
        self._login = login
        self._plan = plan
        self._log = log

    def routes(self) -> list[web.RouteDef]:
        """What is served where."""
        return [
            web.route(endpoint.method, endpoint.path, partial(self._serve, endpoint))
            for endpoint in self._endpoints
        ]

    async def _serve(self, endpoint: Endpoint, request: web.Request) -> web.Response:
        received = self._gateway.now()
        fault = None if endpoint.looks_up is None else self._plan.draw("look-up", endpoint.looks_up)
        lag = 0
        if fault is not None and fault.kind == "look-up-error":
            return web.Response(status=fault.status)
        if fault is not None and fault.kind == "look-up-late":
            await asyncio.sleep(fault.delay)
        elif fault is not None:
            lag = round(fault.delay * SECOND)
        text, unreadable = await _read_text(request)
        try:
            answer, usage = (unreadable, None) if unreadable else self._answer(endpoint, request, text, lag)
        except LoginRefused as refusal:
            answer, usage = Answer(refusal.code, refusal.message), None
        response = respond(answer, usage, times=self._times(request, received))
        note_in, note_out = self._log.open("rest")
        if note_in is not None and note_out is not None:
            note_in(f"{request.method} {plain_target(request)} {text}".rstrip())
            note_out(f"{response.status} {response.text}")
        return response

    def _answer(
        self, endpoint: Endpoint, request: web.Request, text: str, lag: int
    ) -> tuple[Answer, Usage | None]:
        """`text` is the body, `lag` for how many nanoseconds a new order stays hidden."""
        now = self._gateway.now()
        caller = None
        if endpoint.operation is not None:
            signed = request.method + plain_target(request) + text
            caller = self._login.check_rest_headers(
                request.headers, signed, _address(request), self._gateway.times_for_signing()
            )
        if request.method != "GET" and text and request.content_type != "application/json":
            return gateway_answer("415000"), None
        body = None
        if request.method == "POST" or (text and request.method == "DELETE"):
            try:
                body = _DECODER.decode(text or "{}")
            except (ValueError, RecursionError):
                return gateway_answer("400101", "The body is not valid JSON."), None
            if not isinstance(body, (dict, list)):
                return gateway_answer("400102", "The body must be an object or an array."), None
        parameters = {**request.query, **request.match_info}
        call = Call(caller, parameters, body, now, placed_by=now - lag, host=request.host)
        return self._ask(endpoint, call, caller, _address(request))

    def _ask(
        self, endpoint: Endpoint, call: Call, caller: Caller | None, remote: str
    ) -> tuple[Answer, Usage | None]:
        def run(exchange: Exchange) -> Answer:
            exchange.pass_time(call.now)
            try:
                return endpoint.handler(exchange, call)
            except IncompleteCall as error:
                return Answer(endpoint.invalid, error.message)

        if endpoint.operation is None or caller is None:
            return self._gateway.ask_in_public(remote, endpoint.weight, call.now, run)
        return self._gateway.ask(caller, endpoint.operation, call.body, call.now, run)

    def _times(self, request: web.Request, received: int) -> dict[str, str]:
        """When the request came in and went out: microseconds, or nanoseconds for who asks for them."""
        unit = 1 if request.headers.get("kc-enable-ns") == "true" else 1000
        return {"x-in-time": str(received // unit), "x-out-time": str(self._gateway.now() // unit)}


async def _read_text(request: web.Request) -> tuple[str, Answer | None]:
    """The body, or why it cannot be read."""
    try:
        return (await request.read()).decode(), None
    except UnicodeDecodeError:
        return "", gateway_answer("400101", "The body is not UTF-8.")
    except web.HTTPRequestEntityTooLarge:
        return "", gateway_answer("400101", "The body is too long.")


def respond(
    answer: Answer, usage: Usage | None = None, *, times: Mapping[str, str] = MappingProxyType({})
) -> web.Response:
    """The HTTP response that carries `answer`, with the headers that report a rate limit if there is one."""
    headers = dict(times)
    if usage is not None:
        headers["gw-ratelimit-limit"] = str(usage.limit)
        headers["gw-ratelimit-remaining"] = str(usage.remaining)
        headers["gw-ratelimit-reset"] = str(usage.reset)
    content = {"data": answer.data} if answer.succeeded else {"msg": answer.message}
    body = compact_json({"code": answer.code, **content})
    status = _STATUSES.get(answer.code, 200)
    return web.Response(text=body, status=status, headers=headers, content_type="application/json")


def plain_target(request: web.Request) -> str:
    """Path and query as they are signed: what came over the wire, not percent-encoded."""
    path, mark, query = request.raw_path.partition("?")
    return unquote(path) + mark + unquote_plus(query)


def _address(request: web.Request) -> str:
    return request.remote or ""


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)
