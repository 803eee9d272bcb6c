from odoo import fields, models


class MedicalVisitType(models.Model):
    """A kind of visit: first visit, follow-up, phone call.

    Choosing it in a consultation adds its fee, so that the commonest charge of all
    is never forgotten.
    """

    _name = "medical.visit.type"
    _description = "Visit Type"
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(comodel_name="res.company")
    duration = fields.Float(default=0.5, help="How long such a visit takes, in hours.")
    product_id = fields.Many2one(
        comodel_name="product.product",
        string="Fee",
        domain=[("medical_kind", "!=", False)],
        ondelete="restrict",
        check_company=True,
        help="What is charged for the visit itself.",
    )
    fee_ids = fields.One2many(
        comodel_name="medical.visit.type.fee",
        inverse_name="visit_type_id",
        string="Fees by Practitioner",
    )

    # === BUSINESS METHODS === #

    def _get_fee_product(self, practitioner):
        """Return the product charged for such a visit with a practitioner.

        :param practitioner: a `res.partner`, possibly empty
        :rtype: product.product
        """
        self.ensure_one()
        special = self.fee_ids.filtered(lambda fee: fee.practitioner_id == practitioner)
        return special.product_id if special else self.product_id
