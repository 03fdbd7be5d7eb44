"""The code and text with which futures say no.

KuCoin documentation, "Error Code" (futures). The texts of 330005, 330006, 330008 and 330011 are those the exchange has
been seen to send; 50002 is that of "Batch Switch Margin Mode".
"""

from __future__ import annotations

from .refusals import Codes, Reason

__all__ = ["FUTURES_CODES"]

_INVALID_TEXT = "The request parameter is invalid."

FUTURES_CODES: Codes = {
    Reason.INVALID: ("100001", _INVALID_TEXT),
    Reason.MISSING_PARAMETER: ("100001", _INVALID_TEXT),
    Reason.MISSING_PRICE: ("100001", "price is required for a limit order."),
    Reason.MISSING_SIZE: ("100001", "Exactly one of size, qty and valueQty is required."),
    Reason.UNKNOWN_SYMBOL: ("200003", "The symbol is invalid."),
    Reason.NOT_TRADING: ("300002", "Placing and cancelling orders is suspended."),
    Reason.SETTLING: ("300015", "Settlement in progress, please try again later."),
    Reason.SIZE_TOO_SMALL: ("100001", "The quantity is below one lot."),
    Reason.SIZE_TOO_LARGE: ("100001", "The quantity is above the maximum."),
    Reason.SIZE_STEP: ("100001", "The quantity is not a multiple of the lot."),
    Reason.PRICE_STEP: ("100001", "The price is not a multiple of the tick size."),
    Reason.PRICE_TOO_HIGH: ("300011", "The price is above the highest one allowed."),
    Reason.PRICE_TOO_LOW: ("300012", "The price is below the lowest one allowed."),
    Reason.LEVERAGE: ("300016", "The leverage is greater than the maximum of the contract."),
    Reason.TRIGGER: ("100001", "stop, stopPriceType and stopPrice go together."),
    Reason.MARGIN_MODE: (
        "330005",
        "The order's margin mode does not match the selected one. Please switch and try again.",
    ),
    Reason.CROSS_LEVERAGE_IN_ISOLATED_MODE: (
        "330006",
        "Current mode is set to isolated margin. Please switch to cross margin before making further adjustments.",
    ),
    Reason.POSITION_MODE: ("330012", "The order and the account are in different position modes."),
    Reason.POSITION_MODE_UNSET: (
        "330011",
        "The order's position mode does not match your selected mode. Please switch modes and try again.",
    ),
    Reason.ORDER_OR_POSITION: ("50002", "exist.order.or.position"),
    Reason.TOO_MANY_ORDERS: ("300001", "The limit of active orders is exceeded."),
    Reason.TOO_MANY_STOP_ORDERS: ("300004", "The limit of stop orders is exceeded."),
    Reason.RISK_LIMIT: ("300005", "The position would exceed its risk limit."),
    Reason.DUPLICATE_CLIENT_OID: ("300018", "clientOid is repeated."),
    Reason.POST_ONLY: ("100001", "The postOnly order would be executed immediately."),
    Reason.NO_POSITION: ("300009", "No open positions to close."),
    Reason.EMPTY_BOOK: ("300008", "There is no contra order in the book."),
    Reason.INSUFFICIENT_FUNDS: ("300003", "Balance not enough."),
    Reason.INSUFFICIENT_MARGIN: (
        "330008",
        "Order quantity is too high, insufficient available margin.",
    ),
    Reason.ORDER_NOT_FOUND: ("100004", "The order cannot be canceled."),
    Reason.CLIENT_OID_NOT_FOUND: ("100004", "The order cannot be canceled."),
}
