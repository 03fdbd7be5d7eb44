"""The rules of the exchange are free of I/O, threads and clocks, whatever they import."""

from __future__ import annotations

import ast
from pathlib import Path

import kucoin_wsapi.sandbox as package

SOURCES = Path(package.__file__).parent
# What computes only. A random number generator is seeded by who makes it.
HARMLESS = frozenset(
    {"__future__", "attrs", "bisect", "collections", "decimal", "enum", "hashlib", "heapq", "itertools"}
    | {"random", "re", "typing"}
)


def imports(module: str) -> tuple[set[str], set[str]]:
    """(siblings, others) that a module of the sandbox imports, others by their first name."""
    siblings: set[str] = set()
    others: set[str] = set()
    for node in ast.walk(ast.parse((SOURCES / f"{module}.py").read_text())):
        if isinstance(node, ast.Import):
            others |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.module, "a sibling is imported by its name"
            (siblings if node.level else others).add(node.module.partition(".")[0])
    return siblings, others


def test_exchange_computes_only() -> None:
    """Neither it nor any module that it rests on can reach a socket, a thread, a file or the time."""
    modules: set[str] = set()
    pending = {"exchange"}
    others: set[str] = set()
    while pending:
        module = pending.pop()
        modules.add(module)
        siblings, more = imports(module)
        pending |= siblings - modules
        others |= more

    assert {"book", "spot_rules", "futures_rules", "uta", "accounts", "refusals"} <= modules
    assert others <= HARMLESS
