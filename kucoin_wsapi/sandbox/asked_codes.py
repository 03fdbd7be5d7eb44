"""What each product says with its codes, for faults that ask for one (KuCoin documentation, "Error Code").

The rules of the sandbox say most of the codes that an order can bring about, see `refusals` and `futures_codes`. Those
here need what it does not have: users without identity or agreement, limits of the platform, liquidation, outages. The
texts are the sandbox's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from .futures_codes import FUTURES_CODES
from .gateway_codes import gateway_text
from .refusals import MARGIN_CODES, SPOT_CODES, UTA_CODES, Codes

__all__ = ["text_of"]

_SPOT: Mapping[str, str] = {
    "101030": "Margin trading is not enabled.",
    "103000": "Exceed the borrowing limit.",
    "112010": "Invalid Unified Account user.",
    "200009": "Please finish the identity verification before trading.",
    "210014": "Exceeds the max. borrowing amount.",
    "210021": "Balance not enough.",
    "230003": "Balance insufficient.",
    "230005": "System busy, please try again later.",
    "400000": "Bad symbol.",
    "400200": "Forbidden to place an order.",
    "400330": "The price is too far from the net asset value.",
    "400350": "The holding limit would be exceeded.",
    "400500": "Your country is not supported for this token.",
    "400700": "Restricted for the risk of your account.",
    "400800": "The leverage order failed.",
}

_MARGIN: Mapping[str, str] = {
    **_SPOT,
    "126000": "Abnormal margin trading.",
    "126001": "High-frequency margin trading is not enabled for the user.",
    "126002": "Trading is not allowed for the risk of your account.",
    **dict.fromkeys(("126005", "126047", "126048"), "Please finish the identity verification first."),
    "126015": "Orders are prohibited on this pair.",
    **dict.fromkeys(("126021", "126037", "126045", "126046"), "Your region is restricted."),
    **dict.fromkeys(("126027", "126028"), "Only limit orders are supported at present."),
    "126029": "The price is above the highest one allowed.",
    "126030": "The price is below the lowest one allowed.",
    "126033": "Duplicate order.",
    "126034": "The take-profit or stop-loss order could not be created.",
    "126036": "The margin order could not be created.",
    **dict.fromkeys(("126038", "126039"), "A third-party call failed."),
    "126042": "The maximum position would be exceeded.",
    "126043": "The order does not exist.",
    "130201": "Please open margin trading first.",
    "130202": "The system is processing a renewal, liquidation or loan, please try again later.",
    "130301": "Insufficient balance, or the maximum to borrow is exceeded.",
    "130302": "Your rights are restricted.",
    "130304": "Isolated margin of the pair is not enabled.",
    **dict.fromkeys(("130306", "130307", "130323"), "Margin is not opened, or its agreement is not signed."),
    "130308": "The position is frozen for its renewal.",
    "130309": "The position is frozen for its liquidation.",
    "130310": "The status of the position is abnormal.",
    **dict.fromkeys(
        ("130311", "130312", "130313", "130314"), "A limit of purchases or positions is exceeded."
    ),
    "130315": "Your country is restricted.",
    "130316": "Borrowing and transferring at once is not possible.",
    "135005": "The business that orders are asked of is abnormal.",
    "135018": "The service that orders are asked of is abnormal.",
    "400400": "Parameter error, or an exception of the service.",
    "400401": "You are not logged in.",
    "400444": "Your account is restricted.",
}

_FUTURES: Mapping[str, str] = {
    "40010": "Your region or identity is restricted.",
    "100002": "systemConfigError",
    "100003": "Contract parameter invalid.",
    "100005": "contractRiskLimitNotExist",
    "200001": "The scope of the query is invalid.",
    "200002": "Too many requests, blocked for 10 seconds.",
    "200005": "Insufficient balance.",
    "300000": "Request parameter illegal.",
    "300006": "The close price is worse than the bankruptcy price.",
    "300007": "The price is worse than the liquidation price.",
    "300010": "The position could not be closed.",
    "300013": "There is no contra order in the book.",
    "300014": "The position is being liquidated, please try again later.",
    "300017": "The position is for Futures Brawl.",
}

_UNIFIED: Mapping[str, str] = {
    **dict.fromkeys(("4001", "110002", "706002"), "The request parameter is invalid."),
    **dict.fromkeys(("106001", *map(str, range(109000, 109007))), "The account does not allow this."),
    **dict.fromkeys(("110201", "110202", "110203", "603001", "706000"), "The account does not allow this."),
    "106050": "Canceling.",
    **dict.fromkeys(("301106", "301128", "401111", "401128"), "The symbol does not take this at present."),
    **dict.fromkeys(("106190", "110204", "401100"), "The symbol is unknown."),
    "106103": "The batch is too large.",
    "301130": "Insufficient funds, or the risk limit is exceeded.",
    "106152": "The orderId is duplicate.",
    "106157": "The market order has both funds and quantity.",
    "106160": "There is no mark price.",
    **dict.fromkeys(("301129", "401112", "401113"), "There is no price."),
    **dict.fromkeys(("401102", "301115"), "The price is above the highest one allowed."),
    **dict.fromkeys(("401103", "301116"), "The price is below the lowest one allowed."),
    "106173": "A number overflows.",
    "106183": "The leverage is missing.",
    "401118": "The position was closed in part.",
    "401119": "The position could not be closed.",
    **dict.fromkeys(("106193", "109008", "603002"), "The currency is unknown."),
    **dict.fromkeys(("106204", "109099", "110000"), "Internal error."),
    **dict.fromkeys(("112001", "112002", "112003"), "The service is unavailable."),
    **dict.fromkeys(("603005", "603006", "603007"), "The service is unavailable."),
    "110001": "System busy.",
    "112010": "Invalid Unified Account user.",
    "401117": "The trade type is not supported.",
    **dict.fromkeys(("106208", "106211"), "The user may not trade at present."),
    **dict.fromkeys(("301100", "301101", "301102", "301103", "301133"), "The user may not trade this."),
    **dict.fromkeys(("401106", "401107", "401108", "401200"), "The user may not trade this."),
    "106209": "The request is a repeat of an earlier one.",
    **dict.fromkeys(("301113", "301114"), "Only limit orders are supported at present."),
    **dict.fromkeys(map(str, range(301118, 301124)), "The call auction does not allow this."),
    "401101": "Market orders are refused at present.",
    **dict.fromkeys(("401109", "401110", "401116"), "The order may only reduce a position."),
    **dict.fromkeys(map(str, range(401122, 401128)), "The trigger parameters are invalid."),
}

_PRODUCTS: Mapping[str, tuple[Mapping[str, str], Codes]] = MappingProxyType(
    {
        "spot": (_SPOT, SPOT_CODES),
        "margin": (_MARGIN, MARGIN_CODES),
        "futures": (_FUTURES, FUTURES_CODES),
        "uta": (_UNIFIED, UTA_CODES),
    }
)


def text_of(op: str, code: str) -> str:
    """What the product of an operation says with `code`, else what the gateway says with it."""
    texts, rules = _PRODUCTS[op.partition(".")[0]]
    by_rule = (text for known, text in rules.values() if known == code)
    return texts.get(code) or next(by_rule, None) or gateway_text(code)
