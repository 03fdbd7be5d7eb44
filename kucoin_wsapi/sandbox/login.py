"""Who may come in: the signed URL of the order socket and the signed headers of REST.

Rules and codes: KuCoin documentation, "Add Order" (3470133w0) for the socket, "Authentication" for REST,
"Error code" for the gateway's codes.
"""

from collections.abc import Mapping

from .keys import PARTNER, PARTNER_KEY, ApiKey, signature_matches
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

    KuCoin does not say whether a signed URL may be used twice. Here it may, for `reuse_window` seconds after
    its first use; later it is refused as an old timestamp is (400002), which makes a client sign afresh.
    """

    def __init__(self, keys: Mapping[str, ApiKey], *, reuse_window: float) -> None:
        self._keys = keys
        self._reuse_window = round(reuse_window * SECOND)
        self._first_used: dict[tuple[str, str], int] = {}

    def check_socket_query(self, query: Mapping[str, str], now: int) -> ApiKey:
        """The key of a signed order socket URL, or `LoginRefused`."""
        missing = [name for name in ("apikey", "timestamp", "sign", "passphrase") if not query.get(name)]
        if missing:
            raise LoginRefused(
                "400001", f"Please check the URL of your request. Missing: {', '.join(missing)}."
            )
        api_key, timestamp = query["apikey"], query["timestamp"]
        key = self._check_credentials(
            api_key, timestamp, query["passphrase"], query["sign"], api_key + timestamp, now
        )
        if "partner" in query or "partner_sign" in query:
            _check_partner(query.get("partner", ""), query.get("partner_sign", ""), timestamp, api_key)
        self._note_use(api_key, timestamp, now)
        return key

    def check_rest_headers(self, headers: Mapping[str, str], request: str, now: int) -> ApiKey:
        """The key of a signed REST request, or `LoginRefused`.

        `request` is METHOD, path with unencoded query, and body, one after the other as they are signed.
        """
        names = ("KC-API-KEY", "KC-API-TIMESTAMP", "KC-API-SIGN", "KC-API-PASSPHRASE", "KC-API-KEY-VERSION")
        missing = [name for name in names if not headers.get(name)]
        if missing:
            raise LoginRefused(
                "400001", f"Please check the header of your request. Missing: {', '.join(missing)}."
            )
        if headers["KC-API-KEY-VERSION"] not in ("2", "3"):
            raise LoginRefused("400009", "Invalid KC-API-KEY-VERSION.")
        timestamp = headers["KC-API-TIMESTAMP"]
        return self._check_credentials(
            headers["KC-API-KEY"],
            timestamp,
            headers["KC-API-PASSPHRASE"],
            headers["KC-API-SIGN"],
            timestamp + request,
            now,
        )

    def _check_credentials(
        self, api_key: str, timestamp: str, passphrase: str, sign: str, signed_text: str, now: int
    ) -> ApiKey:
        if not _timestamp_is_current(timestamp, now):
            raise LoginRefused("400002", "Invalid KC-API-TIMESTAMP.")
        key = self._keys.get(api_key)
        if key is None:
            raise LoginRefused("400003", "KC-API-KEY not exists.")
        if not signature_matches(key.secret, key.passphrase, passphrase):
            raise LoginRefused("400004", "Invalid KC-API-PASSPHRASE.")
        if not signature_matches(key.secret, signed_text, sign):
            raise LoginRefused("400005", "Invalid KC-API-SIGN.")
        return key

    def _note_use(self, api_key: str, timestamp: str, now: int) -> None:
        self._first_used = {
            url: first for url, first in self._first_used.items() if now - first <= LIFETIME_OF_A_URL
        }
        first_use = self._first_used.setdefault((api_key, timestamp), now)
        if now - first_use > self._reuse_window:
            raise LoginRefused("400002", "Invalid KC-API-TIMESTAMP. This signed URL has been used before.")


def _timestamp_is_current(timestamp: str, now: int) -> bool:
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 15):
        return False
    return abs(int(timestamp) - to_milliseconds(now)) <= MAXIMUM_CLOCK_DIFFERENCE


def _check_partner(partner: str, partner_sign: str, timestamp: str, api_key: str) -> None:
    if partner != PARTNER:
        raise LoginRefused("400200", "Unknown partner.")
    if not signature_matches(PARTNER_KEY, timestamp + partner + api_key, partner_sign):
        raise LoginRefused("400201", "Invalid partner sign.")
