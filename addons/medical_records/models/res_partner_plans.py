from odoo import api, fields, models

from .res_partner import DEMOGRAPHICS


class ResPartner(models.Model):
    """The treatment plans of a patient."""

    _inherit = "res.partner"

    treatment_plan_ids = fields.One2many(
        comodel_name="medical.treatment.plan",
        inverse_name="patient_id",
        string="Treatment Plans",
        groups="medical_records.group_medical_user",
    )
    treatment_plan_count = fields.Integer(
        compute="_compute_treatment_plan_count",
        groups=DEMOGRAPHICS,
    )

    # === COMPUTE METHODS === #

    @api.depends("treatment_plan_ids")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_treatment_plan_count(self):
        counts = dict(
            self.env["medical.treatment.plan"]._read_group(
                [("patient_id", "in", self.ids)], ["patient_id"], ["__count"]
            )
        )
        for partner in self:
            partner.treatment_plan_count = counts.get(partner._origin, 0)

    # === ACTION METHODS === #

    def action_new_treatment_plan(self):
        """Open a new treatment plan of this patient."""
        self.ensure_one()
        self.env["medical.treatment.plan"].check_access("create")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("New Treatment Plan"),
            "res_model": "medical.treatment.plan",
            "view_mode": "form",
            "views": [(False, "form")],
            "context": {"default_patient_id": self.id},
        }

    def action_view_treatment_plans(self):
        """Show all treatment plans of this patient."""
        self.ensure_one()
        self.env["medical.treatment.plan"].check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "medical_records.medical_treatment_plan_action"
        )
        action["domain"] = [("patient_id", "=", self.id)]
        action["context"] = {"default_patient_id": self.id}
        return action
