"""`Sandbox`: the local exchange as its user starts, points clients at, looks into and stops it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from types import TracebackType
from typing import TypedDict

from .faults import Fault, FaultPlan
from .gateway import UID, Gateway
from .keys import PARTNER, PARTNER_KEY, PERMISSIONS, key_with
from .options import ChallengeStyle, SandboxOptions
from .orders import Balance, Fill, OrderView, Position
from .server import HOST, Server


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


class Sandbox:
    """A KuCoin of one's own on 127.0.0.1, with one funded account and a market maker.

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
        port: int = 0,
        seed: int = 0,
        challenge: ChallengeStyle = "compact",
        challenge_timeout: float = 30.0,
        clock_offset: float = 0.0,
        ping_interval: int = 18_000,
        ping_timeout: int = 10_000,
        reuse_window: float = 5.0,
        rate_limits: Mapping[str, int] | None = None,
        faults: Iterable[Fault | str] = (),
    ) -> None:
        """Opens the exchange; serving starts with `start`.

        Args:
            port: The TCP port for WebSocket and REST; 0 takes a free one.
            seed: Sandboxes of one seed make the same market, and ids that differ only by the time in them.
            challenge: How the challenge is spelt. "compact" is what KuCoin sends today; "blanks" and
                "swapped" (keys in the other order) catch clients that sign a copy of the text instead.
            challenge_timeout: Seconds that a client has to answer the challenge; then 400012.
            clock_offset: Seconds that the sandbox's clock is ahead; beyond 5 either way, 400002.
            ping_interval: Milliseconds, announced in the welcome.
            ping_timeout: Milliseconds, announced in the welcome. A client that sends no frame for the sum of
                both is disconnected.
            reuse_window: Seconds in which one signed URL may be used again; then 400002.
            rate_limits: Weights per 30 s in place of those of VIP 0 (KuCoin documentation, "Rate Limit"), by
                pool: "spot", which margin shares (4000), "futures" (2000), "uta" (2000).
            faults: What goes wrong, as `Fault` or in its written form; asked in their order, the first that
                strikes hides the occasion from the others.

        Raises:
            ValueError: An option is out of range.
        """
        self._options = SandboxOptions(
            port=port,
            seed=seed,
            challenge=challenge,
            challenge_timeout=challenge_timeout,
            clock_offset=clock_offset,
            ping_interval=ping_interval,
            ping_timeout=ping_timeout,
            reuse_window=reuse_window,
            rate_limits={} if rate_limits is None else dict(rate_limits),
            faults=faults,
        )
        self._plan = FaultPlan(self._options.faults, seed)
        self._gateway = Gateway(self._options)
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
        state = f"on 127.0.0.1:{self._port}" if self._server is not None else "stopped"
        return f"<Sandbox {state}>"

    def client_options(self, *, permissions: Collection[str] = PERMISSIONS) -> ClientOptions:
        """Keyword arguments for a client: key, secret, passphrase and both URLs.

        The key has exactly `permissions`, of "General", "Spot", "Margin" and "Futures"; what it may not do is
        refused with 400007.

        Raises:
            RuntimeError: The sandbox has never been started, so that it has no port yet.
        """
        if self._port == 0:
            raise RuntimeError("the sandbox has no port yet: start it first")
        key = key_with(permissions)
        return {
            "api_key": key.api_key,
            "api_secret": key.secret,
            "api_passphrase": key.passphrase,
            "ws_url": f"ws://{HOST}:{self._port}",
            "rest_url": f"http://{HOST}:{self._port}",
        }

    def partner_options(self) -> PartnerOptions:
        """``partner`` and ``partner_key`` of the one broker that the sandbox knows."""
        return {"partner": PARTNER, "partner_key": PARTNER_KEY}

    @property
    def faults_struck(self) -> Mapping[str, int]:
        """How often each kind of fault has struck so far."""
        return self._plan.struck

    @property
    def orders(self) -> tuple[OrderView, ...]:
        """Every order of the account as it is now, oldest first."""
        return self._gateway.read(lambda exchange: exchange.orders(UID))

    @property
    def fills(self) -> tuple[Fill, ...]:
        """Every fill of the account, oldest first."""
        return self._gateway.read(lambda exchange: exchange.fills(UID))

    @property
    def balances(self) -> tuple[Balance, ...]:
        """What the account has now, one for each account and currency."""
        return self._gateway.read(lambda exchange: exchange.balances(UID))

    @property
    def positions(self) -> tuple[Position, ...]:
        """The futures positions of the account as they are now."""
        return self._gateway.read(lambda exchange: exchange.positions(UID))

    def find_order(self, *, order_id: str | None = None, client_oid: str | None = None) -> OrderView | None:
        """The order with this id, or the newest with this clientOid, of any product, if there is one."""
        if (order_id is None) == (client_oid is None):
            raise ValueError("give one of order_id and client_oid")
        for order in reversed(self.orders):
            if order.order_id == order_id if client_oid is None else order.terms.client_oid == client_oid:
                return order
        return None
