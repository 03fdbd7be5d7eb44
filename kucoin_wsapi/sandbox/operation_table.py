"""What the exchange can be asked to do: each operation by its name, and the codes in which it refuses.

The names with a twin on the order socket are KuCoin's; the others, which REST alone has, are the sandbox's own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .futures import FuturesOperations
from .futures_codes import FUTURES_CODES
from .futures_engine import FuturesEngine
from .margin import MarginOperations
from .refusals import MARGIN_CODES, SPOT_CODES, UTA_CODES, Codes
from .spot import SpotOperations
from .spot_bulk import SpotBulkOperations
from .spot_engine import SpotEngine
from .spot_entry import SpotEntry
from .uta import UtaOperations
from .uta_spot import UtaSpot
from .venue import Venue

__all__ = ["Operation", "operation_table"]

Operation = Callable[[str, object], object]


def operation_table(
    venue: Venue, spot_engine: SpotEngine, futures_engine: FuturesEngine
) -> Mapping[str, tuple[Operation, Codes]]:
    """Each operation takes the uid and the decoded args, and returns the data of the answer or raises `Refusal`."""
    entry = SpotEntry(venue, spot_engine)
    spot = SpotOperations(venue, spot_engine, entry)
    bulk = SpotBulkOperations(venue, spot_engine, entry)
    margin = MarginOperations(venue, spot_engine, entry)
    futures = FuturesOperations(venue, futures_engine)
    uta = UtaOperations(venue, UtaSpot(venue, entry), spot_engine, futures_engine)
    return {
        "spot.order": (spot.order, SPOT_CODES),
        "spot.sync_order": (spot.sync_order, SPOT_CODES),
        "spot.modify": (spot.modify, SPOT_CODES),
        "spot.cancel": (spot.cancel, SPOT_CODES),
        "spot.sync_cancel": (spot.sync_cancel, SPOT_CODES),
        "spot.test_order": (bulk.test_order, SPOT_CODES),
        "spot.multi_order": (bulk.multi_order, SPOT_CODES),
        "spot.multi_sync_order": (bulk.multi_sync_order, SPOT_CODES),
        "spot.cancel_size": (bulk.cancel_size, SPOT_CODES),
        "spot.cancel_symbol": (bulk.cancel_symbol, SPOT_CODES),
        "spot.cancel_all": (bulk.cancel_all, SPOT_CODES),
        "margin.order": (margin.order, MARGIN_CODES),
        "margin.cancel": (margin.cancel, MARGIN_CODES),
        "margin.test_order": (margin.test_order, MARGIN_CODES),
        "margin.cancel_symbol": (margin.cancel_symbol, MARGIN_CODES),
        "futures.order": (futures.order, FUTURES_CODES),
        "futures.cancel": (futures.cancel, FUTURES_CODES),
        "futures.multi_order": (futures.multi_order, FUTURES_CODES),
        "futures.multi_cancel": (futures.multi_cancel, FUTURES_CODES),
        "uta.order": (uta.order, UTA_CODES),
        "uta.amend": (uta.amend, UTA_CODES),
        "uta.cancel": (uta.cancel, UTA_CODES),
    }
