"""Why the exchange says no, and the code and text each product says it with.

Rules raise `Refusal` with a `Reason`; the product of the operation picks the code. The codes are those of KuCoin's
documentation, "Error Code"; the texts of most are the sandbox's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto

from .answers import Answer

__all__ = [
    "MARGIN_CODES",
    "SPOT_CODES",
    "UTA_CODES",
    "Codes",
    "Reason",
    "Refusal",
    "refused",
]


class Reason(Enum):
    """The rule that was broken."""

    INVALID = auto()
    MISSING_PARAMETER = auto()
    MISSING_PRICE = auto()
    MISSING_SIZE = auto()
    UNKNOWN_SYMBOL = auto()
    NOT_TRADING = auto()
    NOT_YET_TRADING = auto()
    IN_MAINTENANCE = auto()
    NOT_CANCELING = auto()
    TIME_WINDOW = auto()
    POST_ONLY = auto()
    MISSING_FUNDS = auto()
    MISSING_MARKET_SIZE = auto()
    TRADE_TYPE = auto()
    SIZE_TOO_SMALL = auto()
    SIZE_TOO_LARGE = auto()
    SIZE_STEP = auto()
    PRICE_STEP = auto()
    PRICE_TOO_HIGH = auto()
    PRICE_TOO_LOW = auto()
    FUNDS_TOO_SMALL = auto()
    FUNDS_BELOW_MINIMUM = auto()
    FUNDS_TOO_LARGE = auto()
    FUNDS_STEP = auto()
    LEVERAGE = auto()
    MARGIN_MODE = auto()
    POSITION_MODE = auto()
    NO_CROSS_MARGIN = auto()
    NO_ISOLATED_MARGIN = auto()
    CROSS_BORROW_LIMIT = auto()
    ISOLATED_BORROW_LIMIT = auto()
    CURRENCY_BORROW_LIMIT = auto()
    LENDING_POOL = auto()
    TOO_MANY_ORDERS = auto()
    DUPLICATE_CLIENT_OID = auto()
    NO_POSITION = auto()
    EMPTY_BOOK = auto()
    INSUFFICIENT_FUNDS = auto()
    INSUFFICIENT_MARGIN = auto()
    RISK_LIMIT = auto()
    POSITION_MODE_UNSET = auto()
    CROSS_LEVERAGE_IN_ISOLATED_MODE = auto()
    ORDER_OR_POSITION = auto()
    TRIGGER = auto()
    TOO_MANY_STOP_ORDERS = auto()
    SETTLING = auto()
    ORDER_NOT_FOUND = auto()
    CLIENT_OID_NOT_FOUND = auto()


class Refusal(Exception):
    """A request breaks a rule. `detail` replaces the product's usual text where it is more helpful."""

    def __init__(self, reason: Reason, detail: str | None = None) -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail


Codes = Mapping[Reason, tuple[str, str]]

_INVALID_TEXT = "The request parameter is invalid."
_NOT_CANCELABLE = "order_not_exist_or_not_allow_to_cancel"

SPOT_CODES: Codes = {
    Reason.INVALID: ("400100", _INVALID_TEXT),
    Reason.MISSING_PARAMETER: ("400100", _INVALID_TEXT),
    Reason.MISSING_PRICE: ("400100", "price is required for a limit order."),
    Reason.MISSING_SIZE: ("400100", "size is required."),
    Reason.UNKNOWN_SYMBOL: ("900001", "symbol does not exist"),
    Reason.NOT_TRADING: ("200001", "Order creation for this pair suspended"),
    Reason.NOT_YET_TRADING: ("400600", "validation.createOrder.symbolNotAvailable"),
    Reason.IN_MAINTENANCE: ("600203", "Symbol cant be traded"),
    Reason.NOT_CANCELING: ("200002", "Order cancel for this pair suspended"),
    Reason.TIME_WINDOW: ("400100", "The order arrived after its allowMaxTimeWindow."),
    Reason.POST_ONLY: ("400100", "The postOnly order would be executed immediately."),
    Reason.PRICE_TOO_HIGH: ("400370", "The price is above the highest one allowed."),
    Reason.PRICE_TOO_LOW: ("400760", "The price is below the lowest one allowed."),
    Reason.SIZE_TOO_SMALL: ("400100", "Order size below the minimum requirement."),
    Reason.SIZE_TOO_LARGE: ("400100", "Order size above the maximum requirement."),
    Reason.SIZE_STEP: ("600100", "Order size increment invalid."),
    Reason.PRICE_STEP: ("600100", "Order price increment invalid."),
    Reason.FUNDS_TOO_SMALL: ("600101", "The order funds are below the minimum."),
    Reason.FUNDS_BELOW_MINIMUM: ("600100", "Funds below the minimum requirement."),
    Reason.FUNDS_TOO_LARGE: ("400100", "Funds above the maximum requirement."),
    Reason.FUNDS_STEP: ("600100", "Funds increment invalid."),
    Reason.TOO_MANY_ORDERS: ("200003", "Number of orders breached the limit."),
    Reason.DUPLICATE_CLIENT_OID: ("400100", "validation.createOrder.clientOidDuplicated"),
    Reason.INSUFFICIENT_FUNDS: ("200004", "Balance insufficient!"),
    Reason.ORDER_NOT_FOUND: ("400100", _NOT_CANCELABLE),
    Reason.CLIENT_OID_NOT_FOUND: ("400100", _NOT_CANCELABLE),
}

MARGIN_CODES: Codes = {
    **SPOT_CODES,
    Reason.UNKNOWN_SYMBOL: ("126004", "The trading pair does not exist or is prohibited."),
    Reason.NOT_TRADING: ("126009", "Order creation is suspended."),
    Reason.NOT_YET_TRADING: ("126006", "The trading pair is not available."),
    Reason.IN_MAINTENANCE: ("126007", "Trading of the pair is suspended."),
    Reason.NOT_CANCELING: ("126010", "Order cancellation is suspended."),
    Reason.TIME_WINDOW: ("126041", "The clientTimestamp parameter is wrong."),
    Reason.PRICE_TOO_HIGH: ("126022", "The price would trigger the price protection."),
    Reason.PRICE_TOO_LOW: ("126022", "The price would trigger the price protection."),
    Reason.SIZE_TOO_SMALL: ("126003", "The amount is below the minimum."),
    Reason.NO_CROSS_MARGIN: ("130305", "The pair has no cross margin."),
    Reason.NO_ISOLATED_MARGIN: ("130303", "The pair has no isolated margin."),
    Reason.CROSS_BORROW_LIMIT: ("103000", "Exceed the borrowing limit."),
    Reason.ISOLATED_BORROW_LIMIT: ("130203", "Insufficient balance, or the maximum to borrow is exceeded."),
    Reason.CURRENCY_BORROW_LIMIT: ("210014", "Exceeds the max. borrowing amount."),
    Reason.LENDING_POOL: ("130204", "The platform has not that much to lend."),
    Reason.TOO_MANY_ORDERS: ("126011", "Too many open orders."),
    Reason.DUPLICATE_CLIENT_OID: ("126044", "clientOid is duplicate."),
    Reason.INSUFFICIENT_FUNDS: ("126013", "Insufficient balance."),
}

UTA_CODES: Codes = {
    Reason.INVALID: ("106000", _INVALID_TEXT),
    Reason.MISSING_PARAMETER: ("106100", _INVALID_TEXT),
    Reason.MISSING_PRICE: ("106161", "The order has no price."),
    Reason.MISSING_SIZE: ("106162", "The order has no quantity."),
    Reason.UNKNOWN_SYMBOL: ("106054", "The symbol is unknown."),
    Reason.NOT_TRADING: ("106053", "Trading of the symbol is forbidden."),
    Reason.NOT_YET_TRADING: ("106194", "The symbol does not trade yet."),
    Reason.IN_MAINTENANCE: ("106194", "The symbol does not trade at present."),
    Reason.NOT_CANCELING: ("301135", "Orders of the symbol cannot be canceled at present."),
    Reason.POST_ONLY: ("106210", "The postOnly order would be executed immediately."),
    Reason.TRADE_TYPE: ("106205", "The trade type is not supported."),
    Reason.NO_CROSS_MARGIN: ("106205", "The symbol has no cross margin."),
    Reason.NO_ISOLATED_MARGIN: ("106205", "The symbol has no isolated margin."),
    Reason.CROSS_BORROW_LIMIT: ("106150", "Insufficient funds: the borrowing limit is exceeded."),
    Reason.ISOLATED_BORROW_LIMIT: ("106150", "Insufficient funds: the borrowing limit is exceeded."),
    Reason.CURRENCY_BORROW_LIMIT: ("106150", "Insufficient funds: the borrowing limit is exceeded."),
    Reason.LENDING_POOL: ("106150", "Insufficient funds: the platform has not that much to lend."),
    Reason.MISSING_FUNDS: ("106155", "The market order has no funds."),
    Reason.MISSING_MARKET_SIZE: ("106156", "The market order has no quantity."),
    Reason.SIZE_TOO_SMALL: ("106164", "The quantity is too low."),
    Reason.SIZE_TOO_LARGE: ("106165", "The quantity is too high."),
    Reason.SIZE_STEP: ("106168", "The quantity is not a multiple of its step."),
    Reason.PRICE_STEP: ("106169", "The price is not a multiple of its step."),
    Reason.PRICE_TOO_HIGH: ("106170", "The price is above the highest one allowed."),
    Reason.PRICE_TOO_LOW: ("106171", "The price is below the lowest one allowed."),
    Reason.FUNDS_TOO_SMALL: ("301126", "The funds are below the minimum of the symbol."),
    Reason.FUNDS_BELOW_MINIMUM: ("106166", "The funds are too low."),
    Reason.FUNDS_TOO_LARGE: ("106167", "The funds are too high."),
    Reason.FUNDS_STEP: ("106172", "The funds are not a multiple of their step."),
    Reason.LEVERAGE: ("106174", "The leverage is greater than the maximum of the contract."),
    Reason.MARGIN_MODE: ("401115", "The order's margin mode is not that of the symbol."),
    Reason.POSITION_MODE: (
        "106000",
        "The order's position side does not fit the position mode of the account.",
    ),
    Reason.POSITION_MODE_UNSET: (
        "106000",
        "The order's position side does not fit the position mode of the account.",
    ),
    Reason.RISK_LIMIT: ("106212", "The position would exceed its risk limit."),
    Reason.TRIGGER: ("401121", "The trigger parameters are invalid."),
    Reason.SETTLING: ("106053", "Trading of the symbol is forbidden while it is settled."),
    Reason.INSUFFICIENT_MARGIN: ("106150", "Insufficient funds."),
    Reason.TOO_MANY_ORDERS: ("106206", "Too many open orders."),
    Reason.DUPLICATE_CLIENT_OID: ("106151", "clientOid is duplicate."),
    Reason.NO_POSITION: ("106182", "There is no position to close."),
    Reason.EMPTY_BOOK: ("106176", "The order book is empty."),
    Reason.INSUFFICIENT_FUNDS: ("106150", "Insufficient funds."),
    Reason.ORDER_NOT_FOUND: ("106052", "The order is not found."),
    Reason.CLIENT_OID_NOT_FOUND: ("106102", "The order is not found by its clientOid."),
}


def refused(codes: Codes, refusal: Refusal) -> Answer:
    """The answer that tells of `refusal` in a product's codes."""
    code, text = codes[refusal.reason]
    return Answer(code=code, message=refusal.detail or text)
