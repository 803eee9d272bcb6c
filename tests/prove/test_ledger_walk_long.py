import logging
import os

from ledger_walk import LedgerWalk

from odoo.tests import tagged

from odoo.addons.medical_billing.tests.common import MedicalBillingCommon

_logger = logging.getLogger(__name__)

WALKS = int(os.environ.get("CLINIC_PROVE_WALKS", "20"))
STEPS = int(os.environ.get("CLINIC_PROVE_STEPS", "500"))


@tagged("post_install", "-at_install")
class TestLedgerWalkLong(MedicalBillingCommon):
    """Many random walks over the ledger, each with a seed of its own."""

    def test_ledger_agrees_with_the_documents_on_long_walks(self):
        for number in range(WALKS):
            method = ("round_globally", "round_per_line")[number % 2]
            with self.subTest(walk=number), self.env.cr.savepoint() as savepoint:
                self.env.company.tax_calculation_rounding_method = method
                walk = LedgerWalk(self, seed=f"long {number}")
                walk.run(steps=STEPS)
                _logger.info(
                    "walk %s: %s, refused %s",
                    number,
                    dict(walk.taken),
                    dict(walk.refused),
                )
                # Each walk starts from the same clinic.
                savepoint.rollback()
                self.env.invalidate_all()
