"""A TCP relay on loopback that can lose what passes through it: replies, requests, or the connection."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable


class Relay:
    """Passes bytes on between a client and ``port``; every method may be called from any thread.

    ``replies_lost`` and ``requests_lost`` are switches: while set, what comes from there is read and thrown away.
    """

    def __init__(self, port: int) -> None:
        self.replies_lost = threading.Event()
        self.requests_lost = threading.Event()
        self._target = port
        self._lock = threading.Lock()  # guards the two lists, and the flag
        self._closed = False  # never unset: what is accepted afterwards would be closed by nobody
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._start(self._accept)

    def _start(self, target: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, name="relay")
        with self._lock:
            self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                with contextlib.ExitStack() as unless_kept:
                    unless_kept.enter_context(client)
                    server = unless_kept.enter_context(socket.create_connection(("127.0.0.1", self._target)))
                    with self._lock:
                        if self._closed:
                            return
                        self._sockets += [client, server]
                        unless_kept.pop_all()
                self._start(self._pump, client, server, self.requests_lost)
                self._start(self._pump, server, client, self.replies_lost)

    @staticmethod
    def _pump(source: socket.socket, sink: socket.socket, lost: threading.Event) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if not lost.is_set():
                    sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)

    def cut(self) -> None:
        """End every connection that there is; new ones are accepted."""
        with self._lock:
            sockets, self._sockets = self._sockets, []
        for sock in sockets:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()

    def close(self) -> None:
        """End everything."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            self._closed = True
        self.cut()
        for thread in self._threads:
            thread.join()
