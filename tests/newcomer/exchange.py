"""A sandbox for a program in another process: prints what a client of it is made with, as JSON; ends with its input."""

import json
import sys

from kucoin_wsapi.sandbox import Sandbox

with Sandbox() as sandbox:
    print(json.dumps(sandbox.client_options()), flush=True)
    sys.stdin.read()
