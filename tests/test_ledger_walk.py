from ledger_walk import LedgerWalk

from odoo.tests import tagged

from odoo.addons.medical_billing.tests.common import MedicalBillingCommon


@tagged("post_install", "-at_install")
class TestLedgerWalk(MedicalBillingCommon):
    """Short random walks over the ledger; the long ones are in the proofs."""

    def _walk(self, method):
        self.env.company.tax_calculation_rounding_method = method
        walk = LedgerWalk(self, seed=method)
        walk.run(steps=120)
        # The walk is worth something only if people got somewhere.
        for step in ("build", "post", "credit", "cancel", "split", "price"):
            self.assertTrue(walk.taken[f"step_{step}"], step)

    def test_ledger_agrees_with_the_documents_with_taxes_rounded_globally(self):
        self._walk("round_globally")

    def test_ledger_agrees_with_the_documents_with_taxes_rounded_by_line(self):
        self._walk("round_per_line")
