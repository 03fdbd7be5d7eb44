"""Balances, positions and debts of every private stream, typed: what each message of KuCoin's documentation means."""

from __future__ import annotations

from decimal import Decimal

from push_samples import push, update

from kucoin_wsapi import BalanceUpdate, FundingSettlement, MarginDebt, PositionUpdate, WalletUpdate


def data_of(name: str) -> object:
    """The sample, typed."""
    return update(push(name)).data


def test_a_balance_of_v1_field_by_field():
    """With the order that it belongs to, and a time that comes as text."""
    assert data_of("balance") == BalanceUpdate(
        currency="USDT",
        total=Decimal("21.133773386762"),
        available=Decimal("20.132773386762"),
        hold=Decimal("1.001"),
        available_change=Decimal("-0.5005"),
        hold_change=Decimal("0.5005"),
        account="trade",
        account_id="548674591753",
        event="trade.hold",
        event_id="354689988084000",
        symbol="BTC-USDT",
        order_id="6721d0632db25b0007071fdc",
        trade_id=None,
        equity=None,
        liability=None,
        time=1730269283892000000,
    )


def test_a_balance_of_pro_field_by_field():
    """Equity and what is owed besides."""
    assert data_of("pro balance") == BalanceUpdate(
        currency="USDT",
        total=Decimal(500),
        available=Decimal("499.97"),
        hold=Decimal("0.03"),
        available_change=None,
        hold_change=None,
        account="UNIFIED",
        account_id=None,
        event=None,
        event_id=None,
        symbol=None,
        order_id=None,
        trade_id=None,
        equity=Decimal(500),
        liability=Decimal(0),
        time=1771504095649000000,
    )


def test_a_balance_of_the_funding_account_says_so():
    """It has neither equity nor debts, and its time is milliseconds as text."""
    told = data_of("pro balance of the funding account")

    assert isinstance(told, BalanceUpdate)
    assert (told.account, told.equity, told.liability, told.time) == (
        "FUNDING",
        None,
        None,
        1780543242933000000,
    )


def test_a_futures_wallet_field_by_field():
    """Everything is text."""
    assert data_of("futures wallet") == WalletUpdate(
        currency="USDT",
        equity=Decimal("99.931756096"),
        wallet_balance=Decimal("99.944536096"),
        available_balance=Decimal("61.4194160998"),
        hold_balance=Decimal(0),
        max_withdraw_amount=Decimal("61.4194160998"),
        cross_position_margin=Decimal("38.5123399962"),
        cross_order_margin=Decimal(0),
        isolated_position_margin=Decimal(0),
        isolated_order_margin=Decimal(0),
        cross_unrealised_pnl=Decimal("-0.01278"),
        isolated_unrealised_pnl=Decimal(0),
        version=37,
        time=1758421075976000000,
    )


def test_a_position_of_v1_field_by_field():
    """Closed: its quantity is zero, and prices that are zero are none."""
    assert data_of("futures position") == PositionUpdate(
        symbol="XBTUSDTM",
        quantity=Decimal(0),
        position_side="BOTH",
        margin_mode="CROSS",
        leverage=Decimal(3),
        entry_price=Decimal("115549.8"),
        mark_price=Decimal("115672.14"),
        liquidation_price=None,
        bankrupt_price=None,
        realised_pnl=Decimal("0.002817568"),
        unrealised_pnl=Decimal(0),
        settle_currency="USDT",
        change_reason="positionChange",
        position_id=None,
        time=1758424326819000000,
    )


def test_a_position_of_pro_field_by_field():
    """Another set of keys, the same fields."""
    assert data_of("pro position") == PositionUpdate(
        symbol="XBTUSDTM",
        quantity=Decimal(1),
        position_side=None,
        margin_mode="CROSS",
        leverage=Decimal(3),
        entry_price=Decimal(68130),
        mark_price=Decimal("68130.4"),
        liquidation_price=Decimal("0.1"),
        bankrupt_price=Decimal("0.1"),
        realised_pnl=Decimal("0.0047691"),
        unrealised_pnl=Decimal("0.0004"),
        settle_currency=None,
        change_reason=None,
        position_id="30000000000072788",
        time=1771761913781000000,
    )


def test_a_short_position_is_negative():
    """Both lots are sold."""
    told = data_of("futures position, short")

    assert isinstance(told, PositionUpdate)
    assert told.quantity == Decimal(-2)


def test_a_message_without_a_quantity_does_not_say_that_the_position_is_closed():
    """Another mark price: who takes it for flat opens the position once more."""
    told = data_of("futures position, mark price only")

    assert isinstance(told, PositionUpdate)
    assert (told.quantity, told.mark_price, told.change_reason) == (
        None,
        Decimal("7947.83"),
        "markPriceChange",
    )


def test_a_funding_settlement_field_by_field():
    """The contract is that of the topic."""
    assert data_of("futures funding settlement") == FundingSettlement(
        symbol="XBTUSDTM",
        quantity=Decimal(100),
        funding_rate=Decimal("-0.002966"),
        funding_fee=Decimal(-296),
        mark_price=Decimal("3610.85"),
        settle_currency="XBT",
        funding_time=1551770400000000000,
        time=1547697294838004923,
    )


def test_a_margin_debt_field_by_field():
    """What is owed in each currency."""
    assert data_of("cross margin debt") == MarginDebt(
        debt_ratio=Decimal(0),
        total_asset=Decimal("0.00052431772284080000000"),
        total_debt=Decimal(0),
        debts={"BTC": Decimal(0), "USDT": Decimal(0)},
        time=1729912435657000000,
    )
