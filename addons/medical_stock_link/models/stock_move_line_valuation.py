from odoo import api, models


class StockMoveLine(models.Model):
    """What a visit used, and the entry of its cost, stay as they were booked.

    Odoo lets stock users correct a done transfer. The cost of the move follows then,
    and the entry does not. A visit is corrected in the visit, or goods come back.
    """

    _inherit = "stock.move.line"

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        # EXTENDS 'stock_account'
        moves = self.env["stock.move"].browse(
            vals["move_id"] for vals in vals_list if vals.get("move_id")
        )
        moves._check_not_used_in_visit()
        return super().create(vals_list)

    def write(self, vals):
        # EXTENDS 'stock_account'
        if self._get_fields_of_value() & vals.keys():
            self._get_changed(vals).move_id._check_not_used_in_visit()
        return super().write(vals)

    # === BUSINESS METHODS === #

    @api.model
    def _get_fields_of_value(self):
        """Return the names of the fields that say what a move cost.

        :rtype: set[str]
        """
        return {
            "quantity",
            "product_uom_id",
            "lot_id",
            "lot_name",
            "location_id",
            "location_dest_id",
            "owner_id",
            "move_id",
        }

    def _get_changed(self, vals):
        """Return the lines of which these values would change what was moved.

        :param dict vals: see :meth:`write`
        :rtype: stock.move.line
        """
        names = self._get_fields_of_value() & vals.keys()
        return self.filtered(
            lambda line: any(
                line._fields[name].convert_to_cache(vals[name], line, validate=False)
                != line._fields[name].convert_to_cache(line[name], line, validate=False)
                for name in names
            )
        )
