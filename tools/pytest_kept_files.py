"""A pytest plugin: tests that run side by side keep each other's files.

Each worker of pytest-xdist has a database of its own, but all share one filestore. Odoo
collects after each class what its own database does not name, and would take away what
the others have just written. The files of a run go with its database at the end. Loaded
with ``-p pytest_kept_files``.
"""

from unittest.mock import patch

import pytest


@pytest.fixture(scope="session", autouse=True)
def keep_files():
    # Imported when Odoo is configured.
    from odoo.tests.common import TransactionCase  # noqa: PLC0415

    with patch.object(TransactionCase, "_gc_filestore"):
        yield
