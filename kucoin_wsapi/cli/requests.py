"""What ``order``, ``modify`` and ``cancel`` share: one request, shown or sent."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Mapping
from typing import Any

from attrs import frozen

from kucoin_wsapi._messages import encode_request
from kucoin_wsapi._requests import prepare
from kucoin_wsapi.api_client import WebsocketAPIClient
from kucoin_wsapi.options import WsKey
from kucoin_wsapi.orders import request_for
from kucoin_wsapi.responses import WSAPIResponse

from .exchanges import add_confirmation, add_exchange, open_exchange, require_confirmation
from .fields import add_fields, given_fields
from .percentiles import gateway_time
from .progress import Progress
from .running import Result, run

__all__ = ["Operation", "run_request"]


@frozen
class Operation:
    """One operation of the order socket as a command offers it: its name, and the class of its request."""

    op: str
    request_class: type[Any]


def run_request(
    parser: argparse.ArgumentParser,
    arguments: list[str],
    operations: Mapping[str, Operation],
    choose: Callable[[argparse.Namespace], Operation],
    *,
    positional: tuple[str, ...],
    usual: Mapping[str, Any] = {},  # never changed
) -> int:
    """Read the arguments, and show or send the request that they make; returns the exit status.

    ``positional`` are the fields that the parser has already; ``usual`` holds values for fields that were not given.
    """
    classes = {product: operation.request_class for product, operation in operations.items()}
    add_fields(parser, classes, without=positional)
    parser.add_argument(
        "--dry-run",
        action="store_true",
        help="print the text that would be sent, and send nothing; needs no key",
    )
    add_confirmation(parser)
    add_exchange(parser)
    options = parser.parse_args(arguments)

    def body() -> Result:
        fields = {**usual, **given_fields(options, classes.values())}
        operation = choose(options)
        request = request_for(operation.op, None, fields, lambda: os.urandom(12).hex())
        if options.dry_run:
            return _show(operation.op, request)
        require_confirmation(options, _in_words(operation.op, fields))
        return _send(options, operation.op, request)

    return run(parser, as_json=options.json, body=body)


def _in_words(op: str, fields: Mapping[str, Any]) -> str:
    return " ".join([op, *(f"{name}={value}" for name, value in fields.items())])


def _key_of(op: str) -> WsKey:
    return WsKey.WS_API_FUTURES_V1 if op.startswith("futures.") else WsKey.WS_API_SPOT_V1


def _show(op: str, request: Any) -> Result:
    """The text is made by the code that sends it; only the ids that a client makes up are others each time."""
    text = encode_request(f"{os.urandom(6).hex()}-1", op, prepare(op, request).args).decode()
    record = {"dry_run": True, "operation": op, "ws_key": _key_of(op).value, "frame": json.loads(text)}
    return Result(record, [text])


def _send(options: argparse.Namespace, op: str, request: Any) -> Result:
    with (
        open_exchange(options) as exchange,
        WebsocketAPIClient(**exchange, enable_ns=True, attach_event_listeners=False) as client,
        Progress(f"{op}: waiting for the answer"),
    ):
        future = client.get_ws_client().send_ws_api_request(_key_of(op), op, request)
        try:
            response = future.result()
        except KeyboardInterrupt:
            if not future.cancel() and not future.done():
                name = request.client_oid or request.order_id
                print(f"{op} was sent and not answered: look up {name} before repeating it", file=sys.stderr)
            raise
    return _answered(op, response)


def _answered(op: str, response: WSAPIResponse[Any]) -> Result:
    gateway = gateway_time(response)
    data = response.raw.get("data")
    record = {
        "dry_run": False,
        "operation": op,
        "ws_key": response.ws_key.value,
        "data": data,
        "queued_us": round(response.queued * 1e6),
        "round_trip_us": round(response.round_trip * 1e6),
        "gateway_us": None if gateway is None else round(gateway * 1e6),
    }
    facts = data.items() if isinstance(data, dict) else [("data", data)]
    lines = [
        f"{op}: accepted, after {response.round_trip * 1e3:.1f} ms",
        *(f"  {name}: {value}" for name, value in facts),
    ]
    return Result(record, lines)
