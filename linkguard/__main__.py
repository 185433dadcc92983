"""`python -m linkguard` is the command `linkguard`."""

import sys

try:
    from linkguard.start import main

    status = main()
except ModuleNotFoundError as missing:  # run from a checkout, by a Python that nobody prepared
    print(
        f"linkguard: error: {sys.executable} has no module '{missing.name}': install the packages "
        "that pyproject.toml lists, or take a Python that has them",
        file=sys.stderr,
    )
    status = 2

sys.exit(status)
