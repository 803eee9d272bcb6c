from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .medical_code_system import ATC_URI

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
    atc_code_id = fields.Many2one(
        comodel_name="medical.code",
        string="ATC Class",
        domain=[("system_id.uri", "=", ATC_URI)],
        ondelete="restrict",
        index="btree_not_null",
        help="The class of the drug: an allergy against this class, or a group above "
        "it, gives an alert when the drug is prescribed.",
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

    # === CONSTRAINT METHODS === #

    @api.constrains("atc_code_id")
    def _check_atc_code(self):
        # In sudo mode: whoever keeps products need not have the right to read codes.
        for template in self.sudo():
            if template.atc_code_id and not template.atc_code_id._is_atc():
                raise ValidationError(
                    self.env._(
                        "%(code)s is no ATC class: choose a code of the ATC for "
                        "%(product)s.",
                        code=template.atc_code_id.display_name,
                        product=template.name,
                    )
                )

    @api.constrains("company_id")
    def _check_companies_of_components(self):
        # Components look at companies when they are written, not when products are.
        # In sudo mode: whoever keeps products need not see what is made of them.
        self.env["medical.product.component"].sudo().search(
            [
                "|",
                ("product_tmpl_id", "in", self.ids),
                ("product_id.product_tmpl_id", "in", self.ids),
            ]
        )._check_company()

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
