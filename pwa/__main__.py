"""`python -m pwa`: the command line."""

import sys

from pwa.cli import main

sys.exit(main())
