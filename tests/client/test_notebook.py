"""A notebook trades: run headless, with a real kernel, against the sandbox."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from scripted_exchange import ScriptedExchange, stay_silent

from kucoin_wsapi.sandbox import Sandbox

# In a process of its own, because the kernel's client leaves sockets behind until its process ends.
_RUNNER = """
import json, sys
import nbformat
from nbclient import NotebookClient

cells = json.load(sys.stdin)
book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells])
NotebookClient(
    book,
    kernel_name="python3",
    allow_errors=True,
    interrupt_on_timeout=True,
    timeout_func=lambda cell: 2 if "# interrupt" in cell.source else 60,
).execute()
print(json.dumps([cell.outputs for cell in book.cells]))
"""

_SETUP = """
import asyncio, gc, threading
from kucoin_wsapi import *
ORDER = dict(symbol="BTC-USDT", side="buy", type="limit", price="20000", size="0.001")
def ours():
    gc.collect()
    return sorted(t.name for t in threading.enumerate() if t.name.startswith("kucoin-wsapi-"))
"""

_TRADE = """
client = WebsocketAPIClient(**OPTIONS, attach_event_listeners=False)
response = client.submit_new_spot_order(**ORDER).result()
print(response.code)
"""

_ONLY_NEW_THREADS = """
for _ in range(200):
    if len(ours()) == 1:
        break
    threading.Event().wait(0.02)
print([name.rpartition("-")[0] for name in ours()])
"""


def _run(cells: list[str]) -> list[str]:
    """Execute the cells one after the other; what each printed, or the name of its error."""
    root = str(Path(__file__).parents[2])
    environment = {**os.environ, "PYTHONPATH": root, "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
    done = subprocess.run(
        [sys.executable, "-c", _RUNNER],
        input=json.dumps(cells),
        capture_output=True,
        text=True,
        timeout=240,
        env=environment,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return ["".join(map(_text, outputs)).strip() for outputs in json.loads(done.stdout)]


def _text(output: dict) -> str:  # type: ignore[type-arg]  # an output of the notebook format
    if output["output_type"] == "error":
        return f"{output['ename']}\n"
    return output["text"] if output.get("name") == "stdout" else ""


def test_a_notebook_trades_again_and_again_and_can_be_interrupted():
    """Blocking and awaited orders inside the kernel's running loop; a cell run again leaves no old client behind; an
    interrupted wait raises in the cell, and the client goes on."""
    with Sandbox() as sandbox, ScriptedExchange(stay_silent) as silent:
        cells = [
            f"{_SETUP}\nOPTIONS = {dict(sandbox.client_options())!r}\nSILENT = {silent.client_options()!r}",
            "asyncio.get_running_loop()" + _TRADE,
            _TRADE,
            _TRADE,
            _ONLY_NEW_THREADS,
            "print((await asyncio.wrap_future(client.submit_new_spot_order(**ORDER))).code)",
            "waiting = WebsocketAPIClient(**SILENT, attach_event_listeners=False)\n"
            "waiting.submit_new_spot_order(**ORDER, timeout=100).result()  # interrupt",
            "print(client.submit_new_spot_order(**ORDER).result().code, waiting)",
            "client.close(); waiting.close(); print(ours())",
        ]
        printed = _run(cells)
        assert len(silent.requests) == 1
        assert len(sandbox.orders) == 5
    assert printed == [
        "",
        "200000",
        "200000",
        "200000",
        "['kucoin-wsapi-spot']",
        "200000",
        "KeyboardInterrupt",
        "200000 <WebsocketAPIClient wsApiSpotV1: ready, 0 queued, 1 in flight>",
        "[]",
    ]
