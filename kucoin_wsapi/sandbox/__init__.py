"""A local exchange that speaks KuCoin's WebSocket trading API, for trying and testing programs without money.

``with Sandbox() as sandbox:`` serves it on loopback; see `Sandbox`. Importing this package is cheap: aiohttp,
which the server needs (``pip install kucoin_wsapi[sandbox]``), is loaded when `Sandbox` is first asked for.
"""

from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .account_options import Account
    from .faults import Fault
    from .futures_views import Position
    from .keys import ApiKey
    from .ledger import Ledger, Snapshot
    from .orders import Balance, Fill, Liability, OrderStatus, OrderTerms, OrderView
    from .sandbox import Sandbox
    from .symbols import CONTRACTS, SYMBOLS, Contract, SpotSymbol
    from .venue import Switches

__all__ = [
    "CONTRACTS",
    "SYMBOLS",
    "Account",
    "ApiKey",
    "Balance",
    "Contract",
    "Fault",
    "Fill",
    "Ledger",
    "Liability",
    "OrderStatus",
    "OrderTerms",
    "OrderView",
    "Position",
    "Sandbox",
    "Snapshot",
    "SpotSymbol",
    "Switches",
]


_MODULES = MappingProxyType(
    {
        "Account": ".account_options",
        "ApiKey": ".keys",
        "CONTRACTS": ".symbols",
        "Contract": ".symbols",
        "Fault": ".faults",
        "Ledger": ".ledger",
        "Position": ".futures_views",
        "SYMBOLS": ".symbols",
        "Sandbox": ".sandbox",
        "Snapshot": ".ledger",
        "SpotSymbol": ".symbols",
        "Switches": ".venue",
    }
)


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        module = import_module(_MODULES.get(name, ".orders"), __name__)
    except ModuleNotFoundError as error:
        if error.name == "aiohttp":
            raise ImportError("the sandbox needs aiohttp: pip install kucoin_wsapi[sandbox]") from error
        raise
    return getattr(module, name)
