"""`python -m aiocql.cli` is the command `aiocql`."""

import sys

from aiocql.cli import main

sys.exit(main())
