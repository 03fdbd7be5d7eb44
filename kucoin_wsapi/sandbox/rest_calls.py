"""What an endpoint of REST is, and what it is asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from attrs import frozen

from .account_options import Caller
from .answers import SUCCESS, Answer
from .exchange import Exchange
from .operations import OPERATIONS, REST_OPERATIONS, Operation

__all__ = ["Call", "Endpoint", "Handler", "IncompleteCall", "looking", "public", "succeeded", "twin"]

# An order id in a path has a digit, so that no fixed word of another path, such as "active", is taken for one.
ORDER_ID = "{orderId:[0-9A-Za-z]*[0-9][0-9A-Za-z]*}"
CLIENT_OID = "{clientOid}"


class IncompleteCall(Exception):
    """A parameter is missing or unreadable; `message` says which."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@frozen
class Call:
    """One request as its endpoint sees it. Times are Unix nanoseconds.

    `parameters` are those of path and query; `body` is decoded JSON, None if there was none. Orders placed after
    `placed_by` are not shown.
    """

    caller: Caller | None
    parameters: Mapping[str, str]
    body: object
    now: int
    placed_by: int
    host: str = ""
    """Where the caller reached the sandbox, with the port."""

    @property
    def uid(self) -> str:
        """Whose request it is; of a public request nobody's."""
        return "" if self.caller is None else self.caller.uid

    def text(self, name: str) -> str | None:
        """A parameter; None if it is absent or empty."""
        return self.parameters.get(name) or None

    def required(self, name: str) -> str:
        """A parameter that must be there, or `IncompleteCall`."""
        value = self.text(name)
        if value is None:
            raise IncompleteCall(f"The {name} is required.")
        return value

    def number(self, name: str, default: int, *, least: int = 1, most: int = 2**63 - 1) -> int:
        """A whole number; one beyond `most` means `most`. `IncompleteCall` for what is none, or below `least`."""
        value = self.text(name)
        if value is None:
            return default
        if not (value.isascii() and value.isdigit() and len(value) <= 19 and int(value) >= least):
            raise IncompleteCall(f"The {name} must be a whole number from {least} on.")
        return min(int(value), most)


Handler = Callable[[Exchange, Call], Answer]


@frozen
class Endpoint:
    """One method of one path: what it needs and costs, and how it is answered.

    `operation` is None for who needs no key; then `weight` is of the public pool. `invalid` is the code for a
    parameter that is missing or cannot be read. `looks_up` is the product whose look-up faults strike here.
    """

    method: str
    path: str
    handler: Handler
    operation: Operation | None
    weight: int = 0
    invalid: str = "400100"
    looks_up: str | None = None


def public(path: str, weight: int, handler: Handler, *, invalid: str = "400100") -> Endpoint:
    """A GET that needs no key."""
    return Endpoint("GET", path, handler, None, weight, invalid)


def looking(
    path: str,
    pool: str,
    weight: int,
    handler: Handler,
    *,
    permission: str = "General",
    invalid: str = "400100",
    looks_up: str | None = None,
) -> Endpoint:
    """A GET that a key may make, mostly any with the general permission."""
    return Endpoint("GET", path, handler, Operation(permission, pool, weight), 0, invalid, looks_up)


def twin(method: str, path: str, op: str) -> Endpoint:
    """An operation of the exchange over REST: the code, the permission and the weight that the order socket has for it.

    The arguments are the body; without one, the parameters of path and query.
    """

    def execute(exchange: Exchange, call: Call) -> Answer:
        return exchange.execute(call.uid, op, arguments_of(call), call.now)

    operation = OPERATIONS[op] if op in OPERATIONS else REST_OPERATIONS[op]
    return Endpoint(method, path, execute, operation)


def arguments_of(call: Call) -> object:
    """What an operation is asked with."""
    return dict(call.parameters) if call.body is None else call.body


def succeeded(data: object) -> Answer:
    """The answer that carries `data`."""
    return Answer(SUCCESS, data=data)
