from odoo import fields, models
from odoo.tools import SQL


class StockWarehouse(models.Model):
    _inherit = "stock.warehouse"

    medical_type_id = fields.Many2one(
        comodel_name="stock.picking.type",
        string="Clinic Consumption Type",
        check_company=True,
        copy=False,
    )

    # === CRUD METHODS === #

    def _get_sequence_values(self, name=False, code=False):
        # EXTENDS 'stock'
        values = super()._get_sequence_values(name=name, code=code)
        if not self._has_medical_type():
            return values
        prefix = self.medical_type_id.sequence_code or "USE"
        values["medical_type_id"] = {
            "name": self.env._(
                "%(warehouse)s Sequence clinic consumption", warehouse=name or self.name
            ),
            "prefix": f"{code or self.code}/{prefix}/",
            "padding": 5,
            "company_id": self.company_id.id,
        }
        return values

    def _get_picking_type_create_values(self, max_sequence):
        # EXTENDS 'stock'
        data, next_sequence = super()._get_picking_type_create_values(max_sequence)
        if not self._has_medical_type():
            return data, next_sequence
        data["medical_type_id"] = {
            "name": self.env._("Clinic Consumption"),
            # Only goods that went out this way are traced by Odoo's lot report.
            "code": "outgoing",
            "default_location_src_id": self.lot_stock_id.id,
            "default_location_dest_id": self.company_id._get_medical_location().id,
            "sequence": next_sequence + 1,
            "sequence_code": "USE",
            "company_id": self.company_id.id,
            "use_create_lots": False,
            "use_existing_lots": True,
            "create_backorder": "always",
        }
        return data, next_sequence + 2

    def _get_picking_type_update_values(self):
        # EXTENDS 'stock'
        data = super()._get_picking_type_update_values()
        if not self._has_medical_type():
            return data
        data["medical_type_id"] = {
            "active": self.active,
            "barcode": self.code.replace(" ", "").upper() + "USE",
            "default_location_src_id": self.lot_stock_id.id,
        }
        return data

    def _create_or_update_sequences_and_picking_types(self):
        # EXTENDS 'stock': what is returned from a visit comes in as any receipt.
        types = super()._create_or_update_sequences_and_picking_types()
        if "medical_type_id" in types:
            self.env["stock.picking.type"].browse(types["medical_type_id"]).write(
                {"return_picking_type_id": types.get("in_type_id", self.in_type_id.id)}
            )
        return types

    # === BUSINESS METHODS === #

    def _has_medical_type(self):
        """Whether this warehouse has, or gets now, a type for clinic consumption.

        Warehouses get one when a visit takes goods there for the first time: the others
        keep the operations that Odoo, its reports and people count on.

        :rtype: bool
        """
        return bool(self.medical_type_id or self.env.context.get("create_medical_type"))

    def _create_missing_medical_type(self):
        """Give this warehouse the operation type that consumption goes through."""
        self.ensure_one()
        if not self.medical_type_id:
            # Who makes it at this moment is waited for; PostgreSQL then refuses to go
            # on with what was read before, and Odoo runs the deed again.
            self.env.cr.execute(
                SQL(
                    "SELECT FROM stock_warehouse WHERE id = %s FOR NO KEY UPDATE",
                    self.id,
                )
            )
            values = self.with_context(
                create_medical_type=True
            )._create_or_update_sequences_and_picking_types()
            self.write({"medical_type_id": values["medical_type_id"]})
