"""``python -m kucoin_wsapi`` is the program ``kucoin-wsapi``."""

import sys

from .cli.main import main

__all__ = ["main"]

if __name__ == "__main__":
    sys.exit(main())
