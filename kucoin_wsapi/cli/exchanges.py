"""Which exchange a command talks to: a sandbox, given URLs or KuCoin, and whether it may."""

from __future__ import annotations

import argparse
import contextlib
import ipaddress
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from kucoin_wsapi.exceptions import ConfigurationError

from .credentials import find_credentials, proxy_url
from .running import whole

__all__ = [
    "add_access",
    "add_confirmation",
    "add_exchange",
    "find_access",
    "is_real",
    "open_exchange",
    "require_confirmation",
]


def add_exchange(parser: argparse.ArgumentParser) -> None:
    """The options that say where to; KuCoin without any."""
    group = parser.add_argument_group("which exchange (KuCoin itself without these)")
    add = group.add_argument
    add("--sandbox", action="store_true", help="a local exchange with play money, for this command alone")
    add(
        "--port",
        type=whole(1, 65_535),
        help="with --sandbox: the one that listens on this port (kucoin-wsapi sandbox --port PORT)",
    )
    add("--ws-url", help="base URL of the order socket, such as ws://127.0.0.1:9000; with --rest-url")
    add("--rest-url", help="base URL of REST, such as http://127.0.0.1:9000; with --ws-url")
    add_access(group)


def add_access(group: argparse._ActionsContainer) -> None:
    """The options with which KuCoin is reached, as whom and which way."""
    group.add_argument(
        "--credentials",
        type=Path,
        metavar="FILE",
        help="lines KUCOIN_API_KEY=..., KUCOIN_API_SECRET=... and KUCOIN_API_PASSPHRASE=..., readable by its owner "
        "only; without it these variables of the environment, or else a prompt. The sandbox needs none",
    )
    group.add_argument(
        "--proxy",
        metavar="URL",
        help="connect through this HTTP or SOCKS proxy, such as http://10.0.0.1:3128 or socks5h://user@10.0.0.1:1080; "
        "the user's password comes from KUCOIN_PROXY_PASSWORD, of that file or the environment, or else a prompt",
    )


def add_confirmation(parser: argparse.ArgumentParser) -> None:
    """The options without which no order goes to another computer."""
    parser.add_argument("--live", action="store_true", help="on KuCoin, with real money; needs --yes")
    parser.add_argument("--yes", action="store_true", help="really: for --live")


def is_real(options: argparse.Namespace) -> bool:
    """Whether real money may be at stake: anything but a sandbox and URLs of this computer."""
    if options.sandbox:
        return False
    urls = [options.ws_url, options.rest_url]
    if options.proxy is not None:  # to a proxy elsewhere, 127.0.0.1 is elsewhere
        urls.append(options.proxy)
    return not all(url is not None and _is_here(url) for url in urls)


def _is_here(url: str) -> bool:
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def require_confirmation(options: argparse.Namespace, what: str) -> None:
    """Raise ``ConfigurationError`` unless it is play money or has been confirmed twice."""
    if not is_real(options):
        if options.live:
            raise ConfigurationError("--live: not together with a sandbox or URLs of this computer")
        return
    if not options.live:
        raise ConfigurationError(
            f"nothing was sent: {what} goes to a sandbox with --sandbox, to KuCoin with --live --yes"
        )
    if not options.yes:
        raise ConfigurationError(f"nothing was sent: {what}, on KuCoin, with real money; to do it, add --yes")


@contextlib.contextmanager
def open_exchange(
    options: argparse.Namespace, *, needs_key: bool = True, market_pace: float = 0.0
) -> Iterator[dict[str, Any]]:
    """The keyword arguments of a client; a sandbox of the command's own lives as long as this.

    ``market_pace`` is such a sandbox's. Raises ``ConfigurationError``.
    """
    _check(options)
    if not options.sandbox:
        urls = {"ws_url": options.ws_url, "rest_url": options.rest_url} if options.ws_url else {}
        yield {**urls, **find_access(options, needs_key=needs_key)}
        return
    way = find_access(options, needs_key=False)
    from kucoin_wsapi.sandbox import Sandbox  # an extra
    from kucoin_wsapi.sandbox.keys import PERMISSIONS, key_with

    if options.port is None:
        with Sandbox(market_pace=market_pace) as sandbox:
            yield {**sandbox.client_options(), **way}
        return
    key_there = key_with(PERMISSIONS)
    yield {
        "api_key": key_there.api_key,
        "api_secret": key_there.secret,
        "api_passphrase": key_there.passphrase,
        "ws_url": f"ws://127.0.0.1:{options.port}",
        "rest_url": f"http://127.0.0.1:{options.port}",
        **way,
    }


def find_access(options: argparse.Namespace, *, needs_key: bool = True) -> dict[str, Any]:
    """The keyword arguments of a client for the options of `add_access`; raises ``ConfigurationError``."""
    names = ("api_key", "api_secret", "api_passphrase")
    key = zip(names, find_credentials(options.credentials), strict=True) if needs_key else ()
    proxy = {} if options.proxy is None else {"proxy": proxy_url(options.proxy, options.credentials)}
    return {**dict(key), **proxy}


def _check(options: argparse.Namespace) -> None:
    if options.sandbox and (options.ws_url or options.rest_url):
        raise ConfigurationError("--sandbox: not together with --ws-url and --rest-url")
    if options.sandbox and options.credentials:
        raise ConfigurationError("--credentials: the sandbox of --sandbox has its own key")
    if options.port is not None and not options.sandbox:
        raise ConfigurationError("--port: with --sandbox only")
    # With one of them, the key would go to KuCoin for half of what is asked.
    if (options.ws_url is None) != (options.rest_url is None):
        raise ConfigurationError("--ws-url, --rest-url: both, or neither")
