"""Whether a type checker knows the type of every public name, as installed: ``python tests/typing/completeness.py``."""

import subprocess
import sys
import tempfile


def main() -> int:
    with tempfile.TemporaryDirectory() as elsewhere:  # pyright takes what lies where it runs for no package
        command = [sys.executable, "-m", "pyright", "--verifytypes", "kucoin_wsapi", "--ignoreexternal"]
        ran = subprocess.run(command, cwd=elsewhere, stdout=subprocess.PIPE, text=True, check=False)
    if ran.returncode:
        print(ran.stdout)
    else:
        print(*(line for line in ran.stdout.splitlines() if "score" in line), sep="\n")
    return ran.returncode


if __name__ == "__main__":
    sys.exit(main())
