"""The annotations of the package, as a program's type checker sees them.

Here by mypy, for the Python that runs; ``tox -e typing`` has it checked by pyright too, and for each Python.
"""

import ast
import subprocess
import sys
from pathlib import Path

import kucoin_wsapi

USAGE = Path(__file__).parent.parent / "typing" / "api.py"


def test_typed_usage_passes_a_strict_type_checker(tmp_path: Path):
    """Fields, results and exceptions are typed, and mistakes are found before the program runs."""
    root = Path(kucoin_wsapi.__file__).parent.parent

    checked = subprocess.run(
        [
            *(sys.executable, "-m", "mypy", "--strict", "--config-file", "", "--no-error-summary"),
            *("--cache-dir", str(tmp_path), "--follow-imports=silent", str(USAGE)),
        ],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert (checked.stdout, checked.stderr, checked.returncode) == ("", "", 0)


def test_the_typed_usage_uses_every_public_name():
    """A name that it leaves out is one that nobody has looked at."""
    tree = ast.parse(USAGE.read_text(encoding="utf-8"))
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}

    assert set(kucoin_wsapi.__all__) - used == {"__version__"}
