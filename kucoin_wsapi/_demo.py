"""``kucoin-wsapi demo``: every operation once, on the sandbox, each effect checked against its ledger."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from attrs import define, field, frozen

from ._report import Row, row_of
from .api_client import WebsocketAPIClient
from .orders import FuturesOrder
from .responses import BatchItem

if TYPE_CHECKING:
    from .sandbox import OrderView, Sandbox

__all__ = ["Demonstration", "run_demo"]

_SPOT, _PERPETUAL = "BTC-USDT", "XBTUSDTM"


@frozen
class Demonstration:
    """What the demo has shown: each call, and what the ledger of the sandbox says to it.

    ``differences`` are the effects that were not as answered, of ``checks`` that were looked at.
    """

    ws_url: str
    rows: tuple[Row, ...]
    checks: int
    differences: tuple[str, ...]


def run_demo(done: Callable[[int], object] = lambda _: None) -> Demonstration:
    """Run the demo; ``done`` is told how many calls there were so far. Raises what the demo does not expect."""
    from .sandbox import Sandbox  # the client never needs it; importing it needs the extra

    with Sandbox() as sandbox:
        options: dict[str, Any] = {**sandbox.client_options()}
        # With nanoseconds the gateway's own time can be seen; in milliseconds it is 0 on loopback.
        with WebsocketAPIClient(**options, enable_ns=True, attach_event_listeners=False) as client:
            demo = _Demo(client, sandbox, done)
            for step in (
                demo.spot,
                demo.spot_sync,
                demo.refusals,
                demo.margin,
                demo.futures,
                demo.batch,
                demo.uta,
            ):
                step()
    return Demonstration(options["ws_url"], tuple(demo.rows), demo.checks, tuple(demo.differences))


@define
class _Demo:
    """The steps, what they have shown so far, and where the ledger disagreed."""

    client: WebsocketAPIClient
    sandbox: Sandbox
    done: Callable[[int], object]
    rows: list[Row] = field(factory=list)
    differences: list[str] = field(factory=list)
    checks: int = 0

    def spot(self) -> None:
        """An order that rests, is modified and cancelled; one that fills."""
        order = self._do(
            "rests",
            self.client.submit_new_spot_order(
                symbol=_SPOT, side="buy", type="limit", price="50000", size="0.001"
            ),
        )
        self._expect_status("spot.order", order.data.order_id, "active")
        change = self._do(
            "replaced",
            self.client.modify_spot_order(symbol=_SPOT, order_id=order.data.order_id, new_price="49000"),
        )
        self._expect_status("spot.modify, old order", order.data.order_id, "canceled")
        self._expect_status("spot.modify, new order", change.data.new_order_id, "active")
        price = self._order(change.data.new_order_id).terms.price
        self._expect("spot.modify, new price", price, Decimal(49000))
        self._do(
            "cancelled",
            self.client.cancel_spot_order(symbol=_SPOT, order_id=change.data.new_order_id),
        )
        self._expect_status("spot.cancel", change.data.new_order_id, "canceled")
        self._expect("spot.cancel, money still held", self._balance("trade", "USDT").hold, Decimal(0))
        bitcoin, dollars = (self._balance("trade", currency).available for currency in ("BTC", "USDT"))
        bought = self._do(
            "fills at the market",
            self.client.submit_new_spot_order(symbol=_SPOT, side="buy", type="market", funds="100"),
        )
        view = self._expect_status("spot.order at the market", bought.data.order_id, "filled")
        self._expect("bitcoin bought", self._balance("trade", "BTC").available - bitcoin, view.filled_size)
        spent = dollars - self._balance("trade", "USDT").available
        self._expect("dollars spent", spent, view.filled_value + view.fee)

    def spot_sync(self) -> None:
        """The operations that answer with sizes."""
        resting = self._do(
            "rests, with sizes",
            self.client.submit_sync_spot_order(
                symbol=_SPOT, side="sell", type="limit", price="90000", size="0.002"
            ),
        ).data
        self._expect("spot.sync_order, remainSize", resting.remain_size, Decimal("0.002"))
        self._expect_status("spot.sync_order", resting.order_id, "active")
        cancelled = self._do(
            "cancelled, with sizes",
            self.client.cancel_sync_spot_order(symbol=_SPOT, client_oid=resting.client_oid),
        ).data
        view = self._expect_status("spot.sync_cancel", resting.order_id, "canceled")
        self._expect("spot.sync_cancel, canceledSize", cancelled.canceled_size, view.canceled_size)
        taken = self._do(
            "fills at once",
            self.client.submit_sync_spot_order(
                symbol=_SPOT, side="buy", type="limit", price="70000", size="0.001", time_in_force="IOC"
            ),
        ).data
        view = self._expect_status("spot.sync_order, IOC", taken.order_id, "filled")
        self._expect("spot.sync_order, dealSize", taken.deal_size, view.filled_size)

    def refusals(self) -> None:
        """What the exchange says no to leaves no trace."""
        before = len(self.sandbox.orders)
        self._do(
            "refused: no money",
            self.client.submit_new_spot_order(symbol=_SPOT, side="buy", type="market", funds="9000000"),
            refused=True,
        )
        self._do(
            "refused: no such order",
            self.client.cancel_spot_order(symbol=_SPOT, order_id="670fd33bf9406e0007ab3945"),
            refused=True,
        )
        self._expect("orders made by what was refused", len(self.sandbox.orders) - before, 0)

    def margin(self) -> None:
        """Cross margin, without borrowing."""
        order = self._do(
            "rests",
            self.client.submit_margin_order(
                symbol=_SPOT, side="buy", type="limit", price="50000", size="0.001"
            ),
        )
        view = self._expect_status("margin.order", order.data.order_id, "active")
        self._expect("margin.order, money held", self._balance("margin", "USDT").hold, view.hold)
        self._do("cancelled", self.client.cancel_margin_order(symbol=_SPOT, order_id=order.data.order_id))
        self._expect_status("margin.cancel", order.data.order_id, "canceled")

    def futures(self) -> None:
        """A perpetual: an order that rests and is cancelled, one that opens a position."""
        order = self._do(
            "rests",
            self.client.submit_futures_order(
                symbol=_PERPETUAL, side="buy", type="limit", price="50000", size=2, leverage=5
            ),
        )
        self._expect_status("futures.order", order.data.order_id, "active")
        self._do("cancelled", self.client.cancel_futures_order(order_id=order.data.order_id))
        self._expect_status("futures.cancel", order.data.order_id, "canceled")
        opened = self._do(
            "opens a position",
            self.client.submit_futures_order(
                symbol=_PERPETUAL, side="buy", type="market", size=3, leverage=5
            ),
        )
        self._expect_status("futures.order at the market", opened.data.order_id, "filled")
        lots = sum(position.size for position in self.sandbox.positions if position.symbol == _PERPETUAL)
        self._expect("lots of the position", lots, Decimal(3))

    def batch(self) -> None:
        """Batches: each item is judged alone."""
        response = self._do(
            "one of two refused",
            self.client.submit_multiple_futures_orders(
                [
                    FuturesOrder(
                        symbol=_PERPETUAL, side="buy", type="limit", price="40000", size=1, leverage=5
                    ),
                    FuturesOrder(
                        symbol=_PERPETUAL, side="buy", type="limit", price="40000", size=900_000, leverage=5
                    ),
                ]
            ),
        )
        accepted: BatchItem = response.data.succeeded[0]
        self._expect("items refused", len(response.data.failed), 1)
        assert accepted.order_id is not None
        self._expect_status("futures.multi_order, first item", accepted.order_id, "active")
        refused = response.data.failed[0].client_oid
        self._expect("order of the refused item", self.sandbox.find_order(client_oid=refused), None)
        self._do("cancelled", self.client.cancel_multiple_futures_orders(order_ids=[accepted.order_id]))
        self._expect_status("futures.multi_cancel", accepted.order_id, "canceled")

    def uta(self) -> None:
        """The operations of the unified account."""
        order = self._do(
            "rests",
            self.client.submit_uta_order(
                trade_type="SPOT", symbol=_SPOT, side="BUY", order_type="LIMIT", price="50000", size="0.001"
            ),
        )
        self._expect_status("uta.order", order.data.order_id, "active")
        amended = self._do(
            "amended",
            self.client.amend_uta_order(symbol=_SPOT, order_id=order.data.order_id, new_price="48000"),
        )
        view = self._expect_status("uta.amend", amended.data.order_id, "active")
        self._expect("uta.amend, new price", view.terms.price, Decimal(48000))
        self._do(
            "cancelled",
            self.client.cancel_uta_order(trade_type="SPOT", symbol=_SPOT, order_id=amended.data.order_id),
        )
        self._expect_status("uta.cancel", amended.data.order_id, "canceled")

    def _do(self, what: str, future: Any, *, refused: bool = False) -> Any:
        """Wait for the outcome of a call and note it; raises what the demo did not expect."""
        row, outcome = row_of(what, future)
        self.rows.append(row)
        self.done(len(self.rows))
        if isinstance(outcome, BaseException) != refused:
            if isinstance(outcome, BaseException):
                raise outcome
            self.differences.append(f"{row.op}: accepted, but a refusal was expected")
        return outcome

    def _order(self, order_id: str) -> OrderView:
        order = self.sandbox.find_order(order_id=order_id)
        assert order is not None, f"the sandbox does not know the order {order_id} that it has accepted"
        return order

    def _balance(self, account: str, currency: str) -> Any:
        balances = self.sandbox.balances
        return next(one for one in balances if (one.account, one.currency) == (account, currency))

    def _expect_status(self, what: str, order_id: str, status: str) -> OrderView:
        order = self._order(order_id)
        self._expect(f"{what}, status", order.status.value, status)
        return order

    def _expect(self, what: str, in_ledger: object, answered: object) -> None:
        self.checks += 1
        if in_ledger != answered:
            self.differences.append(f"{what}: {in_ledger} in the ledger, {answered} expected")
