from odoo.tests import tagged

from .valuation_common import MedicalValuationCommon
from .worked_cases import DOCUMENTS, ROWS


@tagged("post_install", "-at_install")
class TestWorkedCases(MedicalValuationCommon):
    """Each row of the worked cases, with both valuations: see `worked_cases.py`.

    The tests themselves are made at the end of this file, one for each.
    """

    def _check_row(self, row, valuation):
        """Live through a case, and compare each entry with the row."""
        product = self._create_valued_goods(row.method, valuation)
        bill = self._bill_from_supplier(product)
        visit, documents = getattr(self, f"_live_{row.case.replace(' ', '_')}")(product)
        self._assert_documents(row, documents)
        entries = self._get_cost_entries(visit)
        if valuation == "real_time":
            used, *returned = entries
            self._assert_books(used.line_ids, materials=row.used, stock=-row.used)
            self.assertEqual(len(returned), 1 if row.returned else 0)
            for entry in returned:
                self._assert_books(
                    entry.line_ids, materials=-row.returned, stock=row.returned
                )
            self.assertEqual(set(entries.mapped("state")), {"posted"})
            closing = self._check_real_time_closing(row)
        else:
            self.assertFalse(entries, "Periodic valuation books nothing at the move.")
            closing = self._close()
            self._assert_books(
                closing.line_ids,
                materials=row.materials,
                variation=-row.periodic_variation,
                stock=row.periodic_variation - row.materials,
            )
        # In the end all say the same: the books, the shelf and the visit.
        self.env.invalidate_all()
        lines = (bill | documents | entries | closing).line_ids
        totals = self._get_totals(lines)
        self.assertEqual(totals.get("materials"), row.materials)
        self.assertEqual(totals.get("stock"), row.stock)
        self.assertEqual(product.total_value, row.stock)
        self.assertEqual(visit.material_cost, row.materials)
        self._assert_all_closed()

    def _assert_documents(self, row, documents):
        """Assert that documents book receivable and income, and no cost at all."""
        self.assertEqual(
            [document.amount_total_signed for document in documents],
            DOCUMENTS[row.case],
        )
        self._assert_books(
            documents.line_ids, receivable=row.income, income=-row.income
        )
        for document in documents:
            total = document.amount_total_signed
            self._assert_books(document.line_ids, receivable=total, income=-total)
            self.assertFalse(self._get_cogs(document))

    def _check_real_time_closing(self, row):
        """Assert that the closing books what is left, if anything; return it."""
        if not row.real_time_variation:
            self._assert_all_closed()
            return self.env["account.move"]
        closing = self._close()
        self._assert_books(
            closing.line_ids,
            stock=row.real_time_variation,
            variation=-row.real_time_variation,
        )
        return closing

    # === THE CASES === #

    def _live_billed_apart(self, product):
        visit = self._use(product)
        return visit, self._bill(visit)

    def _live_included_in_the_procedure(self, product):
        self.procedure.list_price = 120
        self._create_component(self.procedure, product, 12)
        visit = self._sign(self._create_visit(self.procedure))
        return visit, self._bill(visit)

    def _live_waived(self, product):
        visit = self._use(product)
        self._waive_credited(visit.line_ids.billable_item_ids)
        return visit, self.env["account.move"]

    def _live_split_by_quantity(self, product):
        visit = self._use(product)
        item = visit.line_ids.billable_item_ids.with_user(self.biller)
        item._split(self.guarantor, quantity=4)
        return visit, self._bill(visit)

    def _live_split_by_price(self, product):
        visit = self._use(product)
        item = visit.line_ids.billable_item_ids.with_user(self.biller)
        item._split_shares({self.patient: 0.7, self.guarantor: 0.3})
        return visit, self._bill(visit)

    def _live_invoiced_before_use(self, product):
        self.env.company.medical_billing_policy = "ordered"
        visit = self._create_visit({"product_id": product.id, "quantity": 12})
        visit.with_user(self.medic).action_start()
        documents = self._bill(visit)
        self.assertFalse(visit.picking_ids)
        self._sign(visit)
        return visit, documents

    def _live_credited_without_return(self, product):
        visit = self._use(product)
        document = self._bill(visit)
        return visit, document | self._post(self._reverse(document))

    def _live_returned_with_credit(self, product):
        visit, documents = self._live_returned_without_credit(product)
        credit = self._reverse(documents)
        credit.invoice_line_ids.quantity = 3
        return visit, documents | self._post(credit)

    def _live_returned_without_credit(self, product):
        visit = self._use(product)
        document = self._bill(visit)
        picking = visit.picking_ids
        self._return_some(picking, {picking.move_ids: 3})
        return visit, document

    def _bill(self, visit):
        """Build what a visit is to bill and post it, the dearest document first."""
        documents = self._build(visit.line_ids.billable_item_ids)
        documents = documents.sorted("amount_total", reverse=True)
        for document in documents:
            self._post(document)
        return documents


def _make_test(row, valuation):
    def test(self):
        self._check_row(row, valuation)

    case = row.case.replace(" ", "_")
    test.__name__ = f"test_{case}_{row.method}_{valuation}"
    test.__doc__ = f"{row.case}: {row.method} cost, {valuation} valuation"
    return test


for _row in ROWS:
    for _valuation in ("real_time", "periodic"):
        _test = _make_test(_row, _valuation)
        setattr(TestWorkedCases, _test.__name__, _test)
