"""What the gateway says with each of its codes (KuCoin documentation, "Error code", gateway).

Those that need what a sandbox does not have (regions, identity checks, other machines) are said only on request, by
faults.
"""

from collections.abc import Mapping
from types import MappingProxyType

from .answers import Answer

GATEWAY_TEXTS: Mapping[str, str] = MappingProxyType(
    {
        "400001": "Please check the URL of your request.",
        "400002": "Invalid KC-API-TIMESTAMP.",
        "400003": "KC-API-KEY not exists.",
        "400004": "Invalid KC-API-PASSPHRASE.",
        "400005": "Invalid KC-API-SIGN.",
        "400006": "Invalid request IP.",
        "400007": "Access denied, requires more permission.",
        "400008": "V1 & V2 API keys are no longer supported by this API.",
        "400009": "Invalid KC-API-KEY-VERSION.",
        "400010": "Access of this UID is denied.",
        "400011": "Session verification failed.",
        "400012": "Session verification has timed out.",
        "400101": "Invalid request data.",
        "400102": "Invalid request parameters.",
        "400200": "Unknown partner.",
        "400201": "Invalid partner sign.",
        "400202": "Invalid IP of the partner.",
        "400301": "Your region is restricted.",
        "400302": "Your region is restricted.",
        "400303": "Please finish the identity verification first.",
        "400304": "Please finish the identity verification of the master account first.",
        "400400": "Invalid authorization token.",
        "400401": "Authorization is required.",
        "404000": "Url Not Found",
        "411100": "The user is frozen.",
        "411200": "The URL is in the user's blacklist.",
        "415000": "Unsupported Media Type",
        "420001": "Too many errors, disconnecting.",
        "420002": "Error receiving data.",
        "429000": "Too many requests in a short period of time, please retry later.",
        "429001": "Too many requests in total, please retry later.",
        "429002": "Too many messages on this connection.",
        "408000": "Network timeout.",
        "500000": "Internal Server Error",
        "501000": "exiting",
        "503000": "The server is busy.",
        "504000": "Gateway Timeout",
        "505000": "Unknown error.",
    }
)
INJECTED = "A fault that the sandbox was asked for."

NOT_UNIFIED = Answer("112010", "Invalid Unified Account user.")


def gateway_answer(code: str, detail: str = "") -> Answer:
    """The refusal with one of the gateway's codes; `detail` follows its text."""
    return Answer(code, f"{GATEWAY_TEXTS[code]} {detail}".rstrip())


def gateway_text(code: str) -> str:
    """The text of a code that a fault asks for."""
    return GATEWAY_TEXTS.get(code, INJECTED)


NOT_PERMITTED = gateway_answer("400007")
TOO_MANY_REQUESTS = gateway_answer("429000")
TOO_MANY_MESSAGES = gateway_answer("429002")
INTERNAL_ERROR = gateway_answer("500000")
UNKNOWN_URL = gateway_answer("404000")
