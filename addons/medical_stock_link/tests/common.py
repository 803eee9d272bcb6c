from odoo.fields import Command

from odoo.addons.medical_billing.tests.common import MedicalBillingCommon


class MedicalStockCommon(MedicalBillingCommon):
    """The small clinic with a warehouse and goods that are valued at each move."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.stock_user = cls._create_user("stock_user", "stock.group_stock_user")
        cls.warehouse = cls.env["stock.warehouse"].search(
            [("company_id", "=", cls.env.company.id)], limit=1
        )
        cls.stock_location = cls.warehouse.lot_stock_id
        cls.supplier_location = cls.quick_ref("stock.stock_location_suppliers")
        cls.clinic_location = cls.env.company._get_medical_location()
        cls.expense_account = cls.clinic_location.valuation_account_id
        cls.valuation_account = cls.env.company.account_stock_valuation_id
        cls.categories = {
            method: cls.env["product.category"].create(
                {
                    "name": method,
                    "property_cost_method": method,
                    "property_valuation": "real_time",
                    "property_account_income_categ_id": cls.company_data[
                        "default_account_revenue"
                    ].id,
                    "property_account_expense_categ_id": cls.company_data[
                        "default_account_expense"
                    ].id,
                }
            )
            for method in ("standard", "average", "fifo")
        }
        cls.gauze = cls._create_goods("Gauze")

    # === FACTORIES === #

    @classmethod
    def _create_goods(cls, name, method="standard", cost=6.0, price=10.0, **values):
        return cls._create_medical_product(
            name,
            "consumable",
            price,
            **{
                "type": "consu",
                "is_storable": True,
                "categ_id": cls.categories[method].id,
                "standard_price": cost,
                **values,
            },
        )

    @classmethod
    def _create_lot(cls, product, name, expires=False):
        return cls.env["stock.lot"].create(
            {"name": name, "product_id": product.id, "expiration_date": expires}
        )

    @classmethod
    def _receive(cls, product, quantity, cost=None, lot=None):
        """Receive goods from a supplier at a cost each."""
        cost = product.standard_price if cost is None else cost
        move = cls.env["stock.move"].create(
            {
                "product_id": product.id,
                "product_uom": product.uom_id.id,
                "product_uom_qty": quantity,
                "price_unit": cost,
                "value_manual": cost * quantity,
                "location_id": cls.supplier_location.id,
                "location_dest_id": cls.stock_location.id,
                "picking_type_id": cls.warehouse.in_type_id.id,
            }
        )
        move._action_confirm()
        if lot:
            move.move_line_ids = [
                Command.clear(),
                Command.create(
                    {
                        "product_id": product.id,
                        "quantity": quantity,
                        "lot_id": lot.id,
                        "location_id": cls.supplier_location.id,
                        "location_dest_id": cls.stock_location.id,
                    }
                ),
            ]
        else:
            move._action_assign()
        move.picked = True
        move._action_done()
        return move

    # === DEEDS === #

    def _sign_visit(self, *lines, **values):
        """Create a visit and sign it as its medic, who has no right to stock."""
        return self._sign(self._create_visit(*lines, **values))

    def _return_all(self, picking, user=None):
        """Return a transfer by Odoo's own wizard, as the stock user."""
        self.env.flush_all()
        self.env.invalidate_all()
        wizard = (
            self.env["stock.return.picking"]
            .with_user(user or self.stock_user)
            .with_context(
                active_id=picking.id,
                active_ids=picking.ids,
                active_model="stock.picking",
            )
            .create({"picking_id": picking.id})
        )
        action = wizard.action_create_returns_all()
        returned = picking.browse(action["res_id"]).with_user(user or self.stock_user)
        returned.move_ids.picked = True
        returned.button_validate()
        return returned.with_user(self.env.user)

    def _get_on_hand(self, product, lot=None):
        """Return how much the warehouse holds."""
        quants = self.env["stock.quant"]._gather(product, self.stock_location, lot)
        return sum(quants.mapped("quantity"))

    # === ASSERTIONS === #

    def _assert_entry(self, moves, amount):
        """Assert that one entry books the cost of what these moves took."""
        entry = moves.account_move_id
        self.assertEqual(len(entry), 1)
        self.assertEqual(entry.state, "posted")
        totals = {}
        for line in entry.line_ids:
            totals[line.account_id] = totals.get(line.account_id, 0) + line.balance
        self.assertEqual(
            totals, {self.expense_account: amount, self.valuation_account: -amount}
        )
