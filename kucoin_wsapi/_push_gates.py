"""How a push connection gets in: a token over REST for the classic account, a login for the unified one's own."""

from __future__ import annotations

import functools
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from attrs import frozen

from ._gates import Address, Gate, signature, wall_clock_ms
from ._push_messages import encode_login
from .exceptions import AuthenticationError, ConfigurationError, TransportError, what_happened
from .options import Credentials, Options, WsKey

__all__ = ["push_gate"]


def push_gate(ws_key: WsKey, credentials: Credentials | None, options: Options) -> Gate:
    """The gate of a key for subscriptions."""
    gate = ProGate if ws_key.is_pro else TokenGate
    return gate(ws_key, credentials, options)


@frozen
class TokenGate:
    """Of the classic account: each attempt asks for a token and for where to connect to with it.

    KuCoin documentation: "Get Public Token", "Get Private Token".
    """

    ws_key: WsKey
    credentials: Credentials | None
    options: Options

    def address(self, clock_skew: int) -> Address:
        """See ``Gate``; REST measures the clock by itself."""
        from ._rest import (
            RestClient,  # loads requests, for which a program without subscriptions need not wait
        )

        options = self.options
        if (
            options.ws_url and options.rest_url is None
        ):  # the real exchange, which who gives other URLs may not mean
            raise AuthenticationError(f"rest_url: a URL is needed for {self.ws_key.value}, as for ws_url")
        if self.ws_key.is_private and self.credentials is None:
            raise AuthenticationError(
                "no credentials were given: api_key, api_secret and api_passphrase are needed"
            )
        rest = RestClient(self.credentials, options)
        try:
            product = "futures" if self.ws_key.value.startswith("futures") else "spot"
            told = rest.push_token(product, private=self.ws_key.is_private)
        finally:
            rest.close()
        return _address(told, secure=options.rest_url is None or options.rest_url.startswith("https"))

    def answer(self, question: str, clock_skew: int) -> str:
        """Nothing is asked."""
        raise TransportError("the classic push sockets ask nothing")


def _address(told: Any, *, secure: bool) -> Address:
    try:
        token, server = told["token"], told["instanceServers"][0]
        endpoint = server["endpoint"]
        parts = urlsplit(endpoint)
        # A token must not be led out of an encrypted connection.
        wanted = ("wss",) if secure else ("wss", "ws")
        if not isinstance(token, str) or parts.scheme not in wanted or not parts.hostname or parts.query:
            raise ValueError("no usable token or endpoint")
        query = urlencode({"token": token, "connectId": secrets.token_hex(8)})
        return Address(
            f"{endpoint}?{query}", _seconds(server, "pingInterval"), _seconds(server, "pingTimeout")
        )
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        pass  # an exception that is raised here would refer to this one, whose frames know the token
    raise TransportError("the answer to the request for a token is of another shape")


def _seconds(server: Mapping[str, Any], name: str) -> float | None:
    value = server.get(name)
    return value / 1000 if type(value) is int and 0 < value <= 86_400_000 else None


@frozen
class ProGate:
    """Of the unified account: a fixed address; the private one asks for a login after its welcome."""

    ws_key: WsKey
    credentials: Credentials | None
    options: Options

    def address(self, clock_skew: int) -> Address:
        """See ``Gate``."""
        if self.ws_key.is_private and self.credentials is None:
            raise AuthenticationError(
                "no credentials were given: api_key, api_secret and api_passphrase are needed"
            )
        try:
            return Address(self.options.url_of(self.ws_key))
        except ConfigurationError as error:
            raise AuthenticationError(what_happened(error)) from None

    def answer(self, question: str, clock_skew: int) -> str:
        """See ``Gate``: the login."""
        credentials = self.credentials
        assert credentials is not None
        return encode_login(
            "login",
            api_key=credentials.api_key,
            api_secret=credentials.api_secret,
            api_passphrase=credentials.api_passphrase,
            timestamp=wall_clock_ms() + clock_skew,
            sign=functools.partial(signature, self.options),
        )
