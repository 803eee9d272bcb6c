from odoo import models

from .vital_signs import VITAL_SIGNS


class MedicalConsultation(models.Model):
    """What the prescription and the visit summary say."""

    _inherit = "medical.consultation"

    # === ACTION METHODS === #

    def action_print_prescription(self):
        self._check_can_print()
        return self.env.ref("medical_records.action_report_prescription").report_action(
            self
        )

    def action_print_summary(self):
        self._check_can_print()
        return self.env.ref(
            "medical_records.action_report_visit_summary"
        ).report_action(self)

    # === BUSINESS METHODS === #

    def _check_can_print(self):
        """Raise `AccessError` for users who may not read what the prints say."""
        self.env["medical.consultation.line"].check_access("read")
        self.check_access("read")

    def _get_print_name(self, document):
        """Return the name of a printed file; it says nothing of what is inside.

        :param str document: ``prescription`` or ``summary``
        :rtype: str
        """
        self.ensure_one()
        if document == "prescription":
            return self.env._("Prescription %(visit)s", visit=self.name)
        return self.env._("Visit summary %(visit)s", visit=self.name)

    def _get_prescribed_lines(self):
        """Return the drugs that the patient is to get elsewhere.

        :rtype: medical.consultation.line
        """
        self.ensure_one()
        return self.line_ids.filtered(
            lambda line: (
                line.kind == "medication"
                and line.dispensing == "external"
                and line.state != "cancelled"
            )
        )

    def _get_summary_lines(self):
        """Return what was ordered or done, without what a part of it was made of.

        :rtype: medical.consultation.line
        """
        self.ensure_one()
        return self.line_ids.filtered(
            lambda line: (
                not line.parent_id
                and not line.is_visit_fee
                and line.state != "cancelled"
            )
        )

    def _get_printed_story(self):
        """Return the texts of the visit that are not empty, each with its title.

        :rtype: list[tuple[str, str]]
        """
        self.ensure_one()
        return [
            (self._fields[name]._description_string(self.env), self[name])
            for name in ("reason", "history", "examination", "conclusion")
            if self[name]
        ]

    def _get_printed_vital_signs(self):
        """Return the vital signs that were taken, each with its title.

        :rtype: list[tuple[str, str]]
        """
        self.ensure_one()
        return [
            (
                self._fields[sign.field]._description_string(self.env),
                self._format_vital_sign(self[sign.field]),
            )
            for sign in VITAL_SIGNS
            if self[sign.field]
        ]
