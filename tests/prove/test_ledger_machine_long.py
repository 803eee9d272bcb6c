from ledger_machine import LedgerClinic, LedgerMachine
from long_walk import LongWalk

from odoo.tests import tagged


@tagged("post_install", "-at_install")
class TestLedgerMachineLong(LongWalk, LedgerClinic):
    """Long walks over the ledger, other ones each time."""

    def test_ledger_is_true_on_long_walks(self):
        self.walk_long(LedgerMachine)
