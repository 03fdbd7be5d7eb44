"""The push connections of one client: which there are, and who handles what they bring."""

from __future__ import annotations

import functools
import os
import ssl
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Sequence

from ._announcing import Announcer
from ._callbacks import CallbackThread
from ._dispatching import Dispatcher, Handler, TopicHandlers
from ._loop import Setting
from ._process import FORKED
from ._push_gates import push_gate
from ._stream import Stream
from ._subscribing import SubscriptionCall, SubscriptionFuture
from ._subscriptions import Kind
from ._topics import Channel, topics_of
from ._update_queue import UpdateBuffer, Updates
from .events import ConnectionEvent, ExceptionEvent, Listeners
from .exceptions import InvalidRequestError, TransportError
from .options import Credentials, Options, WsKey

__all__ = ["PushStreams", "TopicsGiven"]

TopicsGiven = str | Channel | Iterable[str | Channel]


class PushStreams:
    """The push connections by key, and their handlers. Thread-safe. Held by the client only, which it does not know.

    ``_lock`` guards ``_streams``, ``_handlers``, ``_buffers`` and ``_closed``, after which nothing is added.
    """

    def __init__(
        self,
        credentials: Credentials | None,
        options: Options,
        listeners: Listeners,
        announcer: Announcer,
        ssl_context: Callable[[], ssl.SSLContext],
        thread_name: Callable[[str], str],
        notice: Callable[[ConnectionEvent], object] = lambda _: None,
    ) -> None:
        """``thread_name(kind)`` makes a name for a thread; ``notice`` is told of connections on their loop threads."""
        self._credentials = credentials
        self._options = options
        self._listeners = listeners
        self._announcer = announcer
        self._ssl_context = ssl_context
        self._thread_name = thread_name
        self._notice = notice
        self._pid = os.getpid()
        self._lock = threading.RLock()
        self._streams: dict[WsKey, Stream] = {}
        self._handlers: dict[WsKey, TopicHandlers] = {}
        self._buffers: weakref.WeakSet[UpdateBuffer] = weakref.WeakSet()
        self._closed = False

    # Subscriptions

    def subscribe(
        self, client: object, given: TopicsGiven, key: WsKey, handler: Handler | None, timeout: float
    ) -> SubscriptionFuture:
        """See ``WebsocketClient.subscribe``; a pending future keeps ``client`` alive."""
        if handler is not None and not callable(handler):
            raise InvalidRequestError(f"handler: a function is needed, not {handler!r}", field="handler")
        call = self._call("subscribe", given, key, timeout, handler)
        stream = self.open(key)
        if stream is None or os.getpid() != self._pid:
            call.settle(call.error("the client is closed" if os.getpid() == self._pid else FORKED))
            return call.future
        call.future._bind(client, functools.partial(stream.withdraw, call))
        stream.subscribe(call)
        return call.future

    def unsubscribe(
        self, client: object, given: TopicsGiven, key: WsKey, timeout: float
    ) -> SubscriptionFuture:
        """See ``WebsocketClient.unsubscribe``."""
        call = self._call("unsubscribe", given, key, timeout)
        stream = self._streams.get(key)
        if os.getpid() != self._pid:
            call.settle(call.error(FORKED))
            return call.future
        if stream is None:
            call.settle(None)
            return call.future
        call.future._bind(client, functools.partial(stream.withdraw, call))
        stream.unsubscribe(call)
        return call.future

    def _call(
        self, kind: Kind, given: TopicsGiven, key: WsKey, timeout: float, handler: Handler | None = None
    ) -> SubscriptionCall:
        topics = topics_of(given, key.value)
        if key.is_private and self._credentials is None:
            raise InvalidRequestError(f"ws_key: {key.value} needs an API key", field="ws_key")
        future = SubscriptionFuture(self._announcer.callbacks.submit)
        return SubscriptionCall(kind, key, topics, future, time.monotonic() + timeout, handler)

    def topics(self, key: WsKey) -> tuple[str, ...]:
        """What is subscribed on a key, or will be when it is connected."""
        stream = self._streams.get(key)
        return () if stream is None else stream.topics

    def has(self, given: TopicsGiven, key: WsKey) -> bool:
        """Whether all these are among ``topics``."""
        return {topic.key for topic in topics_of(given, key.value)} <= set(self.topics(key))

    def handle(self, given: TopicsGiven, key: WsKey, handler: Handler) -> None:
        """Have the updates of these topics handled, once each; it subscribes to nothing."""
        handlers = self._handlers_of(key)
        topics = [topic.key for topic in topics_of(given, key.value)]
        handlers.add(handler, [topic for topic in topics if handler not in handlers.of(topic)])

    def updates(self, key: WsKey, given: TopicsGiven | None) -> Updates:
        """See ``WebsocketClient.updates``."""
        if key.is_for_orders:
            raise InvalidRequestError(
                f"ws_key: {key.value} is for orders, and has no updates", field="ws_key"
            )
        topics = None if given is None else [topic.key for topic in topics_of(given, key.value)]
        if os.getpid() != self._pid:
            raise TransportError(FORKED)
        handlers = self._handlers_of(key)
        buffer = UpdateBuffer(bounded=not key.is_private)
        forget = functools.partial(_forget, weakref.ref(handlers), weakref.ref(buffer), topics)
        updates = Updates(buffer, forget)
        buffer.end_with(updates, forget)
        handlers.add(buffer.put, topics)
        with self._lock:
            self._buffers.add(buffer)
            closed = self._closed
        if closed:
            updates.close()
        return updates

    # Connections

    def open(self, key: WsKey, *, instead_of_ended: bool = False) -> Stream | None:
        """The connection of a key, made if there is none; None when the client is closed."""
        if os.getpid() != self._pid:
            return self._streams.get(key)  # which refuses; the lock may have been held at the fork
        with self._lock:
            if self._closed:
                return None
            stream = self._streams.get(key)
            if stream is None or (instead_of_ended and stream.ended):
                stream = self._streams[key] = self._new(key, stream)
            return stream

    def _new(self, key: WsKey, predecessor: Stream | None) -> Stream:
        setting = Setting(
            key,
            name=self._thread_name(key.value),
            options=self._options,
            gate=push_gate(key, self._credentials, self._options),
            ssl_context=self._ssl_context,
            emit=self._emit(),
        )
        announcer = self._announcer

        def report(error: BaseException) -> None:
            announcer.emit(ExceptionEvent(key, error))

        thread = CallbackThread(functools.partial(self._thread_name, f"{key.value}-updates"), report)
        handlers = self._handlers_of(key)
        dispatcher = Dispatcher(thread, self._listeners, handlers, bounded=not key.is_private)
        return Stream(setting, dispatcher, predecessor=predecessor)

    def _emit(self) -> Callable[[ConnectionEvent | ExceptionEvent], None]:
        announcer, notice = self._announcer, self._notice

        def emit(event: ConnectionEvent | ExceptionEvent) -> None:
            if isinstance(event, ConnectionEvent):
                notice(event)
            announcer.emit(event)

        return emit

    def _handlers_of(self, key: WsKey) -> TopicHandlers:
        with self._lock:
            return self._handlers.setdefault(key, TopicHandlers())

    def of(self, key: WsKey) -> Stream | None:
        """The connection of a key, if there is one."""
        return self._streams.get(key)

    @property
    def all(self) -> list[tuple[WsKey, Stream]]:
        """The connections that there are."""
        return list(self._streams.items())

    def close(self) -> list[Stream]:
        """Close all, and add no more; returns what is to be joined."""
        with self._lock:
            self._closed = True
            streams = list(self._streams.values())
        self._close_buffers()
        for stream in streams:
            stream.ask_to_close()
        return streams

    def _close_buffers(self) -> None:
        for buffer in list(self._buffers):
            buffer.close()

    def abandon(self) -> None:
        """``close`` for a finaliser: takes no lock that is held for long."""
        self._close_buffers()
        for stream in list(self._streams.values()):
            stream.abandon()


def _forget(
    handlers: weakref.ref[TopicHandlers], buffer: weakref.ref[UpdateBuffer], topics: Sequence[str] | None
) -> None:
    """An iterator takes no more updates. Weakly, because one that somebody holds must not hold all other handlers."""
    there, filled = handlers(), buffer()
    if there is not None and filled is not None:
        there.remove(filled.put, topics)
