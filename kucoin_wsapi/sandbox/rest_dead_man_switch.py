"""REST for the timer that cancels the spot orders of who does not set it again: KuCoin documentation, "Set DCP" and
"Get DCP" of spot."""

import json

from aiohttp import web

from .answers import Answer
from .gateway import NOT_PERMITTED, TOO_MANY_REQUESTS, Gateway
from .login import Login, LoginRefused
from .rate_limits import Usage
from .rest import plain_target, respond

PATH = "/api/v1/hf/orders/dead-cancel-all"
WEIGHT = 2  # of the spot pool, for both
_UNREADABLE = Answer("400100", "The request body must be JSON.")


class RestDeadManSwitch:
    """The two endpoints. Runs on the server's thread."""

    def __init__(self, gateway: Gateway, login: Login) -> None:
        self._gateway = gateway
        self._login = login

    def routes(self) -> list[web.RouteDef]:
        """What is served where."""
        return [
            web.post(PATH, self._serve_set),
            web.get(f"{PATH}/query", self._serve_query, allow_head=False),
        ]

    async def _serve_set(self, request: web.Request) -> web.Response:
        now = self._gateway.now()
        admitted = await self._admit(request, "Spot", now)
        if isinstance(admitted, web.Response):
            return admitted
        try:
            args = json.loads(await request.text())
        except (ValueError, RecursionError):
            return respond(_UNREADABLE, admitted)
        return respond(self._gateway.set_dead_man_switch(args, now), admitted)

    async def _serve_query(self, request: web.Request) -> web.Response:
        now = self._gateway.now()
        admitted = await self._admit(request, "General", now)
        if isinstance(admitted, web.Response):
            return admitted
        return respond(self._gateway.query_dead_man_switch(now), admitted)

    async def _admit(self, request: web.Request, permission: str, now: int) -> Usage | web.Response:
        """What the request left of its pool, or the refusal of its login, its key or its pool."""
        signed = request.method + plain_target(request) + await request.text()
        try:
            key = self._login.check_rest_headers(request.headers, signed, now)
        except LoginRefused as refusal:
            return respond(Answer(refusal.code, refusal.message), status=401)
        if permission not in key.permissions:
            return respond(NOT_PERMITTED, status=403)
        usage = self._gateway.charge("spot", WEIGHT, now)
        return usage if usage.granted else respond(TOO_MANY_REQUESTS, usage, status=429)
