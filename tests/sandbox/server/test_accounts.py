"""Several accounts, their keys and modes; the ledger; the time; beginning anew."""

import json
from decimal import Decimal

import pytest
from attrs import evolve
from independent_clients import ask, send, signed_headers

from kucoin_wsapi.sandbox import SYMBOLS, Account, ApiKey, Sandbox, Switches
from kucoin_wsapi.sandbox.account_options import read_accounts

SPOT = {"symbol": "BTC-USDT", "type": "limit", "side": "buy", "price": "60000", "size": "0.001"}
UTA = {"tradeType": "SPOT", "symbol": "BTC-USDT", "side": "BUY", "orderType": "LIMIT"}
UTA |= {"price": "60000", "size": "0.001"}


def test_accounts_share_the_market_and_nothing_else(open_sandbox, log_in):
    """One buys what the other sells; orders, balances and rate limits are their own."""
    sandbox = open_sandbox(accounts=[Account("alice"), Account("bob")], liquidity=0)
    alice, bob = (sandbox.client_options(name) for name in ("alice", "bob"))

    ask(alice, "POST", "/api/v1/hf/orders", {**SPOT, "side": "sell", "clientOid": "same"})
    bought = send(bob, "POST", "/api/v1/hf/orders", {**SPOT, "clientOid": "same"})

    fills = {name: sandbox.ledger(name).fills for name in ("alice", "bob")}
    assert bought.headers["gw-ratelimit-remaining"] == "3999"
    assert [fill.side for fill in fills["alice"]] == ["sell"]
    assert [fill.side for fill in fills["bob"]] == ["buy"]
    assert fills["alice"][0].counter_order_id == fills["bob"][0].order_id
    assert sandbox.orders == sandbox.ledger("alice").orders
    assert send(bob, "GET", f"/api/v1/hf/orders/{fills['alice'][0].order_id}?symbol=BTC-USDT").json()[
        "code"
    ] == ("400100")


def test_deposits(open_sandbox):
    """An account has what it was given, as text or numbers, and nothing else."""
    account = Account(deposits={"trade": {"USDT": "12.5", "BTC": 1}})

    balances = open_sandbox(accounts=[account]).balances

    assert {(item.account, item.currency): item.available for item in balances} == {
        ("trade", "USDT"): Decimal("12.5"),
        ("trade", "BTC"): Decimal(1),
    }


@pytest.mark.parametrize(
    ("mode", "classic", "unified"),
    [("any", "200000", "200000"), ("classic", "200000", "112010"), ("unified", "112010", "200000")],
)
def test_account_modes(open_sandbox, log_in, mode, classic, unified):
    """error table, spot: 112010 for the operations of the other mode; looking is for both."""
    sandbox = open_sandbox(accounts=[Account(mode=mode)])
    options, client = sandbox.client_options(), log_in(sandbox)

    on_socket = [client.ask("spot.order", SPOT)["code"], client.ask("uta.order", UTA)["code"]]
    over_rest = [
        send(options, "POST", path, args).json()["code"]
        for path, args in (("/api/v1/hf/orders", SPOT), ("/api/ua/v2/unified/order/place", UTA))
    ]

    assert on_socket == over_rest == [classic, unified]
    assert ask(options, "GET", "/api/ua/v1/account/mode") == {
        "selfAccountMode": "UNIFIED" if mode == "unified" else "CLASSIC"
    }
    assert send(options, "GET", "/api/v1/hf/orders/active?symbol=BTC-USDT").status_code == 200


def test_pairs_and_contracts_can_be_ones_own(open_sandbox):
    """What is given is there instead of the usual, with its fees."""
    pair = evolve(SYMBOLS[0], symbol="XYZ-USDT", base_currency="XYZ", base_fee_rate=Decimal("0.002"))
    sandbox = open_sandbox(symbols=[pair], contracts=[])
    order = {"symbol": "XYZ-USDT", "type": "market", "side": "buy", "size": "0.01"}

    ask(sandbox.client_options(), "POST", "/api/v1/hf/orders", order)

    assert sandbox.fills[0].fee_rate == Decimal("0.002")


def test_liquidity(open_sandbox):
    """A multiple of the usual; none leaves the books empty."""

    def offered(liquidity: float) -> float:
        options = open_sandbox(liquidity=liquidity).client_options()
        ticker = send(options, "GET", "/api/v1/market/orderbook/level1?symbol=BTC-USDT").json()["data"]
        return float(ticker["bestBidSize"] or 0)

    usual = offered(1)
    assert offered(3) == pytest.approx(3 * usual)
    assert offered(0) == 0


def test_switches(open_sandbox):
    """What the documentation leaves open can be had the other way."""
    options = open_sandbox(switches=Switches(refuse_post_only=True)).client_options()

    answer = send(options, "POST", "/api/v1/hf/orders", {**SPOT, "price": "68000", "postOnly": True}).json()

    assert answer["code"] != "200000"


def test_futures_of_a_master_and_its_sub_account_do_not_meet(open_sandbox):
    """Self-trade prevention knows which account belongs to which, also after a reset."""
    sandbox = open_sandbox(accounts=[Account("sub", master="main"), Account("main")], liquidity=0)
    options = {name: sandbox.client_options(name) for name in ("main", "sub")}
    order = {
        "symbol": "XBTUSDTM",
        "type": "limit",
        "price": "66000",
        "size": 1,
        "leverage": 1,
        "clientOid": "f",
    }

    def statuses() -> list[str]:
        ask(options["main"], "POST", "/api/v1/orders", {**order, "side": "sell"})
        ask(options["sub"], "POST", "/api/v1/orders", {**order, "side": "buy", "stp": "CN"})
        return [sandbox.ledger(name).orders[0].status.value for name in ("main", "sub")]

    first = statuses()
    sandbox.reset()

    assert first == statuses() == ["active", "canceled"]


def test_advancing_lets_orders_expire(sandbox, log_in):
    """Sixty seconds pass in no time; open connections live on, and clients that sign by their own clock log in."""
    client = log_in(sandbox)
    client.ask("spot.order", {**SPOT, "timeInForce": "GTT", "cancelAfter": 60, "clientOid": "c-1"})

    sandbox.advance(59)
    before = sandbox.find_order(client_oid="c-1").is_active
    sandbox.advance(1)

    assert before
    assert not sandbox.find_order(client_oid="c-1").is_active
    assert client.ask("spot.order", SPOT)["code"] == "200000"
    assert log_in(sandbox).welcome["data"] == "welcome"
    assert send(sandbox.client_options(), "GET", "/api/v1/accounts").status_code == 200


def test_signing_by_the_advanced_clock(sandbox):
    """A client that asks for the time first may sign with it."""
    sandbox.advance(3600)
    options = sandbox.client_options()
    told = send(options, "GET", "/api/v1/timestamp").json()["data"]
    headers = signed_headers(options, "/api/v1/accounts", timestamp=str(told))
    stale = signed_headers(options, "/api/v1/accounts", timestamp=str(told - 1_800_000))

    answers = [send(options, "GET", "/api/v1/accounts", **each) for each in (headers, stale)]
    assert [answer.json()["code"] for answer in answers] == ["200000", "400002"]


def test_advancing_triggers_the_dead_man_switch(sandbox, log_in):
    """Nobody waits five seconds for it."""
    log_in(sandbox).ask("spot.order", SPOT)
    ask(sandbox.client_options(), "POST", "/api/v1/hf/orders/dead-cancel-all", {"timeout": 5})

    sandbox.advance(5)

    assert sandbox.orders[0].cancel_reason == "DEAD_CANCEL_ALL"


def test_advancing_returns_quotas(open_sandbox, log_in):
    """The window of thirty seconds goes by the sandbox's clock."""
    sandbox = open_sandbox(rate_limits={"spot": 1})
    client = log_in(sandbox)

    codes = [client.ask("spot.order", SPOT)["code"] for _ in range(2)]
    sandbox.advance(30)

    assert codes == ["200000", "429000"]
    assert client.ask("spot.order", SPOT)["code"] == "200000"


def test_time_that_stands_still(open_sandbox, log_in):
    """With a start time everything happens at once, until it is advanced."""
    sandbox = open_sandbox(start_time=1_700_000_000)
    client = log_in(sandbox)
    client.ask("spot.order", SPOT)
    sandbox.advance(1.5)
    reply = client.ask("spot.order", SPOT)

    assert [order.created_at for order in sandbox.orders] == [
        1_700_000_000 * 10**9,
        1_700_000_001_500_000_000,
    ]
    assert (reply["inTime"], reply["outTime"]) == (1_700_000_001_500, 1_700_000_001_500)


def test_time_does_not_go_back(sandbox):
    """A negative step is a mistake of the caller."""
    with pytest.raises(ValueError, match="forward"):
        sandbox.advance(-1)
    with pytest.raises(ValueError, match="forward"):
        sandbox.advance(float("nan"))


def test_two_runs_of_one_seed_are_equal():
    """Same seed, same start, same requests: equal ledgers, ids included."""
    snapshots = []
    for _ in range(2):
        with Sandbox(seed=7, start_time=1_700_000_000) as sandbox:
            options = sandbox.client_options()
            ask(options, "POST", "/api/v1/hf/orders", {**SPOT, "price": "68000", "clientOid": "c-1"})
            snapshots.append(sandbox.snapshot())

    assert snapshots[0] == snapshots[1]
    assert snapshots[0].ledgers["main"].find_order(client_oid="c-1").filled_size > 0


def test_snapshots_do_not_change(open_sandbox):
    """A snapshot is of its moment; that nothing happened in between shows in equal ledgers."""
    sandbox = open_sandbox(accounts=[Account("alice"), Account("bob")])
    first = sandbox.snapshot()
    second = sandbox.snapshot()
    ask(sandbox.client_options("bob"), "POST", "/api/v1/hf/orders", SPOT)
    third = sandbox.snapshot()

    assert first.ledgers == second.ledgers
    assert first.ledgers["alice"] == third.ledgers["alice"]
    assert first.ledgers["bob"] != third.ledgers["bob"]
    assert first.ledgers["bob"].orders == ()


def test_reset(open_sandbox, log_in):
    """Everything is as at the start, while the connection stays."""
    sandbox = open_sandbox(rate_limits={"spot": 2})
    client = log_in(sandbox)
    before = sandbox.snapshot()
    client.ask("spot.order", {**SPOT, "price": "68000", "clientOid": "c-1"})
    client.ask("spot.order", {**SPOT, "clientOid": "c-2"})
    sandbox.advance(10)

    sandbox.reset()

    assert sandbox.snapshot().ledgers == before.ledgers
    assert sandbox.snapshot().time - before.time < 10 * 10**9
    assert client.ask("spot.order", {**SPOT, "clientOid": "c-2"})["code"] == "200000"


def test_accounts_in_a_file():
    """The same as written in Python, numbers without loss."""
    text = json.dumps(
        [
            {"name": "alice", "deposits": {"trade": {"USDT": "1000.5"}}, "mode": "classic"},
            {
                "name": "bob",
                "master": "alice",
                "keys": [{"api_key": "k", "secret": "s", "passphrase": "p", "permissions": ["General"]}],
            },
        ]
    )

    assert read_accounts(text) == (
        Account("alice", deposits={"trade": {"USDT": Decimal("1000.5")}}, mode="classic"),
        Account("bob", master="alice", keys=[ApiKey("k", "s", "p", ["General"])]),
    )


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{}", "array"),
        ("[1]", "JSON object"),
        ("[", "Expecting"),
        ('[{"name": "a", "mood": "glad"}]', "mood"),
        ('[{"name": "a", "mode": "glad"}]', "mode"),
        ('[{"name": "a", "deposits": {"trade": {"USDT": "much"}}}]', "much"),
        ('[{"name": "a", "keys": [{"api_key": "k"}]}]', "secret"),
        ('[{"name": "a", "keys": "k"}]', "a"),
        ("[" * 100_000, "deeply"),
    ],
)
def test_files_that_make_no_sense(text, complaint):
    """Each is a ValueError that says what is wrong."""
    with pytest.raises(ValueError, match=complaint):
        read_accounts(text)


@pytest.mark.parametrize(
    ("accounts", "complaint"),
    [
        ([], "at least one"),
        ([Account("a"), Account("a")], "twice"),
        ([Account("a", master="b")], "sub-account"),
        ([Account("a", master="a")], "sub-account"),
        (
            [Account("a", keys=[ApiKey("k", "s", "p")]), Account("b", keys=[ApiKey("k", "t", "p")])],
            "two keys",
        ),
        ([Account("a", deposits={"savings": {"USDT": 1}})], "savings"),
        ([Account("a", deposits={"trade": {"USDT": -1}})], "negative"),
        (["a"], "Account"),
    ],
)
def test_accounts_that_cannot_be_together(accounts, complaint):
    """Refused when the sandbox is made, not when it is used."""
    with pytest.raises((ValueError, TypeError), match=complaint):
        Sandbox(accounts=accounts)


@pytest.mark.parametrize("amount", [1.5, "1,5"])
def test_amounts_that_are_none(amount):
    """Floats are refused, for they are not what they seem."""
    with pytest.raises(ValueError, match="deposits"):
        Account(deposits={"trade": {"USDT": amount}})


def test_unknown_account(sandbox):
    """The names that there are, are told."""
    with pytest.raises(ValueError, match="'bob'; there are main"):
        sandbox.client_options("bob")
    with pytest.raises(ValueError, match="'bob'; there are main"):
        sandbox.ledger("bob")
