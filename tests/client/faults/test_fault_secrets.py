"""KuCoin puts key, signature and passphrase into the URL: none of it may be found anywhere but on the wire."""

from __future__ import annotations

import base64
import json
import logging
import pickle
import signal
import traceback
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from fault_server import (
    API_KEY,
    API_PASSPHRASE,
    API_SECRET,
    FaultServer,
    Peer,
    frame,
    refusal,
    refused_port,
    signature,
)
from fault_support import EVENTS, SPOT, client_of, outcome, place

from kucoin_wsapi import AuthenticationError, KucoinError


class Canary:
    """What must not be found: the credentials, and every signature that the server has seen, however it is spelled."""

    def __init__(self) -> None:
        self.secrets = {API_KEY, API_SECRET, API_PASSPHRASE, signature(API_PASSPHRASE)}

    def learn(self, server: FaultServer) -> None:
        """Take the signatures out of what the server has read."""
        for peer in server.peers:
            if peer.target:
                self.secrets |= {peer.query["sign"], peer.query["passphrase"], peer.target}
            self.secrets |= {text for text in peer.texts if not text.startswith("{")}

    def assert_absent(self, haystack: str, where: str) -> None:
        """Neither as they are, nor quoted, nor in base64."""
        for secret in self.secrets:
            spellings = {
                secret,
                quote(secret, safe=""),
                quote(secret),
                quote_plus(secret),
                json.dumps(secret),
            }
            spellings.add(base64.b64encode(secret.encode()).decode())
            for spelling in spellings:
                assert spelling not in haystack, f"a secret in {where}: {spelling}"


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """An exception with all its causes and contexts."""
    seen: set[int] = set()
    pending = [error]
    while pending:
        current = pending.pop()
        if current is not None and id(current) not in seen:
            seen.add(id(current))
            yield current
            pending += [current.__cause__, current.__context__]


def spell_out(error: BaseException) -> Iterator[tuple[str, str]]:
    """Everything that a program may do with an exception to see or to store it."""
    for link in chain(error):
        yield f"repr of {type(link).__name__}", repr(link)
        yield f"str of {type(link).__name__}", str(link)
        yield f"attributes of {type(link).__name__}", repr(vars(link))
        captured = traceback.TracebackException.from_exception(link, capture_locals=True)
        ours = [
            f"{entry.name}: {entry.locals}" for entry in captured.stack if "/tests/" not in entry.filename
        ]
        yield f"traceback with locals of {type(link).__name__}", "\n".join(ours)
        if isinstance(link, KucoinError):
            yield f"pickle of {type(link).__name__}", pickle.dumps(link).decode("latin-1")
    yield "formatted traceback", "".join(traceback.format_exception(error))


def echoing(status: str) -> Callable[[Peer], None]:
    """A front end that repeats what was asked in headers and body."""

    def script(peer: Peer) -> None:
        peer.read_upgrade()
        body = f"Cannot GET {peer.target}".encode()
        head = f"HTTP/1.1 {status}\r\nLocation: http://127.0.0.1{peer.target}\r\nContent-Length: {len(body)}\r\n\r\n"
        peer.send(head.encode() + body)
        peer.end()
        peer.await_end()

    return script


def nonsense_with_echo(peer: Peer) -> None:
    """Not HTTP, and it repeats what was asked."""
    peer.read_upgrade()
    peer.send(f"{peer.target}\r\n{peer.target}\r\n\r\n".encode())
    peer.end()
    peer.await_end()


def wrong_accept(peer: Peer) -> None:
    """A handshake that does not fit."""
    peer.read_upgrade()
    peer.send(
        b"HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n"
    )
    peer.end()
    peer.await_end()


def refused_key(peer: Peer) -> None:
    """A wrong key."""
    peer.upgrade()
    peer.check_answer(peer.challenge())
    peer.say(refusal("400003", "KC-API-KEY not exists."))
    peer.end()
    peer.await_end()


def lost(peer: Peer) -> None:
    """In flight."""
    peer.log_in()
    peer.next_request()
    peer.reset()


def broken_frame(peer: Peer) -> None:
    """After the login."""
    peer.log_in()
    peer.next_request()
    peer.send(frame(0x3, b""))
    peer.await_end()


def mute(peer: Peer) -> None:
    """After the upgrade."""
    peer.upgrade()
    peer.await_end()


SCRIPTS = [
    *[echoing(status) for status in ("200 OK", "302 Found", "400 Bad", "403 Forbidden", "502 Bad")],
    *[nonsense_with_echo, wrong_accept, refused_key, lost, broken_frame, mute],
]


def failures_of(client: Any, events: list[Any]) -> list[BaseException]:
    """A client goes through its failures: what the call, ``connect`` and the events raised and told."""
    errors = [outcome(place(client, "order", timeout=0.25))]
    try:
        client.connect(SPOT, 0.1)
    except KucoinError as error:
        errors.append(error)
    client.close_all()
    errors += [event.error for event in events if getattr(event, "error", None) is not None]
    errors += [event.reason for event in events if getattr(event, "reason", None) is not None]
    return [error for error in errors if isinstance(error, BaseException)]


def check(canary: Canary, client: Any, events: list[Any], errors: list[BaseException], log: str) -> None:
    """Nothing of the canary is in anything that came out."""
    assert errors
    canary.assert_absent(log, "the log")
    canary.assert_absent(repr(client) + repr(vars(client)), "the client")
    canary.assert_absent(repr(events), "the events")
    for connection in client._connections.values():
        canary.assert_absent(repr(vars(connection)), "the connection")
    for error in errors:
        for where, text in spell_out(error):
            canary.assert_absent(text, where)


@pytest.mark.parametrize("script", SCRIPTS, ids=range(len(SCRIPTS)))
def test_no_failure_tells_a_secret(script: Callable[[Peer], None], caplog: pytest.LogCaptureFixture) -> None:
    """Log records of all loggers at DEBUG, exceptions with their causes and tracebacks, events, reprs and pickles."""
    caplog.set_level(logging.DEBUG)
    canary, events = Canary(), []
    with FaultServer(script) as server, client_of(server, connect_timeout=0.1) as client:
        for name in EVENTS:
            client.on(name, events.append)
        errors = failures_of(client, events)
        server.drain()
        canary.learn(server)
        log = "\n".join(
            logging.Formatter().format(record) + repr(record.__dict__) for record in caplog.records
        )
        check(canary, client, events, errors, log)


def test_no_failure_to_connect_tells_a_secret(caplog: pytest.LogCaptureFixture) -> None:
    """The same where there is nobody to connect to."""
    caplog.set_level(logging.DEBUG)
    events: list[Any] = []
    with refused_port() as url, client_of(url) as client:
        for name in EVENTS:
            client.on(name, events.append)
        errors = failures_of(client, events)
        check(Canary(), client, events, errors, caplog.text)


@pytest.mark.parametrize("at", ["the URL", "the challenge"])
def test_a_signer_that_raises_tells_no_secret(at: str, caplog: pytest.LogCaptureFixture) -> None:
    """Its message and its frames hold what it was given."""
    caplog.set_level(logging.DEBUG)
    events: list[Any] = []
    with FaultServer(mute_after_challenge) as server:

        def sign(message: str, secret: str) -> str:
            if (at == "the challenge") == message.startswith("{"):
                raise ValueError(f"cannot sign {message} with {secret}")
            return signature(message)

        with client_of(server, sign_message=sign) as client:
            for name in EVENTS:
                client.on(name, events.append)
            errors = failures_of(client, events)
            check(Canary(), client, events, errors, caplog.text)


@pytest.mark.parametrize("product", ["spot", "futures", "uta"])
def test_a_signer_that_raises_in_a_look_up_tells_no_secret(
    product: str, caplog: pytest.LogCaptureFixture
) -> None:
    """It signs what is sent to REST too, on the thread of whoever asks."""
    caplog.set_level(logging.DEBUG)

    def sign(message: str, secret: str) -> str:
        raise ValueError(f"cannot sign {message} with {secret}")

    with refused_port() as url:
        rest = url.replace("ws:", "http:")
        with (
            client_of(url, rest_url=rest, sign_message=sign) as client,
            pytest.raises(AuthenticationError, match="sign_message raised ValueError") as caught,
        ):
            client.resolve("an-order", product=product, symbol="BTC-USDT", trade_type="SPOT")
    check(Canary(), client, [], [caught.value], caplog.text)


def test_ctrl_c_while_a_look_up_is_signed_is_no_error_of_the_signer() -> None:
    """A signer may ask a device that takes its time."""

    def sign(message: str, secret: str) -> str:
        signal.raise_signal(signal.SIGINT)
        return message

    with refused_port() as url, client_of(url, sign_message=sign) as client, pytest.raises(KeyboardInterrupt):
        client.resolve("an-order", product="spot", symbol="BTC-USDT")


def mute_after_challenge(peer: Peer) -> None:
    """Asks for proof."""
    peer.upgrade()
    peer.challenge()
    peer.await_end()
