from odoo import api, fields, models


class MedicalCode(models.Model):
    """One entry of a terminology (FHIR Coding): what a diagnosis or an act is called.

    A system can hold hundreds of thousands of codes, hence the trigram indexes on
    both searched columns.
    """

    _name = "medical.code"
    _description = "Medical Code"
    _order = "code, id"
    _rec_names_search = ["code", "name"]

    code = fields.Char(required=True, index="trigram")
    name = fields.Char(required=True, index="trigram")
    system_id = fields.Many2one(
        comodel_name="medical.code.system",
        required=True,
        ondelete="restrict",
        index=True,
    )
    active = fields.Boolean(default=True)

    _system_code_uniq = models.UniqueIndex(
        "(system_id, code)",
        "This code already exists in this code system.",
    )

    # === COMPUTE METHODS === #

    @api.depends("code", "name")
    def _compute_display_name(self):
        for code in self:
            code.display_name = f"{code.code} {code.name}"
