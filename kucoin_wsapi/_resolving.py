"""From a call whose outcome is unknown to what became of its order: whom to ask for, how often, and when to conclude.

Pure but for the functions it is given: ``find`` asks the exchange, ``wait`` passes time, ``clock`` tells it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from attrs import evolve, frozen

from ._conversion import wire_arguments
from ._operations import Action, action_of
from ._records import PRODUCTS, OrderName, report_of
from .exceptions import CallError, InvalidRequestError, LookUpError
from .orders import Request
from .reports import OrderReport, Resolution

__all__ = ["Resolver", "Subject", "certain_at", "orders_of", "subject_of"]

_PAUSES = (0.5, 1.0, 2.0, 4.0)  # between look-ups; then the last one again and again
# An order that was placed may take this long to show in a look-up. Counted from when the request can no longer be on
# its way: its connection has ended, or has answered a later frame.
_UNTIL_CERTAIN = 8.0
# With a time window the gateway itself refuses what comes later, so only the look-up's own delay is left to wait for.
_AFTER_WINDOW = 2.0


@frozen(kw_only=True)
class Resolver:
    """Finds out what became of one request's orders. Blocks the calling thread.

    Attributes:
        find: asks the exchange for the record of an order.
        quiet_since: monotonic seconds since when the request cannot be on its way any more; None while it may be.
        may_take_effect: False where it is certain that the request was not executed and will not be.
        window_ends: monotonic seconds after which the gateway refuses the request, or None.
        give_up_at: monotonic seconds after which ``LookUpError`` is raised.
        clock: monotonic seconds.
        wait: passes a number of seconds.
    """

    find: Callable[[OrderName], Mapping[str, Any] | None]
    quiet_since: Callable[[], float | None]
    may_take_effect: bool
    window_ends: float | None
    give_up_at: float
    clock: Callable[[], float]
    wait: Callable[[float], None]

    def resolve(self, subject: Subject) -> Resolution:
        """What became of the orders of a request."""
        if action_of(subject.op) is Action.REPLACE:
            return Resolution(self.resolve_modify(subject.orders[0]))
        find = self.resolve_change if subject.is_change else self.resolve_order
        return Resolution(tuple(find(name) for name in subject.orders))

    def resolve_order(self, name: OrderName) -> OrderReport:
        """What became of a new order: found, or certain not to be there."""
        record, _ = self._poll(name, lambda report: True)
        return _report(name, record)

    def resolve_change(self, name: OrderName) -> OrderReport:
        """What became of an order that was to be cancelled or amended; that may still be on its way for a while."""
        record, _ = self._poll(name, lambda report: not (report.is_live and self.may_take_effect))
        return _report(name, record)

    def resolve_modify(self, name: OrderName) -> tuple[OrderReport, ...]:
        """What became of an order that was to be replaced, and of the new one where it can be told apart."""
        old = self.resolve_change(name)
        # By client id the newest order is found, which is the new one as soon as there is one: nothing tells more.
        may_be_replaced = self.may_take_effect and not old.is_live
        if name.order_id is None or old.client_oid is None or not may_be_replaced:
            return (old,)
        twin = evolve(name, order_id=None, client_oid=old.client_oid)
        record, found = self._poll(twin, lambda report: report.order_id != old.order_id)
        return old, _report(twin, record if found else None)

    def _poll(
        self, name: OrderName, is_it: Callable[[OrderReport], bool]
    ) -> tuple[Mapping[str, Any] | None, bool]:
        """The record and True when it is what is waited for; the last one and False when nothing comes, for certain."""
        quiet_since: float | None = None
        pauses = iter(_PAUSES)
        pause = _PAUSES[-1]
        while True:
            asked_at = self.clock()
            if quiet_since is None:
                quiet_since = self.quiet_since()
            record = self.find(name)
            if record is not None and is_it(report_of(name.product, record)):
                return record, True
            if asked_at >= certain_at(quiet_since, self.window_ends):
                return record, False
            if self.clock() >= self.give_up_at:
                raise LookUpError("nothing has shown up, but the request may still be on its way")
            pause = next(pauses, pause)
            self.wait(pause)


def certain_at(quiet_since: float | None, window_ends: float | None) -> float:
    """Monotonic seconds from which on an order that is not found is not there; see ``Resolver`` for both."""
    times = []
    if quiet_since is not None:
        times.append(quiet_since + _UNTIL_CERTAIN)
    if window_ends is not None:
        times.append(window_ends + _AFTER_WINDOW)
    return min(times, default=float("inf"))


def _report(name: OrderName, record: Mapping[str, Any] | None) -> OrderReport:
    if record is None:
        return OrderReport(
            state="never_placed", symbol=name.symbol, order_id=name.order_id, client_oid=name.client_oid
        )
    return report_of(name.product, record)


@frozen
class Subject:
    """A request of which the outcome is asked: its operation, its orders, its arguments as they were sent."""

    op: str
    orders: tuple[OrderName, ...]
    args: object = None

    @property
    def is_change(self) -> bool:
        """Whether it is about orders that are there already."""
        action = action_of(self.op)
        return action is not None and not action.places

    def window_ends(self, now: float, exchange_ms: int) -> float | None:
        """When the exchange stops taking the order, in the time of ``now`` (monotonic seconds); None: it does not.

        ``exchange_ms`` is what the clock of the exchange shows now. KuCoin documentation, "Add Order":
        ``clientTimestamp`` plus ``allowMaxTimeWindow``, Unix milliseconds.
        """
        if not isinstance(self.args, Mapping):
            return None
        start, window = self.args.get("clientTimestamp"), self.args.get("allowMaxTimeWindow")
        if not isinstance(start, int) or not isinstance(window, int):
            return None
        return now + (start + window - exchange_ms) / 1000


def subject_of(
    error_or_client_oid: CallError | str, product: str | None, symbol: str | None, trade_type: str | None
) -> Subject:
    """What is asked; raises ``InvalidRequestError`` where it names no order that can be looked up."""
    if isinstance(error_or_client_oid, str):
        if product is None:
            raise InvalidRequestError("product: needed with a client_oid", field="product")
        args = {"symbol": symbol, "clientOid": error_or_client_oid, "tradeType": trade_type}
        op = f"{product}.order"
        return Subject(op, tuple(orders_of(op, args)))
    if not isinstance(error_or_client_oid, CallError):
        raise InvalidRequestError("a CallError or a client_oid is needed")
    error = error_or_client_oid
    args_sent = wire_arguments(error.request) if isinstance(error.request, Request) else error.request
    return Subject(error.op, tuple(orders_of(error.op, args_sent)), args_sent)


def orders_of(op: str, args: object) -> Sequence[OrderName]:
    """The orders that a request touches; ``args`` are its arguments as they were sent.

    Raises ``InvalidRequestError`` where they cannot be looked up.
    """
    product = op.partition(".")[0]
    if product not in PRODUCTS:
        raise InvalidRequestError(f"op: {op!r} has no orders that could be looked up", field="op")
    if isinstance(args, Mapping):
        names = _names_in(product, args)
    elif isinstance(args, (list, tuple)):
        names = [_name_of(product, item) for item in args]
    else:
        names = []
    if not names:
        raise InvalidRequestError(f"request: {op} names no order", field="request")
    return names


def _names_in(product: str, args: Mapping[str, Any]) -> list[OrderName]:
    if "orderIdsList" in args:
        return [_name_of(product, {"orderId": order_id}) for order_id in args["orderIdsList"]]
    if "clientOidsList" in args:
        return [_name_of(product, item) for item in args["clientOidsList"]]
    return [_name_of(product, args)]


def _name_of(product: str, args: Any) -> OrderName:
    if not isinstance(args, Mapping) or not (args.get("orderId") or args.get("clientOid")):
        raise InvalidRequestError(
            "client_oid: without an id an order cannot be looked up", field="client_oid"
        )
    order_id, client_oid = args.get("orderId"), args.get("clientOid")
    return OrderName(
        product=product,
        symbol=args.get("symbol"),
        # Given both, the exchange goes by the client id.
        order_id=None if order_id is None or client_oid is not None else str(order_id),
        client_oid=None if client_oid is None else str(client_oid),
        trade_type=args.get("tradeType"),
    )
