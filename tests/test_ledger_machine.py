from ledger_machine import LedgerClinic, LedgerMachine

from odoo.tests import tagged


@tagged("post_install", "-at_install")
class TestLedgerMachine(LedgerClinic):
    """Short walks over the ledger, always the same; the long ones are in the proofs."""

    def test_ledger_is_true_after_every_step(self):
        taken, _refused = LedgerMachine.run(self, examples=8, steps=40)
        self.assertGreater(sum(taken.values()), 200)
        # Walks as short as these need not come by every rule, but by these.
        for name in ("record", "amend", "build", "credit", "reset_document", "waive"):
            self.assertTrue(taken[name], name)
