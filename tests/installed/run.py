"""``python tests/installed/run.py tests/client``: tests against the installed package, never against the checkout.

They run in a copy of the repository that lacks the package, so that nothing but the installed one can be imported.
``tox -e wheel`` calls this with the wheel installed; other arguments go to pytest.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = {"kucoin_wsapi", "kucoin_wsapi.egg-info", "kucoin_wsapi_pytest.py"}
MADE_HERE = {".git", ".venv", ".tox", "build", "dist"}  # of no use there, and large
# mypy does not check a package among others in site-packages; ``tox -e typing`` checks the wheel by its own means.
NOT_HERE = ["--ignore", "tests/client/test_typing.py"]
IN_THE_ENVIRONMENT = (
    "import sys, kucoin_wsapi as k; print(k.__file__); sys.exit(not k.__file__.startswith(sys.prefix))"
)


def main() -> int:
    """The exit status of pytest, or 1 where the package is not an installed one."""
    with tempfile.TemporaryDirectory(prefix="installed-") as directory:
        copy = Path(directory) / "repository"
        shutil.copytree(ROOT, copy, ignore=_at_the_top)
        # As pytest is called below: what that finds, this finds.
        if subprocess.call([sys.executable, "-c", IN_THE_ENVIRONMENT], cwd=copy):
            return 1
        return subprocess.call([sys.executable, "-m", "pytest", *NOT_HERE, *sys.argv[1:]], cwd=copy)


def _at_the_top(directory: str, names: list[str]) -> set[str]:
    return (PACKAGE | MADE_HERE) & set(names) if Path(directory) == ROOT else set()


if __name__ == "__main__":
    sys.exit(main())
