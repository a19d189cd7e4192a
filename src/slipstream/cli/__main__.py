"""`python -m slipstream.cli`: the command line where no `slipstream` script is on the path."""

from __future__ import annotations

import sys

from slipstream.cli import main

if __name__ == "__main__":
    sys.exit(main())
