from odoo import api, fields, models
from odoo.exceptions import UserError


class MedicalConsultationAddendum(models.Model):
    """A dated note that a medic adds to a signed visit."""

    _name = "medical.consultation.addendum"
    _description = "Addendum to a Consultation"
    _inherit = ["medical.consultation.entry"]

    # Chosen by who adds one, unlike in the other entries.
    consultation_id = fields.Many2one(readonly=False)
    text = fields.Text(required=True)

    # === COMPUTE METHODS === #

    @api.depends("consultation_id", "date")
    def _compute_display_name(self):
        for addendum in self:
            addendum.display_name = self.env._(
                "Addendum to %(visit)s", visit=addendum.consultation_id.name
            )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        addenda = super().create(vals_list)
        # Also for people of other companies, who reach no visit of this one.
        addenda.consultation_id.check_access("write")
        for addendum in addenda:
            if not addendum.text.strip():
                raise UserError(self.env._("Write what there is to add."))
        for visit in addenda.consultation_id:
            if visit.state != "signed":
                raise UserError(
                    self.env._(
                        "%(visit)s is not signed: write it into the visit itself.",
                        visit=visit.name,
                    )
                )
        return addenda
