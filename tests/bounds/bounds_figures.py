"""What is measured of a process, and of the exchange's process that it talks to: how it is started."""

from __future__ import annotations

import contextlib
import gc
import os
import ssl
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import trustme
from attrs import frozen

HERE = Path(__file__).parent


@frozen
class Figures:
    """What this process holds, after a collection.

    Attributes:
        resident: KiB of memory.
        blocks: memory blocks that Python has allocated: no leak is without some.
        objects: objects that the collector knows.
        ours: those of them that are of this package.
        threads, descriptors: of the process.
    """

    resident: int
    blocks: int
    objects: int
    ours: int
    threads: int
    descriptors: int

    @classmethod
    def now(cls) -> Figures:
        """As they are."""
        gc.collect()
        objects = gc.get_objects()
        ours = sum(
            str(getattr(type(thing), "__module__", "")).startswith("kucoin_wsapi") for thing in objects
        )
        known = len(objects)
        del objects
        with open("/proc/self/statm") as statm:
            resident = int(statm.read().split()[1]) * os.sysconf("SC_PAGESIZE") // 1024
        return cls(
            resident=resident,
            blocks=sys.getallocatedblocks(),
            objects=known,
            ours=ours,
            threads=len(os.listdir("/proc/self/task")),
            descriptors=len(os.listdir("/proc/self/fd")),
        )

    def __str__(self) -> str:
        return (
            f"{self.resident:>8} KiB {self.blocks:>8} blocks {self.objects:>8} objects {self.ours:>5} ours"
            f" {self.threads:>3} threads {self.descriptors:>3} descriptors"
        )


@frozen
class Bounds:
    """By how much figures may grow from the first to the last measurement; threads and descriptors: not at all."""

    resident: int
    blocks: int
    ours: int = 30  # those of an event that was delivered last, of an attempt that has just ended

    def broken_by(self, points: list[Figures]) -> list[str]:
        """What is not flat."""
        first, last = points[0], points[-1]
        grown = [
            ("KiB resident", last.resident - first.resident, self.resident),
            ("blocks", last.blocks - first.blocks, self.blocks),
            ("objects", last.objects - first.objects, self.blocks),
            ("objects of the package", last.ours - first.ours, self.ours),
            ("threads", last.threads - first.threads, 0),
            ("descriptors", last.descriptors - first.descriptors, 0),
        ]
        return [f"{by} more {what} (allowed: {most})" for what, by, most in grown if by > most]


@contextlib.contextmanager
def exchange_process(*, tls: bool = False) -> Iterator[dict[str, Any]]:
    """An exchange in a process of its own; gives the options of its clients."""
    with tempfile.TemporaryDirectory() as directory:
        options: dict[str, Any] = {"api_key": "key", "api_secret": "secret", "api_passphrase": "passphrase"}
        arguments: list[str] = []
        if tls:
            authority = trustme.CA()
            pem = str(Path(directory, "exchange.pem"))
            authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(pem)
            arguments.append(pem)
            options["ssl_context"] = ssl.create_default_context()
            authority.configure_trust(options["ssl_context"])
        program = [sys.executable, str(HERE / "bounds_exchange.py"), *arguments]
        with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            port = int(process.stdout.readline())
            try:
                yield options | {"ws_url": f"{'wss' if tls else 'ws'}://127.0.0.1:{port}"}
            finally:
                process.stdin.close()


def eventually(condition: Callable[[], Any], what: str, patience: float = 30.0) -> None:
    """Wait until a condition that no event tells of becomes true."""
    pause, tries = threading.Event(), int(patience / 0.005)
    for _ in range(tries):
        if condition():
            return
        pause.wait(0.005)
    raise AssertionError(f"{what} did not come within {patience:g} s")
