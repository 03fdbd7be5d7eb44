"""The dead-man switch (KuCoin documentation, "Set DCP" and "Get DCP" of spot)."""

from __future__ import annotations

import pytest
from core_support import SECOND, START, Market, check_laws

from kucoin_wsapi.sandbox.records import spot_record

START_SECONDS = START // SECOND


def set_switch(market: Market, timeout: object, uid: str = "alice", **more: object) -> dict[str, object]:
    """The data of a setting that must succeed."""
    answer = market.exchange.set_dead_man_switch(uid, {"timeout": timeout, **more}, market.now)
    assert answer.code == "200000", answer
    assert isinstance(answer.data, dict)
    return answer.data


def buy(
    market: Market, uid: str = "alice", symbol: str = "BTC-USDT", op: str = "spot.order", **more: object
) -> str:
    """The id of a buy that rests."""
    price = "60000" if symbol == "BTC-USDT" else "2000"
    args = {"symbol": symbol, "type": "limit", "side": "buy", "price": price, "size": "0.01", **more}
    return str(market.data(uid, op, args)["orderId"])


def is_active(market: Market, order_id: str, uid: str = "alice", product: str = "spot") -> bool:
    """Whether the order may still fill."""
    return market.order(uid, product, order_id).is_active


def test_it_cancels_at_its_time_and_not_before() -> None:
    """The order is there a nanosecond before, and gone with its hold at the time."""
    market = Market()
    order_id = buy(market)
    funds = market.balance("alice", "trade", "USDT")
    set_switch(market, 5)

    market.exchange.tick(START + 5 * SECOND - 1)
    assert is_active(market, order_id)
    assert market.balance("alice", "trade", "USDT") == funds

    market.exchange.tick(START + 5 * SECOND)
    assert not is_active(market, order_id)
    assert market.balance("alice", "trade", "USDT")[1] == 0
    check_laws(market.exchange, ["alice", "bob"])


def test_the_record_of_the_order_tells_of_it() -> None:
    """Reason and time: that of the trigger, however late the exchange looked."""
    market = Market()
    order_id = buy(market)
    set_switch(market, 5)

    market.wait(60)

    record = spot_record(market.order("alice", "spot", order_id))
    assert (record["active"], record["cancelExist"], record["cancelReason"]) == (
        False,
        True,
        "DEAD_CANCEL_ALL",
    )
    assert record["cancelledSize"] == "0.01"
    assert record["lastUpdatedAt"] == (START + 5 * SECOND) // 1_000_000


def test_an_order_that_comes_late_finds_the_others_cancelled() -> None:
    """Whatever makes the exchange look at the clock: what was due comes first."""
    market = Market()
    buy(market)
    set_switch(market, 5)
    market.now += 5 * SECOND

    filled = market.spot("bob", "sell", "60000", "0.01")["dealSize"]

    assert filled == "0"


def test_each_setting_replaces_the_one_before() -> None:
    """Later, earlier, other symbols: the last one counts."""
    market = Market()
    btc, eth = buy(market), buy(market, symbol="ETH-USDT")
    set_switch(market, 5)
    market.wait(4)
    set_switch(market, 5, symbols="ETH-USDT")
    market.wait(4)
    assert (is_active(market, btc), is_active(market, eth)) == (True, True)

    market.wait(1)
    assert (is_active(market, btc), is_active(market, eth)) == (True, False)


def test_minus_one_ends_it() -> None:
    """Nothing happens any more, and the query finds nothing."""
    market = Market()
    order_id = buy(market)
    set_switch(market, 5)
    set_switch(market, -1)

    market.wait(100_000)

    assert is_active(market, order_id)
    assert market.exchange.query_dead_man_switch("alice", market.now).data is None


def test_it_fires_once() -> None:
    """What is placed afterwards stays until a timer is set again."""
    market = Market()
    set_switch(market, 5)
    market.wait(6)
    order_id = buy(market)

    market.wait(100_000)

    assert is_active(market, order_id)
    assert market.exchange.query_dead_man_switch("alice", market.now).data is None


def test_it_is_for_spot_orders_of_its_user_only() -> None:
    """Margin, futures, the unified account and other users keep theirs."""
    market = Market()
    spot = buy(market)
    margin = buy(market, op="margin.order", clientOid="m1")
    futures = market.futures("alice", "buy", "60000", 1).order_id
    uta = market.data(
        "alice",
        "uta.order",
        {
            "tradeType": "SPOT",
            "symbol": "BTC-USDT",
            "side": "BUY",
            "orderType": "LIMIT",
            "price": "60000",
            "size": "0.01",
        },
    )["orderId"]
    other = buy(market, "bob")
    set_switch(market, 5)

    market.wait(5)

    assert not is_active(market, spot)
    assert is_active(market, margin, product="margin")
    assert is_active(market, futures, product="futures")
    assert is_active(market, str(uta))
    assert is_active(market, other, "bob")


def test_each_user_has_a_timer() -> None:
    """One that ends does not end the other."""
    market = Market()
    orders = {uid: buy(market, uid) for uid in ("alice", "bob")}
    set_switch(market, 5)
    set_switch(market, 10, "bob")

    market.wait(5)
    assert [is_active(market, orders[uid], uid) for uid in ("alice", "bob")] == [False, True]
    market.wait(5)
    assert not is_active(market, orders["bob"], "bob")


def test_the_answer_tells_both_times_in_seconds() -> None:
    """As KuCoin's sample does."""
    market = Market()
    market.now += SECOND // 2

    assert set_switch(market, 86_400) == {
        "currentTime": START_SECONDS + 1,
        "triggerTime": START_SECONDS + 1 + 86_400,
    }


def test_the_query_tells_what_was_set() -> None:
    """With the present time, and the trigger time that stands."""
    market = Market()
    set_switch(market, 10, symbols="BTC-USDT,ETH-USDT")
    market.wait(3)

    assert market.exchange.query_dead_man_switch("alice", market.now).data == {
        "timeout": 10,
        "symbols": "BTC-USDT,ETH-USDT",
        "currentTime": START_SECONDS + 3,
        "triggerTime": START_SECONDS + 10,
    }


@pytest.mark.parametrize("timeout", [None, 0, -2, 4, 86_401, True, "5", 5.0, [5]])
def test_other_times_are_refused(timeout: object) -> None:
    """And the timer that there was stays as it was."""
    market = Market()
    set_switch(market, 7)

    answer = market.exchange.set_dead_man_switch("alice", {"timeout": timeout}, market.now)

    assert (answer.code, answer.data) == ("400100", None)
    assert market.exchange.next_trigger() == START + 7 * SECOND


@pytest.mark.parametrize(
    ("symbols", "code"),
    [
        (["BTC-USDT"], "400100"),
        (7, "400100"),
        (",".join(f"S{number}-USDT" for number in range(51)), "400100"),
        ("BTC-USDT,NOPE-USDT", "900001"),
        ("BTC-USDT,", "900001"),
    ],
)
def test_other_symbols_are_refused(symbols: object, code: str) -> None:
    """A list, too many, unknown ones."""
    market = Market()

    answer = market.exchange.set_dead_man_switch("alice", {"timeout": 5, "symbols": symbols}, market.now)

    assert (answer.code, market.exchange.next_trigger()) == (code, None)


@pytest.mark.parametrize("args", [None, [], "timeout", 5])
def test_what_is_no_object_is_refused(args: object) -> None:
    """Whatever a body holds."""
    answer = Market().exchange.set_dead_man_switch("alice", args, START)

    assert answer.code == "400100"
