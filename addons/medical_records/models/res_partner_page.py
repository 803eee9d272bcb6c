from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .res_partner import DEMOGRAPHICS

# What the page of a patient shows of a long history; the rest is one click away.
SHOWN_AT_ONCE = 20


class ResPartner(models.Model):
    """What the page of a patient shows: the latest of a history of any length."""

    _inherit = "res.partner"

    latest_consultation_ids = fields.Many2many(
        comodel_name="medical.consultation",
        string="Latest Visits",
        compute="_compute_latest_consultation_ids",
        groups=DEMOGRAPHICS,
    )
    latest_prescription_ids = fields.Many2many(
        comodel_name="medical.consultation.line",
        string="Latest Prescriptions",
        compute="_compute_latest_prescription_ids",
        groups="medical_records.group_assistant",
        help="Drugs that were given here or prescribed to be had elsewhere.",
    )

    # === COMPUTE METHODS === #

    @api.depends("consultation_ids")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_latest_consultation_ids(self):
        latest = self._get_latest_of_visits("medical.consultation", Domain.TRUE)
        for partner in self:
            partner.latest_consultation_ids = latest.get(partner._origin.id)

    @api.depends("consultation_ids")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_latest_prescription_ids(self):
        latest = self._get_latest_of_visits(
            "medical.consultation.line",
            Domain("kind", "=", "medication") & Domain("state", "!=", "cancelled"),
        )
        for partner in self:
            partner.latest_prescription_ids = latest.get(partner._origin.id)

    # === ACTION METHODS === #

    def action_view_prescriptions(self):
        """Show all drugs of this patient."""
        self.ensure_one()
        self.env["medical.consultation.line"].check_access("read")
        self.env["medical.consultation.line"].check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "medical_records.medical_consultation_line_action"
        )
        action["name"] = self.env._("Prescriptions")
        action["domain"] = [
            ("consultation_id.patient_id", "=", self.id),
            ("kind", "=", "medication"),
        ]
        action["context"] = {}
        return action

    # === BUSINESS METHODS === #

    def get_formview_id(self, access_uid=None):
        """Open patients on their page, wherever somebody of the clinic clicks."""
        # Only superuser mode may ask for somebody else: the answer tells patients from
        # other contacts.
        uid = (self.env.su and access_uid) or self.env.uid
        user = self.env["res.users"].browse(uid)
        if len(self) == 1 and user.has_group(DEMOGRAPHICS) and self.sudo().is_patient:
            return self.env.ref("medical_records.res_partner_view_form_patient").id
        return super().get_formview_id(access_uid=access_uid)

    def _get_latest_of_visits(self, model, domain):
        """Return the newest records of the visits of each of these patients.

        The user's rights count. It is one query for all patients, and reads as much of
        five hundred visits as of five.

        :param str model: the visits, or something that belongs to them
        :param domain: which of them
        :return: ids, newest first, by the id of the patient
        :rtype: dict[int, list[int]]
        """
        records = self.env[model]
        path = "" if model == "medical.consultation" else "consultation_id."
        query = records._search(
            Domain(f"{path}patient_id", "in", self.ids) & Domain(domain)
        )
        if query.is_empty():
            return {}
        visits = self.env["medical.consultation"]
        alias = query.table
        if path:
            alias = query.left_join(
                query.table, "consultation_id", visits._table, "id", "consultation_id"
            )
        patient, date = (
            visits._field_to_sql(alias, name, query) for name in ("patient_id", "date")
        )
        ranked = query.select(
            SQL("%s AS id", SQL.identifier(query.table, "id")),
            SQL("%s AS patient_id", patient),
            SQL(
                "ROW_NUMBER() OVER (PARTITION BY %s ORDER BY %s DESC, %s DESC) AS rank",
                patient,
                date,
                SQL.identifier(query.table, "id"),
            ),
        )
        return dict(
            self.env.execute_query(
                SQL(
                    "SELECT patient_id, ARRAY_AGG(id ORDER BY rank) FROM (%s) AS ranked"
                    " WHERE rank <= %s GROUP BY patient_id",
                    ranked,
                    SHOWN_AT_ONCE,
                )
            )
        )
