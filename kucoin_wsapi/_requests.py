"""What a caller passes, checked and made ready to be sent: the arguments of ``send_ws_api_request``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, get_args

from ._conversion import RESPONSE_TYPES, wire_arguments
from ._frames import TEXT, encode_frame
from ._messages import encode_request
from .exceptions import InvalidRequestError
from .orders import Request

__all__ = ["PreparedRequest", "prepare"]


class PreparedRequest(NamedTuple):
    """A request that can be sent.

    Attributes:
        given: what the caller passed; a shallow copy where it is not a request object.
        args: the arguments as the exchange names them.
        response_type: what the data of a success becomes, or None to leave it as it is.
        client_oid: the order's client id, or None where there is none.
    """

    given: object
    args: object
    response_type: Any
    client_oid: str | None

    def frame(self, request_id: str, operation: str, mask: bytes) -> bytes:
        """The WebSocket frame, masked with a fresh key; raises ``InvalidRequestError`` for what is not JSON."""
        try:
            return encode_frame(TEXT, encode_request(request_id, operation, self.args), mask)
        except (TypeError, ValueError, RecursionError) as error:
            raise InvalidRequestError(f"params: cannot be sent as JSON: {error}", field="params") from error


def prepare(operation: str, params: object) -> PreparedRequest:
    """Take raw parameters, or a request object of ``kucoin_wsapi.orders``; raises ``InvalidRequestError``."""
    if not isinstance(operation, str) or not operation:
        raise InvalidRequestError("operation: a non-empty string is needed", field="operation")
    if type(params) is not dict and isinstance(params, _REQUESTS):
        client_oid = getattr(params, "client_oid", None)
        return PreparedRequest(params, wire_arguments(params), RESPONSE_TYPES.get(operation), client_oid)
    if isinstance(params, (dict, Mapping)):  # of a dict alone it is seen at once
        args = dict(params)
        client_oid = args.get("clientOid")
        return PreparedRequest(args, args, None, client_oid if isinstance(client_oid, str) else None)
    if isinstance(params, (list, tuple)):
        return PreparedRequest(list(params), list(params), None, None)
    text = f"params: a mapping, a list or a request object is needed, not {type(params).__name__}"
    raise InvalidRequestError(text, field="params")


_REQUESTS = get_args(Request)
