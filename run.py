"""Set up what is needed and run it, on a machine that has Python only: ``python3 run.py demo | tests``.

Makes a virtual environment in ``.venv`` beside this file, installs this project into it with the extras that the
command needs, and runs the command. A second run installs nothing unless ``setup.cfg`` has changed.
"""

import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent
ENVIRONMENT = ROOT / ".venv"
PYTHON = ENVIRONMENT / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

COMMANDS = {
    "demo": ("sandbox", [["kucoin_wsapi", "demo"]]),
    "tests": (
        "dev",
        [
            ["ruff", "check", "."],
            ["ruff", "format", "--check", "."],
            ["mypy"],
            ["pytest", "--numprocesses", "auto", "--cov", "--cov-report=term:skip-covered"],
        ],
    ),
}


def main() -> int:
    if sys.version_info < (3, 10):  # noqa: UP036  # whoever has an older one shall be told, not shown a traceback
        print("Python 3.10 or newer is needed; this is", sys.version.split()[0])
        return 2
    if len(sys.argv) != 2 or sys.argv[1] not in COMMANDS:
        print(f"usage: python3 run.py {' | '.join(COMMANDS)}")
        return 2
    extra, steps = COMMANDS[sys.argv[1]]
    install(extra)
    for step in steps:
        status = subprocess.call([PYTHON, "-m", *step], cwd=ROOT)
        if status:
            return status
    return 0


def install(extra: str) -> None:
    """Install the project with an extra, unless that has been done for this very ``setup.cfg``."""
    wanted = hashlib.sha256((ROOT / "setup.cfg").read_bytes() + sys.version.encode()).hexdigest()
    stamp = ENVIRONMENT / f"installed-{extra}"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    print(f"Setting up {ENVIRONMENT} ...", flush=True)
    venv.create(ENVIRONMENT, with_pip=True, clear=not PYTHON.exists())
    pip = [PYTHON, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    subprocess.check_call([*pip, "--editable", f"{ROOT}[{extra}]"])
    stamp.write_text(wanted)


if __name__ == "__main__":
    sys.exit(main())
