"""Tokens, signed headers and the login of Pro are found nowhere but on the wire; and where each key goes."""

from __future__ import annotations

import base64
import json
import logging
import pickle
import socket
import threading
import traceback
from collections.abc import Callable, Iterator
from urllib.parse import quote, quote_plus

import pytest
from fault_server import API_KEY, API_PASSPHRASE, API_SECRET, frame, refused_port, signature
from fault_support import EVENTS, eventually, outcome
from push_server import PUSH_KEYS, Answer, PushPeer, PushServer, TokenRequest, given, serve

from kucoin_wsapi import KucoinError, TransportError, WebsocketClient, WsKey

KINDS = [WsKey.SPOT_PUBLIC_V1, WsKey.FUTURES_PRIVATE_V1, WsKey.PRIVATE_PRO_V2]


def secrets_of(server: PushServer) -> set[str]:
    """All that the server was given, or gave, in confidence; however it is spelled."""
    found = {API_KEY, API_SECRET, API_PASSPHRASE, signature(API_PASSPHRASE), *server.tokens}
    for request in server.rest_requests:
        found |= {
            value for name, value in request.headers.items() if name in ("KC-API-SIGN", "KC-API-PASSPHRASE")
        }
    for pusher in server.pushers:
        found |= {login[name] for login in pusher.logins for name in ("kc-api-sign", "kc-api-passphrase")}
    spelled = {s for text in found for s in (text, quote(text, safe=""), quote(text), quote_plus(text))}
    spelled |= {json.dumps(text)[1:-1] for text in found}
    return spelled | {base64.b64encode(text.encode()).decode() for text in found}


def told_by(error: BaseException) -> Iterator[str]:
    """Everything that a program may do with an exception to see or to store it."""
    pending: list[BaseException | None] = [error]
    seen: set[int] = set()
    while pending:
        link = pending.pop()
        if link is None or id(link) in seen:
            continue
        seen.add(id(link))
        pending += [link.__cause__, link.__context__]
        yield repr(link)
        yield repr(vars(link))
        request = vars(link).get("request")  # which requests attaches to its exceptions
        yield str(getattr(request, "headers", None))
        captured = traceback.TracebackException.from_exception(link, capture_locals=True)
        yield str([entry.locals for entry in captured.stack if "/tests/" not in entry.filename])
        yield "".join(traceback.format_exception(link))
        if isinstance(link, KucoinError):
            yield pickle.dumps(link).decode("latin-1")


def refused_by_the_exchange(peer: PushPeer) -> None:
    peer.accept()
    peer.welcome() if peer.key.is_pro else None
    if peer.key is WsKey.PRIVATE_PRO_V2:
        peer.say({"id": peer.read_login()["id"], "result": False, "message": "no"})
    else:
        peer.say({"id": "x", "type": "error", "code": 401, "data": "token is invalid"})
    peer.peer.await_end()


def echoing_upgrade(peer: PushPeer) -> None:
    """A front end that repeats what was asked."""
    peer.peer.read_upgrade()
    body = f"Cannot GET {peer.peer.target}".encode()
    head = f"HTTP/1.1 403 No\r\nLocation: http://127.0.0.1{peer.peer.target}\r\nContent-Length: {len(body)}\r\n\r\n"
    peer.peer.send(head.encode() + body)
    peer.peer.await_end()


def lost(peer: PushPeer) -> None:
    peer.log_in()
    peer.ack(peer.next())
    peer.peer.reset()


def broken(peer: PushPeer) -> None:
    peer.log_in()
    peer.next()
    peer.peer.send(frame(0x3, b""))
    peer.peer.await_end()


@pytest.mark.parametrize("key", KINDS, ids=lambda key: key.value)
@pytest.mark.parametrize(
    "script",
    [serve, refused_by_the_exchange, echoing_upgrade, lost, broken],
    ids=lambda script: script.__name__,
)
def test_no_secret_is_told(key, script, caplog):
    """In logs at any level, events, exceptions with their causes and frames, and whatever has a ``repr``."""
    caplog.set_level(logging.DEBUG)
    heard: list[object] = []
    with PushServer(key, script, serve) as server, server.client() as client:
        for name in (*EVENTS, "update"):
            client.on(name, heard.append)
        future = client.subscribe(given(key), key, timeout=5)
        verdict = future.exception(20)
        texts = [repr(client), repr(future), repr(client.updates(key)), repr(client._options)]
        texts += [repr(value) for value in vars(client._streams).values()]
        client.close_all()
        texts += [repr(event) for event in heard] + [record.getMessage() for record in caplog.records]
        texts += [str(record.__dict__) for record in caplog.records]
        errors = [verdict, *(getattr(event, "error", None) for event in heard)]
        errors += [getattr(event, "reason", None) for event in heard]
        texts += [text for error in errors if error is not None for text in told_by(error)]
        secrets = secrets_of(server)
    assert key.is_pro or server.tokens
    for text in texts:
        for secret in secrets:
            assert secret not in text


@pytest.mark.parametrize(
    "answer",
    [
        lambda request: (200, {"code": "400003", "msg": "no such key"}),
        lambda request: (502, json.dumps(request.headers).encode()),
        lambda request: (200, {"code": "200000", "data": {"token": "canary-token", "instanceServers": "no"}}),
        lambda request: (
            200,
            {
                "code": "200000",
                "data": {"token": "canary-token", "instanceServers": [{"endpoint": "ws://[canary-token"}]},
            },
        ),
    ],
)
def test_no_secret_is_told_when_the_door_refuses(answer: Callable[[TokenRequest], Answer], caplog):
    """Nor what it repeats."""
    caplog.set_level(logging.DEBUG)
    key = WsKey.SPOT_PRIVATE_V1
    heard: list[object] = []
    with PushServer(key, rest_answer=answer) as server, server.client() as client:
        client.on("exception", heard.append).on("close", heard.append)
        verdict = client.subscribe(given(key), key, timeout=0.3).exception(20)
        assert verdict is not None
        eventually(lambda: heard, "an event")
        texts = [*told_by(verdict), *map(repr, heard), *(str(record.__dict__) for record in caplog.records)]
        for event in list(heard):
            error = getattr(event, "error", None)
            texts += told_by(error) if error is not None else []
        client.close_all()
        secrets = secrets_of(server) | {"canary-token"}
    for text in texts:
        for secret in secrets:
            assert secret not in text


def test_no_secret_is_told_when_the_door_is_not_there(caplog):
    """The libraries below attach the request, headers and all, to what they raise."""
    caplog.set_level(logging.DEBUG)
    key = WsKey.SPOT_PRIVATE_V1
    with (
        PushServer(key) as server,
        refused_port() as url,
        server.client(rest_url="http" + url.removeprefix("ws")) as client,
    ):
        verdict = client.subscribe(given(key), key, timeout=2).exception(20)
        assert verdict is not None
        assert "ConnectionError" in str(verdict)
        texts = [*told_by(verdict), *(str(record.__dict__) for record in caplog.records)]
        client.close_all()
    for text in texts:
        assert "KC-API-SIGN" not in text.upper()
        assert not any(secret in text for secret in secrets_of(server))


HOSTS = {
    ("global", WsKey.SPOT_PUBLIC_V1): "api.kucoin.com",
    ("global", WsKey.SPOT_PRIVATE_V1): "api.kucoin.com",
    ("global", WsKey.FUTURES_PUBLIC_V1): "api-futures.kucoin.com",
    ("global", WsKey.FUTURES_PRIVATE_V1): "api-futures.kucoin.com",
    ("global", WsKey.SPOT_PUBLIC_PRO_V2): "x-push-spot.kucoin.com",
    ("global", WsKey.FUTURES_PUBLIC_PRO_V2): "x-push-futures.kucoin.com",
    ("global", WsKey.PRIVATE_PRO_V2): "wsapi-push.kucoin.com",
    ("AU", WsKey.SPOT_PRIVATE_V1): "api.kucoin.com",
    ("EU", WsKey.SPOT_PUBLIC_V1): "api.kucoin.eu",
    ("EU", WsKey.SPOT_PRIVATE_V1): "api.kucoin.eu",
    ("EU", WsKey.FUTURES_PUBLIC_V1): "api-futures.kucoin.eu",
    ("EU", WsKey.FUTURES_PRIVATE_V1): "api-futures.kucoin.eu",
    ("EU", WsKey.SPOT_PUBLIC_PRO_V2): "x-push-spot.kucoin.eu",
    ("EU", WsKey.FUTURES_PUBLIC_PRO_V2): "x-push-futures.kucoin.eu",
    ("EU", WsKey.PRIVATE_PRO_V2): "wsapi-push.kucoin.eu",
}


def test_each_key_goes_to_the_host_of_its_region():
    """As a proxy sees it, which lets nobody through."""
    asked: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def refuse() -> None:
            while True:
                try:
                    sock, _ = listener.accept()
                except OSError:
                    return
                with sock:
                    asked.append(sock.recv(4096).decode().split("\r\n")[0])
                    sock.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")

        thread = threading.Thread(target=refuse)
        thread.start()
        proxy = f"http://127.0.0.1:{listener.getsockname()[1]}"
        try:
            for (region, key), host in HOSTS.items():
                with WebsocketClient(
                    API_KEY, API_SECRET, API_PASSPHRASE, proxy=proxy, api_region=region
                ) as client:
                    failed = threading.Event()
                    client.on("exception", lambda _, failed=failed: failed.set())
                    future = client.subscribe(given(key), key)
                    assert failed.wait(20)
                    assert asked[-1].startswith(f"CONNECT {host}:443 ")
                assert "closed" in str(outcome(future))
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(20)
    assert {key for _, key in HOSTS} == set(PUSH_KEYS)


def test_the_proxys_refusal_is_no_refusal_of_the_key():
    """It passes, or not; the key is not barred."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        proxy = f"http://127.0.0.1:{holder.getsockname()[1]}"
        with WebsocketClient(proxy=proxy) as client, pytest.raises(TransportError, match="not ready"):
            client.connect(WsKey.SPOT_PUBLIC_V1, timeout=0.2)
