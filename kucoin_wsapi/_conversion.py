"""Between our objects and the exchange's JSON: camelCase names, plain decimal text, nothing for what is left out.

All hooks are generated once, at import, on a converter of the package's own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any, TypeVar

import attrs
import cattrs
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override

from .orders import (
    ClientOrderId,
    FuturesBatchCancel,
    FuturesBatchOrder,
    FuturesCancel,
    FuturesOrder,
    MarginCancel,
    MarginOrder,
    Request,
    SpotCancel,
    SpotModify,
    SpotOrder,
    UtaAmend,
    UtaCancel,
    UtaOrder,
)
from .responses import (
    BatchCancelItem,
    BatchOrderItem,
    BatchResult,
    CancelAck,
    FuturesCancelAck,
    MarginOrderAck,
    ModifyAck,
    OrderAck,
    RateLimit,
    SyncCancelResult,
    SyncOrderResult,
    UtaAck,
    UtaAmendAck,
)

T = TypeVar("T")

RESPONSE_TYPES: Mapping[str, Any] = MappingProxyType(
    {
        "spot.order": OrderAck,
        "spot.sync_order": SyncOrderResult,
        "spot.modify": ModifyAck,
        "spot.cancel": CancelAck,
        "spot.sync_cancel": SyncCancelResult,
        "margin.order": MarginOrderAck,
        "margin.cancel": CancelAck,
        "futures.order": OrderAck,
        "futures.cancel": FuturesCancelAck,
        "futures.multi_order": BatchResult[BatchOrderItem],
        "futures.multi_cancel": BatchResult[BatchCancelItem],
        "uta.order": UtaAck,
        "uta.cancel": UtaAck,
        "uta.amend": UtaAmendAck,
    }
)
"""What ``data`` of a success is, by operation; an operation that is not here keeps its JSON."""


class UnexpectedShapeError(ValueError):
    """The data of an answer has not the documented shape; the text says where and how."""


def wire_arguments(request: Request) -> dict[str, Any] | list[dict[str, Any]]:
    """The ``args`` of a request, ready for JSON: an object, or an array for a batch of orders."""
    arguments: dict[str, Any] | list[dict[str, Any]] = _converter.unstructure(request)
    return arguments


def structure_data(data: object, response_type: type[T]) -> T:
    """The ``data`` of a success as the class of its operation; fields that are not known are passed over.

    Raises ``UnexpectedShapeError`` where a documented field is missing or of another type.
    """
    try:
        return _converter.structure(data, response_type)
    except Exception as error:
        reasons = "; ".join(cattrs.transform_error(error, path="data"))
        raise UnexpectedShapeError(reasons) from None


def reported_rate_limit(answer: Mapping[str, Any]) -> RateLimit | None:
    """The quota in an answer, under its new or its old name; None where it is absent or unreadable."""
    found = answer.get("userRateLimit") or answer.get("rateLimit")
    try:
        return RateLimit(int(found["limit"]), int(found["remaining"]), int(found["reset"]))  # type: ignore[index]
    except (KeyError, TypeError, ValueError):
        return None
_converter = cattrs.Converter()
