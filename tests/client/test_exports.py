"""What ``from kucoin_wsapi import ...`` offers, and what the package keeps to itself."""

import collections
import importlib
import itertools
import pkgutil
import queue
import threading
import types
import weakref

import kucoin_wsapi
from kucoin_wsapi import (
    account_updates,
    api_client,
    client,
    events,
    exceptions,
    latency,
    market_updates,
    options,
    orders,
    reports,
    responses,
    tracking,
    updates,
)

PUBLIC = [api_client, client, events, exceptions, latency, options, orders, reports, responses]
PUBLIC += [account_updates, market_updates, tracking, updates]
FROM_PRIVATE_MODULES = {
    "Channel",
    "ConnectionState",
    "OrderTracker",
    "ResponseFuture",
    "SubscriptionFuture",
    "Updates",
    "__version__",
}


def test_everything_public_can_be_imported_from_the_package():
    """The union of the public modules' names, and nothing else."""
    union = set().union(*(module.__all__ for module in PUBLIC))

    assert set(kucoin_wsapi.__all__) == union | FROM_PRIVATE_MODULES


def test_the_names_are_sorted_unique_and_there():
    """Upper-case letters first, as Python sorts."""
    names = kucoin_wsapi.__all__

    assert names == sorted(set(names))
    assert [name for name in names if not hasattr(kucoin_wsapi, name)] == []


def test_the_same_name_is_the_same_object():
    """Wherever it is imported from."""
    for module in PUBLIC:
        for name in module.__all__:
            assert getattr(kucoin_wsapi, name) is getattr(module, name)


def test_nothing_else_is_visible():
    """Modules and private names apart: no helper became public by accident, whether it is loaded already or not."""
    not_ours = {"annotations", "Any", "Mapping", "MappingProxyType", "TYPE_CHECKING"}
    visible = {
        name
        for name in dir(kucoin_wsapi)
        if not name.startswith("_") and not isinstance(getattr(kucoin_wsapi, name), types.ModuleType)
    }

    assert visible - not_ours == set(kucoin_wsapi.__all__) - {"__version__"}


def test_every_exception_class_is_public():
    """A program catches by class, so no class may be missing."""
    defined = {
        name
        for name, value in vars(exceptions).items()
        if isinstance(value, type) and issubclass(value, Exception) and not name.startswith("_")
    }

    assert defined == set(exceptions.__all__)


CHANGEABLE = (
    list,
    dict,
    set,
    bytearray,
    collections.deque,
    itertools.count,
    queue.Queue,
    queue.SimpleQueue,
    threading.Event,
    threading.Condition,
    threading.Thread,
    type(threading.Lock()),
    type(threading.RLock()),
    weakref.WeakSet,
    weakref.WeakKeyDictionary,
    weakref.WeakValueDictionary,
)


def test_no_module_of_the_client_holds_state_that_can_change():
    """Two clients in one program share nothing: no container, counter, queue, lock or thread at module level."""
    found = []
    for info in pkgutil.iter_modules(kucoin_wsapi.__path__):
        if info.name in ("__main__", "sandbox"):
            continue
        module = importlib.import_module(f"kucoin_wsapi.{info.name}")
        for name, value in vars(module).items():
            if not name.startswith("__") and isinstance(value, CHANGEABLE):
                found.append(f"{info.name}.{name}")

    assert found == []
