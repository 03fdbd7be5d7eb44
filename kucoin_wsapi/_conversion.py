"""Between our objects and the exchange's JSON: camelCase names, plain decimal text, nothing for what is left out.

All hooks are generated once, at import, on a converter of the package's own.
"""

from __future__ import annotations

import reprlib
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from types import GenericAlias, MappingProxyType
from typing import Any, TypeVar, get_args, get_origin

import attrs
import cattrs
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override

from .exceptions import InvalidRequestError
from .orders import ClientOrderId, FuturesBatchCancel, FuturesBatchOrder, Request
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
    """The ``args`` of a request, ready for JSON: an object, or an array for a batch of orders.

    Raises ``InvalidRequestError`` for anything that is no request: it would not be written as the exchange reads it.
    """
    write = _WRITERS.get(type(request))
    if write is None:
        raise InvalidRequestError(f"{type(request).__name__} is no request of kucoin_wsapi.orders")
    return write(request)


def structure_data(data: object, response_type: type[T]) -> T:
    """The ``data`` of a success as the class of its operation; fields that are not known are passed over.

    ``data`` is JSON decoded with ``parse_float=Decimal``. Raises ``UnexpectedShapeError`` where a documented field
    is missing or is of another type.
    """
    try:
        return _CONVERTER.structure(data, response_type)
    except (cattrs.BaseValidationError, TypeError, ValueError) as error:
        reasons = cattrs.transform_error(error, path="data", format_exception=_reason)
    raise UnexpectedShapeError("; ".join(reasons))


_NO_TIME_MS = 10**15  # a window of more than 30,000 years: a number that is none, and may not fit a float


def reported_rate_limit(answer: Mapping[str, Any]) -> RateLimit | None:
    """The quota in an answer, under its newer or its older name; None where it is absent or unreadable."""
    quota = answer.get("userRateLimit", answer.get("rateLimit"))
    if quota is None:
        return None
    try:
        limit, remaining, reset = quota["limit"], quota["remaining"], quota["reset"]
        if type(limit) is type(remaining) is type(reset) is int:  # as they always are
            limit = RateLimit(limit, remaining, reset)
        else:
            limit = _CONVERTER.structure(quota, RateLimit)
    except (cattrs.BaseValidationError, KeyError, TypeError, ValueError):
        return None
    return limit if abs(limit.reset) < _NO_TIME_MS else None


def _reason(error: BaseException, _: type | None) -> str:
    return f"missing field {error}" if isinstance(error, KeyError) else str(error)


def _camel_case(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


# Names that the rule of the camel's humps does not give.
_WIRE_NAMES = MappingProxyType(
    {
        (FuturesBatchCancel, "order_ids"): "orderIdsList",
        (FuturesBatchCancel, "client_oids"): "clientOidsList",
    }
)


def _plain(number: Decimal) -> str:
    return format(number, "f")


def _text(value: object, _: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise TypeError(f"text is documented, not {reprlib.repr(value)}")


def _decimal(value: object, _: object) -> Decimal:
    if isinstance(value, (str, int, Decimal)) and not isinstance(value, bool):
        try:
            number = Decimal(value)
        except InvalidOperation:
            number = Decimal("NaN")
        if number.is_finite():
            return number
    raise TypeError(f"a decimal number is documented, not {reprlib.repr(value)}")


def _integer(value: object, _: object) -> int:
    if type(value) is int:
        return value
    number = _decimal(value, None)
    if number != number.to_integral_value() or number.adjusted() > 18:
        raise TypeError(f"a whole number is documented, not {reprlib.repr(value)}")
    return int(number)


def _array(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError(f"an array is documented, not {reprlib.repr(value)}")
    return value


def _object_writer(request_class: type[Any]) -> Callable[[Any], dict[str, Any]]:
    # Only None is left out: a False that was given is sent.
    names: dict[str, Any] = {
        attribute.name: override(
            rename=_WIRE_NAMES.get((request_class, attribute.name), _camel_case(attribute.name)),
            omit_if_default=attribute.default is None,
        )
        for attribute in attrs.fields(request_class)
    }
    return make_dict_unstructure_fn(request_class, _CONVERTER, **names)


_Writer = Callable[[Any], "dict[str, Any] | list[dict[str, Any]]"]


def _registered_writers() -> Mapping[type[Any], _Writer]:
    writers: dict[type[Any], _Writer] = {}
    for request_class in get_args(Request):
        writers[request_class] = (
            _write_batch if request_class is FuturesBatchOrder else _object_writer(request_class)
        )
        _CONVERTER.register_unstructure_hook(request_class, writers[request_class])
    return MappingProxyType(writers)


def _object_reader(response_class: type[Any]) -> Callable[[Any, Any], Any]:
    names: dict[str, Any] = {
        attribute.name: override(rename=_camel_case(attribute.name))
        for attribute in attrs.fields(response_class)
    }
    read = make_dict_structure_fn(response_class, _CONVERTER, **names)

    def read_object(value: Any, _: object) -> Any:
        if not isinstance(value, dict):
            raise TypeError(f"an object is documented, not {reprlib.repr(value)}")
        return read(value, response_class)

    return read_object


def _write_batch(batch: FuturesBatchOrder) -> list[Any]:
    return [_CONVERTER.unstructure(order) for order in batch.orders]


def _read_batch(value: object, batch_type: Any) -> BatchResult[Any]:
    items_type: Any = GenericAlias(list, get_args(batch_type))
    return BatchResult(_CONVERTER.structure(_array(value), items_type))


def _is_batch(response_type: Any) -> bool:
    return get_origin(response_type) is BatchResult


def _read_ids(value: object, _: object) -> tuple[str, ...]:
    return () if value is None else tuple(_text(item, str) for item in _array(value))


_CONVERTER = cattrs.Converter(unstruct_collection_overrides={tuple: list})
_CONVERTER.register_unstructure_hook(Decimal, _plain)
_CONVERTER.register_unstructure_hook(ClientOrderId, _object_writer(ClientOrderId))
# The converter would look the hook up for each order, which takes as long as writing one.
_WRITERS = _registered_writers()

for _type, _reader in ((str, _text), (int, _integer), (Decimal, _decimal)):
    _CONVERTER.register_structure_hook(_type, _reader)
_CONVERTER.register_structure_hook_func(lambda kind: kind == tuple[str, ...], _read_ids)
_CONVERTER.register_structure_hook_func(_is_batch, _read_batch)
for _response_class in (RateLimit, BatchOrderItem, BatchCancelItem, *RESPONSE_TYPES.values()):
    if not _is_batch(_response_class):
        _CONVERTER.register_structure_hook(_response_class, _object_reader(_response_class))
