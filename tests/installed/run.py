"""``python tests/installed/run.py tests/client``: tests against the installed package, never against the checkout.

They run in a copy of the repository that lacks the package, so that nothing but the installed one can be imported, and
only if that has the modules of the checkout and no others. ``tox -e wheel`` calls this with the wheel installed; other
arguments go to pytest.
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
WHERE_IT_IS = "import kucoin_wsapi, sys; print(kucoin_wsapi.__file__); print(sys.prefix)"


def main() -> int:
    """The exit status of pytest, or 1 where the package is not an installed one, or one of other modules."""
    with tempfile.TemporaryDirectory(prefix="installed-") as directory:
        copy = Path(directory) / "repository"
        shutil.copytree(ROOT, copy, ignore=_at_the_top)
        # As pytest is called below: what that finds, this finds.
        found = subprocess.check_output([sys.executable, "-c", WHERE_IT_IS], cwd=copy, text=True)
        module, environment = map(Path, found.splitlines())
        print(module, flush=True)
        if environment not in module.parents:
            print("NOT INSTALLED")
            return 1
        different = _modules(module.parent) ^ _modules(ROOT / "kucoin_wsapi")
        if different:
            print("NOT BUILT FROM THIS CHECKOUT:", *sorted(different))
            return 1
        return subprocess.call([sys.executable, "-m", "pytest", *NOT_HERE, *sys.argv[1:]], cwd=copy)


def _modules(package: Path) -> set[str]:
    return {module.relative_to(package).as_posix() for module in package.rglob("*.py")}


def _at_the_top(directory: str, names: list[str]) -> set[str]:
    return (PACKAGE | MADE_HERE) & set(names) if Path(directory) == ROOT else set()


if __name__ == "__main__":
    sys.exit(main())
