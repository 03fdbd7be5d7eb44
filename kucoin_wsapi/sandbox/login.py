"""Who may come in: the signed URL of the order socket and the signed headers of REST.

Rules and codes: KuCoin documentation, "Add Order" (3470133w0) for the socket, "Authentication" for REST,
"Error code" for the gateway's codes.
"""

from collections.abc import Iterable, Mapping

from .account_options import Account, Caller, callers
from .gateway_codes import gateway_answer
from .keys import PARTNER, PARTNER_KEY, signature_matches
from .times import MILLISECOND, SECOND, to_milliseconds

MAXIMUM_CLOCK_DIFFERENCE = 5_000  # milliseconds, either way
# A URL signed as far ahead of the clock as is allowed stays current for twice that difference.
LIFETIME_OF_A_URL = 2 * MAXIMUM_CLOCK_DIFFERENCE * MILLISECOND


class LoginRefused(Exception):
    """A caller was not let in; `code` and `message` are what it is told."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message


class Login:
    """Checks credentials. Called on the server's thread only; times are Unix nanoseconds.

    `now` holds every time that a timestamp may be current by.

    KuCoin does not say whether a signed URL may be used twice. Here it may, for `reuse_window` seconds after
    its first use; later it is refused as an old timestamp is (400002), which makes a client sign afresh.

    Nor does it publish which partners it knows. The order socket knows one here, and refuses others with 400200; REST
    takes the names that it does not know for somebody else's, because clients in the field bring their own.
    """

    def __init__(self, accounts: Iterable[Account], *, reuse_window: float) -> None:
        self._callers = callers(accounts)
        self._reuse_window = round(reuse_window * SECOND)
        self._first_used: dict[tuple[str, str], int] = {}

    def check_socket_query(self, query: Mapping[str, str], remote: str, now: tuple[int, ...]) -> Caller:
        """The caller of a signed order socket URL from the address `remote`, or `LoginRefused`."""
        missing = [name for name in ("apikey", "timestamp", "sign", "passphrase") if not query.get(name)]
        if missing:
            raise _refused("400001", f"Missing: {', '.join(missing)}.")
        api_key, timestamp = query["apikey"], query["timestamp"]
        caller = self._find(api_key, timestamp, now)
        if caller.key.version < 3:
            raise _refused("400008")
        _check_signatures(caller, query["passphrase"], query["sign"], api_key + timestamp)
        _check_address(caller, remote)
        if "partner" in query or "partner_sign" in query:
            if query.get("partner") != PARTNER:
                raise _refused("400200")
            _check_partner_sign(query.get("partner_sign", ""), timestamp, api_key)
        self._note_use(api_key, timestamp, now[0])
        return caller

    def check_rest_headers(
        self, headers: Mapping[str, str], request: str, remote: str, now: tuple[int, ...]
    ) -> Caller:
        """The caller of a signed REST request from the address `remote`, or `LoginRefused`.

        `request` is METHOD, path with unencoded query, and body, one after the other as they are signed.
        """
        names = ("KC-API-KEY", "KC-API-TIMESTAMP", "KC-API-SIGN", "KC-API-PASSPHRASE", "KC-API-KEY-VERSION")
        missing = [name for name in names if not headers.get(name)]
        if missing:
            text = f"Please check the header of your request. Missing: {', '.join(missing)}."
            raise LoginRefused("400001", text)
        if headers["KC-API-KEY-VERSION"] not in ("2", "3"):
            raise _refused("400009")
        api_key, timestamp = headers["KC-API-KEY"], headers["KC-API-TIMESTAMP"]
        caller = self._find(api_key, timestamp, now)
        _check_signatures(caller, headers["KC-API-PASSPHRASE"], headers["KC-API-SIGN"], timestamp + request)
        _check_address(caller, remote)
        if headers.get("KC-API-PARTNER") == PARTNER:
            _check_partner_sign(headers.get("KC-API-PARTNER-SIGN", ""), timestamp, api_key)
        return caller

    def _find(self, api_key: str, timestamp: str, now: tuple[int, ...]) -> Caller:
        if not _timestamp_is_current(timestamp, now):
            raise _refused("400002")
        caller = self._callers.get(api_key)
        if caller is None:
            raise _refused("400003")
        return caller

    def _note_use(self, api_key: str, timestamp: str, now: int) -> None:
        self._first_used = {
            url: first for url, first in self._first_used.items() if now - first <= LIFETIME_OF_A_URL
        }
        first_use = self._first_used.setdefault((api_key, timestamp), now)
        if now - first_use > self._reuse_window:
            raise _refused("400002", "This signed URL has been used before.")


def _refused(code: str, detail: str = "") -> LoginRefused:
    return LoginRefused(code, gateway_answer(code, detail).message or "")


def _timestamp_is_current(timestamp: str, now: tuple[int, ...]) -> bool:
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 15):
        return False
    return any(abs(int(timestamp) - to_milliseconds(time)) <= MAXIMUM_CLOCK_DIFFERENCE for time in now)


def _check_signatures(caller: Caller, passphrase: str, sign: str, signed_text: str) -> None:
    key = caller.key
    if not signature_matches(key.secret, key.passphrase, passphrase):
        raise _refused("400004")
    if not signature_matches(key.secret, signed_text, sign):
        raise _refused("400005")


def _check_address(caller: Caller, remote: str) -> None:
    allowed = caller.key.ip_whitelist
    if allowed and remote not in allowed:
        raise LoginRefused("400006", f"Invalid request IP, the current client IP is:{remote}")


def _check_partner_sign(partner_sign: str, timestamp: str, api_key: str) -> None:
    if not signature_matches(PARTNER_KEY, timestamp + PARTNER + api_key, partner_sign):
        raise _refused("400201")
