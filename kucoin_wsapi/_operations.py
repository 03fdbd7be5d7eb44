"""What an operation does to orders, by its name.

KuCoin documentation, the pages of the operations: ``product.word``, and the word means the same for every product.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType

__all__ = ["Action", "action_of"]


class Action(Enum):
    """What is asked of the exchange.

    ``REPLACE`` is the cancel of one order and a new one; ``AMEND`` leaves the order the same.
    """

    PLACE = "place an order"
    PLACE_MANY = "place several orders"
    AMEND = "change an order"
    REPLACE = "replace an order"
    CANCEL = "cancel an order"
    CANCEL_MANY = "cancel several orders"

    @property
    def cancels(self) -> bool:
        """Whether it does nothing but cancel."""
        return self in (Action.CANCEL, Action.CANCEL_MANY)

    @property
    def places(self) -> bool:
        """Whether all that it is about are new orders."""
        return self in (Action.PLACE, Action.PLACE_MANY)


_ACTIONS: Mapping[str, Action] = MappingProxyType(
    {
        "order": Action.PLACE,
        "sync_order": Action.PLACE,
        "multi_order": Action.PLACE_MANY,
        "amend": Action.AMEND,
        "modify": Action.REPLACE,
        "cancel": Action.CANCEL,
        "sync_cancel": Action.CANCEL,
        "multi_cancel": Action.CANCEL_MANY,
    }
)


def action_of(op: str) -> Action | None:
    """What an operation does; None for one that is newer than this package, unless its name says that it cancels."""
    word = op.rpartition(".")[2]
    return _ACTIONS.get(word, Action.CANCEL_MANY if word.endswith("cancel") else None)
