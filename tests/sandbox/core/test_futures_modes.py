"""Hedge mode, and when modes may be changed (KuCoin documentation, "Switch Position Mode", "Modify Margin Mode")."""

from __future__ import annotations

from decimal import Decimal

import pytest
from core_support import Market, check_laws

from kucoin_wsapi.sandbox.futures_views import Position

XBT = "XBTUSDTM"


def hedged() -> Market:
    """Alice in hedge mode; bob buys and sells at 67000."""
    market = Market()
    answer = market.exchange.futures.set_position_mode("alice", "1")
    assert (answer.code, answer.data) == ("200000", {"positionMode": 1})
    market.futures("bob", "sell", "67100", 100)
    market.futures("bob", "buy", "66900", 100)
    return market


def sides(market: Market) -> dict[str, Position]:
    return {position.side: position for position in market.exchange.futures.positions("alice")}


def test_long_and_short_positions_stand_side_by_side() -> None:
    """Buying LONG opens one, selling SHORT the other; each has its own margin and entry."""
    market = hedged()

    market.futures("alice", "buy", None, 30, positionSide="LONG")
    market.futures("alice", "sell", None, 20, positionSide="SHORT")

    both = sides(market)
    assert {side: position.size for side, position in both.items()} == {"LONG": 30, "SHORT": -20}
    assert both["LONG"].entry_price == 67_100
    assert both["SHORT"].entry_price == 66_900
    assert min(position.margin for position in both.values()) > 0
    check_laws(market.exchange, ["alice", "bob"])


@pytest.mark.parametrize(("opening", "closing", "side"), [("buy", "sell", "LONG"), ("sell", "buy", "SHORT")])
def test_other_side_of_a_hedge_position_closes_it_and_no_more(opening: str, closing: str, side: str) -> None:
    """What exceeds the position is cancelled; it never turns."""
    market = hedged()
    market.futures("alice", opening, None, 10, positionSide=side)

    order = market.futures("alice", closing, None, 15, positionSide=side)

    assert (order.filled_size, order.canceled_size) == (10, 5)
    assert order.cancel_reason == "NO_MARGIN_SIZE_LARGER_THAN_POSITION"
    assert sides(market)[side].size == 0
    assert market.balance("alice", "futures", "USDT")[1] == 0


@pytest.mark.parametrize(("closing", "side"), [("sell", "LONG"), ("buy", "SHORT")])
def test_closing_a_hedge_position_that_is_not_there_is_refused(closing: str, side: str) -> None:
    """Error table, futures: 300009; a position on the other side does not help."""
    market = hedged()
    other = "SHORT" if side == "LONG" else "LONG"
    market.futures("alice", "buy" if other == "LONG" else "sell", None, 10, positionSide=other)
    args = {
        "symbol": XBT,
        "side": closing,
        "price": "67000",
        "size": 1,
        "positionSide": side,
        "clientOid": "x",
    }

    assert market.do("alice", "futures.order", args).code == "300009"


def test_reduce_only_does_not_enlarge_a_hedge_position() -> None:
    """Buying LONG with reduceOnly has nothing to reduce."""
    market = hedged()
    market.futures("alice", "buy", None, 10, positionSide="LONG")
    args = {
        "symbol": XBT,
        "side": "buy",
        "price": "67000",
        "size": 1,
        "positionSide": "LONG",
        "clientOid": "x",
    }

    assert market.do("alice", "futures.order", {**args, "reduceOnly": True}).code == "300009"


@pytest.mark.parametrize("side", ["LONG", "SHORT"])
def test_close_order_closes_the_position_it_names(side: str) -> None:
    """Side and size are those of that position; the other one stays."""
    market = hedged()
    market.futures("alice", "buy", None, 10, positionSide="LONG")
    market.futures("alice", "sell", None, 20, positionSide="SHORT")

    args = {"symbol": XBT, "type": "market", "closeOrder": True, "positionSide": side, "clientOid": "c"}
    market.data("alice", "futures.order", args)

    sizes = {name: position.size for name, position in sides(market).items()}
    assert sizes == ({"LONG": 0, "SHORT": -20} if side == "LONG" else {"LONG": 10, "SHORT": 0})


def test_resting_closing_orders_go_with_their_position() -> None:
    """Two sells of 10 and 20 against a long of 15: the second keeps 15, and both go when the long is gone."""
    market = hedged()
    market.futures("alice", "buy", None, 15, positionSide="LONG")
    market.futures("alice", "sell", None, 5, positionSide="SHORT")
    first = market.futures("alice", "sell", "70000", 10, positionSide="LONG")
    second = market.futures("alice", "sell", "70000", 20, positionSide="LONG")
    opening = market.futures("alice", "sell", "70000", 10, positionSide="SHORT")

    assert (first.hold, second.hold, second.remaining_size) == (0, 0, 15)
    assert opening.hold > 0
    market.futures("alice", "sell", None, 15, positionSide="LONG")

    active = [order.order_id for order in market.exchange.futures.open_orders("alice")]
    assert active == [opening.order_id]


def test_mode_goes_back_to_one_way() -> None:
    """Choosing the mode that is set already is always allowed."""
    market = hedged()
    desk = market.exchange.futures
    assert desk.position_mode("alice") == "hedge"

    assert desk.set_position_mode("alice", "0").code == "200000"

    assert desk.position_mode("alice") == desk.position_mode("nobody") == "one-way"
    assert market.futures("alice", "buy", "60000", 1).is_active
    assert desk.set_position_mode("alice", "0").code == "200000"


@pytest.mark.parametrize("what", ["order", "stop order", "position"])
def test_modes_do_not_change_under_orders_and_positions(what: str) -> None:
    """50002, the code of "Batch Switch Margin Mode"; other contracts and users are free."""
    market = Market()
    desk = market.exchange.futures
    if what == "position":
        market.futures("bob", "sell", "67000", 1)
        market.futures("alice", "buy", "67000", 1)
    elif what == "order":
        market.futures("alice", "buy", "60000", 1)
    else:
        market.futures("alice", "buy", "60000", 1, stop="up", stopPriceType="MP", stopPrice="70000")

    refused = desk.set_margin_mode("alice", XBT, "CROSS")

    assert (refused.code, refused.message) == ("50002", "exist.order.or.position")
    assert desk.set_position_mode("alice", "1").code == "50002"
    assert desk.set_margin_mode("alice", XBT, "ISOLATED").code == "200000"
    assert desk.set_margin_mode("alice", "ETHUSDTM", "CROSS").data == {
        "symbol": "ETHUSDTM",
        "marginMode": "CROSS",
    }
    assert desk.set_margin_mode("carol", XBT, "CROSS").code == "200000"
    assert (desk.margin_mode("alice", XBT), desk.margin_mode("carol", XBT)) == ("ISOLATED", "CROSS")


@pytest.mark.parametrize(
    ("symbol", "mode", "code"), [("NOSUCH", "CROSS", "200003"), (XBT, "cross", "100001"), (XBT, "", "100001")]
)
def test_margin_mode_that_does_not_exist_is_refused(symbol: str, mode: str, code: str) -> None:
    """Error table, futures: 200003 and 100001."""
    assert Market().exchange.futures.set_margin_mode("alice", symbol, mode).code == code


@pytest.mark.parametrize("mode", ["", "2", "hedge"])
def test_position_mode_that_does_not_exist_is_refused(mode: str) -> None:
    """Error table, futures: 100001; modes are 0 and 1."""
    assert Market().exchange.futures.set_position_mode("alice", mode).code == "100001"


def test_cross_hedge_positions_are_backed_together() -> None:
    """Each side needs its value over the leverage; the profit of one makes up for the loss of the other."""
    market = hedged()
    market.exchange.futures.set_margin_mode("alice", XBT, "CROSS")
    for opening, side in (("buy", "LONG"), ("sell", "SHORT")):
        market.futures("alice", opening, None, 30, positionSide=side, marginMode="CROSS")

    before = market.exchange.futures.account("alice", "USDT")
    market.exchange.set_prices(XBT, market.now, mark=Decimal(70_000))
    after = market.exchange.futures.account("alice", "USDT")

    assert after.unrealised_pnl == before.unrealised_pnl == Decimal("-0.2") * 30
    assert after.position_margin == 2 * 30 * Decimal(70) / 3
