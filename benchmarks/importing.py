"""What it costs to import the package: ``python -m benchmarks.importing``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from typing import Any

__all__ = ["importing"]

_IMPORT_CLIENT = "from kucoin_wsapi import WebsocketAPIClient"
_STATEMENTS = (
    "import kucoin_wsapi",
    _IMPORT_CLIENT,
    f"{_IMPORT_CLIENT}; WebsocketAPIClient(api_key='key', api_secret='secret', api_passphrase='passphrase')",
)
_BARE = "pass"
_LOADED = "import json, sys; print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"

Figures = dict[str, Any]


def importing(runs: int = 20) -> list[Figures]:
    """One row for each statement: how many ms it takes above bare Python, and the third-party packages that it loads.

    The statements take turns, and the fastest run of each counts: whatever else the machine does only slows them down.
    """
    with tempfile.TemporaryDirectory() as cache:
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": cache}
        # An installed package has its bytecode; here the first run, which is not counted, writes it.
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        loaded = {statement: _loaded(statement, environment) for statement in (_BARE, *_STATEMENTS)}
        fastest = dict.fromkeys(loaded, float("inf"))
        for _ in range(runs):
            for statement in fastest:
                fastest[statement] = min(fastest[statement], _seconds(statement, environment))
    known = loaded[_BARE] | sys.stdlib_module_names | {"kucoin_wsapi"}
    return [
        {
            "statement": statement,
            "ms": (fastest[statement] - fastest[_BARE]) * 1e3,
            "packages": sorted(loaded[statement] - known),
        }
        for statement in _STATEMENTS
    ]


def _loaded(statement: str, environment: Mapping[str, str]) -> set[str]:
    return set(json.loads(_run(f"{statement}\n{_LOADED}", environment)))


def _seconds(statement: str, environment: Mapping[str, str]) -> float:
    start = time.perf_counter()
    _run(statement, environment)
    return time.perf_counter() - start


def _run(program: str, environment: Mapping[str, str]) -> str:
    command = [sys.executable, "-c", program]
    # Each program is written above.
    return subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout


if __name__ == "__main__":
    for row in importing():
        print(
            f"{row['ms']:6.1f} ms above bare Python, with {', '.join(row['packages']) or 'no other package'}"
        )
        print(f"          {row['statement']}")
