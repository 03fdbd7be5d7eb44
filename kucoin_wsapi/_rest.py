"""The few REST calls around trading; the only module that imports requests, and imported only when one is made."""

from __future__ import annotations

import contextlib
import json
import math
import ssl
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from urllib.parse import quote, urlencode

import requests
from requests.adapters import HTTPAdapter

from ._error_codes import error_class
from ._records import OrderName
from ._retrying import LoginVerdict, judge_login_code
from ._signing import rest_headers
from .exceptions import (
    AuthenticationError,
    DeadManSwitchError,
    LookUpError,
    OrderNotFoundError,
    PermissionDeniedError,
    ProtocolError,
    RateLimitedError,
    TransportError,
)
from .options import Credentials, Options

__all__ = ["RestClient"]

_ATTEMPTS = 3
_PAUSE = 0.5  # seconds before the second attempt; doubled before each further one
_LONGEST_PAUSE = 10.0
_CLOCK_CODE = "400002"
_SUCCESS = "200000"

# Australian accounts use the hosts of the rest of the world, with a header.
_DOMAINS = MappingProxyType({"global": "kucoin.com", "EU": "kucoin.eu", "AU": "kucoin.com"})

_FILLS: Mapping[str, tuple[str, Mapping[str, str]]] = MappingProxyType(
    {
        "spot": ("/api/v1/hf/fills", {"limit": "100"}),
        "margin": ("/api/v3/hf/margin/fills", {"limit": "100"}),
        "futures": ("/api/v1/fills", {"pageSize": "1000"}),
    }
)

# The segments of a path: an id may contain anything, a slash too.
_Path = tuple[str, ...]


class RestClient:
    """Signed requests over kept-alive connections. Thread-safe; calls block the calling thread.

    ``_idle`` holds the sessions that nobody uses; a session belongs to the one call that took it out.
    """

    def __init__(self, credentials: Credentials | None, options: Options) -> None:
        """Without credentials only public calls can be made."""
        self._credentials = credentials
        self._options = options
        self._clock_skew = 0  # exchange's clock minus ours, in ms; measured when ours is refused
        self._idle: list[requests.Session] = []
        self._ssl_context = options.ssl_context or ssl.create_default_context()

    def find_order(self, name: OrderName) -> Mapping[str, Any] | None:
        """The exchange's record of an order, decoded from JSON; None when it knows no such order now.

        KuCoin documentation: "Get Order By OrderId", "Get Order By ClientOid", "Get Order Details" (unified account).

        Raises ``AuthenticationError`` when the key may not look, ``LookUpError`` when nothing could be learnt.
        """
        path, query = _order_path(name)
        try:
            record = self._get(name.product, path, query)
        except _NotFound:
            return None
        if record is not None and not isinstance(record, dict):
            raise ProtocolError(f"the record of an order is {type(record).__name__}, not an object")
        return record

    def find_fills(self, name: OrderName) -> Sequence[Mapping[str, Any]]:
        """The exchange's records of the fills of an order, decoded from JSON, in any order; the latest 100 or more.

        KuCoin documentation, "Get Trade History" of spot, margin and futures; the unified account is not asked, and has
        none. A margin order needs its trade type, an order its order id. Raises like ``find_order``.
        """
        if name.product == "uta" or name.order_id is None:
            return ()
        query = {"symbol": name.symbol, "orderId": name.order_id, "tradeType": name.trade_type}
        path, more = _FILLS[name.product]
        given = {key: value for key, value in query.items() if value}
        try:
            page = self._get(name.product, _path(path), {**given, **more})
        except _NotFound:
            return ()
        items = page.get("items") if isinstance(page, dict) else None
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise ProtocolError("the records of fills are no list of objects")
        return items

    def set_dead_man_switch(self, timeout: int, symbols: Sequence[str], patience: float) -> None:
        """Start the timer anew that cancels the spot orders of ``symbols``, none for all; ``timeout`` -1 ends it.

        KuCoin documentation: "Set DCP" of spot. ``patience`` is seconds to connect, and again to wait for the answer.

        Raises ``DeadManSwitchError``; without a ``code`` it is not known whether the exchange has done it.
        """
        body = json.dumps({"timeout": timeout, "symbols": ",".join(symbols)}, separators=(",", ":"))
        what = "ending the dead-man switch" if timeout < 0 else "arming the dead-man switch"
        times = self._command("POST", _path("/api/v1/hf/orders/dead-cancel-all"), {}, body, patience, what)
        if timeout > 0 and not (isinstance(times, dict) and _seconds_between(times) == timeout):
            raise DeadManSwitchError(f"{what} was answered, but not with the time at which it triggers")

    def cancel_spot_orders(self, symbol: str | None, patience: float) -> None:
        """Cancel the spot orders of a symbol, or all.

        KuCoin documentation: "Cancel All Orders By Symbol" and "Cancel All Orders" of spot; ``patience`` as above.

        Raises ``DeadManSwitchError``, also when some could not be cancelled.
        """
        what = f"cancelling the spot orders{'' if symbol is None else f' of {symbol}'}"
        if symbol is not None:
            self._command("DELETE", _path("/api/v1/hf/orders"), {"symbol": symbol}, "", patience, what)
            return
        done = self._command("DELETE", _path("/api/v1/hf/orders/cancelAll"), {}, "", patience, what)
        failed = done.get("failedSymbols") if isinstance(done, dict) else None
        if failed:
            raise DeadManSwitchError(f"{what} failed for {failed}")

    def push_token(self, product: str, *, private: bool) -> Any:
        """Token and servers of the classic push sockets, decoded from JSON; ``product`` is "spot" or "futures".

        KuCoin documentation: "Get Public Token", "Get Private Token".

        Raises ``AuthenticationError`` when the key may not have one, ``TransportError`` for everything else.
        """
        path = _path(f"/api/v1/bullet-{'private' if private else 'public'}")
        failure: str | None = None
        try:
            for attempt in range(2):
                if private:
                    answer = self._ask("POST", product, path, {})
                else:
                    answer = self._decoded("POST", self._base(product) + "/".join(path), self._site())
                code, text = _verdict(answer)
                if code == _CLOCK_CODE and not attempt:
                    self._measure_clock(product)
                    continue
                break
        except (requests.RequestException, _Refused) as error:
            failure = _reason(error)
        if (
            failure is not None
        ):  # raised out here, ours does not refer to that one, which knows the signed request
            raise TransportError(f"no token for the push socket: {failure}")
        if code == _SUCCESS:
            return answer.get("data")
        description = f"no token for the push socket: {code}: {text or 'no text'}"
        if (
            judge_login_code(code) is LoginVerdict.FATAL
            and error_class("query", code, text) is not RateLimitedError
        ):
            raise AuthenticationError(description, code=code, message=text)
        raise TransportError(description, code=code)

    @property
    def base_url(self) -> str:
        """Where calls about spot, the account and its keys go."""
        return self._base("spot")

    def server_time(self) -> int:
        """The exchange's clock, Unix milliseconds; asked for once, without a signature.

        KuCoin documentation: "Get Server Time". Raises ``TransportError``.
        """
        try:
            time_there = self._decoded("GET", f"{self._base('spot')}/api/v1/timestamp", self._site()).get(
                "data"
            )
        except (requests.RequestException, _Refused) as error:
            failure = _reason(error)
        else:
            if isinstance(time_there, int):
                return time_there
            failure = "the answer holds no time"
        raise TransportError(f"the exchange's time is not known: {failure}")

    def describe_key(self) -> Mapping[str, Any]:
        """What the exchange knows of the key, decoded from JSON: its version, permissions and addresses.

        KuCoin documentation: "Get Apikey Info". Raises ``AuthenticationError`` when the key is refused,
        ``TransportError`` when nothing could be learnt.
        """
        try:
            for attempt in range(2):
                answer = self._ask("GET", "spot", _path("/api/v1/user/api-key"), {})
                code, text = _verdict(answer)
                if code == _CLOCK_CODE and not attempt:
                    self._measure_clock("spot")
                    continue
                break
        except (requests.RequestException, _Refused) as error:
            failure = _reason(error)
        else:
            record = answer.get("data")
            if code == _SUCCESS and isinstance(record, dict):
                return record
            failure = f"{code}: {text or 'no text'}"
            if code != _SUCCESS and judge_login_code(code) is not LoginVerdict.RETRY:
                raise AuthenticationError(f"the key was refused with {failure}", code=code, message=text)
        raise TransportError(f"the key could not be looked up: {failure}")

    def close(self) -> None:
        """Close the connections that are idle."""
        while self._idle:
            self._idle.pop().close()

    def _get(self, product: str, path: _Path, query: Mapping[str, str]) -> Any:
        failure: Exception | None = None
        for attempt in range(_ATTEMPTS):
            if attempt:
                time.sleep(min(_LONGEST_PAUSE, _PAUSE * 2 ** (attempt - 1)))
            try:
                return self._get_once(product, path, query)
            except (requests.RequestException, _Refused) as error:
                failure = error
        # Neither the request nor its headers, which requests attaches to its exceptions, may travel with ours.
        raise LookUpError(f"the look-up failed {_ATTEMPTS} times: {_reason(failure)}")

    def _get_once(self, product: str, path: _Path, query: Mapping[str, str]) -> Any:
        answer = self._ask("GET", product, path, query)
        code, text = _verdict(answer)
        if code == _SUCCESS:
            return answer.get("data")
        if code == _CLOCK_CODE:
            self._measure_clock(product)
        raise _refusal(product, code, text)

    def _command(
        self, method: str, path: _Path, query: Mapping[str, str], body: str, patience: float, what: str
    ) -> Any:
        """Have something done, once: an answer that does not come is not waited for by asking again.

        Only a clock that is off has it repeated: the gateway has refused the first request then.
        """
        for attempt in range(2):
            try:
                answer = self._ask(method, "spot", path, query, body, patience)
                code, text = _verdict(answer)
                if code == _CLOCK_CODE and not attempt:
                    self._measure_clock("spot")
                    continue
            except (requests.RequestException, _Refused) as error:
                # Neither the request nor its headers, which requests attaches to its exceptions, may travel with ours.
                failure = DeadManSwitchError(f"{what} was not confirmed: {_reason(error)}")
                break
            if code == _SUCCESS:
                return answer.get("data")
            failure = DeadManSwitchError(
                f"{what} was refused with {code}: {text or 'no text'}", code=code, message=text
            )
            break
        raise failure

    def _ask(
        self,
        method: str,
        product: str,
        path: _Path,
        query: Mapping[str, str],
        body: str = "",
        patience: float = math.inf,
    ) -> dict[str, Any]:
        """One signed request, and the answer to it whatever its code; ``patience`` as in ``_decoded``."""
        plain_query = "&".join(f"{name}={value}" for name, value in query.items())
        plain_path = "/".join(path)
        headers = self._signed(method, f"{plain_path}?{plain_query}" if query else plain_path, body)
        if body:
            headers["Content-Type"] = "application/json"
        headers.update(self._site())
        # The plain text is signed, the encoded text is sent.
        encoded_path = "/".join(quote(segment, safe="") for segment in path)
        url = self._base(product) + encoded_path + (f"?{urlencode(query)}" if query else "")
        return self._decoded(method, url, headers, body, patience)

    def _signed(self, method: str, target: str, body: str) -> dict[str, str]:
        credentials, options = self._credentials, self._options
        if credentials is None:
            raise AuthenticationError(
                "no credentials were given: api_key, api_secret and api_passphrase are needed"
            )
        try:
            return rest_headers(
                method,
                target,
                body,
                api_key=credentials.api_key,
                api_secret=credentials.api_secret,
                api_passphrase=credentials.api_passphrase,
                timestamp=time.time_ns() // 1_000_000 + self._clock_skew,
                sign=options.sign_message,
                partner=options.partner,
                partner_key=options.partner_key,
            )
        except BaseException as error:  # a signer of the user's may raise anything
            # What a signal handler raises there, such as Ctrl-C, is not the signer's.
            if not isinstance(error, Exception) and threading.current_thread() is threading.main_thread():
                raise
            failure = type(error).__name__
        # Raised out here, ours does not refer to that one, which may hold the secret in its message and its frames.
        raise AuthenticationError(f"sign_message raised {failure}")

    def _site(self) -> dict[str, str]:
        return {"X-SITE-TYPE": "australia"} if self._options.api_region == "AU" else {}

    def _measure_clock(self, product: str) -> None:
        answer = self._decoded("GET", f"{self._base(product)}/api/v1/timestamp", self._site())
        if isinstance(answer.get("data"), int):
            self._clock_skew = answer["data"] - time.time_ns() // 1_000_000

    def _decoded(
        self, method: str, url: str, headers: Mapping[str, str], body: str = "", patience: float = math.inf
    ) -> dict[str, Any]:
        """``patience`` bounds the seconds for connecting, and again those for each silence afterwards."""
        options = self._options
        with self._session() as session:
            try:
                response = session.request(
                    method,
                    url,
                    headers=dict(headers),
                    data=body.encode() or None,
                    timeout=(min(options.connect_timeout, patience), min(options.request_timeout, patience)),
                    allow_redirects=False,  # a redirect would hand the signature to another host
                )
            except requests.RequestException:
                raise
            except ValueError as error:  # urllib3 before 2: it cannot check the certificate of a bare address
                raise _Refused(f"{type(error).__name__}: {error}") from None
        try:
            answer = json.loads(response.content, parse_float=Decimal)
        except (ValueError, RecursionError):
            raise _Refused(f"HTTP status {response.status_code} without readable JSON") from None
        if not isinstance(answer, dict):
            raise _Refused(f"HTTP status {response.status_code} with JSON of another shape")
        return answer

    def _base(self, product: str) -> str:
        options = self._options
        if options.rest_url is not None:
            return options.rest_url.rstrip("/")
        host = "api-futures" if product == "futures" else "api"
        return f"https://{host}.{_DOMAINS[options.api_region]}"

    @contextlib.contextmanager
    def _session(self) -> Iterator[requests.Session]:
        try:
            session = self._idle.pop()
        except IndexError:
            session = self._new_session()
        try:
            yield session
        except BaseException:
            session.close()
            raise
        self._idle.append(session)

    def _new_session(self) -> requests.Session:
        session = requests.Session()
        session.trust_env = False  # proxies of the environment and credentials of .netrc only when asked
        if self._options.proxy is not None:
            session.proxies = {"http": self._options.proxy, "https": self._options.proxy}
        session.verify = self._ssl_context.verify_mode is not ssl.CERT_NONE
        session.mount("https://", _TlsAdapter(self._ssl_context))
        return session


class _TlsAdapter(HTTPAdapter):
    """Trusts whom the order socket trusts; requests by itself trusts the authorities that it brings along."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__()

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """Called by requests for connections without a proxy."""
        super().init_poolmanager(*args, **options, ssl_context=self._context)

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        """Called by requests for connections through one."""
        return super().proxy_manager_for(proxy, **options, ssl_context=self._context)

    def cert_verify(self, *_: Any) -> None:
        """Called by requests to add its own authorities to the context."""


class _NotFound(Exception):
    """The exchange knows no such order."""


class _Refused(Exception):
    """An answer that another attempt may better."""


def _refusal(product: str, code: str, text: str | None) -> Exception:
    verdict = error_class(f"{product}.query", code, text)
    description = f"the look-up was refused with {code}: {text or 'no text'}"
    if verdict is OrderNotFoundError:
        return _NotFound()
    if verdict is PermissionDeniedError and code != _CLOCK_CODE:
        return AuthenticationError(description, code=code, message=text)
    return _Refused(description)


def _verdict(answer: Mapping[str, Any]) -> tuple[str, str | None]:
    """Code and text of an answer."""
    text = answer.get("msg")
    return str(answer.get("code")), None if text is None else str(text)


def _seconds_between(times: Mapping[str, Any]) -> int | None:
    now, trigger = times.get("currentTime"), times.get("triggerTime")
    return trigger - now if isinstance(now, int) and isinstance(trigger, int) else None


def _reason(failure: Exception | None) -> str:
    return str(failure) if isinstance(failure, _Refused) else type(failure).__name__


def _order_path(name: OrderName) -> tuple[_Path, dict[str, str]]:
    query = {"symbol": name.symbol} if name.symbol is not None else {}
    if name.product == "uta":
        which = {"orderId": name.order_id} if name.order_id is not None else {"clientOid": name.client_oid}
        parameters = {"tradeType": name.trade_type, **query, **which}
        return _path("/api/ua/v2/unified/order/detail"), {
            key: value for key, value in parameters.items() if value
        }
    if name.product == "futures":
        if name.order_id is not None:
            return _path("/api/v1/orders", name.order_id), {}
        return _path("/api/v1/orders/byClientOid"), {"clientOid": name.client_oid or ""}
    base = "/api/v1/hf/orders" if name.product == "spot" else "/api/v3/hf/margin/orders"
    if name.order_id is not None:
        return _path(base, name.order_id), query
    return _path(f"{base}/client-order", name.client_oid or ""), query


def _path(base: str, *names: str) -> _Path:
    return (*base.split("/"), *names)
