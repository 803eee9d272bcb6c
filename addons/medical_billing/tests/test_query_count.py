from odoo.tests import tagged

from .common import MedicalBillingCommon


@tagged("post_install", "-at_install")
class TestQueryCount(MedicalBillingCommon):
    """Work on many records costs a bounded number of queries for each."""

    def _create_visits_items(self, number):
        """Sign some visits of two items each, and return all items."""
        items = self.env["medical.billable.item"]
        for _index in range(number):
            items |= self._create_items(self.drug, self.swab)
        return items

    def test_lines_and_their_items_are_made_in_bulk(self):
        self.drug.taxes_id = self._create_tax(15)

        def create_lines(number):
            self._create_visit(*[self.drug] * number)

        # Inserts go in batches of a hundred rows.
        self.assertLess(self._count_per_record(create_lines, 10, 100), 0.5)

    def test_many_visits_are_made_in_bulk(self):
        def create_visits(number):
            self.env["medical.consultation"].create(
                [
                    {
                        "patient_id": self.patient.id,
                        "practitioner_id": self.medic.partner_id.id,
                        "line_ids": [(0, 0, {"product_id": self.drug.id})],
                    }
                    for _index in range(number)
                ]
            )

        # A number from the sequence is a query each, and so is its lock.
        self.assertLess(self._count_per_record(create_visits, 5, 50), 6)

    def test_signing_is_done_in_bulk(self):
        visits = {
            number: self.env["medical.consultation"].concat(
                *(self._create_visit(self.drug, self.swab) for _ in range(number))
            )
            for number in (5, 6, 50)
        }
        visits[6].action_sign()
        few = self._count_queries(visits[5].action_sign)
        many = self._count_queries(visits[50].action_sign)
        self.assertLess((many - few) / 45, 3)

    def test_documents_are_built_in_bulk(self):
        first, few, many = map(self._create_visits_items, (1, 5, 50))
        build = {"grouping": "consultation"}
        first._build_invoices(**build)
        few_cost = self._count_queries(lambda: few._build_invoices(**build))
        many_cost = self._count_queries(lambda: many._build_invoices(**build))
        # Odoo needs one, without messages.
        self.assertLess((many_cost - few_cost) / 45, 1.5)

    def test_receipts_are_posted_and_paid_in_bulk(self):
        moves = {
            number: self._create_visits_items(number)._build_invoices(
                grouping="consultation", move_type="out_receipt"
            )
            for number in (1, 5, 50)
        }
        payments = [{"journal": self.cash_journal}]
        self.env.flush_all()
        moves[1]._post_and_pay_receipts(payments)
        few, many = (
            self._count_queries(
                lambda number=number: moves[number]._post_and_pay_receipts(payments)
            )
            for number in (5, 50)
        )
        # Two numbers from sequences, and a message: Odoo's wizard needs about eighty.
        self.assertLess((many - few) / 45, 13)
