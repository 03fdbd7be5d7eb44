"""What the trading methods of all products stand on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import kucoin_wsapi

from ._calls import ResponseFuture
from ._random_bytes import RandomBytes
from ._shown_fields import show_fields
from .client import WebsocketClient
from .options import WsKey

__all__ = ["Sender"]


class Sender:
    """Sends requests that are given as an object or as its fields.

    Each product has its methods in a class below this one. There each method is written twice for editors and type
    checkers: with the fields, so that they are completed and shown, and with the object.
    """

    def __init__(self, ws_client: WebsocketClient) -> None:
        from .orders import request_for  # as late as `WebsocketClient` loads what takes long, and no later

        for owner in type(self).__mro__:
            if Sender in owner.__bases__:
                show_fields(owner)
        self._request_for = request_for
        self._ws_client = ws_client
        self._random = RandomBytes(12)

    def _send(
        self,
        op: str,
        given: object,
        fields: Mapping[str, Any],
        ws_key: WsKey | str,
        timeout: float | None,
    ) -> ResponseFuture[kucoin_wsapi.WSAPIResponse[Any]]:
        request = self._request_for(op, given, fields, self._new_client_oid)
        return self._ws_client.send_ws_api_request(ws_key, op, request, timeout=timeout)

    def _new_client_oid(self) -> str:
        """24 hex digits, as KuCoin's own examples have them, of 96 random bits."""
        return self._random.take().hex()
