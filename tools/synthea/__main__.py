"""``python -m synthea ARGUMENTS``: look at the arguments and the files only.

So that a mistake is told before a database is made.
"""

import sys

from .arguments import parse
from .reading import UnusableExport, check_files

try:
    check_files(parse(sys.argv[1:]).folder)
except UnusableExport as error:
    sys.exit(f"error: {error}")
