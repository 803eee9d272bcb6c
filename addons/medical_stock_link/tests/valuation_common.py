from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Command

from .common import MedicalStockCommon


class MedicalValuationCommon(MedicalStockCommon):
    """The small clinic with the accounts that its accountant looks at."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        account = cls.env["account.account"].create(
            {
                "name": "Materials used",
                "code": "600900",
                "account_type": "expense",
            }
        )
        cls.clinic_location.valuation_account_id = account
        cls.accounts = {
            "materials": account,
            "stock": cls.valuation_account,
            "variation": cls.valuation_account.account_stock_variation_id,
            "expense": cls.company_data["default_account_expense"],
            "income": cls.company_data["default_account_revenue"],
            "receivable": cls.company_data["default_account_receivable"],
            "payable": cls.company_data["default_account_payable"],
        }
        cls.supplier = cls._create_partner(name="Supplier")

    # === DEEDS === #

    def _create_valued_goods(self, method, valuation="real_time", **values):
        """Create goods of a cost method, and receive the two batches of 10."""
        category = self.categories[method]
        category.property_valuation = valuation
        product = self._create_goods(
            "Bandage", method, cost=5.0 if method == "standard" else 0.0, **values
        )
        self._receive(product, 10, cost=4.0)
        self._receive(product, 10, cost=8.0)
        return product

    def _bill_from_supplier(self, product, amount=120.0):
        """Post the supplier's bill for what was received, as the accountant."""
        bill = (
            self.env["account.move"]
            .with_user(self.accountant)
            .create(
                {
                    "move_type": "in_invoice",
                    "partner_id": self.supplier.id,
                    "invoice_date": fields.Date.today(),
                    "invoice_line_ids": [
                        Command.create(
                            {
                                "product_id": product.id,
                                "quantity": 1,
                                "price_unit": amount,
                                "tax_ids": [Command.clear()],
                            }
                        )
                    ],
                }
            )
        )
        bill.action_post()
        return bill.with_user(self.env.user)

    def _use(self, product, quantity=12, **values):
        """Let a medic use goods in a visit; return the visit."""
        return self._sign(
            self._create_visit(
                {"product_id": product.id, "quantity": quantity, **values}
            )
        )

    def _return_some(self, picking, quantities):
        """Return some of a transfer by Odoo's own wizard, as the stock user.

        :param dict quantities: move to quantity
        """
        self.env.flush_all()
        self.env.invalidate_all()
        wizard = (
            self.env["stock.return.picking"]
            .with_user(self.stock_user)
            .with_context(
                active_id=picking.id,
                active_ids=picking.ids,
                active_model="stock.picking",
            )
            .create({"picking_id": picking.id})
        )
        for line in wizard.product_return_moves:
            line.quantity = quantities.get(line.move_id.with_user(self.env.user), 0)
        action = wizard.action_create_returns()
        returned = picking.browse(action["res_id"]).with_user(self.stock_user)
        returned.move_ids.picked = True
        returned.button_validate()
        self.env.flush_all()
        self.env.invalidate_all()
        return returned.with_user(self.env.user)

    def _close(self, user=None):
        """Close the valuation of the stock and post it, as the accountant.

        Each closing is a minute after what came before, as in life.
        """
        self.env.flush_all()
        self.env.invalidate_all()
        self.closings = getattr(self, "closings", 0) + 1
        now = fields.Datetime.now() + timedelta(minutes=self.closings)
        # The closing finds the one before by the trace of its posting.
        company = (
            self.env.company.with_user(user or self.accountant)
            .with_company(self.env.company)
            .with_context(tracking_disable=False, mail_notrack=False)
        )
        with freeze_time(now), patch.object(self.env.cr, "now", lambda: now):
            action = company.action_close_stock_valuation()
            entry = company.env["account.move"].browse(action["res_id"])
            # Posted by a second click, in a transaction of its own.
            self.env.cr.precommit.run()
            entry.action_post()
            self.env.flush_all()
            self.env.cr.precommit.run()
        return entry.with_user(self.env.user)

    # === ASSERTIONS === #

    def _get_totals(self, lines):
        """Return what is on each account, by its name in these tests."""
        names = {account: name for name, account in self.accounts.items()}
        totals = {}
        for line in lines:
            name = names.get(line.account_id, line.account_id.display_name)
            totals[name] = totals.get(name, 0.0) + line.balance
        return {name: round(total, 2) for name, total in totals.items() if total}

    def _assert_books(self, lines, **expected):
        """Assert what journal items say; accounts that are not named have nothing."""
        self.assertEqual(
            self._get_totals(lines),
            {name: balance for name, balance in expected.items() if balance},
        )

    def _assert_all_closed(self):
        """Assert that a closing has nothing to book."""
        message = self._assert_refused(UserError, self._close)
        self.assertEqual(message, "Everything is correctly closed")

    def _get_cost_entries(self, visit):
        """Return the entries of the goods of a visit, in their order."""
        return visit.picking_ids.move_ids.account_move_id.sorted("id")

    def _get_cogs(self, moves):
        return moves.line_ids.filtered(lambda line: line.display_type == "cogs")
