"""Laws of the feed that hold whatever is traded: told in order, complete, and ending where the exchange stands.

The core alone, with random orders of two users who meet each other and the market maker.
"""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from kucoin_wsapi.sandbox.exchange import Exchange
from kucoin_wsapi.sandbox.feed import Followed
from kucoin_wsapi.sandbox.feed_events import (
    BalanceChange,
    BookDelta,
    BookState,
    OrderChange,
    PositionChange,
    Trade,
    WalletChange,
)

NOW = 1_742_175_983_882_000_000
USERS = ("1", "2")
RICH = {account: {"USDT": Decimal(10**6), "BTC": Decimal(10)} for account in ("trade", "margin", "futures")}
FOLLOWED = Followed(frozenset(USERS), frozenset({"BTC-USDT", "XBTUSDTM"}))

spot_orders = st.fixed_dictionaries(
    {
        "symbol": st.just("BTC-USDT"),
        "type": st.just("limit"),
        "side": st.sampled_from(["buy", "sell"]),
        "price": st.sampled_from(["66980.1", "66999.9", "67000", "67000.1", "67010"]),
        "size": st.sampled_from(["0.001", "0.003", "0.5", "3"]),
    },
    optional={
        "timeInForce": st.sampled_from(["IOC", "FOK", "GTC"]),
        "stp": st.sampled_from(["CN", "CO", "CB", "DC"]),
        "postOnly": st.booleans(),
        "hidden": st.just(True),
        "iceberg": st.just(True),
        "visibleSize": st.just("0.3"),
    },
)
futures_orders = st.fixed_dictionaries(
    {
        "symbol": st.just("XBTUSDTM"),
        "type": st.just("limit"),
        "side": st.sampled_from(["buy", "sell"]),
        "price": st.sampled_from(["66980.1", "67000", "67010"]),
        "size": st.integers(1, 4000),
        "leverage": st.sampled_from([2, 10]),
    },
    optional={
        "timeInForce": st.just("IOC"),
        "stp": st.sampled_from(["CN", "CO", "CB"]),
        "reduceOnly": st.just(True),
    },
)
steps = st.tuples(
    st.sampled_from(USERS),
    st.one_of(
        st.tuples(st.just("spot.order"), spot_orders),
        st.tuples(st.just("futures.order"), futures_orders),
        st.tuples(st.just("spot.cancel_all"), st.just({})),
        st.tuples(st.just("spot.cancel_size"), st.just({"symbol": "BTC-USDT", "cancelSize": "0.001"})),
    ),
)


def run(taken: list[tuple[str, tuple[str, dict]]]) -> tuple[Exchange, list, dict[str, BookState]]:
    """The exchange after all steps, everything the feed told, and the books as they were at first."""
    exchange = Exchange(now=NOW)
    for uid in USERS:
        exchange.open_account(uid, RICH)
    exchange.take_events()
    exchange.feed.follow(FOLLOWED)
    first = {symbol: exchange.market_state([symbol])[0] for symbol in FOLLOWED.symbols}
    events = []
    for number, (uid, (op, args)) in enumerate(taken):
        args = dict(args)
        if op == "spot.cancel_size":
            active = exchange.open_orders(uid, "spot")
            args["orderId"] = active[0].order_id if active else "0"
        elif op != "spot.cancel_all":
            args["clientOid"] = f"c{number}"
        exchange.execute(uid, op, args, NOW + number)
        events.append(exchange.take_events())
    return exchange, events, first


@settings(derandomize=True, deadline=None, max_examples=60)
@given(st.lists(steps, min_size=1, max_size=14))
def test_orders_never_go_backwards_and_end_at_the_exchange(taken):
    """Sizes filled and cancelled only grow, a final step is the last, and it is what the exchange has."""
    exchange, batches, _ = run(taken)
    last: dict[str, OrderChange] = {}
    for event in (each for batch in batches for each in batch):
        if not isinstance(event, OrderChange):
            continue
        order = event.order
        before = last.get(order.order_id)
        if before is None:
            assert (event.event, event.stage) == ("received", "new")
        else:
            assert before.stage != "done"
            assert order.filled_size >= before.order.filled_size
            assert order.canceled_size >= before.order.canceled_size
        if event.event == "match":
            assert order.filled_size - before.order.filled_size == event.fill.size
        if event.event == "update" and event.old_size is not None:
            assert event.old_size > order.filled_size + order.remaining_size
        last[order.order_id] = event
    orders = {order.order_id: order for uid in USERS for order in exchange.orders(uid)}
    assert set(last) == set(orders)
    for order_id, event in last.items():
        order = orders[order_id]
        assert (event.stage == "done") == (not order.is_active)
        assert event.order.filled_size == order.filled_size
        assert event.order.canceled_size == order.canceled_size


@settings(derandomize=True, deadline=None, max_examples=60)
@given(st.lists(steps, min_size=1, max_size=14))
def test_money_comes_after_orders_and_adds_up(taken):
    """In each report orders come before balances; the changes of a balance lead from the first to the last."""
    exchange, batches, _ = run(taken)
    money: dict[tuple[str, str, str], tuple[Decimal, Decimal]] = {}
    versions: dict[tuple[str, str], int] = {}
    for batch in batches:
        kinds = [type(event) for event in batch]
        if OrderChange in kinds:
            last_order = len(kinds) - 1 - kinds[::-1].index(OrderChange)
            assert not {BalanceChange, WalletChange, PositionChange} & set(kinds[:last_order])
        for event in batch:
            if isinstance(event, BalanceChange):
                key = (event.uid, event.account, event.currency)
                start = RICH[event.account].get(event.currency, Decimal(0))
                available, hold = money.get(key, (start, Decimal(0)))
                money[key] = available + event.available_change, hold + event.hold_change
            elif isinstance(event, WalletChange):
                key = (event.uid, event.account.currency)
                assert event.version == versions.get(key, 0) + 1
                versions[key] = event.version
    for (uid, account, currency), (available, hold) in money.items():
        (balance,) = [
            each for each in exchange.balances(uid) if (each.account, each.currency) == (account, currency)
        ]
        assert (balance.available, balance.hold) == (available, hold)


@settings(derandomize=True, deadline=None, max_examples=60)
@given(st.lists(steps, min_size=1, max_size=14))
def test_changes_lead_from_the_first_book_to_the_last(taken):
    """Sequences have no gap, absolute sizes give the book, and both sides of each trade are told once."""
    exchange, batches, first = run(taken)
    books = {symbol: {"buy": dict(state.bids), "sell": dict(state.asks)} for symbol, state in first.items()}
    sequences = {symbol: state.sequence for symbol, state in first.items()}
    trades: list[str] = []
    fills: list[str] = []
    for event in (each for batch in batches for each in batch):
        if isinstance(event, BookDelta):
            for row in event.rows:
                sequences[event.symbol] += 1
                assert row.sequence == sequences[event.symbol]
                books[event.symbol][row.side][row.price] = row.size
        elif isinstance(event, Trade):
            trades.append(event.trade_id)
        elif isinstance(event, OrderChange) and event.event == "match":
            fills.append(event.fill.trade_id)
    for symbol, sides in books.items():
        assert sequences[symbol] == exchange.sequence(symbol)
        for side, levels in sides.items():
            assert {price: size for price, size in levels.items() if size} == dict(
                exchange.depth(symbol, side)
            )
    assert len(set(trades)) == len(trades)
    assert set(fills) <= set(trades)


def test_nothing_is_noted_of_who_is_not_followed():
    """The feed of an exchange that nobody follows stays silent."""
    exchange = Exchange(now=NOW)
    exchange.open_account("1", RICH)
    order = {"symbol": "BTC-USDT", "type": "market", "side": "buy", "size": "0.001"}

    assert exchange.execute("1", "spot.order", order, NOW).succeeded
    assert exchange.feed.is_silent
    assert exchange.take_events() == ()
