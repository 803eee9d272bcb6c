from odoo import api, fields, models

# What a clinic does, gives and uses; shared by products, lines and billable items.
MEDICAL_KINDS = [
    ("consultation", "Consultation"),
    ("procedure", "Procedure"),
    ("medication", "Medication"),
    ("laboratory", "Laboratory"),
    ("imaging", "Imaging"),
    ("consumable", "Consumable"),
    ("other", "Other"),
]


class ProductTemplate(models.Model):
    _inherit = "product.template"

    medical_kind = fields.Selection(
        selection=MEDICAL_KINDS,
        index="btree_not_null",
        help="Products with a kind can be recorded in a consultation.",
    )
    medical_code_id = fields.Many2one(
        comodel_name="medical.code",
        string="Billing Code",
        ondelete="restrict",
        index="btree_not_null",
        help="The code that stands for this act or article on documents.",
    )
    medical_charge = fields.Selection(
        selection=[
            ("charged", "Charged"),
            ("none", "Not charged"),
        ],
        default="charged",
        help="Not charged: recorded and taken from stock, never billed. For what the "
        "clinic gives away with the visit, such as gloves.",
    )
    # Not copied: whoever duplicates a product need not have the right to configure
    # what a procedure is made of.
    component_ids = fields.One2many(
        comodel_name="medical.product.component",
        inverse_name="product_tmpl_id",
        copy=False,
        groups="medical_records.group_medical_user",
        help="What is done or used together with this product, for one unit of it.",
    )

    # === BUSINESS METHODS === #

    @api.model
    def get_import_templates(self):
        """Offer the fee schedule where acts and articles are imported."""
        if not self.env.context.get("default_medical_kind"):
            return super().get_import_templates()
        return [
            {
                "label": self.env._("Import Template for a Fee Schedule"),
                "template": "/medical_records/static/import/fee_schedule.csv",
            }
        ]
