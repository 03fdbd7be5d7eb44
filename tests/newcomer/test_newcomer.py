"""What the README and the tutorial say works for somebody who has only a clone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_the_readme_and_the_tutorial_can_be_followed_word_for_word_in_a_clone_of_the_last_commit() -> None:
    """But for the test command, which would run this test."""
    script = Path(__file__).with_name("run.py")
    done = subprocess.run(
        [sys.executable, script, "--without-tests"], capture_output=True, text=True, timeout=400, check=False
    )

    assert done.stdout.splitlines()[-1:] == ["as the pages say"], done.stdout + done.stderr
    assert done.returncode == 0
