"""`python -m linkguard` is the command `linkguard`."""

import sys

from linkguard.cli import main

sys.exit(main())
