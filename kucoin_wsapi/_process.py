"""What a client takes from its process: the environment, names for threads, whom TLS trusts."""

from __future__ import annotations

import functools
import itertools
import os
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from .exceptions import ConfigurationError
from .options import Credentials, Options

if TYPE_CHECKING:
    import ssl

__all__ = ["FORKED", "credentials_from_environment", "given_credentials", "shared_ssl_context", "thread_name"]

FORKED = "this client belongs to the parent process: create one after the fork"


def credentials_from_environment() -> tuple[str, str, str]:
    """Key, secret and passphrase; raises ``ConfigurationError`` naming what is missing."""
    names = ("KUCOIN_API_KEY", "KUCOIN_API_SECRET", "KUCOIN_API_PASSPHRASE")
    missing = [name for name in names if not os.environ.get(name)]
    if missing:
        raise ConfigurationError(f"not set in the environment: {', '.join(missing)}")
    key, secret, passphrase = (os.environ[name] for name in names)
    return key, secret, passphrase


def given_credentials(key: str | None, secret: str | None, passphrase: str | None) -> Credentials | None:
    """Those of the constructor, if there are any; raises ``ConfigurationError`` for some of them."""
    if key is None and secret is None and passphrase is None:
        return None
    if key is None or secret is None or passphrase is None:
        raise ConfigurationError("api_key, api_secret, api_passphrase: all three are needed, or none")
    return Credentials(key, secret, passphrase)


def shared_ssl_context(options: Options) -> Callable[[], ssl.SSLContext]:
    """Makes the context on first use, which is on a background thread, and once: making one takes 20 ms."""

    def make() -> ssl.SSLContext:
        import ssl  # slow to load, and not needed before the first connection

        return options.ssl_context or ssl.create_default_context()

    return functools.cache(make)


def thread_name(kind: str) -> str:
    """``kucoin-wsapi-<kind>-<n>`` with the lowest number that no living thread has, to tell clients apart."""
    living = {thread.name for thread in threading.enumerate()}
    names = (f"kucoin-wsapi-{kind}-{number}" for number in itertools.count(1))
    return next(name for name in names if name not in living)
