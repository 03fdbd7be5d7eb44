"""What the exchange answers: one envelope, ``WSAPIResponse``, around the data of each operation.

All classes are frozen and pickle. Sizes are ``Decimal``. Fields that the exchange adds later are no error:
the whole decoded answer is in ``WSAPIResponse.raw``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Generic, TypeVar, overload

from attrs import field, frozen, has

from ._html import facts_of, facts_table, table
from .exceptions import BatchError
from .options import WsKey

__all__ = [
    "BatchCancelItem",
    "BatchItem",
    "BatchOrderItem",
    "BatchResult",
    "CancelAck",
    "FuturesCancelAck",
    "MarginOrderAck",
    "ModifyAck",
    "OrderAck",
    "RateLimit",
    "SyncCancelResult",
    "SyncOrderResult",
    "UtaAck",
    "UtaAmendAck",
    "WSAPIResponse",
]

T_co = TypeVar("T_co", covariant=True)

# Items of a batch carry the short form in KuCoin's own example ("Batch Cancel Orders").
_SUCCESS = frozenset({"200000", "200"})


@frozen
class RateLimit:
    """The quota of the account, as the answer reported it.

    Attributes:
        limit: weight of the whole window.
        remaining: weight left in it.
        reset: milliseconds until the window ends.
    """

    limit: int
    remaining: int
    reset: int


@frozen(kw_only=True, slots=False)  # one is made for each order, which takes half as long without slots
class WSAPIResponse(Generic[T_co]):
    """One answer of the exchange to one request.

    Attributes:
        id: id of the request.
        op: operation, such as ``"spot.order"``.
        code: ``"200000"`` for success; otherwise the refusal's code.
        msg: the exchange's text; None on success.
        data: what the operation returns, typed; None on a refusal.
        in_time, out_time: when the gateway received and answered: Unix time in milliseconds, or nanoseconds
            with ``enable_ns``; not monotonic; None where absent.
        rate_limit: quota as reported, or None: the exchange does not report it with every answer.
        ws_key: the connection it came over.
        request: what was asked: the request object, or the raw parameters.
        raw: the whole answer as decoded JSON.
        submitted_at, sent_at, received_at: ``time.monotonic()`` seconds of the call, of the write to the
            socket and of the read of the answer.
        late: True when the answer came after its future had settled.
        is_ws_api_response: True: tells an order's answer from the answer to a subscription.
    """

    id: str
    op: str
    code: str
    msg: str | None
    data: T_co
    in_time: int | None
    out_time: int | None
    rate_limit: RateLimit | None
    ws_key: WsKey
    request: object
    raw: Mapping[str, Any] = field(repr=False)
    submitted_at: float = field(repr=False)
    sent_at: float = field(repr=False)
    received_at: float = field(repr=False)
    late: bool = False
    is_ws_api_response: bool = field(default=True, repr=False)

    @property
    def round_trip(self) -> float:
        """Seconds from the write of the request to the read of its answer."""
        return self.received_at - self.sent_at

    @property
    def queued(self) -> float:
        """Seconds from the call to the write of its request."""
        return self.sent_at - self.submitted_at

    def _repr_html_(self) -> str:
        data: object = self.data
        told = facts_of(self) | {"late": self.late or None}
        told |= {"round_trip": f"{self.round_trip * 1e6:,.0f} us", "queued": f"{self.queued * 1e6:,.0f} us"}
        if isinstance(data, BatchResult):
            return facts_table("WSAPIResponse", told | {"data": f"{len(data)} items"}) + data._repr_html_()
        if isinstance(data, Mapping) or has(type(data)):
            del told["data"]
            told |= {f"data.{name}": value for name, value in facts_of(data).items()}
        return facts_table("WSAPIResponse", told)


@frozen
class OrderAck:
    """A new order was accepted, not yet matched (``spot.order``, ``futures.order``).

    ``client_oid`` is None where the order has none.
    """

    order_id: str
    client_oid: str | None = None


@frozen
class MarginOrderAck:
    """A new margin order was accepted (``margin.order``).

    ``borrow_size`` and ``loan_apply_id`` are None unless ``auto_borrow`` borrowed something.
    """

    order_id: str
    client_oid: str | None = None
    borrow_size: Decimal | None = None
    loan_apply_id: str | None = None


@frozen
class SyncOrderResult:
    """A new order after its first pass through the matching engine (``spot.sync_order``).

    Sizes are in base currency. ``status`` is ``"open"`` (rests in the book) or ``"done"``. ``order_time`` and
    ``match_time`` are Unix times in milliseconds, or None where absent.
    """

    order_id: str
    origin_size: Decimal
    deal_size: Decimal
    remain_size: Decimal
    canceled_size: Decimal
    status: str
    client_oid: str | None = None
    order_time: int | None = None
    match_time: int | None = None


@frozen
class SyncCancelResult:
    """A cancelled order with its final sizes (``spot.sync_cancel``).

    The id that the request named is set, the other is None. Sizes are in base currency.
    """

    origin_size: Decimal
    deal_size: Decimal
    remain_size: Decimal
    canceled_size: Decimal
    status: str
    order_id: str | None = None
    client_oid: str | None = None


@frozen
class ModifyAck:
    """An order was replaced (``spot.modify``).

    ``new_order_id`` is the id of the new order, or None when the new size had been filled already, so that there was
    nothing left to order; ``client_oid`` is that of the original order.
    """

    new_order_id: str | None
    client_oid: str | None = None


@frozen
class CancelAck:
    """A cancel request was taken (``spot.cancel``, ``margin.cancel``); the order may still fill before it.

    The id that the request named is set, the other is None.
    """

    order_id: str | None = None
    client_oid: str | None = None


@frozen
class FuturesCancelAck:
    """A cancel request was taken (``futures.cancel``); the order may still fill before it.

    ``cancelled_order_ids`` is empty when the request named a ``client_oid``, which is then set instead.
    """

    cancelled_order_ids: tuple[str, ...] = ()
    client_oid: str | None = None


@frozen(kw_only=True)
class BatchOrderItem:
    """What became of one order of a batch (``futures.multi_order``); ``msg`` is the reason of a failure."""

    order_id: str | None = None
    client_oid: str | None = None
    symbol: str | None = None
    code: str
    msg: str | None = None

    @property
    def ok(self) -> bool:
        """Whether the order was accepted: success code and an order id."""
        return self.code in _SUCCESS and self.order_id is not None


@frozen(kw_only=True)
class BatchCancelItem:
    """What became of one cancel of a batch (``futures.multi_cancel``); ``msg`` is the reason of a failure."""

    order_id: str | None = None
    client_oid: str | None = None
    code: str
    msg: str | None = None

    @property
    def ok(self) -> bool:
        """Whether the cancel was taken."""
        return self.code in _SUCCESS


BatchItem = BatchOrderItem | BatchCancelItem
Item_co = TypeVar("Item_co", bound=BatchItem, covariant=True)


@frozen
class BatchResult(Sequence[Item_co]):
    """The items of a batch in the order of the request; a batch succeeds as a whole even if items failed."""

    items: tuple[Item_co, ...] = field(converter=tuple)

    @property
    def succeeded(self) -> tuple[Item_co, ...]:
        """The items that were accepted."""
        return tuple(item for item in self.items if item.ok)

    @property
    def failed(self) -> tuple[Item_co, ...]:
        """The items that were not."""
        return tuple(item for item in self.items if not item.ok)

    def raise_if_any_failed(self) -> None:
        """Raise ``BatchError`` unless every item succeeded; what succeeded is live all the same."""
        failed = self.failed
        if failed:
            raise BatchError(failed=failed, succeeded=self.succeeded)

    def _repr_html_(self) -> str:
        rows = [facts_of(item) | {"ok": item.ok} for item in self.items]
        head = [*rows[0]] if rows else []
        return table(head, [[*row.values()] for row in rows], texts=len(head), caption="BatchResult")

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[Item_co]:
        return iter(self.items)

    @overload
    def __getitem__(self, index: int) -> Item_co: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Item_co, ...]: ...
    def __getitem__(self, index: int | slice) -> Item_co | tuple[Item_co, ...]:
        return self.items[index]


@frozen
class UtaAck:
    """A request of the unified account was taken (``uta.order``, ``uta.cancel``).

    ``ts`` is the exchange's Unix time in nanoseconds.
    """

    order_id: str
    trade_type: str | None = None
    ts: int | None = None
    client_oid: str | None = None


@frozen
class UtaAmendAck:
    """A change of a unified-account order was accepted (``uta.amend``)."""

    order_id: str
    client_oid: str | None = None
