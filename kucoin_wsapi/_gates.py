"""How a connection gets in: the address of an attempt, and the answer to what the exchange asks there.

Called on short-lived threads, because a signer of the user's, and REST, may take their time.
"""

from __future__ import annotations

import functools
import time
from typing import Protocol

from attrs import field, frozen

from ._signing import signed_url
from .exceptions import AuthenticationError
from .options import Credentials, Options, WsKey

__all__ = ["Address", "Gate", "OrderGate", "signature", "wall_clock_ms"]


@frozen
class Address:
    """Where an attempt goes; the URL may hold credentials. The intervals are seconds, None where none was told."""

    url: str = field(repr=False)
    ping_interval: float | None = None
    ping_timeout: float | None = None


class Gate(Protocol):
    """What a connection needs to know to get in. ``clock_skew`` is in milliseconds, added to our clock."""

    def address(self, clock_skew: int) -> Address:
        """A fresh one for each attempt. Raises ``AuthenticationError`` for good, ``TransportError`` for now."""

    def answer(self, question: str, clock_skew: int) -> str:
        """The text to send for what the exchange asks. Raises as ``address`` does."""


@frozen
class OrderGate:
    """Of the order socket V1: a signed URL, and a signature of the challenge as it was received."""

    ws_key: WsKey
    credentials: Credentials | None
    options: Options

    def address(self, clock_skew: int) -> Address:
        """See ``Gate``."""
        credentials, options = self.credentials, self.options
        if credentials is None:
            raise AuthenticationError(
                "no credentials were given: api_key, api_secret and api_passphrase are needed"
            )
        url = signed_url(
            options.url_of(self.ws_key),
            api_key=credentials.api_key,
            api_secret=credentials.api_secret,
            api_passphrase=credentials.api_passphrase,
            timestamp=wall_clock_ms() + clock_skew,
            sign=functools.partial(signature, options),
            partner=options.partner,
            partner_key=options.partner_key,
            enable_ns=options.enable_ns,
        )
        return Address(url)

    def answer(self, question: str, clock_skew: int) -> str:
        """See ``Gate``."""
        assert self.credentials is not None
        return signature(self.options, question, self.credentials.api_secret)


def signature(options: Options, message: str, secret: str) -> str:
    """What the signer of the options, which may be the user's, makes of a message.

    Raises ``AuthenticationError`` when it raises or returns no text. What it raised may hold the secret, in its message
    and in its frames, so only its kind is told.
    """
    try:
        made: object = options.sign_message(message, secret)
    except BaseException as error:  # noqa: BLE001  # a signer of the user's may raise anything, SystemExit included
        failure = f"raised {type(error).__name__}"
    else:
        if isinstance(made, str):
            return made
        failure = f"returned {type(made).__name__} instead of str"
    raise AuthenticationError(f"sign_message {failure}")


def wall_clock_ms() -> int:
    """Our clock: Unix milliseconds."""
    return time.time_ns() // 1_000_000
