from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from .medical_consultation import CLINICAL


class MedicalConsultation(models.Model):
    """Adding many lines at once: from a template, or those of the last visit."""

    _inherit = "medical.consultation"

    # Never stored: choosing a template adds its lines and empties the field again.
    template_id = fields.Many2one(
        comodel_name="medical.consultation.template",
        string="Add Template",
        store=False,
        copy=False,
        groups=CLINICAL,
        help="Adds the lines of a template, to be changed as this visit needs.",
    )

    # === ONCHANGE METHODS === #

    @api.onchange("template_id")
    def _onchange_template_id(self):
        if self.template_id:
            self.line_ids = [
                Command.create(vals)
                for vals in self.template_id.line_ids._prepare_repeated_vals_list()
            ]
            self.template_id = False

    # === ACTION METHODS === #

    def action_repeat_last_visit(self):
        """Add the lines of each patient's last visit that had any.

        A visit with the same practitioner comes before one with somebody else.

        :raise UserError: when a patient had no visit with lines to repeat
        """
        self.check_access("write")
        self._check_story_is_open()
        last = self._get_visits_to_repeat()
        for visit in self:
            if not last[visit]:
                raise UserError(
                    self.env._(
                        "There is nothing to repeat: %(patient)s had no visit with "
                        "orders or treatments before %(visit)s.",
                        patient=visit.patient_id.name or self.env._("the patient"),
                        visit=visit.name,
                    )
                )
        self._action_repeat(last)

    def action_save_as_template(self):
        """Open a new template with the lines of this visit, to be named and saved."""
        self.ensure_one()
        self.env["medical.consultation.template"].check_access("create")
        vals_list = self.line_ids._filter_repeated()._prepare_repeated_vals_list()
        if not vals_list:
            raise UserError(
                self.env._("%(visit)s has no lines to save.", visit=self.name)
            )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Save as Template"),
            "res_model": "medical.consultation.template",
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_practitioner_id": self.env.user.partner_id.id
                if self.env.user.partner_id.is_practitioner
                else False,
                "default_company_id": self.company_id.id,
                "default_line_ids": [Command.create(vals) for vals in vals_list],
            },
        }

    # === BUSINESS METHODS === #

    def _get_visits_to_repeat(self):
        """Return the visit whose lines each visit would repeat, possibly empty.

        :rtype: dict
        """
        repeated = [("line_ids", "any", self._get_repeated_lines_domain())]
        last = self._get_previous_visits(repeated)
        for practitioner, visits in self.grouped("practitioner_id").items():
            if practitioner:
                own = visits._get_previous_visits(
                    [*repeated, ("practitioner_id", "=", practitioner.id)]
                )
                last.update({visit: own[visit] for visit in visits if own[visit]})
        return last

    @api.model
    def _get_repeated_lines_domain(self):
        """Return the domain of the lines that make sense in another visit, too."""
        return [
            ("is_visit_fee", "=", False),
            ("parent_id", "=", False),
            ("is_cancelled", "=", False),
            "|",
            ("product_id", "=", False),
            ("product_id.active", "=", True),
        ]

    def _action_repeat(self, last):
        """Add the lines of other visits to these, all in one go.

        :param dict last: these visits to the visit each repeats
        :rtype: medical.consultation.line
        """
        return self.env["medical.consultation.line"].create(
            [
                {"consultation_id": visit.id, **vals}
                for visit, repeated in last.items()
                for vals in (
                    repeated.line_ids._filter_repeated()._prepare_repeated_vals_list()
                )
            ]
        )
