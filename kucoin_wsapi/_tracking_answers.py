"""What the end of a request tells of the order that it was about."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from attrs import field, frozen

from ._conversion import wire_arguments
from ._operations import Action, action_of
from ._records import PRODUCTS, OrderName
from .exceptions import DuplicateClientOidError, InvalidRequestError, NotSentError, RejectedError
from .orders import Request
from .responses import SyncOrderResult, WSAPIResponse
from .tracking import TrackedState

__all__ = ["Answer", "is_refusal", "new_order_id_of", "product_of", "read_answer"]


@frozen(kw_only=True)
class Answer:
    """What the success of a new order tells.

    ``state`` and ``filled_size`` are those of an order that was answered after it was matched; ``facts`` are fields of
    ``TrackedOrder``.
    """

    order_id: str
    name: OrderName
    facts: Mapping[str, Any] = field(factory=dict)
    state: TrackedState | None = None
    filled_size: Decimal = Decimal(0)


def product_of(op: str) -> str:
    """The product of a new order; ``InvalidRequestError`` for a request that is no single new order."""
    product = op.partition(".")[0]
    if action_of(op) is not Action.PLACE or product not in PRODUCTS:
        raise InvalidRequestError(f"{op} is not one new order: track its orders by their client_oid")
    return product


def read_answer(response: WSAPIResponse[Any]) -> Answer | None:
    """None where the answer names no order, as only an answer of an unknown shape does."""
    data, request = response.data, response.request
    order_id = data.get("orderId") if isinstance(data, Mapping) else getattr(data, "order_id", None)
    if not isinstance(order_id, str):
        return None
    args = wire_arguments(request) if isinstance(request, Request) else request
    given: Mapping[str, Any] = args if isinstance(args, Mapping) else {}
    facts = {
        "symbol": _word(given, "symbol"),
        "client_oid": _word(given, "clientOid"),
        "side": _lower(_word(given, "side")),
        "type": _lower(_word(given, "type") or _word(given, "orderType")),
    }
    name = OrderName(
        product=product_of(response.op),
        symbol=facts["symbol"],
        order_id=order_id,
        client_oid=facts["client_oid"],
        trade_type=_word(given, "tradeType"),
    )
    if not isinstance(data, SyncOrderResult):
        return Answer(order_id=order_id, name=name, facts=facts)
    state: TrackedState = "resting" if data.status == "open" else "filled"
    if data.canceled_size and data.status != "open":
        state = "cancelled"
    return Answer(order_id=order_id, name=name, facts=facts, state=state, filled_size=data.deal_size)


def new_order_id_of(response: WSAPIResponse[Any]) -> str | None:
    """Of a modify that has succeeded; None where nothing was left to order."""
    data = response.data
    found = data.get("newOrderId") if isinstance(data, Mapping) else getattr(data, "new_order_id", None)
    return found if isinstance(found, str) and found else None


def is_refusal(error: BaseException) -> bool:
    """Whether it is certain that the request has placed no order, and that none is there with its client id."""
    return isinstance(error, (NotSentError, RejectedError)) and not isinstance(error, DuplicateClientOidError)


def _word(args: Mapping[str, Any], name: str) -> str | None:
    value = args.get(name)
    return value if isinstance(value, str) and value else None


def _lower(word: str | None) -> str | None:
    return None if word is None else word.lower()
