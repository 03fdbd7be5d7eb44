"""Laws of futures that hold whatever the users do, in every mode, against a model that knows fills only."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from core_support import START, check_laws, wealth
from futures_model import check_equity, check_holds, check_positions, check_stop_orders
from hypothesis import given, settings
from hypothesis import strategies as st

from kucoin_wsapi.sandbox.exchange import Exchange

USERS = ("alice", "bob", "carol", "dave")
"""Alice and dave are in one-way mode with isolated margin, bob is in hedge mode, carol in cross margin mode."""
DEPOSITS = {"USDT": Decimal(4_000), "XBT": Decimal("0.05")}
LINEAR, INVERSE = "XBTUSDTM", "XBTUSDM"
Args = dict[str, object]
Step = tuple[str, str, object]

SYMBOLS = st.sampled_from([LINEAR, LINEAR, LINEAR, INVERSE])
SIDES = st.sampled_from(["buy", "sell"])
CLIENT_OIDS = st.sampled_from([f"c{number}" for number in range(8)])
PRICES = st.sampled_from(["66000", "66980.1", "67000", "67010.5", "68000"])
LOTS = st.sampled_from([1, 7, 40, 150, 600])
FLAGS = st.booleans()
TRIGGER = st.fixed_dictionaries(
    {
        "stop": st.sampled_from(["up", "down"]),
        "stopPriceType": st.sampled_from(["TP", "MP", "IP"]),
        "stopPrice": PRICES,
    }
)
RARELY = st.sampled_from([False] * 7 + [True])


@st.composite
def classic_order(draw: st.DrawFn) -> tuple[str, Args]:
    """An order of somebody, in the modes that user is in."""
    uid = draw(st.sampled_from(USERS))
    args: Args = {
        "symbol": draw(SYMBOLS),
        "clientOid": draw(CLIENT_OIDS),
        "side": draw(SIDES),
        "size": draw(LOTS),
        "leverage": draw(st.sampled_from([1, 3, 7, 50])),
        "stp": draw(st.sampled_from(["", "", "CN", "CO", "CB"])),
        "reduceOnly": draw(RARELY),
        "forceHold": draw(RARELY),
        "closeOrder": draw(RARELY),
    }
    if draw(RARELY):
        args["type"] = "market"
    else:
        args |= {"price": draw(PRICES), "timeInForce": draw(st.sampled_from(["GTC", "GTC", "IOC", "RPI"]))}
        concealed = args["timeInForce"] != "RPI"
        args["hidden"] = concealed and draw(RARELY)
        if concealed and draw(RARELY):
            args |= {"iceberg": True, "visibleSize": "1"}
    if draw(RARELY):
        args |= draw(TRIGGER)
    return uid, args | modes(draw, uid)


def modes(draw: st.DrawFn, uid: str) -> Args:
    if uid == "bob":
        return {"positionSide": draw(st.sampled_from(["LONG", "SHORT"]))}
    return {"marginMode": "CROSS"} if uid == "carol" else {}


@st.composite
def unified_order(draw: st.DrawFn) -> tuple[str, Args]:
    """An order with take-profit and stop-loss."""
    uid = draw(st.sampled_from(USERS))
    args: Args = {
        "tradeType": "FUTURES",
        "symbol": draw(SYMBOLS),
        "clientOid": draw(CLIENT_OIDS),
        "side": draw(st.sampled_from(["BUY", "SELL"])),
        "orderType": "LIMIT",
        "price": draw(PRICES),
        "size": str(draw(LOTS)),
        "leverage": "7",
        "timeInForce": draw(st.sampled_from(["GTC", "IOC", "FOK"])),
        "tpTriggerPrice": draw(PRICES),
        "slTriggerPrice": draw(PRICES),
        "slTriggerPriceType": draw(st.sampled_from(["TP", "MP"])),
    }
    return uid, args | modes(draw, uid)


ORDERS = st.one_of(classic_order(), classic_order(), classic_order())
NAMES = st.fixed_dictionaries({"symbol": SYMBOLS, "clientOid": CLIENT_OIDS})
AMENDMENTS = st.fixed_dictionaries(
    {"symbol": SYMBOLS, "clientOid": CLIENT_OIDS},
    optional={"newPrice": PRICES, "newSize": st.sampled_from(["1", "30", "700"]), "cxlOnFail": FLAGS},
)
MOVES = st.fixed_dictionaries(
    {"symbol": SYMBOLS},
    optional=dict.fromkeys(("mark", "index", "last"), PRICES | st.sampled_from(["52000", "90000"])),
)
ANYBODY = st.sampled_from(USERS)
STEPS = st.one_of(
    *[ORDERS.map(lambda order: ("futures.order", order[0], order[1]))] * 4,
    unified_order().map(lambda order: ("uta.order", order[0], order[1])),
    st.tuples(st.just("futures.cancel"), ANYBODY, NAMES),
    st.lists(ORDERS, min_size=1, max_size=3).map(
        lambda orders: ("futures.multi_order", orders[0][0], [args for _, args in orders])
    ),
    st.tuples(st.just("uta.amend"), ANYBODY, AMENDMENTS),
    st.tuples(st.just("move"), ANYBODY, MOVES),
    st.tuples(st.just("leverage"), st.just("carol"), st.sampled_from([1, 3, 50])),
    st.tuples(st.just("cancel all"), ANYBODY, st.none()),
)


def exchange_with_users(*, market_maker: bool) -> Exchange:
    """Everybody has a position to begin with, bob a long and a short one; dave is on the other side of most."""
    exchange = Exchange(now=START, seed=5, market_maker=market_maker)
    for uid in USERS:
        exchange.open_account(uid, {"futures": DEPOSITS})
    assert exchange.futures.set_position_mode("bob", "1").code == "200000"
    for symbol in (LINEAR, INVERSE):
        assert exchange.futures.set_margin_mode("carol", symbol, "CROSS").code == "200000"
    for uid, side, size, modes_of_user in (
        ("dave", "sell", 80, {}),
        ("alice", "buy", 40, {}),
        ("bob", "buy", 40, {"positionSide": "LONG"}),
        ("carol", "sell", 40, {"marginMode": "CROSS"}),
        ("dave", "buy", 80, {}),
        ("bob", "sell", 40, {"positionSide": "SHORT"}),
    ):
        args = {
            "symbol": LINEAR,
            "side": side,
            "price": "67000",
            "size": size,
            "leverage": 10,
            **modes_of_user,
        }
        assert exchange.execute(uid, "futures.order", {**args, "clientOid": "first"}, START).code == "200000"
    return exchange


def take(exchange: Exchange, step: Step) -> None:
    kind, uid, what = step
    if kind == "move":
        assert isinstance(what, dict)
        prices = {name: Decimal(price) for name, price in what.items() if name != "symbol"}
        exchange.set_prices(what["symbol"], START, **prices)
    elif kind == "leverage":
        assert isinstance(what, int)
        exchange.futures.set_cross_leverage(uid, LINEAR, what)
    elif kind == "cancel all":
        exchange.futures.cancel_orders(uid)
    else:
        exchange.execute(uid, kind, what, START)


def obey_laws(steps: list[Step], *, market_maker: bool) -> None:
    exchange = exchange_with_users(market_maker=market_maker)
    deposits = {currency: Fraction(amount) for currency, amount in DEPOSITS.items()}
    before = wealth(exchange, list(USERS))
    for step in steps:
        take(exchange, step)

        assert wealth(exchange, list(USERS)) == before
        check_laws(exchange, list(USERS))
        check_stop_orders(exchange, USERS)
        for uid in USERS:
            check_equity(exchange, uid, deposits)
            check_positions(exchange, uid)
            check_holds(exchange, uid)


@settings(derandomize=True, max_examples=25, deadline=None)
@given(steps=st.lists(STEPS, min_size=15, max_size=40))
def test_futures_of_every_mode_obey_the_laws(steps: list[Step]) -> None:
    """After each step: money is conserved to the last digit, positions are their fills, every lot is paid for."""
    obey_laws(steps, market_maker=False)


@settings(derandomize=True, max_examples=8, deadline=None)
@given(steps=st.lists(STEPS, min_size=10, max_size=25))
def test_futures_obey_the_laws_beside_the_market_maker(steps: list[Step]) -> None:
    """It follows the mark price, and is a user like the others."""
    obey_laws(steps, market_maker=True)
