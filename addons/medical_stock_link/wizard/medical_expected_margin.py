from odoo import api, fields, models

from odoo.addons.medical_records.models.product_template import MEDICAL_KINDS


class MedicalExpectedMargin(models.TransientModel):
    """What acts cost by their recipes at today's cost, beside their prices.

    A row for each act and company, counted when the report is opened: costs, recipes
    and prices change from day to day, and none of them keeps the figures of the others.
    """

    _name = "medical.expected.margin"
    _description = "Standard Cost and Expected Margin"
    _inherit = ["medical.margin"]
    _order = "margin_percent, id"
    _rec_name = "product_tmpl_id"

    product_tmpl_id = fields.Many2one(
        comodel_name="product.template",
        string="Act or Article",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    kind = fields.Selection(selection=MEDICAL_KINDS, readonly=True)
    categ_id = fields.Many2one(
        comodel_name="product.category",
        string="Category",
        readonly=True,
    )
    price = fields.Monetary(
        string="Price Without Taxes",
        readonly=True,
    )
    billed_apart = fields.Monetary(
        readonly=True,
        help="The prices of the components that are billed apart, without taxes.",
    )
    revenue = fields.Monetary(
        string="Expected Revenue",
        help="The price and what is billed apart.",
    )
    material_cost = fields.Monetary(
        string="Standard Cost",
        readonly=True,
        help="What the goods of the recipe cost today.",
    )
    margin = fields.Monetary(string="Expected Margin")
    margin_percent = fields.Float(string="Expected Margin (%)")

    # === ACTION METHODS === #

    @api.model
    def action_open_report(self):
        """Show what the acts of the chosen companies cost, as of now."""
        self.check_access("create")
        vals_list = []
        for company in self.env.companies:
            vals_list += self._prepare_rows(company)
        rows = self.create(vals_list)
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "medical_stock_link.medical_expected_margin_action"
        )
        action["domain"] = [("id", "in", rows.ids)]
        return action

    def action_open(self):
        """Open the product of a row, with its materials."""
        self.ensure_one()
        return self.product_tmpl_id._get_records_action()

    # === BUSINESS METHODS === #

    @api.model
    def _prepare_rows(self, company):
        """Return the values of a row for each act that is made of something.

        :param company: the `res.company` whose costs and taxes count
        :rtype: list[dict]
        """
        templates = (
            self.env["product.template"]
            .with_company(company)
            .search(
                [
                    ("medical_kind", "!=", False),
                    ("component_ids", "!=", False),
                    ("company_id", "in", (False, *company.parent_ids.ids)),
                ]
            )
        )
        return [
            {
                "company_id": company.id,
                "product_tmpl_id": template.id,
                "kind": template.medical_kind,
                "categ_id": template.categ_id.id,
                "price": template.medical_price,
                "billed_apart": template.medical_billed_apart,
                "revenue": template.medical_price + template.medical_billed_apart,
                "material_cost": template.medical_material_cost,
                "margin": template.medical_margin,
                "margin_percent": template.medical_margin_percent,
            }
            for template in templates
        ]
