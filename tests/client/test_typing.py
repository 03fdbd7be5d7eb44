"""The annotations of the package, as a program's type checker sees them."""

import subprocess
import sys
from pathlib import Path

import kucoin_wsapi

HERE = Path(__file__).parent


def test_typed_usage_passes_a_strict_type_checker(tmp_path: Path):
    """Keywords, results and exceptions are typed, and mistakes are found before the program runs."""
    root = Path(kucoin_wsapi.__file__).parent.parent

    checked = subprocess.run(
        [
            *(sys.executable, "-m", "mypy", "--strict", "--config-file", "", "--no-error-summary"),
            *("--cache-dir", str(tmp_path), "--follow-imports=silent", str(HERE / "typing_usage.py")),
        ],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert (checked.stdout, checked.stderr, checked.returncode) == ("", "", 0)
