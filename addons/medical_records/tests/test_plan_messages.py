from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .plan_common import TreatmentPlanCommon


@tagged("post_install", "-at_install")
class TestPlanMessages(TreatmentPlanCommon):
    """Whoever makes appointments is told which plan is in the way, and not of what."""

    def _assert_discreet(self, plan, deed, *args):
        """Assert that a deed is refused, naming the plan and nothing of its story.

        :return: the whole message
        """
        message = self._assert_refused(UserError, deed, *args)
        self.assertIn(plan.name, message)
        story = plan.sudo()
        for words in (
            *story.line_ids.mapped("name"),
            *story.line_ids.product_id.mapped("name"),
            story.title,
            story.note,
        ):
            self.assertNotIn(words, message)
        return message

    def _create_secret_plan(self, *lines, **values):
        return self._create_accepted_plan(
            *lines, title="Knee pain", note="Fell off a horse", **values
        )

    def _open_schedule(self, plan, positions):
        """Return the dialog of reception with a row for each of some positions."""
        return (
            self.env["medical.treatment.plan.schedule"]
            .with_user(self.reception)
            .create(
                {
                    "plan_id": plan.id,
                    "practitioner_id": self.medic.partner_id.id,
                    "date": fields.Datetime.now() + timedelta(days=1),
                    "duration": 0.5,
                    "visit_ids": [
                        Command.create(
                            {
                                "position": position,
                                "date": fields.Datetime.now() + timedelta(days=1),
                            }
                        )
                        for position in positions
                    ],
                }
            )
        )

    def test_planning_again_what_is_taken(self):
        plan = self._create_secret_plan((self.procedure, 1))
        visit = self._create_sessions(plan, 1)
        self._cancel(visit)
        self._create_sessions(plan, 1)
        message = self._assert_discreet(
            plan, visit.with_user(self.reception).action_reinstate
        )
        self.assertIn("in other visits by now", message)

    def test_scheduling_what_is_no_longer_offered(self):
        plan = self._create_secret_plan((self.procedure, 1))
        self.procedure.active = False
        dialog = self._open_schedule(plan, [0])
        message = self._assert_discreet(plan, dialog.action_confirm)
        self.assertIn("no longer offered", message)

    def test_scheduling_what_is_counted_otherwise(self):
        plan = self._create_secret_plan((self.procedure, 1))
        self.procedure.uom_id = self.uom_litre
        dialog = self._open_schedule(plan, [0])
        message = self._assert_discreet(plan, dialog.action_confirm)
        self.assertIn("counted in another unit", message)

    def test_scheduling_the_same_twice(self):
        plan = self._create_secret_plan(
            (self.procedure, 1),
            {"product_id": self.lab_test.id, "sessions": 1, "delay_days": 30},
        )
        # As no dialog shows it, but a remote call may send it.
        dialog = self._open_schedule(plan, [0, 0])
        message = self._assert_discreet(plan, dialog.action_confirm)
        self.assertIn("are done or scheduled", message)
