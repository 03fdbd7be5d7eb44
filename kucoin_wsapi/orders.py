"""What a program asks of the exchange: one frozen class per kind of request.

Constructing a request checks it: a broken rule raises ``InvalidRequestError`` naming the field, so a request
that exists can be sent. Rules that depend on the symbol, the account or the market are the exchange's to judge.

Prices and sizes are given as ``Decimal``, ``str`` or ``int`` and kept as ``Decimal``; floats are refused. A field
that is left out (None) is not sent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
