from odoo import api, fields, models
from odoo.exceptions import ValidationError


class MedicalConsultationLine(models.Model):
    """What a line's product is made of: components are lines below their line.

    They follow the quantity of that line until somebody changes one by hand.
    """

    _inherit = "medical.consultation.line"

    # Components stand right below the line they belong to, however they were added.
    root_line = fields.Integer(
        compute="_compute_root_line",
        store=True,
        recursive=True,
        # Sessions of plans are looked up with all their parts.
        index=True,
    )
    parent_id = fields.Many2one(
        comodel_name="medical.consultation.line",
        string="Part of",
        ondelete="cascade",
        index="btree_not_null",
        readonly=True,
        copy=False,
    )
    child_ids = fields.One2many(
        comodel_name="medical.consultation.line",
        inverse_name="parent_id",
        string="Components",
    )
    # Not rounded: it is multiplied with the parent's quantity before any rounding.
    component_ratio = fields.Float(
        digits=0,
        readonly=True,
        help="How much of this is used for one unit of the line it belongs to.",
    )
    is_touched = fields.Boolean(
        string="Changed by hand",
        compute="_compute_is_touched",
        help="No longer what the recipe of the line above says, so it does not follow "
        "that line's quantity any more.",
    )

    # === COMPUTE METHODS === #

    @api.depends("parent_id.root_line")
    def _compute_root_line(self):
        for line in self:
            line.root_line = line.parent_id.root_line or line._origin.id

    @api.depends("quantity", "component_ratio", "parent_id.quantity")
    def _compute_is_touched(self):
        for line in self:
            line.is_touched = bool(
                line.component_ratio
            ) and line.quantity != line._get_component_quantity(line.parent_id.quantity)

    # === CONSTRAINT METHODS === #

    @api.constrains("parent_id")
    def _check_parent(self):
        if self._has_cycle():
            raise ValidationError(self.env._("A line cannot be part of itself."))
        for line in self:
            if line.parent_id and line.parent_id.consultation_id != (
                line.consultation_id
            ):
                raise ValidationError(
                    self.env._(
                        "%(line)s cannot be part of a line of another visit.",
                        line=line.name,
                    )
                )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._add_components()
        return lines

    def write(self, vals):
        following = self.browse()
        if "quantity" in vals:
            following = self.child_ids.filtered(
                lambda line: line.component_ratio and not line.is_touched
            )
        changed = self.browse()
        if "product_id" in vals:
            changed = self.filtered(
                lambda line: line.product_id.id != vals["product_id"]
            )
        result = super().write(vals)
        if changed:
            changed._replace_components()
        for line in following.exists():
            line.quantity = line._get_component_quantity(line.parent_id.quantity)
        if "sequence" in vals and self.child_ids:
            self.child_ids.write({"sequence": vals["sequence"]})
        return result

    def unlink(self):
        # Components first, and through the ORM: billing and stock are told of each.
        if self.child_ids - self:
            (self.child_ids - self).unlink()
        return super().unlink()

    # === BUSINESS METHODS === #

    def _is_component(self):
        # EXTENDS medical.order
        return bool(self.parent_id) or super()._is_component()

    def _get_component_quantity(self, parent_quantity):
        """Return how much of this component a quantity of its parent needs."""
        self.ensure_one()
        return self.product_uom_id.round(parent_quantity * self.component_ratio)

    def _add_components(self):
        """Add the components of the lines' products, level by level."""
        vals_list = []
        # In sudo mode: recording needs no right to the recipes.
        for line in self.sudo():
            for component in line.product_id.component_ids:
                vals_list.append(line._prepare_component_vals(component))
        if vals_list:
            self.create(vals_list)

    def _prepare_component_vals(self, component):
        """Return the values of the line made for one component of this line.

        :param component: a `medical.product.component`
        :rtype: dict
        """
        self.ensure_one()
        # The recipe is for one of the product's own unit.
        units = self.product_uom_id._compute_quantity(
            1.0, self.product_id.uom_id, round=False
        )
        ratio = component.quantity * units
        return {
            "consultation_id": self.consultation_id.id,
            "parent_id": self.id,
            "sequence": self.sequence,
            "product_id": component.product_id.id,
            "product_uom_id": component.product_uom_id.id,
            "component_ratio": ratio,
            "included_ratio": component._get_quantity_limit() * units,
            "quantity": component.product_uom_id.round(self.quantity * ratio),
            "charge": (
                "included"
                if component.charge == "included"
                else component.product_id.medical_charge or "charged"
            ),
            "is_done_later": self.is_done_later,
            "dispensing": self.dispensing,
        }

    def _replace_components(self):
        """Make the components fit the lines' new products; touched ones stay."""
        self.child_ids.filtered(
            lambda line: (
                line.component_ratio and not line.is_touched and not line.qty_done
            )
        ).unlink()
        self._add_components()
