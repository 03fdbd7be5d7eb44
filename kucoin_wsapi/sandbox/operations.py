"""What each operation of the order socket needs and costs (KuCoin documentation, "Add Order" (3470133w0) and
"Rate Limit")."""

from collections.abc import Mapping
from types import MappingProxyType

from attrs import frozen


@frozen
class Operation:
    """One operation: the permission its key needs, and the weight it takes from a pool.

    `permission` is None for UTA, where the product decides. `reports_usage` is whether the reply carries
    `userRateLimit`; captured replies of real `futures.order` and UTA operations do not.
    """

    permission: str | None
    pool: str
    weight: int
    reports_usage: bool = True


OPERATIONS: Mapping[str, Operation] = MappingProxyType(
    {
        "spot.order": Operation("Spot", "spot", 1),
        "spot.sync_order": Operation("Spot", "spot", 1),
        "spot.modify": Operation("Spot", "spot", 1),
        "spot.cancel": Operation("Spot", "spot", 1),
        "spot.sync_cancel": Operation("Spot", "spot", 1),
        "margin.order": Operation("Margin", "spot", 2),
        "margin.cancel": Operation("Margin", "spot", 2),
        "futures.order": Operation("Futures", "futures", 2, reports_usage=False),
        "futures.cancel": Operation("Futures", "futures", 1),
        "futures.multi_order": Operation("Futures", "futures", 20),
        "futures.multi_cancel": Operation("Futures", "futures", 20),
        "uta.order": Operation(None, "uta", 1, reports_usage=False),
        "uta.cancel": Operation(None, "uta", 1, reports_usage=False),
        "uta.amend": Operation(None, "uta", 2, reports_usage=False),
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
