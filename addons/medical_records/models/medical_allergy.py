from odoo import api, fields, models
from odoo.exceptions import ValidationError


class MedicalAllergy(models.Model):
    """What a patient does not tolerate (FHIR AllergyIntolerance); in all companies."""

    _name = "medical.allergy"
    _description = "Allergy"
    _order = "severity desc, id"

    patient_id = fields.Many2one(
        comodel_name="res.partner",
        domain=[("is_patient", "=", True)],
        required=True,
        ondelete="restrict",
        index=True,
    )
    substance = fields.Char(
        compute="_compute_substance",
        store=True,
        readonly=False,
        help="In words; taken from the product or the code when left empty.",
    )
    product_id = fields.Many2one(
        comodel_name="product.product",
        ondelete="restrict",
        index="btree_not_null",
    )
    code_id = fields.Many2one(
        comodel_name="medical.code",
        ondelete="restrict",
        index="btree_not_null",
        help="A substance or a group of drugs, for example an ATC code.",
    )
    severity = fields.Selection(
        selection=[("mild", "Mild"), ("moderate", "Moderate"), ("severe", "Severe")]
    )
    reaction = fields.Char()
    date_onset = fields.Date()
    active = fields.Boolean(default=True)

    # === COMPUTE METHODS === #

    @api.depends("product_id", "code_id")
    def _compute_substance(self):
        for allergy in self:
            known = allergy.product_id.name or allergy.code_id.name
            allergy.substance = known or allergy.substance

    @api.depends("substance")
    def _compute_display_name(self):
        for allergy in self:
            allergy.display_name = allergy.substance or ""

    # === CONSTRAINT METHODS === #

    @api.constrains("substance")
    def _check_substance(self):
        for allergy in self:
            if not allergy.substance:
                raise ValidationError(
                    self.env._("Say what the patient is allergic to.")
                )

    # === BUSINESS METHODS === #

    @api.model
    def get_import_templates(self):
        return [
            {
                "label": self.env._("Import Template for Allergies"),
                "template": "/medical_records/static/import/allergies.csv",
            }
        ]
