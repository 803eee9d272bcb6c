from lxml import etree

from odoo import fields
from odoo.fields import Command

from odoo.addons.account.tests.common import AccountTestInvoicingCommon
from odoo.addons.medical_records.tests.common import MedicalRecordsCommon


class MedicalBillingCommon(MedicalRecordsCommon, AccountTestInvoicingCommon):
    """The small clinic with a chart of accounts, a biller and an accountant.

    Products have no taxes but where a test gives them some.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.biller = cls._create_user("biller", "medical_billing.group_biller")
        cls.billing_manager = cls._create_user(
            "billing_manager", "medical_billing.group_billing_manager"
        )
        cls.accountant = cls._create_user("accountant", "account.group_account_user")
        cls.guarantor = cls._create_partner(name="Insurer")
        cls.bank_journal = cls.company_data["default_journal_bank"]
        cls.cash_journal = cls.company_data["default_journal_cash"]

    @classmethod
    def get_default_groups(cls):
        return super().get_default_groups() | cls.quick_ref(
            "medical_billing.group_billing_manager"
        )

    # === FACTORIES === #

    @classmethod
    def _create_medical_product(cls, name, kind="procedure", price=100.0, **values):
        return super()._create_medical_product(
            name, kind, price, **{"taxes_id": [Command.set([])], **values}
        )

    @classmethod
    def _create_done_visit(cls, *lines, **values):
        """Create a visit of the medic, sign it, and return it."""
        visit = cls._create_visit(*lines, **values)
        return cls._sign(visit, cls.administrator)

    @classmethod
    def _create_items(cls, *lines, **values):
        """Create a signed visit and return its items, in the order of its lines."""
        visit = cls._create_done_visit(*lines, **values)
        return visit.line_ids.billable_item_ids

    @classmethod
    def _create_tax(cls, amount, **values):
        return cls.env["account.tax"].create(
            {
                "name": f"Tax {amount} {values}",
                "amount": amount,
                "amount_type": "percent",
                "type_tax_use": "sale",
                "company_id": cls.env.company.id,
                **values,
            }
        )

    @classmethod
    def _create_payment(cls, amount, **values):
        """Post a payment of the patient that no document asked for."""
        payment = cls.env["account.payment"].create(
            {
                "amount": amount,
                "partner_id": cls.patient.id,
                "partner_type": "customer",
                "payment_type": "inbound",
                "journal_id": cls.cash_journal.id,
                **values,
            }
        )
        payment.action_post()
        return payment

    # === DEEDS === #

    def _build(self, items, user=None, **options):
        """Build documents as the biller would."""
        self.env.flush_all()
        self.env.invalidate_all()
        moves = items.with_user(user or self.biller)._build_invoices(**options)
        return moves.with_user(self.env.user)

    def _post(self, moves):
        moves.invoice_date = moves.invoice_date or fields.Date.today()
        moves.action_post()
        return moves

    def _reverse(self, moves, modify=False, user=None):
        """Credit documents by Odoo's own wizard; return what it made."""
        self.env.flush_all()
        self.env.invalidate_all()
        wizard = (
            self.env["account.move.reversal"]
            .with_user(user or self.accountant)
            .with_context(active_model="account.move", active_ids=moves.ids)
            .create({"reason": "Mistake", "journal_id": moves.journal_id[:1].id})
        )
        if modify:
            wizard.modify_moves()
        else:
            wizard.reverse_moves()
        return wizard.new_move_ids.with_user(self.env.user)

    def _waive_credited(self, items, reason="Goodwill"):
        """Give up what was credited of items, as the biller does."""
        self.env.flush_all()
        self.env.invalidate_all()
        self.env["medical.billable.item.waive"].with_user(self.biller).create(
            {"item_ids": [Command.set(items.ids)], "reason": reason}
        ).action_confirm()
        self.env.invalidate_all()

    def _open_wizard(self, items, user=None, payments=None, **values):
        """Open the wizard that builds documents, as the biller.

        :param payments: a list of journal and amount, when receipts are not simply
            paid in full in cash
        """
        if payments is not None:
            values["payment_ids"] = [
                Command.create({"journal_id": journal.id, "amount": amount})
                for journal, amount in payments
            ]
        self.env.flush_all()
        self.env.invalidate_all()
        return (
            self.env["medical.build.invoice"]
            .with_user(user or self.biller)
            .create({"item_ids": [Command.set(items.ids)], **values})
        )

    def _get_shown_fields(self, records, *kinds, of=None):
        """Return which fields of records their user sees in their views.

        `get_views` describes more: also what a view hides from the user's groups, and
        what other apps keep to themselves.

        :param str kinds: of views: form, list
        :param str of: the lines in a form whose fields are meant, by their field
        :rtype: list[str]
        """
        views = records.get_views([(False, kind) for kind in kinds])["views"]
        return list(
            {
                node.get("name")
                for view in views.values()
                for node in etree.fromstring(view["arch"]).iter("field")
                if [
                    above.get("name")
                    for above in node.iterancestors("field", "groupby")
                ]
                == ([of] if of else [])
            }
        )

    # === ASSERTIONS === #

    def _assert_ledger(self, item, state=None, **quantities):
        """Assert how much of an item stands where; what is not named is nothing."""
        self.env.flush_all()
        self.env.invalidate_all()
        names = ("quantity", "drafted", "posted", "waived", "undecided", "to_bill")
        expected = {
            name if name == "quantity" else f"qty_{name}": quantities.pop(name, 0.0)
            for name in names
        }
        self.assertFalse(quantities, "no such quantities")
        if state:
            expected["state"] = state
        self.assertRecordValues(item, [expected])
        self.assertEqual(
            item.quantity,
            item.qty_drafted
            + item.qty_posted
            + item.qty_waived
            + item.qty_undecided
            + item.qty_to_bill,
        )
