from odoo import api, fields, models
from odoo.exceptions import ValidationError


class MedicalPartnerRelation(models.Model):
    """How a patient is related to somebody (FHIR RelatedPerson)."""

    _name = "medical.partner.relation"
    _description = "Relation of a Patient"
    _order = "partner_id, id"

    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Patient",
        required=True,
        ondelete="cascade",
        index=True,
    )
    related_partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Related Person",
        required=True,
        ondelete="cascade",
        index=True,
    )
    relationship = fields.Selection(
        selection=[
            ("parent", "Parent"),
            ("child", "Child"),
            ("spouse", "Spouse or Partner"),
            ("sibling", "Sibling"),
            ("guardian", "Guardian"),
            ("employer", "Employer"),
            # The contact of the same person at a company, see `_make_patients`.
            ("self", "Same Person at Work"),
            ("other", "Other"),
        ],
        required=True,
        default="other",
    )
    is_emergency_contact = fields.Boolean()
    note = fields.Char()

    @api.constrains("partner_id", "related_partner_id")
    def _check_two_people(self):
        for relation in self:
            if relation.partner_id == relation.related_partner_id:
                raise ValidationError(
                    self.env._("A relation needs two different people.")
                )

    # === ACTION METHODS === #

    def action_view_related_partner(self):
        """Open the page of the related person."""
        return self.related_partner_id.get_formview_action()

    def action_view_patient(self):
        """Open the page of the patient who names this relation."""
        return self.partner_id.get_formview_action()
