"""What a client is told once, at construction: credentials, connection keys and options.

All classes are frozen and validated; a wrong value raises ``ConfigurationError`` naming the option.
Their ``repr`` masks every secret.
"""

from __future__ import annotations

import enum
import reprlib
import ssl
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, TypedDict

from attrs import Attribute, field, frozen

from ._signing import hmac_base64
from .exceptions import ConfigurationError

if TYPE_CHECKING:
    from urllib.parse import SplitResult

__all__ = ["Backoff", "Credentials", "DeadManSwitch", "Options", "WsKey"]

LONGEST_TIME = 1e9  # seconds, 31 years: what every lock and selector can wait
_ORDER_SOCKET = "wss://wsapi.kucoin.com"
# With one base URL for everything (a local exchange, a relay) the first label of the host becomes the path.
_PRO_LABELS = ("x-push-spot", "x-push-futures", "wsapi-push")
_SOCKS_LIBRARIES = ("python_socks", "socks")  # for the order socket, and for REST through requests


class WsKey(enum.Enum):
    """A kind of connection; its value is the name that traders know from the TypeScript client.

    Spot, margin and unified-account orders travel over ``WS_API_SPOT_V1``, futures over ``WS_API_FUTURES_V1``. The
    others are for subscriptions: those of the classic account (``V1``; spot and margin, or futures) and those of the
    unified account (``PRO_V2``).
    """

    WS_API_SPOT_V1 = "wsApiSpotV1"
    WS_API_FUTURES_V1 = "wsApiFuturesV1"
    SPOT_PUBLIC_V1 = "spotPublicV1"
    SPOT_PRIVATE_V1 = "spotPrivateV1"
    FUTURES_PUBLIC_V1 = "futuresPublicV1"
    FUTURES_PRIVATE_V1 = "futuresPrivateV1"
    SPOT_PUBLIC_PRO_V2 = "spotPublicProV2"
    FUTURES_PUBLIC_PRO_V2 = "futuresPublicProV2"
    PRIVATE_PRO_V2 = "privateProV2"

    def __init__(self, value: Any) -> None:
        self._for_orders: bool = value.startswith("wsApi")

    if not TYPE_CHECKING:
        # There is one object of each, so that is enough; that of Enum runs for each look-up of a connection.
        __hash__ = object.__hash__

    @property
    def is_for_orders(self) -> bool:
        """Whether requests travel over it; else it is for subscriptions."""
        return self._for_orders

    @property
    def is_private(self) -> bool:
        """Whether it needs credentials."""
        return self.is_for_orders or "Private" in self.value or self is WsKey.PRIVATE_PRO_V2

    @property
    def is_pro(self) -> bool:
        """Whether it is for the subscriptions of the unified account."""
        return self.value.endswith("ProV2")

    @classmethod
    def of(cls, key: WsKey | str) -> WsKey:
        """Take a key or its value; raises ``ConfigurationError`` for anything else."""
        try:
            return cls(key)
        except ValueError:
            known = ", ".join(repr(member.value) for member in cls)
            raise ConfigurationError(f"ws_key: {key!r} is not a connection key; known are {known}") from None


def _mask(secret: str) -> str:
    return "'***'" if secret else "''"


def _not_empty(_: Any, attribute: Attribute[str], value: str) -> None:
    if not isinstance(value, str) or not value.strip():
        raise ConfigurationError(f"{attribute.name}: a non-empty string is needed")


@frozen
class Credentials:
    """An API key of version 3, with its secret and passphrase as KuCoin issued them."""

    api_key: str = field(validator=_not_empty, repr=_mask)
    api_secret: str = field(validator=_not_empty, repr=_mask)
    api_passphrase: str = field(validator=_not_empty, repr=_mask)


def _positive(_: Any, attribute: Attribute[Any], value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value <= LONGEST_TIME:
        text = f"{attribute.name}: a positive, finite number is needed, not {reprlib.repr(value)}"
        raise ConfigurationError(text)


def _positive_or_none(owner: Any, attribute: Attribute[Any], value: object) -> None:
    if value is not None:
        _positive(owner, attribute, value)


def _not_negative(_: Any, attribute: Attribute[Any], value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= LONGEST_TIME:
        text = f"{attribute.name}: a finite number of at least 0 is needed, not {reprlib.repr(value)}"
        raise ConfigurationError(text)


def _positive_integer(_: Any, attribute: Attribute[Any], value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ConfigurationError(f"{attribute.name}: a whole number of at least 1 is needed, not {value!r}")


@frozen
class Backoff:
    """Full jitter: attempt ``n`` (from 0) waits a random time in ``[0, min(cap, base * 2**n)]`` seconds."""

    base: float = field(default=0.25, validator=_positive)
    cap: float = field(default=10.0, validator=_positive)

    def delay(self, failures: int, random: Callable[[], float]) -> float:
        """Seconds to wait after ``failures`` failed attempts in a row; ``random`` yields values in [0, 1)."""
        # Beyond 2**64 the cap has long won, and a float would overflow.
        return random() * min(self.cap, self.base * 2.0 ** min(failures, 64))


def _switch_timeout(_: Any, attribute: Attribute[int], value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not 5 <= value <= 86_400:
        raise ConfigurationError(f"{attribute.name}: whole seconds from 5 to 86400 are needed, not {value!r}")


def _switch_symbols(_: Any, attribute: Attribute[tuple[str, ...]], value: object) -> None:
    names = value if isinstance(value, tuple) else ("",)
    if len(names) > 50 or not all(
        isinstance(name, str) and name.strip() and "," not in name for name in names
    ):
        text = f"{attribute.name}: a tuple of at most 50 symbols is needed, not {reprlib.repr(value)}"
        raise ConfigurationError(text)


@frozen
class DeadManSwitch:
    """The exchange cancels the spot orders of the account by itself unless it hears from this client.

    KuCoin documentation, "Set DCP" of spot: there is one such timer for an account or sub-account; margin orders,
    futures orders and those of the unified account are not its business.

    Attributes:
        timeout: seconds, a whole number from 5 to 86400, from the last renewal to the cancelling; the client renews
            three times as often while the connection for spot orders is ready.
        symbols: a tuple of at most 50; empty for all.
    """

    timeout: int = field(validator=_switch_timeout)
    symbols: tuple[str, ...] = field(default=(), validator=_switch_symbols)


def _split(value: object) -> SplitResult:
    """The parts of a URL; empty ones for what is none, a port that cannot be included."""
    from urllib.parse import SplitResult, urlsplit  # here, because most programs give no URL

    try:
        parts = urlsplit(value if isinstance(value, str) else "")
        _ = parts.port  # raises for what is no port
    except ValueError:
        return SplitResult("", "", "", "", "")
    return parts


def _base_url(name: str, value: object, schemes: tuple[str, ...]) -> str:
    parts = _split(value)
    if parts.scheme not in schemes or not parts.hostname:
        raise ConfigurationError(f"{name}: a URL such as {schemes[0]}://host:port is needed, not {value!r}")
    if parts.query or parts.fragment or parts.username or parts.password:
        raise ConfigurationError(f"{name}: only scheme, host, port and path prefix may be given")
    assert isinstance(value, str)
    return value.rstrip("/")


_ORDER_KEYS = tuple(key for key in WsKey if key.is_for_orders)
_PRO_KEYS = tuple(key for key in WsKey if key.is_pro)


def _websocket_urls(value: str | Mapping[WsKey | str, str] | None) -> Mapping[WsKey, str]:
    """The base URL of each key that has one; those of the classic subscriptions are told with their token."""
    if value is None:  # not an empty text: a variable that was not set must not lead to the real exchange
        return MappingProxyType({})
    if not isinstance(value, Mapping):
        base = _base_url("ws_url", value, ("wss", "ws"))
        pro = {key: f"{base}/{label}" for key, label in zip(_PRO_KEYS, _PRO_LABELS, strict=True)}
        return MappingProxyType(dict.fromkeys(_ORDER_KEYS, base) | pro)
    urls = {WsKey.of(key): _base_url("ws_url", url, ("wss", "ws")) for key, url in value.items()}
    missing = [key.value for key in _ORDER_KEYS if key not in urls]
    if missing:  # a default would lead to the real exchange, which whoever gives other URLs may not mean
        raise ConfigurationError(f"ws_url: a URL is needed for {', '.join(missing)} too")
    return MappingProxyType(urls)


def _mask_proxy(proxy: str | None) -> str:
    if proxy is None:
        return "None"
    from urllib.parse import urlsplit

    parts = urlsplit(proxy)
    host = parts.netloc.rpartition("@")[2]
    return repr(f"{parts.scheme}://***@{host}" if "@" in parts.netloc else proxy)


def _proxy_url(_: Any, attribute: Attribute[Any], value: object) -> None:
    if value is None:
        return
    parts = _split(value)
    known = parts.scheme in ("http", "socks4", "socks4a", "socks5", "socks5h")
    # No port is assumed: what is usual differs between libraries, and orders and look-ups must take the same way.
    if not known or not parts.hostname or not parts.port:
        # The value may hold a password, so it is not repeated.
        raise ConfigurationError(
            f"{attribute.name}: a URL such as http://host:port or socks5h://host:port is needed"
        )
    from importlib.util import find_spec  # here, because most programs have no proxy

    if parts.scheme != "http" and not all(map(find_spec, _SOCKS_LIBRARIES)):
        raise ConfigurationError(f"{attribute.name}: SOCKS needs the extra, pip install kucoin_wsapi[socks]")


def _one_of(*choices: str) -> Callable[[Any, Attribute[Any], object], None]:
    def check(_: Any, attribute: Attribute[Any], value: object) -> None:
        if value not in choices:
            raise ConfigurationError(
                f"{attribute.name}: one of {', '.join(choices)} is needed, not {value!r}"
            )

    return check


def _check_context(value: object) -> None:
    if not isinstance(value, ssl.SSLContext):
        raise ConfigurationError("ssl_context: an ssl.SSLContext is needed")


class OptionFields(TypedDict, total=False):
    """The keywords of a client: the fields of ``Options``, with what may be given for them."""

    request_timeout: float
    max_send_delay: float
    connect_timeout: float
    max_connection_age: float
    close_timeout: float
    ping_interval: float | None
    pong_timeout: float | None
    max_in_flight: int
    pacing: Literal["off", "wait", "raise"]
    backoff: Backoff
    api_region: Literal["global", "EU", "AU"]
    ws_url: str | Mapping[WsKey, str] | Mapping[str, str] | Mapping[WsKey | str, str] | None
    rest_url: str | None
    proxy: str | None
    ssl_context: ssl.SSLContext | None
    sign_message: Callable[[str, str], str]
    partner: str | None
    partner_key: str | None
    dead_man_switch: DeadManSwitch | None
    cancel_on_exit: bool
    enable_ns: bool


@frozen(kw_only=True)
class Options:
    """Options of a client. All times are seconds.

    Attributes:
        request_timeout: from the call to its answer, connecting and queueing included; ``timeout=`` of a
            call overrides it.
        max_send_delay: a request that could not be written by then is refused as stale, so that an order is
            never sent late by surprise.
        connect_timeout: one attempt, from name resolution to the exchange's welcome.
        max_connection_age: a ready connection that is older is replaced by another one, without a gap, at a moment when
            nothing is in flight. KuCoin cuts connections after 24 hours.
        close_timeout: how long ``close()`` waits for the answers of what is in flight.
        ping_interval: between pings; None takes what the server announced. At least 1 second between pings
            is kept whatever is given (KuCoin documentation, WebSocket introduction).
        pong_timeout: silence after a ping that ends the connection; None takes what the server announced.
        max_in_flight: requests queued and unanswered together, per connection.
        pacing: what becomes of a request that would meet the exchange's rate limits, by the figures in its answers, or
            100 messages in 10 seconds on one connection. ``"off"``: it is sent, and the exchange refuses it.
            ``"wait"``: it waits, up to ``max_send_delay``; cancels go ahead of orders, except of those that they
            cancel, and 5 % is kept for them. ``"raise"``: it ends in ``PacingError`` at once.
        backoff: delays between failed connection attempts.
        api_region: ``"global"``, ``"EU"`` or ``"AU"``. The order socket has one host for all of them as far
            as KuCoin's documentation names any; give ``ws_url`` if your account has its own.
        ws_url: base URL of the order socket, to which the path is appended, and, with the path ``/x-push-spot``,
            ``/x-push-futures`` or ``/wsapi-push``, of the subscriptions of the unified account; or a mapping from
            connection keys to their own URLs, both order keys at least. Classic subscriptions are told where to connect
            over REST.
        rest_url: base URL of REST, for all products; None takes KuCoin's hosts of the region.
        proxy: ``http://host:port`` (which must allow CONNECT), ``socks5://host:port`` (names are resolved here)
            or ``socks5h://host:port`` (at the proxy), with ``user:password@``, percent-encoded, if it wants them;
            for orders and look-ups. SOCKS needs the extra ``kucoin_wsapi[socks]``. Proxy settings of the
            environment are not used.
        ssl_context: for ``wss``; None verifies against the system's authorities.
        sign_message: ``(message, secret) -> base64 text``, instead of HMAC-SHA256; called on background
            threads, so it must be thread-safe.
        partner, partner_key: brokers only, both or neither.
        dead_man_switch: has the exchange cancel spot orders that this client does not look after any more; None: they
            stay.
        cancel_on_exit: cancel all spot orders (those of the switch's symbols, if it has some) when the client is closed
            or the interpreter ends, of whomever they are.
        enable_ns: makes the gateway's ``in_time`` and ``out_time`` nanoseconds.
    """

    request_timeout: float = field(default=10.0, validator=_positive)
    max_send_delay: float = field(default=3.0, validator=_positive)
    connect_timeout: float = field(default=5.0, validator=_positive)
    max_connection_age: float = field(default=82_800.0, validator=_positive)
    close_timeout: float = field(default=2.0, validator=_not_negative)
    ping_interval: float | None = field(default=None, validator=_positive_or_none)
    pong_timeout: float | None = field(default=None, validator=_positive_or_none)
    max_in_flight: int = field(default=10_000, validator=_positive_integer)
    pacing: str = field(default="off", validator=_one_of("off", "wait", "raise"))
    backoff: Backoff = field(factory=Backoff)
    api_region: str = field(default="global", validator=_one_of("global", "EU", "AU"))
    ws_url: Mapping[WsKey, str] = field(default=None, converter=_websocket_urls)
    rest_url: str | None = None
    proxy: str | None = field(default=None, validator=_proxy_url, repr=_mask_proxy)
    ssl_context: ssl.SSLContext | None = field(default=None)
    # A partial, or an object, may show in its repr what it signs with.
    sign_message: Callable[[str, str], str] = field(default=hmac_base64, repr=False)
    partner: str | None = None
    partner_key: str | None = field(default=None, repr=lambda key: "None" if key is None else "'***'")
    dead_man_switch: DeadManSwitch | None = None
    cancel_on_exit: bool = False
    enable_ns: bool = False

    def __attrs_post_init__(self) -> None:
        if not isinstance(self.backoff, Backoff):
            raise ConfigurationError(f"backoff: a Backoff is needed, not {self.backoff!r}")
        if self.rest_url is not None:
            _base_url("rest_url", self.rest_url, ("https", "http"))
        if self.ssl_context is not None:
            _check_context(self.ssl_context)
        if not callable(self.sign_message):
            raise ConfigurationError("sign_message: a function (message, secret) -> text is needed")
        if bool(self.partner) != bool(self.partner_key):
            raise ConfigurationError("partner, partner_key: both are needed, or neither")
        if not isinstance(self.dead_man_switch, (DeadManSwitch, type(None))):
            raise ConfigurationError(
                f"dead_man_switch: a DeadManSwitch is needed, not {self.dead_man_switch!r}"
            )
        for name, value in (("cancel_on_exit", self.cancel_on_exit), ("enable_ns", self.enable_ns)):
            if not isinstance(value, bool):
                raise ConfigurationError(f"{name}: True or False is needed, not {value!r}")

    def url_of(self, key: WsKey) -> str:
        """The base URL of a key for orders, or of the unified account's subscriptions.

        Raises ``ConfigurationError`` for a key that ``ws_url`` leaves out while it has others.
        """
        if not self.ws_url:
            if key.is_for_orders:
                return _ORDER_SOCKET
            label = dict(zip(_PRO_KEYS, _PRO_LABELS, strict=True))[key]
            return f"wss://{label}.kucoin.{'eu' if self.api_region == 'EU' else 'com'}"
        url = self.ws_url.get(key)
        if url is None:
            raise ConfigurationError(f"ws_url: a URL is needed for {key.value}")
        return url

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Options:
        """Options from keywords; an unknown one raises ``ConfigurationError`` naming it and the known ones."""
        known = [attribute.name for attribute in cls.__attrs_attrs__]
        unknown = sorted(set(given) - set(known))
        if unknown:
            raise ConfigurationError(f"unknown option {', '.join(unknown)}; known are {', '.join(known)}")
        return cls(**given)
