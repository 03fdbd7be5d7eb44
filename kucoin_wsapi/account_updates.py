"""What the private streams tell, typed: orders, executions, balances, positions, debts.

All classes are frozen and pickle. Amounts are ``Decimal``; sizes are in the base currency, or in lots for futures.
Times are Unix times in nanoseconds, whatever unit the exchange sent. None means that the stream does not tell. Fields
that have no place here are in ``Update.raw``.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal

from attrs import field, frozen

__all__ = [
    "BalanceUpdate",
    "Execution",
    "Fill",
    "FundingSettlement",
    "MarginDebt",
    "OrderUpdate",
    "PositionUpdate",
    "WalletUpdate",
]

Product = Literal["spot", "margin", "futures"]
OrderStatus = Literal["accepted", "resting", "filled", "cancelled"]


@frozen(kw_only=True)
class Fill:
    """One match of an order.

    Attributes:
        price: quote currency.
        size: base currency, or lots.
        trade_id: the exchange's id of the match, shared with the other side's order.
        liquidity: ``"taker"`` or ``"maker"``; on V1 a maker's fill against a hidden order says ``"taker"``.
        fee_type: by which rate the fee is taken, ``"taker"`` or ``"maker"``; Pro tells but one role, which is both.
    """

    price: Decimal
    size: Decimal
    trade_id: str
    liquidity: str | None
    fee_type: str | None


@frozen(kw_only=True)
class OrderUpdate:
    """Something happened to an order: one class for spot, margin and futures orders, V1 and Pro.

    What the exchange says (KuCoin documentation, "Order V2" of spot, 3470073w0; "All Order" of futures, 3470090w0;
    "Order" of the unified account, 3470346w0), and what that is here:

    =============  ==========  =============================================  ==============  ============
    V1 ``type``    ``status``  when                                           ``event``       ``status``
    =============  ==========  =============================================  ==============  ============
    ``received``   ``new``     in the engine, not matched yet (spot only)     ``"received"``  accepted
    ``open``       ``open``    what is left of it went into the book          ``"open"``      resting
    ``match``      ``match``   a fill as the taker                            ``"match"``     accepted
    ``match``      ``open``    a fill as the maker                            ``"match"``     resting
    ``update``     ``open``    a part cancelled, or taken off by self-trade   ``"update"``    resting
                               prevention
    ``update``     ``match``   self-trade prevention, on the taker            ``"update"``    accepted
    ``update``     ``done``    the rest cancelled after fills, or ended by    ``"update"``    cancelled
                               self-trade prevention
    ``filled``     ``done``    all is filled; its fills came before           ``"filled"``    filled
    ``canceled``   ``done``    cancelled                                      ``"canceled"``  cancelled
    =============  ==========  =============================================  ==============  ============

    =============  ===============  =================================================================
    Pro ``eT``     ``event``        ``os``: ``status``
    =============  ===============  =================================================================
    ``OPEN``       ``"open"``       0 waits for its trigger, 1 triggered: accepted
    ``UPDATE``     ``"update"``     2 live, 4 filled in part: resting
    ``MATCH``      ``"match"``      3: filled
    ``FILL``       ``"filled"``     5, and 6 after fills: cancelled
    ``CANCEL``     ``"canceled"``
    ``TRIGGER``    ``"triggered"``
    =============  ===============  =================================================================

    An event that is not in these tables is passed on in lower case.

    Attributes:
        product: ``"spot"``, ``"margin"`` or ``"futures"``; V1 sends margin orders among spot orders, and they say spot
            unless they name their trade type.
        symbol: pair or contract.
        order_id: the exchange's id.
        client_oid: the caller's id, if it has one.
        side: ``"buy"`` or ``"sell"``.
        type: ``"limit"`` or ``"market"``.
        event: what happened.
        status: where the order stands after it, in the words of ``OrderReport.state``; None for one that this release
            does not know, or where none was told.
        price: None for a market order.
        size: what was asked for; None for an order by funds.
        funds: what was asked for, in the quote currency; None for an order by size.
        filled_size: filled by now.
        remaining_size: can still be filled; None for an order by funds.
        canceled_size: will not be filled; None for an order by funds.
        old_size: size before an update.
        average_price: of its fills (Pro).
        fill: the fill that this event is. V1 has one in each ``match``, and none in ``filled``; Pro's ``filled`` is the
            last fill itself. ``trade_id`` tells a repetition.
        fee, fee_currency: paid for all its fills by now (Pro).
        cancel_reason: as the exchange writes it, such as ``"USER"`` or ``"STP"`` (Pro).
        source: where it came from, in lower case: ``"trade"``, ``"liquid"``, ``"adl"`` or ``"settlement"`` of futures
            (V1), ``"user"`` and others (Pro).
        position_side, margin_mode: in capitals, of futures: ``"BOTH"``, ``"LONG"``, ``"SHORT"``; ``"CROSS"``,
            ``"ISOLATED"``.
        order_time: when the order was taken, Unix ns.
        event_time: when this happened, Unix ns.
    """

    product: Product
    symbol: str
    order_id: str
    client_oid: str | None
    side: Literal["buy", "sell"]
    type: str | None
    event: str
    status: OrderStatus | None
    price: Decimal | None
    size: Decimal | None
    funds: Decimal | None
    filled_size: Decimal
    remaining_size: Decimal | None
    canceled_size: Decimal | None
    old_size: Decimal | None
    average_price: Decimal | None
    fill: Fill | None
    fee: Decimal | None
    fee_currency: str | None
    cancel_reason: str | None
    source: str | None
    position_side: str | None
    margin_mode: str | None
    order_time: int | None
    event_time: int | None

    @property
    def is_live(self) -> bool:
        """Whether it can still be filled, as far as is known: True for a status that this release does not know."""
        return self.status not in ("filled", "cancelled")


@frozen(kw_only=True)
class Execution:
    """One fill of one's own (Pro's ``execution`` and ``execution.lite``).

    KuCoin documentation, "Execution" (3470406w0) and "Execution Lite" (3470348w0), which has neither fee nor kind.

    Attributes:
        symbol: pair or contract.
        order_id: the order's id; ``"0"`` where no order is behind it, as in a liquidation.
        client_oid: the caller's id of the order.
        side: of the order.
        type: ``"limit"``, ``"market"``, or None where no order is behind it.
        price, size, trade_id: of the fill.
        liquidity: ``"taker"`` or ``"maker"``.
        fee, fee_currency: of this fill.
        kind: ``"normal"``, ``"adl"``, ``"liquid"`` or ``"settlement"``.
        time: when it was matched, Unix ns.
    """

    symbol: str
    order_id: str
    client_oid: str | None
    side: Literal["buy", "sell"]
    type: str | None
    price: Decimal
    size: Decimal
    trade_id: str
    liquidity: str | None
    fee: Decimal | None
    fee_currency: str | None
    kind: str | None
    time: int | None


@frozen(kw_only=True)
class BalanceUpdate:
    """The balance of one currency in one account (``/account/balance``, Pro's ``balance``).

    KuCoin documentation, "Balance" (3470075w0) and "Balance" of the unified account (3470347w0).

    Attributes:
        currency: such as ``"USDT"``.
        total, available, hold: after the change.
        available_change, hold_change: the change itself (V1).
        account: Pro: ``"UNIFIED"`` or ``"FUNDING"``; V1: the beginning of ``event``, such as ``"trade"``.
        account_id: of V1.
        event: why, such as ``"trade.hold"`` or ``"trade.setted"`` (V1).
        event_id: id of the change (V1).
        symbol, order_id, trade_id: what it belongs to (V1, where told).
        equity, liability: of Pro.
        time: Unix ns.
    """

    currency: str
    total: Decimal
    available: Decimal
    hold: Decimal
    available_change: Decimal | None
    hold_change: Decimal | None
    account: str | None
    account_id: str | None
    event: str | None
    event_id: str | None
    symbol: str | None
    order_id: str | None
    trade_id: str | None
    equity: Decimal | None
    liability: Decimal | None
    time: int | None


@frozen(kw_only=True)
class WalletUpdate:
    """The futures account in one currency (``/contractAccount/wallet``, subject ``walletBalance.change``).

    KuCoin documentation, "Balance" of futures (3470092w0). The older subjects of the stream tell single figures; their
    data stay as they are.

    Attributes:
        currency: such as ``"USDT"``.
        equity: wallet balance and unrealised profit.
        wallet_balance: deposits and realised profit.
        available_balance: what new orders can use.
        hold_balance: frozen, such as for a withdrawal.
        max_withdraw_amount: what can be transferred out.
        cross_position_margin, cross_order_margin, isolated_position_margin, isolated_order_margin: what is bound.
        cross_unrealised_pnl, isolated_unrealised_pnl: profit of open positions.
        version: rises; an update with a lower one is older.
        time: Unix ns.
    """

    currency: str
    equity: Decimal
    wallet_balance: Decimal
    available_balance: Decimal
    hold_balance: Decimal
    max_withdraw_amount: Decimal | None
    cross_position_margin: Decimal | None
    cross_order_margin: Decimal | None
    isolated_position_margin: Decimal | None
    isolated_order_margin: Decimal | None
    cross_unrealised_pnl: Decimal | None
    isolated_unrealised_pnl: Decimal | None
    version: int | None
    time: int | None


@frozen(kw_only=True)
class PositionUpdate:
    """A futures position (``/contract/position``, ``/contract/positionAll``, Pro's ``position``, ``positionAll``).

    KuCoin documentation, "All Position" (3470093w0) and "Position" of the unified account (3470350w0).

    Attributes:
        symbol: contract.
        quantity: lots, negative when short. Zero is no position; None says nothing about the quantity, as in the short
            message that only brings another mark price.
        position_side: ``"BOTH"``, ``"LONG"`` or ``"SHORT"`` (V1).
        margin_mode: ``"CROSS"`` or ``"ISOLATED"``.
        leverage: 3 for threefold.
        entry_price, mark_price, liquidation_price, bankrupt_price: quote currency.
        realised_pnl, unrealised_pnl: settlement currency.
        settle_currency: of V1.
        change_reason: such as ``"positionChange"`` or ``"markPriceChange"`` (V1).
        position_id: of Pro.
        time: Unix ns.
    """

    symbol: str
    quantity: Decimal | None
    position_side: str | None
    margin_mode: str | None
    leverage: Decimal | None
    entry_price: Decimal | None
    mark_price: Decimal | None
    liquidation_price: Decimal | None
    bankrupt_price: Decimal | None
    realised_pnl: Decimal | None
    unrealised_pnl: Decimal | None
    settle_currency: str | None
    change_reason: str | None
    position_id: str | None
    time: int | None


@frozen(kw_only=True)
class FundingSettlement:
    """Funding was paid or received for a position (subject ``position.settlement`` of the position streams, V1).

    Attributes:
        symbol: contract; None on the stream of all positions where the exchange does not tell it.
        quantity: lots of the position, negative when short.
        funding_rate: 0.0001 for 0.01 %.
        funding_fee: settlement currency, signed as the exchange signs it.
        mark_price: that it was computed with.
        settle_currency: such as ``"USDT"``.
        funding_time: of which it is the settlement, Unix ns.
        time: Unix ns.
    """

    symbol: str | None
    quantity: Decimal
    funding_rate: Decimal
    funding_fee: Decimal
    mark_price: Decimal | None
    settle_currency: str | None
    funding_time: int | None
    time: int | None


@frozen(kw_only=True)
class MarginDebt:
    """What the cross-margin account owes (``/margin/position``, subject ``debt.ratio``).

    KuCoin documentation, "Cross Margin Position" (3470078w0).

    Attributes:
        debt_ratio: debt divided by assets.
        total_asset, total_debt: in BTC.
        debts: what is owed, by currency.
        time: Unix ns.
    """

    debt_ratio: Decimal
    total_asset: Decimal | None
    total_debt: Decimal
    debts: Mapping[str, Decimal] = field(repr=False)
    time: int | None
