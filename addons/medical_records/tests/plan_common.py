from datetime import timedelta

from odoo import fields
from odoo.fields import Command

from .common import MedicalRecordsCommon


class TreatmentPlanCommon(MedicalRecordsCommon):
    """Plans, and visits in which their sessions take place."""

    @classmethod
    def _create_plan(cls, *lines, **values):
        """Create a draft of the medic; three sessions of the procedure by default.

        :param lines: a product and its number of sessions each, or the values of a line
        """
        return cls.env["medical.treatment.plan"].create(
            {
                "patient_id": cls.patient.id,
                "practitioner_id": cls.medic.partner_id.id,
                "line_ids": [
                    Command.create(
                        line
                        if isinstance(line, dict)
                        else {"product_id": line[0].id, "sessions": line[1]}
                    )
                    for line in lines or [(cls.procedure, 3)]
                ],
                **values,
            }
        )

    @classmethod
    def _create_accepted_plan(cls, *lines, **values):
        plan = cls._create_plan(*lines, **values)
        plan.with_user(cls.medic).action_propose()
        plan.with_user(cls.medic).action_accept()
        plan.env.invalidate_all()
        return plan

    @classmethod
    def _create_sessions(cls, plan, number):
        """Create visits, a week apart, with a session of each treatment left."""
        visits = cls.env["medical.consultation"].browse()
        for week in range(number):
            visit = cls._create_visit(
                patient_id=plan.patient_id.id,
                date=fields.Datetime.now() + timedelta(weeks=week + 1),
            )
            visit.with_user(cls.medic).action_add_plan_sessions()
            visits |= visit
        visits.env.invalidate_all()
        return visits

    @classmethod
    def _close(cls, plan, user=None, **values):
        """Refuse or close plans through the dialog."""
        user = user or cls.medic
        cls._confirm(plan.with_user(user).action_close(), user, **values)
        plan.env.invalidate_all()

    def _assert_sessions(self, plan, done, scheduled, left, missed=0):
        self.assertEqual(
            (
                plan.sessions_done,
                plan.sessions_scheduled,
                plan.sessions_left,
                plan.sessions_missed,
            ),
            (done, scheduled, left, missed),
        )
