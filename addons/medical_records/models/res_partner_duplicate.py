from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .res_partner import DEMOGRAPHICS
from .res_partner_search import normalize_words


class ResPartner(models.Model):
    """Who may be the same patient twice: same name, same birth date.

    Shown while somebody types, before a second record is made; and found afterwards,
    for Odoo's own merge.
    """

    _inherit = "res.partner"

    patient_match_key = fields.Char(
        compute="_compute_patient_match_key",
        store=True,
        index="btree_not_null",
        groups=DEMOGRAPHICS,
        help="Name and birth date of a patient; equal for suspected duplicates.",
    )
    duplicate_patient_ids = fields.Many2many(
        comodel_name="res.partner",
        string="Suspected Duplicates",
        compute="_compute_duplicate_patient_ids",
        context={"active_test": False},
        groups=DEMOGRAPHICS,
        help="Patients of the same name and birth date, archived ones too.",
    )
    is_suspected_duplicate = fields.Boolean(
        compute="_compute_duplicate_patient_ids",
        search="_search_is_suspected_duplicate",
        groups=DEMOGRAPHICS,
    )

    # === COMPUTE METHODS === #

    @api.depends("is_patient", "name", "birthdate")
    def _compute_patient_match_key(self):
        for partner in self:
            # "Weber, Anna" and "Anna  WEBER" are the same words.
            words = sorted(normalize_words(partner.name))
            known = partner.is_patient and partner.birthdate and words
            partner.patient_match_key = known and (
                f"{' '.join(words)}|{partner.birthdate}"
            )

    @api.depends("patient_match_key")
    def _compute_duplicate_patient_ids(self):
        keys = [key for key in self.mapped("patient_match_key") if key]
        groups = self.with_context(active_test=False)._read_group(
            domain=[("patient_match_key", "in", keys)] if keys else Domain.FALSE,
            groupby=["patient_match_key"],
            aggregates=["id:recordset"],
        )
        namesakes = dict(groups)
        for partner in self:
            others = namesakes.get(partner.patient_match_key, self.browse())
            others = others.with_env(self.env) - partner._origin
            partner.duplicate_patient_ids = others
            partner.is_suspected_duplicate = bool(others)

    def _search_is_suspected_duplicate(self, operator, value):
        # Odoo asks for the right to read a field only where it reads its column.
        self._check_field_access(self._fields["is_suspected_duplicate"], "read")
        if operator != "in":
            return NotImplemented
        self.flush_model(["patient_match_key"])
        return Domain(
            "id",
            "in",
            SQL(
                """(
                SELECT id
                  FROM res_partner
                 WHERE patient_match_key IN (
                           SELECT patient_match_key
                             FROM res_partner
                            WHERE patient_match_key IS NOT NULL
                         GROUP BY patient_match_key
                           HAVING COUNT(*) > 1
                       )
                )"""
            ),
        )
