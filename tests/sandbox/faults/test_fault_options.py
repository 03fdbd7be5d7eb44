"""How faults are asked for: of `Sandbox`, and on the command line."""

import subprocess
import sys

import pytest

from kucoin_wsapi.sandbox import Fault, Sandbox

COMMAND = [sys.executable, "-W", "error", "-m", "kucoin_wsapi", "sandbox"]


def test_faults_may_be_written_or_built():
    """Both in one list."""
    sandbox = Sandbox(faults=["mute:every=2", Fault("close", code=1012)])
    assert sandbox.faults_struck == {"mute": 0, "close": 0}


@pytest.mark.parametrize("faults", [["earthquake"], [None], ["mute:often=2"]])
def test_what_is_no_fault_is_refused_at_once(faults):
    """Before anything starts."""
    with pytest.raises((ValueError, TypeError)):
        Sandbox(faults=faults)


def test_a_fault_that_makes_no_sense_is_a_wrong_argument():
    """Usage and status 2, no traceback."""
    result = subprocess.run([*COMMAND, "--fault", "mute:often=2"], capture_output=True, text=True)
    assert result.returncode == 2
    assert "often" in result.stderr
    assert "Traceback" not in result.stderr


def test_the_help_lists_the_kinds():
    """With a line for each."""
    result = subprocess.run([*COMMAND, "--help"], capture_output=True, text=True)
    assert result.returncode == 0
    assert "look-up-lag" in result.stdout


def test_faults_of_the_command_line_reach_the_sandbox():
    """They reach the sandbox that is served."""
    program = (
        "import sys\n"
        "from kucoin_wsapi.cli import sandbox as command\n"
        "command._serve_until_signalled = lambda made, _: print(made.faults_struck)\n"
        "sys.exit(command.main(['--fault', 'login-error:code=400004', '--fault', 'mute']))\n"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (result.stdout, result.returncode) == ("{'login-error': 0, 'mute': 0}\n", 0)
