from odoo import fields, models

# The system of drug classes, in every version of it.
ATC_URI = "http://www.whocc.no/atc"
# Where codes of a diagnosis come from; for the domains of fields that hold one.
DIAGNOSIS_CODES = [("system_id.purpose", "in", ("diagnosis", "any"))]


class MedicalCodeSystem(models.Model):
    """A terminology: ICD-10, SNOMED CT, CPT, a clinic's own list (FHIR CodeSystem)."""

    _name = "medical.code.system"
    _description = "Code System"
    _order = "name, version, id"

    name = fields.Char(required=True)
    uri = fields.Char(
        string="URI",
        index="btree_not_null",
        help="The address that names the system in FHIR, "
        "for example http://snomed.info/sct",
    )
    version = fields.Char()
    country_id = fields.Many2one(comodel_name="res.country")
    purpose = fields.Selection(
        selection=[
            ("diagnosis", "Diagnoses"),
            ("act", "Acts and Billing"),
            ("drug", "Drugs"),
            ("laboratory", "Laboratory"),
            ("any", "Anything"),
        ],
        required=True,
        default="any",
        help="What its codes stand for: only codes of diagnoses are offered as one.",
    )
    active = fields.Boolean(default=True)
    code_ids = fields.One2many(
        comodel_name="medical.code",
        inverse_name="system_id",
    )

    _name_version_uniq = models.UniqueIndex(
        "(name, COALESCE(version, ''))",
        "This code system already exists in this version.",
    )

    # === ACTION METHODS === #

    def action_import_codes(self):
        """Open a new import of codes into this system."""
        self.ensure_one()
        self.env["medical.code.import"].check_access("create")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Import Codes"),
            "res_model": "medical.code.import",
            "view_mode": "form",
            "context": {"default_system_id": self.id},
        }
