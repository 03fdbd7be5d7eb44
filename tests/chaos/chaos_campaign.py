"""The chaos suite: traders, a client, faults everywhere, and a ledger that tells who was right."""

from __future__ import annotations

import gc
import os
import resource
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from itertools import count
from random import Random
from typing import Any

import trustme
from attrs import field, frozen
from chaos_desk import Desk, Tally
from chaos_ledger import Claims, Ledger
from chaos_relay import ChaosRelay, Plan
from chaos_stories import Stories

from kucoin_wsapi import (
    ResponseFuture,
    WebsocketAPIClient,
    _calls,
    _connection,
    _resolving,
)
from kucoin_wsapi.sandbox import Fault, Sandbox

TRADING_THREADS = 16
THREADS = 64  # those that wait for a look-up do not trade

# Faults of requests, each as often as the others.
REQUEST_FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "refusal"},
    {"kind": "refusal", "limit": False},
    {"kind": "refusal", "code": "429002", "limit": False},
    {"kind": "error", "code": "500000"},
    {"kind": "error", "code": "500000", "executed": False},
    {"kind": "error", "code": "504000"},
    {"kind": "error", "code": "504000", "executed": False},
    {"kind": "error-without-id"},
    {"kind": "no-reply"},
    {"kind": "no-reply", "executed": False},
    {"kind": "reply-late", "delay": 0.2},
    {"kind": "reply-late", "delay": 1.5},
    {"kind": "reply-reordered"},
    {"kind": "reply-twice"},
    {"kind": "reply-stray"},
    {"kind": "reply-code-number"},
    {"kind": "reply-extra-fields"},
    {"kind": "reply-nanoseconds"},
    {"kind": "reply-old-limit"},
    {"kind": "reply-no-limit"},
    {"kind": "close"},
    {"kind": "close", "executed": False},
    {"kind": "close", "code": "1001"},
    {"kind": "close", "code": "1012", "executed": False},
    {"kind": "close", "code": "1013"},
    {"kind": "close-unread", "delay": 0.1},
    {"kind": "shutdown"},
    {"kind": "shutdown", "executed": False},
    {"kind": "mute"},
    {"kind": "mute", "executed": False},
    {"kind": "half-open", "delay": 4.0},
)
# Faults of one in twenty logins, each as often as the others.
LOGIN_FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "refused-upgrade"},
    {"kind": "refused-upgrade", "status": 429},
    {"kind": "no-challenge"},
    {"kind": "challenge-blanks"},
    {"kind": "challenge-swapped"},
    *({"kind": "login-error", "code": f"4000{number:02}"} for number in (*range(2, 9), 11, 12)),
    {"kind": "close-before-welcome"},
    {"kind": "close-before-welcome", "code": "1013"},
    {"kind": "welcome-late", "delay": 0.3},
    {"kind": "welcome-late", "delay": 1.5},
)


@frozen(kw_only=True)
class Settings:
    """What a run is like; the same seed draws the same faults as far as threads allow.

    Attributes:
        orders: requests after which no new story begins.
        clients: among which the threads are divided; each has two connections.
        rate: requests per fault.
        until_certain: seconds after which an order that is not found counts as never placed; None: the client's own.
        lag: seconds that a look-up lags, where it does.
        tolerance: seconds past its deadline at which a settled future is a violation.
    """

    orders: int
    seed: int
    tls: bool
    clients: int = 4
    rate: float = 50.0
    until_certain: float | None = None
    lag: float = 1.8
    timeout: float = 1.0
    tolerance: float = 1.0

    @property
    def command(self) -> str:
        """What runs it again, with the other half of the requests."""
        certain = "" if self.until_certain is None else f" --certain {self.until_certain:g}"
        return f"python tests/chaos/run.py --orders {2 * self.orders} --seed {self.seed} --rate {self.rate:g}{certain}"


@frozen
class Report:
    """What a run found."""

    settings: Settings
    seconds: float
    tally: Tally
    claims: int
    orders: int
    faults: Counter[str]
    broken: list[tuple[str, str]]
    placed_twice: list[str]
    left_behind: list[str]
    memory: float  # MiB that the process has grown, the exchange and its ledger included
    violations: list[str] = field(init=False)

    def __attrs_post_init__(self) -> None:
        violations = [*self.tally.violations, *self.left_behind]
        violations += [f"{client_oid} was placed twice" for client_oid in self.placed_twice]
        violations += [f"{kind} wrong: {text}" for kind, text in self.broken]
        object.__setattr__(self, "violations", violations)

    def __str__(self) -> str:
        tally, settings = self.tally, self.settings
        wrong = Counter(kind for kind, _ in self.broken)
        lines = [
            f"chaos, seed {settings.seed}, {'TLS' if settings.tls else 'plain'}, {self.seconds:.0f} s",
            f"  requests                      {tally.requests}",
            *(f"    {name:<40} {number}" for name, number in sorted(tally.outcomes.items())),
            f"  faults                        {sum(self.faults.values())}",
            *(f"    {name:<40} {number}" for name, number in sorted(self.faults.items())),
            f"  orders in the ledger          {self.orders}",
            f"  statements held against it    {self.claims}",
            f"  look-ups                      {tally.look_ups}",
            f"  futures unsettled             {tally.unsettled}",
            f"  settled too late              {tally.late}, by more than 100 ms {tally.noticeably_late}, "
            f"at worst {1000 * tally.worst_lateness:.0f} ms",
            f"  answers after their deadline  {tally.late_answers}, as events",
            f"  clientOids placed twice       {len(self.placed_twice)}",
            f"  verdicts against the ledger   {wrong['verdict']}",
            f"  resolved wrongly              {wrong['resolve'] + tally.wrongly_resolved}",
            f"  left behind                   {len(self.left_behind)}",
            f"  memory                        {self.memory:+.1f} MiB, exchange and ledger included",
            *(f"  VIOLATION {text}" for text in self.violations),
            *([f"  again: {settings.command}"] if self.violations else []),
        ]
        return "\n".join(lines)


def faults_of(settings: Settings) -> list[Fault]:
    """The faults of the sandbox, with their probabilities."""
    request = 1 / settings.rate / len(REQUEST_FAULTS)
    login = 1 / 20 / len(LOGIN_FAULTS)
    return [
        *(Fault(probability=request, **fields) for fields in REQUEST_FAULTS),
        *(Fault(probability=login, **fields) for fields in LOGIN_FAULTS),
        Fault("no-pong", probability=0.05),
        Fault("pong-coded", probability=0.05),
        Fault("look-up-error", probability=0.03),
        Fault("look-up-error", probability=0.03, status=500),
        Fault("look-up-late", probability=0.03, delay=0.2),
        Fault("look-up-late", probability=0.01, delay=settings.timeout * 1.5),
        Fault("look-up-lag", probability=0.5, delay=settings.lag),
    ]


def run(settings: Settings) -> Report:
    """One run, from the first thread to the last."""
    threads, sockets, memory = threading.active_count(), open_sockets(), resident_mebibytes()
    objects = alive()
    started = time.monotonic()
    tally, claims = Tally(), Claims()
    with ExitStack() as stack:
        until_certain = stack.enter_context(certainty(settings.until_certain))
        unlimited = {"spot": 10**9, "futures": 10**9, "uta": 10**9}
        sandbox = stack.enter_context(
            Sandbox(
                seed=settings.seed, faults=faults_of(settings), rate_limits=unlimited, challenge_timeout=2.0
            )
        )
        options, port = (
            dict(sandbox.client_options()),
            int(sandbox.client_options()["ws_url"].rpartition(":")[2]),
        )
        server_tls, client_tls = certificates() if settings.tls else (None, None)
        plan = Plan(share=0.4, hold=min(2.0, until_certain / 3))
        relay = stack.enter_context(closing(ChaosRelay(port, plan, settings.seed, server_tls)))
        options["ws_url"] = f"{'ws' if client_tls is None else 'wss'}://localhost:{relay.port}"
        if client_tls is None:
            options["ws_url"] = f"ws://127.0.0.1:{relay.port}"
        clients = [
            stack.enter_context(
                WebsocketAPIClient(
                    **options,
                    ssl_context=client_tls,
                    request_timeout=settings.timeout,
                    max_send_delay=settings.timeout * 0.8,
                    connect_timeout=1.0,
                    ping_interval=1.0,
                    pong_timeout=0.7,
                    close_timeout=1.0,
                    attach_event_listeners=False,
                )
            )
            for _ in range(settings.clients)
        ]
        for client in clients:
            client.get_ws_client().on("response", tally.answered)
        trade(settings, clients, tally, claims, until_certain)
        del clients, client
    orders = sandbox.orders
    ledger = Ledger(orders)
    faults = Counter(dict(sandbox.faults_struck)) + relay.struck
    return Report(
        settings,
        time.monotonic() - started,
        tally,
        len(claims),
        len(orders),
        faults,
        claims.broken(ledger),
        ledger.placed_twice(),
        left_behind(threads, sockets, objects),
        resident_mebibytes() - memory,
    )


def trade(
    settings: Settings,
    clients: list[WebsocketAPIClient],
    tally: Tally,
    claims: Claims,
    until_certain: float,
) -> None:
    """Tell stories on many threads until there are enough requests."""
    slots = threading.Semaphore(TRADING_THREADS)
    numbers = count(1)

    def new_id() -> str:
        return f"c-{settings.seed}-{next(numbers)}"

    def stories(number: int) -> Stories:
        desk = Desk(
            clients[number % len(clients)],
            tally,
            slots,
            timeout=settings.timeout,
            tolerance=settings.tolerance,
            resolve_timeout=until_certain * 2 + 20,
        )
        random = Random(settings.seed * 1000 + number)
        return Stories(desk, claims, random, new_id, round(until_certain * 250))

    def work(number: int) -> None:
        mine = stories(number)
        while tally.requests < settings.orders:
            mine.tell()

    run_threads([partial(work, number) for number in range(THREADS)], tally)
    last = [stories(THREADS + number) for number in range(len(clients))]
    run_threads([story.tell_the_last for story in last], tally)


def run_threads(targets: list[Callable[[], None]], tally: Tally) -> None:
    """Run functions at once; what one raises is a violation."""

    def guarded(target: Callable[[], None]) -> None:
        try:
            target()
        except Exception as error:
            tally.violated(f"{type(error).__name__} out of nowhere: {error}")

    threads = [threading.Thread(target=guarded, args=(target,), name="chaos-trader") for target in targets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@contextmanager
def certainty(seconds: float | None) -> Iterator[float]:
    """Let `resolve` conclude sooner than with KuCoin, whose look-ups may lag for longer than the sandbox's."""
    usual = _resolving._UNTIL_CERTAIN, _resolving._AFTER_WINDOW, _resolving._PAUSES
    if seconds is not None:
        _resolving._UNTIL_CERTAIN, _resolving._AFTER_WINDOW = seconds, seconds / 4
        _resolving._PAUSES = (seconds / 16, seconds / 8, seconds / 4)
    try:
        yield _resolving._UNTIL_CERTAIN
    finally:
        _resolving._UNTIL_CERTAIN, _resolving._AFTER_WINDOW, _resolving._PAUSES = usual


def certificates() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """The server's side for localhost, and a client's side that trusts it."""
    authority = trustme.CA()
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(server)
    client = ssl.create_default_context()
    authority.configure_trust(client)
    return server, client


# What a run leaves behind


def alive() -> Counter[str]:
    """How many objects of the client there are, by class."""
    kinds = (_calls.Call, ResponseFuture, _connection.Connection, WebsocketAPIClient)
    return Counter(type(thing).__name__ for thing in gc.get_objects() if isinstance(thing, kinds))


def left_behind(threads: int, sockets: int, objects: Counter[str]) -> list[str]:
    """Threads, sockets and objects of the client that are there although everything is closed."""
    deadline = time.monotonic() + 5
    gc.collect()
    while (threading.active_count() > threads or open_sockets() > sockets) and time.monotonic() < deadline:
        threading.Event().wait(0.1)
        gc.collect()
    left = []
    if threading.active_count() > threads:
        left.append(f"threads: {[thread.name for thread in threading.enumerate()]}")
    if open_sockets() > sockets:
        left.append(f"{open_sockets() - sockets} sockets")
    left += [f"{number} objects of class {name}" for name, number in (alive() - objects).items()]
    return left


def open_sockets() -> int:
    """The number of sockets of this process."""
    found = 0
    for descriptor in os.listdir("/proc/self/fd"):
        try:
            found += os.readlink(f"/proc/self/fd/{descriptor}").startswith("socket:")
        except OSError:  # the descriptor of the listing itself
            continue
    return found


def resident_mebibytes() -> float:
    """The memory of this process."""
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * resource.getpagesize() / 2**20
