"""The helpers of the client's tests serve the tests of its life too."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
