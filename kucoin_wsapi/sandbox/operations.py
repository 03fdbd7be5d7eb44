"""What each operation needs and costs (KuCoin documentation, "Add Order" (3470133w0) and "Rate Limit")."""

from collections.abc import Mapping
from types import MappingProxyType

from attrs import frozen


@frozen
class Operation:
    """What is asked of the gateway: the permission a key needs for it, and the weight it takes from a pool.

    `permission` is None where the product of a UTA request decides. `unified` is whether it is for unified accounts
    (True), classic ones (False) or both. `reports_usage` is whether the reply of the order socket carries
    `userRateLimit`; captured replies of real `futures.order` and UTA operations do not.
    """

    permission: str | None
    pool: str
    weight: int
    unified: bool | None = None
    reports_usage: bool = True


OPERATIONS: Mapping[str, Operation] = MappingProxyType(
    {
        "spot.order": Operation("Spot", "spot", 1, unified=False),
        "spot.sync_order": Operation("Spot", "spot", 1, unified=False),
        "spot.modify": Operation("Spot", "spot", 1, unified=False),
        "spot.cancel": Operation("Spot", "spot", 1, unified=False),
        "spot.sync_cancel": Operation("Spot", "spot", 1, unified=False),
        "margin.order": Operation("Margin", "spot", 2, unified=False),
        "margin.cancel": Operation("Margin", "spot", 2, unified=False),
        "futures.order": Operation("Futures", "futures", 2, unified=False, reports_usage=False),
        "futures.cancel": Operation("Futures", "futures", 1, unified=False),
        "futures.multi_order": Operation("Futures", "futures", 20, unified=False),
        "futures.multi_cancel": Operation("Futures", "futures", 20, unified=False),
        "uta.order": Operation(None, "uta", 1, unified=True, reports_usage=False),
        "uta.cancel": Operation(None, "uta", 1, unified=True, reports_usage=False),
        "uta.amend": Operation(None, "uta", 2, unified=True, reports_usage=False),
    }
)

# What REST alone has.
REST_OPERATIONS: Mapping[str, Operation] = MappingProxyType(
    {
        "spot.test_order": Operation("Spot", "spot", 1, unified=False),
        "spot.multi_order": Operation("Spot", "spot", 1, unified=False),
        "spot.multi_sync_order": Operation("Spot", "spot", 1, unified=False),
        "spot.cancel_size": Operation("Spot", "spot", 2, unified=False),
        "spot.cancel_symbol": Operation("Spot", "spot", 2, unified=False),
        "spot.cancel_all": Operation("Spot", "spot", 30, unified=False),
        "margin.test_order": Operation("Margin", "spot", 2, unified=False),
        "margin.cancel_symbol": Operation("Margin", "spot", 5, unified=False),
    }
)

_PERMISSION_OF_TRADE_TYPE = MappingProxyType(
    {"SPOT": "Spot", "FUTURES": "Futures", "MARGIN": "Margin", "CROSS": "Margin", "ISOLATED": "Margin"}
)


def is_permitted(operation: Operation, args: object, permissions: frozenset[str]) -> bool:
    """Whether a key with `permissions` may ask for `operation` with `args`.

    A UTA request needs the permission of its product. One that names none (`uta.amend` need not) is let
    through for every key that may trade anything.
    """
    if operation.permission is not None:
        return operation.permission in permissions
    trade_type = args.get("tradeType") if isinstance(args, dict) else None
    needed = _PERMISSION_OF_TRADE_TYPE.get(trade_type) if isinstance(trade_type, str) else None
    if needed is not None:
        return needed in permissions
    return not permissions.isdisjoint(("Spot", "Margin", "Futures"))
