from odoo import api, fields, models


class MedicalMakePatient(models.TransientModel):
    """Make patients of contacts that are there already, many at once."""

    _name = "medical.make.patient"
    _description = "Make Patients"

    partner_ids = fields.Many2many(
        comodel_name="res.partner",
        string="Contacts",
        default=lambda self: self._default_partner_ids(),
        context={"active_test": False},
    )
    person_count = fields.Integer(compute="_compute_counts")
    employee_count = fields.Integer(compute="_compute_counts")
    patient_count = fields.Integer(compute="_compute_counts")
    company_ids = fields.Many2many(
        comodel_name="res.partner",
        string="No People",
        compute="_compute_counts",
        context={"active_test": False},
        help="Companies and bare addresses: only people can be patients.",
    )

    # === DEFAULT METHODS === #

    @api.model
    def _default_partner_ids(self):
        if self.env.context.get("active_model") != "res.partner":
            return False
        return self.env.context.get("active_ids")

    # === COMPUTE METHODS === #

    @api.depends("partner_ids")
    def _compute_counts(self):
        for wizard in self:
            kinds = wizard.partner_ids._group_for_patients()
            wizard.person_count = len(kinds["person"])
            wizard.employee_count = len(kinds["employee"])
            wizard.patient_count = len(kinds["patient"])
            wizard.company_ids = kinds["company"]

    # === ACTION METHODS === #

    def action_make_patients(self):
        """Make patients of the contacts, and show them.

        :raise UserError: when nobody among them can become one
        """
        self.ensure_one()
        patients = self.partner_ids._make_patients()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "medical_records.res_partner_action_patient"
        )
        action["domain"] = [("id", "in", patients.ids)]
        action["display_name"] = self.env._("New Patients")
        return action
