"""Checks of ``doctor`` on the way to a host: its name, its port, a proxy's tunnel, its certificate.

Each opens its own connection.
"""

from __future__ import annotations

import concurrent.futures
import socket
import ssl
import threading
import time
from typing import Any
from urllib.parse import urlsplit

from kucoin_wsapi._streams import open_stream
from kucoin_wsapi.exceptions import TransportError

from .findings import Finding

__all__ = ["check_dns", "check_tcp", "check_tls", "check_tunnel"]

_PATIENCE = 5.0  # seconds for each step
_PORTS = (("wss", 443), ("https", 443), ("ws", 80), ("http", 80))


def _address(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or dict(_PORTS)[parts.scheme]


def check_dns(url: str) -> Finding:
    """Whether the host's name has addresses."""
    host, port = _address(url)
    try:
        addresses = _resolved(host, port)
    except TimeoutError:
        text = f"no answer within {_PATIENCE:g} s"
        return Finding("dns", host, "failed", text, "check this computer's name server, or the VPN's")
    except OSError as error:
        advice = "check the spelling of the host, the network, and whether its name server blocks this name"
        return Finding("dns", host, "failed", error.strerror or str(error), advice)
    return Finding("dns", host, "ok", ", ".join(addresses))


def _resolved(host: str, port: int) -> list[str]:
    """The name resolution of the system knows neither a timeout nor Ctrl-C, so it gets a thread that may be left."""
    answer: concurrent.futures.Future[list[Any]] = concurrent.futures.Future()

    def resolve() -> None:
        try:
            answer.set_result(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except OSError as error:
            answer.set_exception(error)

    threading.Thread(target=resolve, name="kucoin-wsapi-resolve", daemon=True).start()
    try:
        found = answer.result(_PATIENCE)
    except concurrent.futures.TimeoutError:  # before Python 3.11 not the built-in one
        raise TimeoutError from None
    return sorted({str(address[0]) for *_, address in found})


def check_tcp(url: str) -> Finding:
    """Whether somebody listens on the host's port."""
    host, port = _address(url)
    target = f"{host}:{port}"
    began = time.monotonic()
    try:
        socket.create_connection((host, port), _PATIENCE).close()
    except ConnectionRefusedError:
        return Finding("tcp", target, "failed", "refused", "nobody listens there: check the URL and its port")
    except TimeoutError:
        advice = "a firewall may swallow it: allow connections from here to this port"
        return Finding("tcp", target, "failed", f"no answer within {_PATIENCE:g} s", advice)
    except OSError as error:
        return Finding(
            "tcp", target, "failed", error.strerror or str(error), "check the network and its firewall"
        )
    return Finding("tcp", target, "ok", f"connected in {(time.monotonic() - began) * 1e3:.1f} ms")


def check_tunnel(url: str, proxy: str) -> Finding:
    """Whether the proxy leads to the host."""
    host, port = _address(url)
    target = f"{host}:{port}"
    began = time.monotonic()
    try:
        _open(url, proxy).close()
    except TransportError as error:
        advice = "check the user and the password of the proxy, and whether it allows this host and port"
        return Finding("tunnel", target, "failed", str(error.args[0]), advice)
    except OSError as error:
        text = f"no answer within {_PATIENCE:g} s" if isinstance(error, TimeoutError) else str(error)
        return Finding(
            "tunnel", target, "failed", text, "check the URL of the proxy, and its kind: HTTP or SOCKS"
        )
    return Finding("tunnel", target, "ok", f"through the proxy in {(time.monotonic() - began) * 1e3:.1f} ms")


def _open(url: str, proxy: str | None) -> socket.socket:
    """TCP to the host, as a client makes it, without TLS."""
    host, port = _address(url)
    plain = f"ws://[{host}]:{port}" if ":" in host else f"ws://{host}:{port}"
    return open_stream(plain, proxy, time.monotonic() + _PATIENCE, ssl.create_default_context, lambda _: None)


def check_tls(url: str, proxy: str | None = None) -> Finding:
    """Whether the host proves who it is, to this computer's authorities, which are those that a client trusts."""
    host, _ = _address(url)
    if urlsplit(url).scheme in ("ws", "http"):
        return Finding(
            "tls", host, "skipped", f"{urlsplit(url).scheme} has none; right on this computer only"
        )
    try:
        with (
            _open(url, proxy) as plain,
            ssl.create_default_context().wrap_socket(plain, server_hostname=host) as sock,
        ):
            until, version = (sock.getpeercert() or {}).get("notAfter"), sock.version()
    except ssl.SSLCertVerificationError as error:
        advice = (
            "check this computer's date and its certificate authorities; if a proxy of your company reads along, "
            "name its authority in SSL_CERT_FILE"
        )
        return Finding("tls", host, "failed", error.verify_message, advice)
    except (OSError, ValueError, TransportError) as error:
        advice = "something on the way breaks TLS, such as a proxy or a firewall"
        return Finding("tls", host, "failed", str(error) or type(error).__name__, advice)
    return Finding("tls", host, "ok", f"{version}, certificate valid until {until}")
