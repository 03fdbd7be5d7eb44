"""Builds and runs ``server.c``: a compiled server that answers at once, pinned to one core."""

from __future__ import annotations

import contextlib
import os
import ssl
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from attrs import frozen

__all__ = ["ORDER", "Certificates", "Server", "built", "running", "trusting"]

# What every contender asks it for, as the exchange names it.
ORDER = {
    "symbol": "BTC-USDT",
    "side": "buy",
    "type": "limit",
    "clientOid": "3f1c9f5e6b0b4d2f8a7d5c4e3b2a1908",
    "price": "20000",
    "size": "0.0001",
}

_SOURCE = Path(__file__).with_name("server.c")


@frozen
class Server:
    """One that runs. ``url`` is its base; ``ca`` the file with the authority that a TLS client has to trust."""

    url: str
    ca: str | None


@frozen
class Certificates:
    """Files of a throw-away authority, and of a certificate for loopback that it has signed."""

    ca: Path
    chain: Path
    key: Path

    @classmethod
    def made_in(cls, directory: Path) -> Certificates:
        """Issue them."""
        import trustme  # here, because what it stands on is not there for every Python that can be measured

        authority = trustme.CA()
        leaf = authority.issue_cert("localhost", "127.0.0.1")
        files = cls(directory / "ca.pem", directory / "chain.pem", directory / "key.pem")
        authority.cert_pem.write_to_path(str(files.ca))
        leaf.private_key_pem.write_to_path(str(files.key))
        files.chain.write_bytes(b"".join(blob.bytes() for blob in leaf.cert_chain_pems))
        return files


@contextlib.contextmanager
def built() -> Iterator[Path]:
    """The program, compiled into a directory that is gone afterwards; it needs a C compiler and OpenSSL's headers."""
    with tempfile.TemporaryDirectory() as directory:
        program = Path(directory) / "server"
        compiler = os.environ.get("CC", "cc")
        command = [compiler, "-O2", "-o", str(program), str(_SOURCE), "-lssl", "-lcrypto"]
        subprocess.run(command, check=True)
        yield program


@contextlib.contextmanager
def running(
    program: Path, core: int, *, updates_per_second: int = 5000, certificates: Certificates | None = None
) -> Iterator[Server]:
    """One server on ``core``."""
    command = [str(program), str(updates_per_second)]
    if certificates is not None:
        command += [str(certificates.chain), str(certificates.key)]
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    os.sched_setaffinity(process.pid, {core})
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        port = int(process.stdout.readline())
        scheme, ca = ("ws", None) if certificates is None else ("wss", str(certificates.ca))
        yield Server(f"{scheme}://127.0.0.1:{port}", ca)
        process.stdin.close()


def trusting(ca: str | None) -> ssl.SSLContext | None:
    """A context that trusts the authority; None where there is no TLS."""
    return None if ca is None else ssl.create_default_context(cafile=ca)
