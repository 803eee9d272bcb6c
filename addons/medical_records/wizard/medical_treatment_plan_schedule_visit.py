from odoo import api, fields, models


class MedicalTreatmentPlanScheduleVisit(models.TransientModel):
    """One visit that is proposed for sessions of a plan."""

    _name = "medical.treatment.plan.schedule.visit"
    _description = "Proposed Visit of a Treatment Plan"
    _order = "position, id"

    schedule_id = fields.Many2one(
        comodel_name="medical.treatment.plan.schedule",
        required=True,
        ondelete="cascade",
        index=True,
    )
    # Which of the due times this is: also after its time was changed by hand.
    position = fields.Integer(required=True)
    is_chosen = fields.Boolean(string="Make It", default=True)
    date = fields.Datetime(required=True)
    treatments = fields.Integer(help="How many treatments are due in this visit.")
    warning = fields.Char(
        string="At the Same Time",
        compute="_compute_warning",
    )

    # === COMPUTE METHODS === #

    @api.depends(
        "date",
        "schedule_id.duration",
        "schedule_id.practitioner_id",
        "schedule_id.location_id",
    )
    def _compute_warning(self):
        for schedule, rows in self.grouped("schedule_id").items():
            # Never saved: the diary says of them what it says of any visit.
            visits = self.env["medical.consultation"]
            for row in rows:
                visits += visits.new(schedule._prepare_visit_vals(row))
            for row, visit in zip(rows, visits, strict=True):
                row.warning = visit.overlap_warning
