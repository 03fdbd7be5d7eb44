"""``python -m benchmarks``: everything in one go, in less than five minutes; see ``README.rst`` beside this file."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from . import campaign, importing, round_trips
from .report import Row, absolute_table, ratio_table, rows
from .server import Certificates, built, running
from .worker import CONTENDERS

_ORDERS = {"blocking": 1500, "windowed": 6000, "threaded": 3200}  # in a round
_WITH_FUTURES = ("floor b", "floor c", "raw", "typed", "raw without orjson", "typed without orjson")
_CONDITIONS = tuple(name for name in CONTENDERS if name.startswith("raw, "))
_COMPUTING_ORDERS = 60  # each may wait for several of the interpreter's switch intervals of 5 ms


def _plan(names: tuple[str, ...]) -> list[tuple[str, str, int]]:
    plan = []
    for measurement, count in _ORDERS.items():
        for name in names:
            if measurement == "blocking" or name in _WITH_FUTURES:
                plan.append((name, measurement, _COMPUTING_ORDERS if "computing" in name else count))
    return plan


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _compared(program: Path, cores: list[int], sittings: int) -> dict[str, campaign.Results]:
    found = {}
    quiet = tuple(name for name in CONTENDERS if name not in _CONDITIONS)
    for mode, core, names in (("one core", cores[0], CONTENDERS), ("two cores", cores[-1], quiet)):
        _say(f"{mode}: {len(names)} contenders, {sittings} sittings ...")
        with running(program, cores[0]) as server:
            found[mode] = campaign.run(server, core, _plan(names), sittings)
    return found


def _over_tls(program: Path, certificates: Certificates, cores: list[int], sittings: int) -> list[Row]:
    """p50 of raw requests over TLS against plain."""
    lines = []
    for mode, core, goal in (("one core", cores[0], 1.3), ("two cores", cores[-1], 1.15)):
        _say(f"TLS, {mode} ...")
        plan = [("raw", "blocking", _ORDERS["blocking"])]
        with (
            running(program, cores[0]) as plain,
            running(program, cores[0], certificates=certificates) as tls,
        ):
            ratios = []
            for _ in range(2 * sittings + 1):
                over_plain, over_tls = (
                    campaign.run(server, core, plan, 1)["raw"]["blocking"]["p50"] for server in (plain, tls)
                )
                ratios.append(over_tls / over_plain)
        lines.append(Row(f"raw over TLS, p50 / plain, {mode}", statistics.median(ratios), goal, goal * 1.5))
    return lines


def _crossings(program: Path, certificates: Certificates, core: int) -> list[Row]:
    _say("round trips ...")
    least = {"cold first order": 4, "warm order": 1, "reconnect": 3}
    with running(program, core, certificates=certificates) as server:
        found = round_trips.measure(server)
    # What computing takes is a part of a round trip too.
    return [
        Row(f"round trips over TLS, {what}", found[what], goal + 0.25, goal + 0.75)
        for what, goal in least.items()
    ]


def _standing(program: Path, core: int) -> list[Row]:
    _say("memory of 10,000 in flight, of 10^6 settled, idle CPU ...")
    with running(program, core) as server:
        command = [sys.executable, "-m", "benchmarks.footprint", server.url, str(core)]
        found: dict[str, float] = json.loads(subprocess.check_output(command))
    goals = {"bytes per request in flight": 3 * 1024, "bytes grown after 10^6 settled": 1 << 20}
    return [Row(what, value, goals.get(what, 0.1), 2 * goals.get(what, 0.1)) for what, value in found.items()]


def _imported() -> list[Row]:
    _say("imports ...")
    package, client, _ = importing.importing()
    return [
        Row(f"{package['statement']}, ms above bare Python", package["ms"], 60, 120),
        Row(f"{client['statement']}, the same", client["ms"], None, 120),
    ]


def main() -> int:
    """Run, print, and with ``--check`` judge."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--sittings", type=int, default=3, help="how often all begin anew; medians count")
    parser.add_argument("--json", type=Path, help="a file for all figures")
    parser.add_argument("--check", action="store_true", help="fail if a limit is missed: see report.py")
    arguments = parser.parse_args()
    cores = sorted(os.sched_getaffinity(0))
    with built() as program, tempfile.TemporaryDirectory() as directory:
        certificates = Certificates.made_in(Path(directory))
        compared = _compared(program, cores, arguments.sittings)
        others = [
            *_over_tls(program, certificates, cores, arguments.sittings),
            *_crossings(program, certificates, cores[0]),
            *_standing(program, cores[0]),
            *_imported(),
        ]
    ratios = {mode: rows(results, one_core=mode == "one core") for mode, results in compared.items()}
    for mode, results in compared.items():
        print(absolute_table(f"\n{mode}: times and rates of this machine now, for information", results))
    for mode, lines in ratios.items():
        print(ratio_table(f"\n{mode}: ratios", lines))
    print(ratio_table("\nother figures", others))
    if arguments.json:
        arguments.json.write_text(json.dumps(_as_json(compared, ratios, others), indent=1))
    everything = [*others, *(row for lines in ratios.values() for row in lines)]
    missed = [row.what for row in everything if not row.tolerable]
    if arguments.check and missed:
        print(f"\nworse than the limit: {'; '.join(missed)}")
        return 1
    return 0


def _as_json(
    compared: dict[str, campaign.Results], ratios: dict[str, list[Row]], others: list[Row]
) -> dict[str, Any]:
    def told(lines: list[Row]) -> list[dict[str, Any]]:
        return [{"what": row.what, "value": row.value, "goal": row.goal} for row in lines]

    return {
        "python": sys.version,
        "measured": compared,
        "ratios": {mode: told(lines) for mode, lines in ratios.items()},
        "other": told(others),
    }


if __name__ == "__main__":
    sys.exit(main())
