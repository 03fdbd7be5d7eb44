"""Laws of spot and margin that hold whatever users do: money is conserved, balances are covered, books do not cross."""

from __future__ import annotations

from decimal import Decimal

import pytest
from core_support import SECOND, START, check_laws, check_loans, wealth
from hypothesis import given, settings
from hypothesis import strategies as st

from kucoin_wsapi.sandbox.exchange import Exchange

USERS = ["alice", "bob", "carol"]
DEPOSITS = {
    "trade": {"USDT": Decimal(200_000), "BTC": Decimal(3)},
    "margin": {"USDT": Decimal(100_000), "BTC": Decimal(1)},
    "isolated:BTC-USDT": {"USDT": Decimal(20_000)},
    "futures": {"USDT": Decimal(3_000)},
}
Command = tuple[str, str, object, int]

SIDES = st.sampled_from(["buy", "sell"])
CLIENT_OIDS = st.sampled_from([f"c{number}" for number in range(6)])
SIZES = st.sampled_from(["0.00001", "0.3", "0.70000001", "1.5", "4"])
PRICES = st.sampled_from(["66900", "66980.1", "67000", "67010.5", "67100"])
FLAGS = st.booleans()


def order(**fields: st.SearchStrategy[object]) -> st.SearchStrategy[dict[str, object]]:
    return st.fixed_dictionaries({"clientOid": CLIENT_OIDS, **fields})


SPOT_LIMIT = order(
    symbol=st.just("BTC-USDT"),
    type=st.just("limit"),
    side=SIDES,
    price=PRICES,
    size=SIZES,
    timeInForce=st.sampled_from(["GTC", "GTC", "IOC", "FOK"]),
    postOnly=FLAGS,
)
STPS = st.sampled_from([None, "CN", "CO", "CB", "DC"])
CONCEALMENTS = st.sampled_from(
    [
        {},
        {},
        {"hidden": True},
        {"iceberg": True, "visibleSize": "0.3"},
        {"iceberg": True, "visibleSize": "0.15"},
    ]
)
SPOT_CONCEALED = st.builds(
    lambda args, more, stp: {**args, **more, "stp": stp}, SPOT_LIMIT, CONCEALMENTS, STPS
)
LOANS = st.fixed_dictionaries({"isIsolated": FLAGS, "autoBorrow": FLAGS, "autoRepay": FLAGS, "stp": STPS})
SPOT_EXPIRING = order(
    symbol=st.just("BTC-USDT"),
    type=st.just("limit"),
    side=SIDES,
    price=PRICES,
    size=SIZES,
    timeInForce=st.just("GTT"),
    cancelAfter=st.integers(1, 5),
)
MARKET = {"symbol": st.just("BTC-USDT"), "type": st.just("market"), "side": SIDES}
SPOT_MARKET = st.one_of(
    order(**MARKET, size=SIZES), order(**MARKET, funds=st.sampled_from(["0.1", "1000.000001", "150000"]))
)
MARGIN_LIMIT = st.builds(lambda args, more: {**args, **more}, SPOT_LIMIT, LOANS)
MARGIN_MARKET = st.builds(lambda args, more: {**args, **more}, SPOT_MARKET, LOANS)
UTA_MARGIN = order(
    symbol=st.just("BTC-USDT"),
    tradeType=st.sampled_from(["SPOT", "MARGIN", "ISOLATED"]),
    orderType=st.just("LIMIT"),
    side=st.sampled_from(["BUY", "SELL"]),
    price=PRICES,
    size=SIZES,
    stp=STPS,
)
CANCEL_SIZE = st.fixed_dictionaries(
    {"symbol": st.just("BTC-USDT"), "clientOid": CLIENT_OIDS, "cancelSize": SIZES}
)
SPOT_NAME = st.fixed_dictionaries({"symbol": st.just("BTC-USDT"), "clientOid": CLIENT_OIDS})
MODIFY = st.fixed_dictionaries(
    {"symbol": st.just("BTC-USDT"), "clientOid": CLIENT_OIDS}, optional={"newPrice": PRICES, "newSize": SIZES}
)
UTA_AMEND = st.fixed_dictionaries(
    {"symbol": st.just("BTC-USDT"), "clientOid": CLIENT_OIDS},
    optional={"newPrice": PRICES, "newSize": SIZES, "cxlOnFail": FLAGS},
)


def commands(table: dict[str, st.SearchStrategy[object]]) -> st.SearchStrategy[list[Command]]:
    each = [
        st.tuples(st.sampled_from(USERS), st.just(op.split("/")[0]), args, st.sampled_from([0, 0, 1, 3]))
        for op, args in table.items()
    ]
    return st.lists(st.one_of(each), min_size=12, max_size=40)


SPOT_COMMANDS = commands(
    {
        "spot.order": SPOT_LIMIT,
        "spot.order/expiring": SPOT_EXPIRING,
        "spot.sync_order": SPOT_MARKET,
        "spot.modify": MODIFY,
        "spot.cancel": SPOT_NAME,
        "spot.order/concealed": SPOT_CONCEALED,
        "spot.cancel_size": CANCEL_SIZE,
        "margin.order": MARGIN_LIMIT,
        "margin.order/market": MARGIN_MARKET,
        "margin.cancel": SPOT_NAME,
        "uta.order": UTA_MARGIN,
        "uta.amend": UTA_AMEND,
    }
)


def obey_laws(sequence: list[Command], *, market_maker: bool) -> None:
    exchange = Exchange(now=START, seed=3, market_maker=market_maker)
    for uid in USERS:
        exchange.open_account(uid, DEPOSITS)
    before = wealth(exchange, USERS)
    now = START
    for uid, op, args, seconds in sequence:
        now += seconds * SECOND
        exchange.execute(uid, op, args, now)

        check_laws(exchange, USERS)
        check_loans(exchange, USERS)
        assert wealth(exchange, USERS) == before


@pytest.mark.parametrize("market_maker", [False, True])
@settings(derandomize=True, max_examples=30, deadline=None)
@given(sequence=SPOT_COMMANDS)
def test_spot_and_margin_obey_the_laws(market_maker: bool, sequence: list[Command]) -> None:
    """After every operation of a random sequence, refused ones included."""
    obey_laws(sequence, market_maker=market_maker)
