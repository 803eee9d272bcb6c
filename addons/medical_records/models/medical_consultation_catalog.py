from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class MedicalConsultation(models.Model):
    """Odoo's product catalog as a way to fill in the lines of a visit."""

    _name = "medical.consultation"
    _inherit = ["medical.consultation", "product.catalog.mixin"]

    # === ACTION METHODS === #

    @api.readonly
    def action_add_from_catalog(self):
        # EXTENDS 'product'
        self.env["medical.consultation.line"].check_access("create")
        self.check_access("write")
        action = super().action_add_from_catalog()
        kanban, search = (
            self.env.ref(f"medical_records.product_product_view_{name}_catalog")
            for name in ("kanban", "search")
        )
        action["views"] = [(kanban.id, "kanban"), (False, "form")]
        action["search_view_id"] = [search.id, "search"]
        return action

    # === BUSINESS METHODS === #

    def _get_action_add_from_catalog_extra_context(self):
        # EXTENDS 'product'
        return {
            **super()._get_action_add_from_catalog_extra_context(),
            "order_id": self.id,
            "product_catalog_currency_id": self.company_id.currency_id.id,
            "precision": self.env["decimal.precision"].precision_get("Product Unit"),
        }

    def _get_product_catalog_domain(self):
        # EXTENDS 'product'
        return super()._get_product_catalog_domain() & Domain(
            "medical_kind", "!=", False
        )

    def _get_product_catalog_order_data(self, products, **kwargs):
        # EXTENDS 'product': prices are none of a visit's business.
        return {
            product_id: {**data, "price": 0.0}
            for product_id, data in super()
            ._get_product_catalog_order_data(products, **kwargs)
            .items()
        }

    def _get_product_catalog_record_lines(self, product_ids, **kwargs):
        # OVERRIDE 'product'
        return self._get_catalog_lines(product_ids).grouped("product_id")

    def _is_readonly(self):
        # OVERRIDE 'product'
        self.ensure_one()
        return self._is_frozen()

    def _update_order_line_info(self, product_id, quantity, **kwargs):
        # OVERRIDE 'product'
        self.check_access("write")
        self._check_story_is_open()
        line = self._get_catalog_lines([product_id])
        if len(line) > 1:
            raise UserError(
                self.env._(
                    "%(product)s is on several lines: change them in the visit.",
                    product=line[0].name,
                )
            )
        if not line:
            if quantity > 0:
                self._check_is_medical(product_id)
                self.env["medical.consultation.line"].create(
                    {
                        "consultation_id": self.id,
                        "product_id": product_id,
                        "quantity": quantity,
                    }
                )
        elif quantity < line.qty_done:
            raise UserError(
                self.env._(
                    "%(done)s of %(line)s is already done and cannot become less here: "
                    "correct what was done in the visit.",
                    done=line.qty_done,
                    line=line.name,
                )
            )
        elif quantity > 0:
            line.quantity = quantity
        else:
            line.unlink()
        return 0.0

    def _get_catalog_lines(self, product_ids):
        """Return the lines that the catalog shows and changes.

        Components follow the line they belong to, and what is cancelled stays so.
        """
        return self.line_ids.filtered(
            lambda line: (
                line.product_id.id in product_ids
                and not line.parent_id
                and not line.is_cancelled
            )
        )

    def _check_is_medical(self, product_id):
        product = self.env["product.product"].browse(product_id)
        if not product.medical_kind:
            raise UserError(
                self.env._(
                    "%(product)s has no medical kind: a visit cannot record it.",
                    product=product.display_name,
                )
            )
