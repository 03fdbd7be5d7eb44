"""``python tests/release/run.py``: what would be published, checked as those meet it who install it.

Builds the sdist and the wheel, has twine check them, looks into them, and installs each in an empty environment: first
alone, then with the sandbox, on which the README's program runs. Publishes nothing. Exit status 1 at the first thing
that is wrong. Needs ``build`` and ``twine``.
"""

from __future__ import annotations

import subprocess
import sys
import tarfile
import tempfile
import venv
import zipfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from documents import ROOT, blocks

# What an archive is incomplete without. The tests are in the sdist, for those who package it for a system.
IN_THE_SDIST = {
    "CHANGELOG.rst",
    "CONTRIBUTING.rst",
    "LICENSE",
    "README.rst",
    "benchmarks/README.rst",
    "docs/conf.py",
    "docs/tutorial.rst",
    "examples/first_order.py",
    "kucoin_wsapi/py.typed",
    "kucoin_wsapi_pytest.py",
    "run.py",
    "setup.cfg",
    "tests/conftest.py",
    "tests/client/push_samples.txt",
    "tox.ini",
}
IN_THE_WHEEL = {"kucoin_wsapi/py.typed", "kucoin_wsapi/sandbox/server.py", "kucoin_wsapi_pytest.py"}


def main() -> int:
    """Build and check; the exit status."""
    try:
        with tempfile.TemporaryDirectory(prefix="release-") as directory:
            _check(Path(directory))
    except (subprocess.CalledProcessError, AssertionError) as error:
        print(f"NOT TO BE RELEASED: {error}")
        return 1
    print("can be released")
    return 0


def _check(directory: Path) -> None:
    _run(sys.executable, "-m", "build", "--outdir", directory, ROOT)
    (sdist,), (wheel,) = directory.glob("*.tar.gz"), directory.glob("*.whl")
    _run(sys.executable, "-m", "twine", "check", "--strict", sdist, wheel)

    with tarfile.open(sdist) as archive:
        files = {name.partition("/")[2] for name in archive.getnames()}
    assert files >= IN_THE_SDIST, f"not in the sdist: {IN_THE_SDIST - files}"
    assert not {name for name in files if name.endswith(".pyc") or name.startswith("docs/build")}
    with zipfile.ZipFile(wheel) as archive:
        files = set(archive.namelist())
    assert files >= IN_THE_WHEEL, f"not in the wheel: {IN_THE_WHEEL - files}"
    assert any(name.endswith("/LICENSE") for name in files), "no licence in the wheel"
    roots = {name.partition("/")[0] for name in files if ".dist-info/" not in name}
    assert roots == {"kucoin_wsapi", "kucoin_wsapi_pytest.py"}, f"what else is in the wheel: {roots}"

    version = wheel.name.split("-")[1]
    program = next(code for _, code in blocks(ROOT / "README.rst", "python") if "Sandbox()" in code)
    for archive_path in (wheel, sdist):
        _install_and_try(directory / f"with-{archive_path.suffix[1:]}", archive_path, version, program)


def _install_and_try(environment: Path, archive: Path, version: str, program: str) -> None:
    venv.create(environment, with_pip=True)
    programs = environment / ("Scripts" if sys.platform == "win32" else "bin")
    pip = [programs / "python", "-m", "pip", "--disable-pip-version-check", "--quiet", "install"]
    _run(*pip, archive)
    _run(
        programs / "python", "-c", "from kucoin_wsapi import WebsocketAPIClient; WebsocketAPIClient().close()"
    )
    shown = subprocess.run(
        [programs / "kucoin-wsapi", "--version"], check=True, capture_output=True, text=True
    )
    assert version in shown.stdout, f"--version says {shown.stdout!r}, the archive {version}"
    _run(*pip, f"{archive}[sandbox]")
    _run(programs / "python", "-c", program)


def _run(*command: str | Path) -> None:
    print("$", *command[:4], flush=True)
    # Not in the checkout: its package would be imported.
    subprocess.run(command, check=True, cwd=Path(tempfile.gettempdir()))


if __name__ == "__main__":
    sys.exit(main())
