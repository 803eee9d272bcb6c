from odoo import api, fields, models
from odoo.exceptions import UserError

from .medical_consultation import CLINICAL


class MedicalConsultation(models.Model):
    """The allergy check of a visit as a whole."""

    _inherit = "medical.consultation"

    allergy_warning = fields.Text(
        compute="_compute_allergy_warning",
        groups=CLINICAL,
        help="Drugs of this visit that the patient does not tolerate and nobody has "
        "decided about, a line each.",
    )
    allergy_decisions = fields.Text(
        compute="_compute_allergy_warning",
        groups=CLINICAL,
        help="Drugs that are given in spite of an allergy, and why.",
    )

    # === COMPUTE METHODS === #

    @api.depends(
        "line_ids.name",
        "line_ids.allergy_alert",
        "line_ids.allergy_status",
        "line_ids.override_reason",
    )
    def _compute_allergy_warning(self):
        for visit in self:
            visit.allergy_warning = "\n".join(
                f"{line.name}: {line.allergy_alert}"
                for line in visit.line_ids
                if line.allergy_status == "alert"
            )
            visit.allergy_decisions = "\n".join(
                self.env._(
                    "%(drug)s given in spite of %(allergy)s: %(reason)s (%(user)s)",
                    drug=line.name,
                    allergy=line.override_alert,
                    reason=line.override_reason,
                    # In sudo mode: the user may be of another company.
                    user=line.sudo().override_user_id.name,
                )
                for line in visit.line_ids
                if line.override_reason and line.allergy_status != "alert"
            )

    # === CRUD METHODS === #

    def write(self, vals):
        changed = self.browse()
        if "patient_id" in vals:
            changed = self.filtered(
                lambda visit: visit.patient_id.id != vals["patient_id"]
            )
        result = super().write(vals)
        # In sudo mode: reception may correct the patient of a visit.
        changed.sudo().line_ids.filtered("override_key")._clear_override()
        return result

    # === ACTION METHODS === #

    def action_override_allergy(self):
        """Ask why the first drug is given that nobody has decided about.

        :raise AccessError: for users who are not medics
        :raise UserError: when no alert stands
        """
        self.ensure_one()
        alerts = self.line_ids.filtered(lambda line: line.allergy_status == "alert")
        if not alerts:
            raise UserError(
                self.env._("No drug of this visit waits for a decision any more.")
            )
        return alerts[0].action_override_allergy()

    # === BUSINESS METHODS === #

    def _check_can_sign(self):
        # EXTENDS: what is left for later is signed, too.
        result = super()._check_can_sign()
        self.line_ids._check_allergies(lambda line: line.state == "ordered")
        return result
