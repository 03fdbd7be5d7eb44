"""Trade on KuCoin over its WebSocket API, synchronously, from any thread.

``WebsocketAPIClient`` has one typed method per operation, each returning a ``concurrent.futures.Future``;
``WebsocketClient`` inside it sends raw requests and has the events. ``kucoin_wsapi.exceptions`` says what may have
become of an order that did not succeed.
"""

from __future__ import annotations

import importlib
import logging
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ._version import __version__

if TYPE_CHECKING:
    from ._calls import ResponseFuture
    from ._order_tracker import OrderTracker
    from ._states import ConnectionState
    from ._subscribing import SubscriptionFuture
    from ._topics import Channel
    from ._update_queue import Updates
    from .account_updates import (
        BalanceUpdate,
        Execution,
        Fill,
        FundingSettlement,
        MarginDebt,
        OrderUpdate,
        PositionUpdate,
        WalletUpdate,
    )
    from .api_client import WebsocketAPIClient
    from .client import WebsocketClient
    from .events import ConnectionEvent, ExceptionEvent
    from .exceptions import (
        AuthenticationError,
        BatchError,
        CallError,
        ClientClosedError,
        ConfigurationError,
        ConnectionLostError,
        DeadManSwitchError,
        DuplicateClientOidError,
        InsufficientFundsError,
        InvalidOrderError,
        InvalidRequestError,
        KucoinError,
        LookUpError,
        MarketUnavailableError,
        NotReadyError,
        NotSentError,
        OpenOrderLimitError,
        OrderNotCancellableError,
        OrderNotFoundError,
        OrderStateError,
        OutcomeUnknownError,
        PacingError,
        PermissionDeniedError,
        ProtocolError,
        RateLimitedError,
        RejectedError,
        ReplacementFailedError,
        ReplyTimeoutError,
        ServerFaultError,
        SlowConsumerError,
        StaleRequestError,
        SubscriptionError,
        TooManyInFlightError,
        TrackingError,
        TrackingTimeoutError,
        TransportError,
        UnreadableReplyError,
    )
    from .latency import LatencyReport, LatencySummary, OperationLatency
    from .market_updates import (
        BookChange,
        BookLevel,
        BookSnapshot,
        MarketTrade,
        MarkPrice,
        Ticker,
    )
    from .options import (
        Backoff,
        Credentials,
        DeadManSwitch,
        Options,
        WsKey,
    )
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
    from .reports import (
        OrderReport,
        OrderReportState,
        Quota,
        Resolution,
    )
    from .responses import (
        BatchCancelItem,
        BatchItem,
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
        WSAPIResponse,
    )
    from .tracking import TrackedOrder, TrackedState, TrackingStage
    from .updates import Update

__all__ = [
    "AuthenticationError",
    "Backoff",
    "BalanceUpdate",
    "BatchCancelItem",
    "BatchError",
    "BatchItem",
    "BatchOrderItem",
    "BatchResult",
    "BookChange",
    "BookLevel",
    "BookSnapshot",
    "CallError",
    "CancelAck",
    "Channel",
    "ClientClosedError",
    "ClientOrderId",
    "ConfigurationError",
    "ConnectionEvent",
    "ConnectionLostError",
    "ConnectionState",
    "Credentials",
    "DeadManSwitch",
    "DeadManSwitchError",
    "DuplicateClientOidError",
    "ExceptionEvent",
    "Execution",
    "Fill",
    "FundingSettlement",
    "FuturesBatchCancel",
    "FuturesBatchOrder",
    "FuturesCancel",
    "FuturesCancelAck",
    "FuturesOrder",
    "InsufficientFundsError",
    "InvalidOrderError",
    "InvalidRequestError",
    "KucoinError",
    "LatencyReport",
    "LatencySummary",
    "LookUpError",
    "MarginCancel",
    "MarginDebt",
    "MarginOrder",
    "MarginOrderAck",
    "MarkPrice",
    "MarketTrade",
    "MarketUnavailableError",
    "ModifyAck",
    "NotReadyError",
    "NotSentError",
    "OpenOrderLimitError",
    "OperationLatency",
    "Options",
    "OrderAck",
    "OrderNotCancellableError",
    "OrderNotFoundError",
    "OrderReport",
    "OrderReportState",
    "OrderStateError",
    "OrderTracker",
    "OrderUpdate",
    "OutcomeUnknownError",
    "PacingError",
    "PermissionDeniedError",
    "PositionUpdate",
    "ProtocolError",
    "Quota",
    "RateLimit",
    "RateLimitedError",
    "RejectedError",
    "ReplacementFailedError",
    "ReplyTimeoutError",
    "Request",
    "Resolution",
    "ResponseFuture",
    "ServerFaultError",
    "SlowConsumerError",
    "SpotCancel",
    "SpotModify",
    "SpotOrder",
    "StaleRequestError",
    "SubscriptionError",
    "SubscriptionFuture",
    "SyncCancelResult",
    "SyncOrderResult",
    "Ticker",
    "TooManyInFlightError",
    "TrackedOrder",
    "TrackedState",
    "TrackingError",
    "TrackingStage",
    "TrackingTimeoutError",
    "TransportError",
    "UnreadableReplyError",
    "Update",
    "Updates",
    "UtaAck",
    "UtaAmend",
    "UtaAmendAck",
    "UtaCancel",
    "UtaOrder",
    "WSAPIResponse",
    "WalletUpdate",
    "WebsocketAPIClient",
    "WebsocketClient",
    "WsKey",
    "__version__",
]

# Where each public name is. Loading all of them takes longer than most programs that import the package run.
_MODULES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "_calls": ("ResponseFuture",),
        "_order_tracker": ("OrderTracker",),
        "_states": ("ConnectionState",),
        "_subscribing": ("SubscriptionFuture",),
        "_topics": ("Channel",),
        "_update_queue": ("Updates",),
        "account_updates": (
            "BalanceUpdate",
            "Execution",
            "Fill",
            "FundingSettlement",
            "MarginDebt",
            "OrderUpdate",
            "PositionUpdate",
            "WalletUpdate",
        ),
        "api_client": ("WebsocketAPIClient",),
        "client": ("WebsocketClient",),
        "events": (
            "ConnectionEvent",
            "ExceptionEvent",
        ),
        "exceptions": (
            "AuthenticationError",
            "BatchError",
            "CallError",
            "ClientClosedError",
            "ConfigurationError",
            "ConnectionLostError",
            "DeadManSwitchError",
            "DuplicateClientOidError",
            "InsufficientFundsError",
            "InvalidOrderError",
            "InvalidRequestError",
            "KucoinError",
            "LookUpError",
            "MarketUnavailableError",
            "NotReadyError",
            "NotSentError",
            "OpenOrderLimitError",
            "OrderNotCancellableError",
            "OrderNotFoundError",
            "OrderStateError",
            "OutcomeUnknownError",
            "PacingError",
            "PermissionDeniedError",
            "ProtocolError",
            "RateLimitedError",
            "RejectedError",
            "ReplacementFailedError",
            "ReplyTimeoutError",
            "ServerFaultError",
            "SlowConsumerError",
            "StaleRequestError",
            "SubscriptionError",
            "TooManyInFlightError",
            "TrackingError",
            "TrackingTimeoutError",
            "TransportError",
            "UnreadableReplyError",
        ),
        "latency": ("LatencyReport", "LatencySummary", "OperationLatency"),
        "market_updates": (
            "BookChange",
            "BookLevel",
            "BookSnapshot",
            "MarketTrade",
            "MarkPrice",
            "Ticker",
        ),
        "options": (
            "Backoff",
            "Credentials",
            "DeadManSwitch",
            "Options",
            "WsKey",
        ),
        "orders": (
            "ClientOrderId",
            "FuturesBatchCancel",
            "FuturesBatchOrder",
            "FuturesCancel",
            "FuturesOrder",
            "MarginCancel",
            "MarginOrder",
            "Request",
            "SpotCancel",
            "SpotModify",
            "SpotOrder",
            "UtaAmend",
            "UtaCancel",
            "UtaOrder",
        ),
        "reports": (
            "OrderReport",
            "OrderReportState",
            "Quota",
            "Resolution",
        ),
        "responses": (
            "BatchCancelItem",
            "BatchItem",
            "BatchOrderItem",
            "BatchResult",
            "CancelAck",
            "FuturesCancelAck",
            "MarginOrderAck",
            "ModifyAck",
            "OrderAck",
            "RateLimit",
            "SyncCancelResult",
            "SyncOrderResult",
            "UtaAck",
            "UtaAmendAck",
            "WSAPIResponse",
        ),
        "tracking": (
            "TrackedOrder",
            "TrackedState",
            "TrackingStage",
        ),
        "updates": ("Update",),
    }
)
_MODULE_OF = MappingProxyType({name: module for module, names in _MODULES.items() for name in names})

if not TYPE_CHECKING:  # a type checker would take it that there is every name

    def __getattr__(name: str) -> Any:
        """A public name, or a public module, at its first use."""
        module = _MODULE_OF.get(name)
        if module is not None:
            value = getattr(importlib.import_module(f".{module}", __name__), name)
            globals()[name] = value  # so that this is not asked for it again
            return value
        if name in _MODULES and not name.startswith("_"):
            return importlib.import_module(f".{name}", __name__)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *(name for name in _MODULES if not name.startswith("_"))})


# A library says nothing of its own accord; where its log lines go is the application's to say.
logging.getLogger(__name__).addHandler(logging.NullHandler())
