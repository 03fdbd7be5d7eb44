"""Trade on KuCoin over its WebSocket API, synchronously, from any thread.

``WebsocketAPIClient`` has one typed method per operation, each returning a ``concurrent.futures.Future``;
``WebsocketClient`` inside it sends raw requests and has the events. ``kucoin_wsapi.exceptions`` says what may have
become of an order that did not succeed.
"""

from __future__ import annotations

import logging

from ._calls import ResponseFuture
from ._states import ConnectionState
from ._version import __version__
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
    DuplicateClientOidError,
    InsufficientFundsError,
    InvalidOrderError,
    InvalidRequestError,
    KucoinError,
    MarketUnavailableError,
    NotReadyError,
    NotSentError,
    OpenOrderLimitError,
    OrderNotCancellableError,
    OrderNotFoundError,
    OrderStateError,
    OutcomeUnknownError,
    PermissionDeniedError,
    ProtocolError,
    RateLimitedError,
    RejectedError,
    ReplyTimeoutError,
    ServerFaultError,
    StaleRequestError,
    TooManyInFlightError,
    TransportError,
    UnreadableReplyError,
)
from .options import (
    Backoff,
    Credentials,
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

__all__ = [
    "AuthenticationError",
    "Backoff",
    "BatchCancelItem",
    "BatchError",
    "BatchItem",
    "BatchOrderItem",
    "BatchResult",
    "CallError",
    "CancelAck",
    "ClientClosedError",
    "ClientOrderId",
    "ConfigurationError",
    "ConnectionEvent",
    "ConnectionLostError",
    "ConnectionState",
    "Credentials",
    "DuplicateClientOidError",
    "ExceptionEvent",
    "FuturesBatchCancel",
    "FuturesBatchOrder",
    "FuturesCancel",
    "FuturesCancelAck",
    "FuturesOrder",
    "InsufficientFundsError",
    "InvalidOrderError",
    "InvalidRequestError",
    "KucoinError",
    "MarginCancel",
    "MarginOrder",
    "MarginOrderAck",
    "MarketUnavailableError",
    "ModifyAck",
    "NotReadyError",
    "NotSentError",
    "OpenOrderLimitError",
    "Options",
    "OrderAck",
    "OrderNotCancellableError",
    "OrderNotFoundError",
    "OrderStateError",
    "OutcomeUnknownError",
    "PermissionDeniedError",
    "ProtocolError",
    "RateLimit",
    "RateLimitedError",
    "RejectedError",
    "ReplyTimeoutError",
    "Request",
    "ResponseFuture",
    "ServerFaultError",
    "SpotCancel",
    "SpotModify",
    "SpotOrder",
    "StaleRequestError",
    "SyncCancelResult",
    "SyncOrderResult",
    "TooManyInFlightError",
    "TransportError",
    "UnreadableReplyError",
    "UtaAck",
    "UtaAmend",
    "UtaAmendAck",
    "UtaCancel",
    "UtaOrder",
    "WSAPIResponse",
    "WebsocketAPIClient",
    "WebsocketClient",
    "WsKey",
    "__version__",
]

# A library says nothing of its own accord; where its log lines go is the application's to say.
logging.getLogger(__name__).addHandler(logging.NullHandler())
del logging
