"""`Sandbox`: the local exchange as its user starts, points clients at, looks into and stops it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from decimal import Decimal
from types import TracebackType
from typing import NamedTuple, TypedDict

from .account_options import Account, uids
from .faults import Fault, FaultPlan
from .futures_views import Position
from .gateway import Gateway
from .hosts import host_in_urls
from .keys import PARTNER, PARTNER_KEY, PERMISSIONS, key_with
from .ledger import Ledger, Snapshot, ledger_of
from .options import ChallengeStyle, PushTiming, SandboxOptions
from .orders import Balance, Fill, OrderView
from .server import Server
from .symbols import CONTRACTS, SYMBOLS, Contract, SpotSymbol
from .venue import Switches


class ClientOptions(TypedDict):
    """What any client needs; the URLs are bases, without a path."""

    api_key: str
    api_secret: str
    api_passphrase: str
    ws_url: str
    rest_url: str


class PartnerOptions(TypedDict):
    """What a broker's client needs besides."""

    partner: str
    partner_key: str


class Traffic(NamedTuple):
    """What `Sandbox.traffic` tells."""

    connections: int
    requests: int
    open_orders: int
    fills: int


class Sandbox:
    """A KuCoin of one's own, on this computer alone, with funded accounts and a market maker.

    ``with Sandbox() as sandbox:`` starts and stops it; `start` and `stop` do the same by hand. Any client in
    any language can use it with what `client_options` gives. All methods may be called from any thread, but
    `start` and `stop` from one at a time. Several sandboxes can run at once and share nothing.

    What an exchange does wrong, it does wrong on purpose too: ``Sandbox(faults=["no-reply:every=50",
    "close:probability=0.01,code=1012", "look-up-lag:delay=3"])`` executes every 50th request without answering it,
    breaks the connection after one in a hundred, and shows new orders only three seconds late. The ledger
    (`orders`, `fills`, `balances`) tells what really happened, `faults_struck` how often which fault did. `Fault`
    lists the kinds, a line for each.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        serve_the_network: bool = False,
        seed: int = 0,
        accounts: Iterable[Account] = (Account(),),
        symbols: Iterable[SpotSymbol] = SYMBOLS,
        contracts: Iterable[Contract] = CONTRACTS,
        liquidity: float = 1.0,
        market_pace: float = 0.0,
        switches: Switches | None = None,
        start_time: float | None = None,
        clock_offset: float = 0.0,
        challenge: ChallengeStyle = "compact",
        challenge_timeout: float = 30.0,
        ping_interval: int = 18_000,
        ping_timeout: int = 10_000,
        reuse_window: float = 5.0,
        rate_limits: Mapping[str, int] | None = None,
        connection_limit: int | None = None,
        message_limit: int | None = None,
        id_limit: int = 64,
        push_timing: PushTiming = "random",
        push_message_limit: int | None = 100,
        push_patience: float = 60.0,
        faults: Iterable[Fault | str] = (),
        log: Callable[[str], None] | None = None,
    ) -> None:
        """Opens the exchange; serving starts with `start`.

        Args:
            host: The address to listen on.
            port: The TCP port for WebSocket and REST; 0 takes a free one.
            serve_the_network: Whether `host` may be one that other computers reach. Its keys are the same in every
                sandbox, so everybody who can reach it can trade on it.
            seed: Sandboxes of one seed make the same market, and ids that differ only by the time in them.
            accounts: Who trades, the first of them where a method is not told whose. By default one, called "main".
            symbols: The spot pairs, with their fees.
            contracts: The futures contracts, with their fees.
            liquidity: How much the market maker offers, as a multiple of the usual; 0 for empty books.
            market_pace: How many orders the market maker replaces in a second, over all symbols, as far as the
                computer is quick enough. By default none but those that were taken: the market is quiet.
            switches: What KuCoin's documentation leaves open, see `Switches`.
            start_time: Unix seconds at which time stands still until `advance`; by default time runs.
            clock_offset: Seconds that the sandbox's clock is ahead; beyond 5 either way, 400002.
            challenge: How the challenge is spelt. "compact" is what KuCoin sends today; "blanks" and
                "swapped" (keys in the other order) catch clients that sign a copy of the text instead.
            challenge_timeout: Seconds that a client has to answer the challenge; then 400012.
            ping_interval: Milliseconds, announced in the welcome.
            ping_timeout: Milliseconds, announced in the welcome. A client that sends no frame for the sum of
                both is disconnected.
            reuse_window: Seconds in which one signed URL may be used again; then 400002.
            rate_limits: Weights per 30 s in place of those of VIP 0 (KuCoin documentation, "Rate Limit"), by
                pool: "spot", which margin shares (4000), "futures" (2000), "management" (2000), "uta" (2000), and,
                for an address instead of an account, "public" (2000).
            connection_limit: Connections of the order socket that an account may have at once (KuCoin's is 800); one
                more is refused with 429000. By default any number.
            message_limit: Messages that may come in over one connection in 10 s; more are refused with 429002. By
                default any number: KuCoin does not publish its own.
            id_limit: Characters that the id of a request may have; KuCoin's maximum is not known, 32 is safe.
            push_timing: Whether what follows from a request is pushed "before" or "after" its answer; by default
                the seed decides each time, for a client may not rely on either.
            push_message_limit: Messages that may come in over one push connection in 10 s; more are refused with
                509. None for any number.
            push_patience: Seconds that a push client may say nothing before it is disconnected.
            faults: What goes wrong, as `Fault` or in its written form; asked in their order, the first that
                strikes hides the occasion from the others.
            log: Gets a line for every frame and REST request, without secrets; called on the server's thread.

        Raises:
            ValueError: An option is out of range.
        """
        self._options = SandboxOptions(
            host=host,
            port=port,
            serve_the_network=serve_the_network,
            seed=seed,
            accounts=accounts,
            symbols=symbols,
            contracts=contracts,
            liquidity=liquidity,
            market_pace=market_pace,
            switches=Switches() if switches is None else switches,
            start_time=start_time,
            clock_offset=clock_offset,
            challenge=challenge,
            challenge_timeout=challenge_timeout,
            ping_interval=ping_interval,
            ping_timeout=ping_timeout,
            reuse_window=reuse_window,
            rate_limits={} if rate_limits is None else dict(rate_limits),
            connection_limit=connection_limit,
            message_limit=message_limit,
            id_limit=id_limit,
            push_timing=push_timing,
            push_message_limit=push_message_limit,
            push_patience=push_patience,
            faults=faults,
            log=log,
        )
        self._uids = uids(self._options.accounts)
        self._plan = FaultPlan(self._options.faults, seed)
        self._gateway = Gateway(self._options)
        self._host = host_in_urls(host)
        self._port = port
        self._server: Server | None = None

    def start(self) -> None:
        """Accepts connections from now on. After a `stop` it goes on with the same port, orders and balances.

        Raises:
            OSError: The port is taken.
            RuntimeError: It runs already.
        """
        if self._server is not None:
            raise RuntimeError("the sandbox runs already")
        self._server = Server(self._gateway, self._options, self._plan, self._port)
        self._port = self._server.port

    def stop(self) -> None:
        """Closes every connection and the port, and ends the thread; does nothing if it does not run."""
        server, self._server = self._server, None
        if server is not None:
            server.stop()

    def __enter__(self) -> Sandbox:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        state = f"on {self._host}:{self._port}" if self._server is not None else "stopped"
        return f"<Sandbox {state}>"

    @property
    def ws_url(self) -> str:
        """The base URL of the order socket. `RuntimeError` before the first start: there is no port yet."""
        return f"ws://{self._host}:{self._started_port()}"

    @property
    def rest_url(self) -> str:
        """The base URL of REST, for spot and futures alike. `RuntimeError` before the first start."""
        return f"http://{self._host}:{self._started_port()}"

    def _started_port(self) -> int:
        if self._port == 0:
            raise RuntimeError("the sandbox has no port yet: start it first")
        return self._port

    def client_options(
        self, account: str | None = None, *, permissions: Collection[str] = PERMISSIONS
    ) -> ClientOptions:
        """Keyword arguments for a client: key, secret, passphrase and both URLs.

        The key is of `account`, by default of the first, and has exactly `permissions`, of "General", "Spot", "Margin"
        and "Futures"; what it may not do is refused with 400007.

        Raises:
            ValueError: There is no such account or permission.
            RuntimeError: The sandbox has never been started, so that it has no port yet.
        """
        key = key_with(permissions, self._name_of(account))
        return {
            "api_key": key.api_key,
            "api_secret": key.secret,
            "api_passphrase": key.passphrase,
            "ws_url": self.ws_url,
            "rest_url": self.rest_url,
        }

    def partner_options(self) -> PartnerOptions:
        """``partner`` and ``partner_key`` of the one broker that the sandbox knows."""
        return {"partner": PARTNER, "partner_key": PARTNER_KEY}

    def advance(self, seconds: float) -> None:
        """Moves the sandbox's time forward; what falls due meanwhile has happened when it returns.

        Orders expire, quotas return, the dead-man switch triggers. Connections are not disturbed: how long a client
        may be silent goes by the computer's clock. Requests may be signed by either clock.

        Raises:
            ValueError: `seconds` is negative.
        """
        self._gateway.advance(seconds)

    def set_prices(
        self,
        symbol: str,
        *,
        mark: Decimal | None = None,
        index: Decimal | None = None,
        last: Decimal | None = None,
    ) -> None:
        """Moves prices of a futures contract; stop orders that they reach are triggered when it returns.

        The market maker quotes around the mark price. `ValueError` for a contract that there is not, or a price that
        is not positive.
        """
        self._gateway.set_prices(symbol, mark, index, last)

    def reset(self) -> None:
        """Begins anew, with the same market and the first deposits: no orders, fills, positions, used quotas or
        advanced time. Connections and keys stay, and so does what `faults_struck` has counted."""
        self._gateway.reset()

    @property
    def traffic(self) -> Traffic:
        """How busy it is: order connections now, requests since it was made or reset, open orders and fills of all."""
        server = self._server
        gateway = self._gateway
        return Traffic(
            connections=0 if server is None else server.connections,
            requests=gateway.requests,
            open_orders=gateway.count_open_orders(),
            fills=gateway.count_fills(),
        )

    @property
    def faults_struck(self) -> Mapping[str, int]:
        """How often each kind of fault has struck so far."""
        return self._plan.struck

    def snapshot(self) -> Snapshot:
        """Everything that the accounts have at this moment."""
        return self._gateway.read(
            lambda exchange: Snapshot(
                self._gateway.now(), {name: ledger_of(exchange, uid) for name, uid in self._uids.items()}
            )
        )

    def ledger(self, account: str | None = None) -> Ledger:
        """What an account has at this moment, by default the first. `ValueError` for one that there is not."""
        uid = self._uids[self._name_of(account)]
        return self._gateway.read(lambda exchange: ledger_of(exchange, uid))

    @property
    def orders(self) -> tuple[OrderView, ...]:
        """Every order of the first account as it is now, oldest first."""
        return self.ledger().orders

    @property
    def fills(self) -> tuple[Fill, ...]:
        """Every fill of the first account, oldest first."""
        return self.ledger().fills

    @property
    def balances(self) -> tuple[Balance, ...]:
        """What the first account has now, one for each kind of account and currency."""
        return self.ledger().balances

    @property
    def positions(self) -> tuple[Position, ...]:
        """The futures positions of the first account as they are now."""
        return self.ledger().positions

    def find_order(self, *, order_id: str | None = None, client_oid: str | None = None) -> OrderView | None:
        """The order with this id, or the newest with this clientOid, of the first account, if there is one."""
        return self.ledger().find_order(order_id=order_id, client_oid=client_oid)

    def _name_of(self, account: str | None) -> str:
        name = self._options.accounts[0].name if account is None else account
        if name not in self._uids:
            raise ValueError(f"there is no account {name!r}; there are {', '.join(self._uids)}")
        return name
