from odoo import fields, models


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
    active = fields.Boolean(default=True)
    code_ids = fields.One2many(
        comodel_name="medical.code",
        inverse_name="system_id",
    )

    _name_version_uniq = models.UniqueIndex(
        "(name, COALESCE(version, ''))",
        "This code system already exists in this version.",
    )
