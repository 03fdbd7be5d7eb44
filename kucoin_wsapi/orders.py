"""What a program asks of the exchange: one frozen class per kind of request.

Constructing a request checks it: a broken rule raises ``InvalidRequestError`` naming the field, so a request
that exists can be sent. Rules that depend on the symbol, the account or the market are the exchange's to judge.

Prices and sizes are given as ``Decimal``, ``str`` or ``int`` and kept as ``Decimal``; floats are refused. A field
that is left out (None) is not sent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeVar

import attrs

from ._futures_orders import ClientOrderId, FuturesBatchCancel, FuturesBatchOrder, FuturesCancel, FuturesOrder
from ._spot_orders import MarginCancel, MarginOrder, SpotCancel, SpotModify, SpotOrder
from ._uta_orders import UtaAmend, UtaCancel, UtaOrder
from .exceptions import InvalidRequestError

__all__ = [
    "ClientOrderId",
    "FuturesBatchCancel",
    "FuturesBatchOrder",
    "FuturesCancel",
    "FuturesOrder",
    "MarginCancel",
    "MarginOrder",
    "Request",
    "SpotCancel",
    "SpotModify",
    "SpotOrder",
    "UtaAmend",
    "UtaCancel",
    "UtaOrder",
]

Request = (
    SpotOrder
    | SpotModify
    | SpotCancel
    | MarginOrder
    | MarginCancel
    | FuturesOrder
    | FuturesCancel
    | FuturesBatchOrder
    | FuturesBatchCancel
    | UtaOrder
    | UtaAmend
    | UtaCancel
)
"""Anything that a typed method sends."""

AnyRequest = TypeVar("AnyRequest", bound=Request)

_CLASSES: Mapping[str, type[Request]] = MappingProxyType(
    {
        "spot.order": SpotOrder,
        "spot.sync_order": SpotOrder,
        "spot.modify": SpotModify,
        "spot.cancel": SpotCancel,
        "spot.sync_cancel": SpotCancel,
        "margin.order": MarginOrder,
        "margin.cancel": MarginCancel,
        "futures.order": FuturesOrder,
        "futures.cancel": FuturesCancel,
        "futures.multi_order": FuturesBatchOrder,
        "futures.multi_cancel": FuturesBatchCancel,
        "uta.order": UtaOrder,
        "uta.amend": UtaAmend,
        "uta.cancel": UtaCancel,
    }
)
"""What an operation takes."""

_NEW_ORDERS: frozenset[type[Request]] = frozenset({SpotOrder, MarginOrder, FuturesOrder, UtaOrder})


def request_for(op: str, given: Any, fields: Mapping[str, Any], new_id: Callable[[], str]) -> Request:
    """What a typed method was given for its operation: a request object or the fields of one, not both.

    New orders without a ``client_oid`` get one from ``new_id``. For a batch of orders a plain iterable will do.
    Raises ``InvalidRequestError``.
    """
    request_class = _CLASSES[op]
    if given is None:
        if request_class in _NEW_ORDERS:  # here rather than below, which would copy the order
            fields = {"client_oid": new_id(), **fields}
        given = build(request_class, fields)
    elif fields:
        text = f"{next(iter(fields))}: give a {request_class.__name__} or its fields, not both"
        raise InvalidRequestError(text, field=next(iter(fields)))
    elif request_class is FuturesBatchOrder and not isinstance(given, FuturesBatchOrder):
        given = FuturesBatchOrder(orders=given)
    if not isinstance(given, request_class):
        raise InvalidRequestError(f"a {request_class.__name__} is needed, not {given!r}")
    return with_client_oid(given, new_id)


def build(request_class: type[AnyRequest], fields: Mapping[str, Any]) -> AnyRequest:
    """A request from keywords.

    Raises ``InvalidRequestError`` also for a keyword that the class does not know and for a required one that
    is missing; the message lists the known ones.
    """
    try:
        return request_class(**fields)
    except TypeError:
        refusal = _wrong_keyword(request_class, fields)
        if refusal is None:  # an iterable of the caller's failed by itself
            raise
        raise refusal from None


def _wrong_keyword(request_class: type[AnyRequest], fields: Mapping[str, Any]) -> InvalidRequestError | None:
    known = attrs.fields_dict(request_class)
    listing = f"the fields of {request_class.__name__} are {', '.join(known)}"
    for name in fields:
        if name not in known:
            return InvalidRequestError(f"{name}: no such field; {listing}", field=name)
    for name, attribute in known.items():
        if attribute.default is attrs.NOTHING and name not in fields:
            return InvalidRequestError(f"{name}: needed, but it is missing; {listing}", field=name)
    return None


def with_client_oid(request: AnyRequest, new_id: Callable[[], str]) -> AnyRequest:
    """The request with a ``client_oid`` on every new order that has none, so that it can be looked up later.

    ``new_id`` makes one; it is called once per order without an id, in the order of a batch. Changes and cancels
    are returned as they are.
    """
    if isinstance(request, FuturesBatchOrder):
        orders = tuple(with_client_oid(order, new_id) for order in request.orders)
        return _copy(request, "orders", orders)
    if isinstance(request, (SpotOrder, MarginOrder, FuturesOrder, UtaOrder)) and request.client_oid is None:
        return _copy(request, "client_oid", new_id())
    return request


def _copy(request: AnyRequest, field: str, value: object) -> AnyRequest:
    # Where attrs.evolve would check every field again, which takes longer than all else that is done to an order.
    twin = object.__new__(type(request))
    for attribute in request.__attrs_attrs__:
        object.__setattr__(twin, attribute.name, getattr(request, attribute.name))
    object.__setattr__(twin, field, value)
    return twin
