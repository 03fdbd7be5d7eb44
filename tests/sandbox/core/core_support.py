"""A short way to trade on an exchange in a test, and the laws every exchange state must obey."""

from __future__ import annotations

from collections import Counter
from decimal import Context, Decimal, localcontext

from kucoin_wsapi.sandbox.exchange import HOUSE, MARKET_MAKER, Answer, Exchange
from kucoin_wsapi.sandbox.orders import OrderView
from kucoin_wsapi.sandbox.symbols import MARGIN_CURRENCIES

START = 1_742_175_983_882_000_000
SECOND = 1_000_000_000
RICH = {
    "trade": {"USDT": Decimal(1_000_000), "BTC": Decimal(10), "ETH": Decimal(100)},
    "margin": {"USDT": Decimal(1_000_000), "BTC": Decimal(10)},
    "futures": {"USDT": Decimal(1_000_000)},
}
EXACT = Context(prec=200)


class Market:
    """An exchange with a clock; "alice" and "bob" have enough of everything."""

    def __init__(self, *, market_maker: bool = False) -> None:
        self.exchange = Exchange(now=START, seed=7, market_maker=market_maker)
        self.now = START
        for uid in ("alice", "bob"):
            self.exchange.open_account(uid, RICH)

    def do(self, uid: str, op: str, args: object) -> Answer:
        return self.exchange.execute(uid, op, args, self.now)

    def data(self, uid: str, op: str, args: object) -> dict[str, object]:
        """The data of an operation that must succeed."""
        answer = self.do(uid, op, args)
        assert answer.code == "200000", (answer.code, answer.message)
        assert isinstance(answer.data, dict)
        return answer.data

    def spot(self, uid: str, side: str, price: str, size: str, **more: object) -> dict[str, object]:
        """A limit order on BTC-USDT, answered with its sizes."""
        args = {"symbol": "BTC-USDT", "type": "limit", "side": side, "price": price, "size": size, **more}
        return self.data(uid, "spot.sync_order", args)

    def futures(self, uid: str, side: str, price: str | None, size: int, **more: object) -> OrderView:
        """An order on XBTUSDTM with leverage 10, as it is right after its matching; no price is a market order."""
        args = {
            "symbol": "XBTUSDTM",
            "side": side,
            "size": size,
            "leverage": 10,
            "clientOid": f"f{self.now}",
            **more,
        }
        args |= {"type": "market"} if price is None else {"price": price}
        self.now += 1
        order_id = self.data(uid, "futures.order", args)["orderId"]
        return self.order(uid, "futures", str(order_id))

    def order(self, uid: str, product: str, order_id: object) -> OrderView:
        order = self.exchange.find_order(uid, product, order_id=str(order_id))
        assert order is not None
        return order

    def wait(self, seconds: float) -> None:
        self.now += int(seconds * SECOND)
        self.exchange.tick(self.now)

    def balance(self, uid: str, account: str, currency: str) -> tuple[Decimal, Decimal]:
        """(available, hold)."""
        for balance in self.exchange.balances(uid):
            if (balance.account, balance.currency) == (account, currency):
                return balance.available, balance.hold
        return Decimal(0), Decimal(0)


def wealth(exchange: Exchange, uids: list[str]) -> dict[str, Decimal]:
    """All there is of each currency: users, house and market maker, positions at their mark price."""
    total: dict[str, Decimal] = {}
    with localcontext(EXACT):
        for uid in [*uids, HOUSE, MARKET_MAKER]:
            amounts = [
                (balance.currency, balance.available + balance.hold) for balance in exchange.balances(uid)
            ]
            amounts += [
                (position.settle_currency, position.margin + position.unrealised_pnl)
                for position in exchange.positions(uid)
            ]
            for currency, amount in amounts:
                total[currency] = total.get(currency, Decimal(0)) + amount
    return total


def check_laws(exchange: Exchange, uids: list[str]) -> None:
    """What must hold between any two operations."""
    for uid in [*uids, MARKET_MAKER]:
        check_balances_and_orders(exchange, uid)
    check_books(exchange, [*uids, MARKET_MAKER])
    check_positions(exchange, [*uids, MARKET_MAKER])


def check_balances_and_orders(exchange: Exchange, uid: str) -> None:
    """No negative balance (futures losses may be owed), holds are those of the active orders, sizes add up."""
    held: dict[tuple[str, str], Decimal] = {}
    with localcontext(EXACT):
        for order in exchange.orders(uid):
            assert order.origin_size == order.filled_size + order.remaining_size + order.canceled_size
            assert min(order.filled_size, order.remaining_size, order.canceled_size, order.hold) >= 0
            assert order.is_active == (
                order.remaining_size > 0 or (order.is_active and order.terms.size is None)
            )
            assert order.is_active == (order.in_book or order.is_waiting)
            expected = expected_hold(order)
            assert order.hold == expected if expected is not None else order.hold >= 0
            held[hold_key(order)] = held.get(hold_key(order), Decimal(0)) + order.hold
        for balance in exchange.balances(uid):
            assert balance.available >= 0 or balance.account == "futures"
            assert balance.hold == held.pop((balance.account, balance.currency), Decimal(0))
    assert not any(held.values())


def hold_key(order: OrderView) -> tuple[str, str]:
    terms = order.terms
    if terms.product == "futures":
        return "futures", "XBT" if terms.symbol == "XBTUSDM" else "USDT"
    account = "trade" if terms.product == "spot" else "margin"
    if terms.is_isolated:
        account = f"isolated:{terms.symbol}"
    return account, "USDT" if terms.side == "buy" else terms.symbol.split("-")[0]


def expected_hold(order: OrderView) -> Decimal | None:
    """The hold by KuCoin's rule for spot; of futures only that a finished order holds nothing."""
    if not order.is_active:
        return Decimal(0)
    if order.terms.product == "futures":
        return None
    if order.terms.side == "sell":
        return order.remaining_size
    assert order.terms.price is not None
    return order.terms.price * order.remaining_size * Decimal("1.001")


def check_loans(exchange: Exchange, uids: list[str]) -> None:
    """What the users owe is what is missing from the pools."""
    owed: dict[str, Decimal] = {}
    for uid in uids:
        for liability in exchange.liabilities(uid):
            assert liability.owed > 0
            owed[liability.currency] = owed.get(liability.currency, Decimal(0)) + liability.owed
    left = {b.currency: b.available for b in exchange.balances(HOUSE) if b.account == "lending"}
    for currency in MARGIN_CURRENCIES:
        assert left[currency.currency] + owed.get(currency.currency, Decimal(0)) == currency.pool


def check_books(exchange: Exchange, uids: list[str]) -> None:
    """No resting buy reaches a resting sell."""
    bids: dict[str, Decimal] = {}
    asks: dict[str, Decimal] = {}
    for uid in uids:
        for order in exchange.orders(uid):
            price, symbol = order.terms.price, order.terms.symbol
            if not order.in_book or price is None:
                continue
            if order.terms.side == "buy":
                bids[symbol] = max(price, bids.get(symbol, price))
            else:
                asks[symbol] = min(price, asks.get(symbol, price))
    for symbol in bids.keys() & asks.keys():
        assert bids[symbol] < asks[symbol]


def check_positions(exchange: Exchange, uids: list[str]) -> None:
    """Somebody is short what others are long; an isolated position has margin if and only if it is open."""
    net: Counter[str] = Counter()
    for uid in uids:
        for position in exchange.positions(uid):
            net[position.symbol] += int(position.size)
            isolated = position.margin_mode == "ISOLATED"
            assert position.margin >= 0
            assert (position.margin > 0) == (isolated and position.size != 0)
            if not position.size:
                assert position.entry_value == 0
    assert not any(net.values())
