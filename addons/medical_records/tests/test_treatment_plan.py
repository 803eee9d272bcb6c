from datetime import timedelta

from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .plan_common import TreatmentPlanCommon


@tagged("post_install", "-at_install")
class TestTreatmentPlan(TreatmentPlanCommon):
    """From an offer to the last session, and what is refused on the way."""

    # === THE AGREEMENT === #

    def test_way_of_a_plan(self):
        plan = self._create_plan((self.procedure, 2))
        self.assertRegex(plan.name, r"^TP\d{5}$")
        self.assertEqual(plan.state, "draft")
        plan.with_user(self.medic).action_propose()
        self.assertEqual(plan.state, "proposed")
        plan.with_user(self.reception).action_accept()
        self.assertEqual(plan.state, "accepted")
        self.assertEqual(plan.accepted_by, "Ada Patient")
        self.assertEqual(plan.accepted_user_id, self.reception)
        visits = self._create_sessions(plan, 2)
        self._sign(visits[0])
        self.assertEqual(plan.state, "in_progress")
        self._sign(visits[1])
        self.assertEqual(plan.state, "done")

    def test_each_plan_has_a_number_of_its_own(self):
        plans = self._create_plan() + self._create_plan().copy()
        self.assertEqual(len(set(plans.mapped("name"))), 2)

    def test_template_fills_a_plan(self):
        template = self.env["medical.treatment.plan.template"].create(
            {
                "name": "Knee",
                "line_ids": [
                    Command.create(
                        {
                            "product_id": self.procedure.id,
                            "quantity": 2,
                            "sessions": 10,
                            "interval_number": 3,
                            "interval_unit": "day",
                        }
                    ),
                    Command.create({"product_id": self.lab_test.id, "delay_days": 30}),
                ],
            }
        )
        form = Form(self.env["medical.treatment.plan"].with_user(self.medic))
        form.patient_id = self.patient
        form.template_id = template
        plan = form.save()
        self.assertEqual(plan.title, "Knee")
        self.assertEqual(
            plan.line_ids.mapped(
                lambda line: (
                    line.product_id,
                    line.quantity,
                    line.sessions,
                    line.interval_number,
                    line.interval_unit,
                    line.delay_days,
                )
            ),
            [
                (self.procedure, 2, 10, 3, "day", 0),
                (self.lab_test, 1, 1, 1, "week", 30),
            ],
        )

    def test_empty_plan_is_not_proposed(self):
        plan = self._create_plan()
        plan.line_ids.unlink()
        message = self._assert_refused(UserError, plan.action_propose)
        self.assertIn("offers nothing yet", message)

    def test_expired_offer_is_not_accepted(self):
        yesterday = fields.Date.today() - timedelta(days=1)
        plan = self._create_plan()
        plan.action_propose()
        plan.sudo().env.cr.execute(
            "UPDATE medical_treatment_plan SET date_validity = %s WHERE id = %s",
            [yesterday, plan.id],
        )
        plan.invalidate_recordset()
        self.assertTrue(plan.is_expired)
        self.assertIn(
            plan, self.env["medical.treatment.plan"].search([("is_expired", "=", True)])
        )
        message = self._assert_refused(
            UserError, plan.with_user(self.medic).action_accept
        )
        self.assertIn("was valid until", message)
        self._assert_refused(UserError, plan._action_accept, "Somebody")
        plan.action_revise()
        plan.date_validity = fields.Date.today()
        plan.action_propose()
        plan.action_accept()
        self.assertEqual(plan.state, "accepted")

    def test_nobody_accepts_twice(self):
        plan = self._create_accepted_plan()
        message = self._assert_refused(
            UserError, plan.with_user(self.reception).action_accept
        )
        self.assertIn("already accepted by Ada Patient", message)

    def test_draft_is_not_accepted(self):
        self._assert_refused(UserError, self._create_plan().action_accept)

    def test_offer_stays_as_it_was_made(self):
        plan = self._create_plan()
        plan.action_propose()
        for values in (
            {"patient_id": self.other_patient.id},
            {"date_validity": "2099-01-01"},
            {"title": "Something else"},
        ):
            self._assert_refused(UserError, plan.with_user(self.medic).write, values)
        line = plan.line_ids.with_user(self.medic)
        self._assert_refused(UserError, line.write, {"sessions": 9})
        self._assert_refused(UserError, line.unlink)
        self._assert_refused(
            UserError,
            line.create,
            {"plan_id": plan.id, "product_id": self.lab_test.id},
        )
        plan.with_user(self.medic).action_revise()
        line.sessions = 9
        self.assertEqual(plan.sessions_planned, 9)

    def test_refused_offer_can_be_revised(self):
        plan = self._create_plan()
        plan.action_propose()
        self._close(plan, self.reception, reason="patient", note="Too far away")
        self.assertEqual((plan.state, plan.close_note), ("refused", "Too far away"))
        self._assert_refused(UserError, plan.action_accept)
        plan.with_user(self.medic).action_revise()
        self.assertEqual((plan.state, plan.close_reason), ("draft", False))

    def test_other_reason_is_said(self):
        plan = self._create_accepted_plan()
        self._assert_refused(UserError, self._close, plan, reason="other", note=" ")

    def test_proposed_plan_stays_in_the_record(self):
        plan = self._create_plan()
        plan.action_propose()
        self._assert_refused(UserError, plan.with_user(self.medic).unlink)
        draft = self._create_plan()
        draft.with_user(self.medic).unlink()
        self.assertFalse(draft.exists())

    def test_renewal_begins_as_a_draft(self):
        plan = self._create_accepted_plan((self.procedure, 3))
        self._sign(self._create_sessions(plan, 1))
        action = plan.with_user(self.medic).action_renew()
        renewal = self.env["medical.treatment.plan"].browse(action["res_id"])
        self.assertEqual(renewal.state, "draft")
        self.assertEqual(renewal.renewed_plan_id, plan)
        self.assertEqual(renewal.sessions_planned, 3)
        self.assertFalse(renewal.sessions_done)
        self.assertFalse(renewal.line_ids.consultation_line_ids)

    def test_problem_is_one_of_the_patient(self):
        condition = self.env["medical.condition"].create(
            {"patient_id": self.other_patient.id, "code_id": self.code_flu.id}
        )
        self._assert_refused(UserError, self._create_plan, condition_id=condition.id)

    # === BAD INPUT === #

    def test_numbers_that_make_no_sense(self):
        for name, value in (
            ("sessions", 0),
            ("interval_number", 0),
            ("delay_days", -1),
            ("delay_days", 4000),
            ("sessions", 1201),
            ("interval_number", 1201),
            ("quantity", 0),
        ):
            with self.subTest(name):
                self._assert_refused(
                    IntegrityError,
                    self._create_plan,
                    {"product_id": self.procedure.id, name: value},
                )

    def test_prescription_is_no_session(self):
        self._assert_refused(
            ValidationError,
            self._create_plan,
            {"product_id": self.drug.id, "dispensing": "external"},
        )

    def test_product_of_another_company(self):
        company = self._create_company(name="Other clinic")
        product = self._create_medical_product("Theirs", company_id=company.id)
        self._assert_refused(UserError, self._create_plan, (product, 2))

    # === SESSIONS === #

    def test_sessions_are_counted_from_visits(self):
        plan = self._create_accepted_plan((self.procedure, 4))
        visits = self._create_sessions(plan, 3)
        self._assert_sessions(plan, done=0, scheduled=3, left=1)
        self._sign(visits[0])
        self._cancel(visits[1], reason="no_show")
        self._assert_sessions(plan, done=1, scheduled=1, left=2, missed=1)
        self.assertEqual(visits.line_ids.mapped("plan_session"), [1, 2, 3])
        self.assertEqual(plan.consultation_ids, visits)
        again = self._create_sessions(plan, 1)
        self.assertEqual(again.line_ids.plan_session, 2)
        self._assert_sessions(plan, done=1, scheduled=2, left=1, missed=1)

    def test_amending_gives_a_session_back(self):
        plan = self._create_accepted_plan((self.procedure, 2))
        visit = self._sign(self._create_sessions(plan, 1))
        self._amend(visit)
        line = visit.line_ids
        line.with_user(self.medic).qty_done = 0
        line.with_user(self.medic).action_cancel()
        self._sign(visit)
        self._assert_sessions(plan, done=0, scheduled=0, left=2)

    def test_session_is_not_done_twice(self):
        plan = self._create_accepted_plan((self.procedure, 1))
        [first] = self._create_sessions(plan, 1)
        visit = self._create_visit()
        message = self._assert_refused(
            UserError, visit.with_user(self.medic).action_add_plan_sessions
        )
        self.assertIn(first.name, message)
        # Not even by superuser mode: the database itself refuses.
        self._assert_refused(
            IntegrityError,
            self.env["medical.consultation.line"].sudo().create,
            plan.line_ids._prepare_session_vals(visit, 1),
        )
        self._sign(first)
        message = self._assert_refused(
            UserError, visit.with_user(self.medic).action_add_plan_sessions
        )
        self.assertIn("no accepted treatment plan", message)

    def test_visit_planned_again_takes_a_free_session(self):
        plan = self._create_accepted_plan((self.procedure, 2))
        [visit] = self._create_sessions(plan, 1)
        self._cancel(visit)
        [other] = self._create_sessions(plan, 1)
        self.assertEqual(other.line_ids.plan_session, 1)
        visit.with_user(self.reception).action_reinstate()
        self.assertEqual(visit.line_ids.plan_session, 2)
        self._cancel(visit)
        self._create_sessions(plan, 1)
        message = self._assert_refused(
            UserError, visit.with_user(self.reception).action_reinstate
        )
        self.assertIn("in other visits by now", message)

    def _lower_below_a_number(self):
        """Return a plan of three sessions of which one is no. 5, and what was before.

        :return: the plan, and the cancelled visits of no. 1 to 4
        """
        plan = self._create_accepted_plan((self.procedure, 5))
        visits = self._create_sessions(plan, 5)
        self._cancel(visits[:4])
        plan.line_ids.with_user(self.medic).sessions = 3
        self._assert_sessions(plan, done=0, scheduled=1, left=2)
        return plan, visits[:4]

    def test_no_more_is_planned_again_than_was_agreed(self):
        plan, cancelled = self._lower_below_a_number()
        self._assert_refused(
            UserError, cancelled[:3].with_user(self.reception).action_reinstate
        )
        # No. 3 first: it has to leave its number to one of the two that are free.
        for visit in (cancelled[2], cancelled[0]):
            visit.with_user(self.reception).action_reinstate()
        self._assert_sessions(plan, done=0, scheduled=3, left=0)
        self.assertEqual(
            sorted(plan.consultation_ids.line_ids.mapped("plan_session")),
            [1, 2, 2, 4, 5],
        )
        message = self._assert_refused(
            UserError, cancelled[1].with_user(self.reception).action_reinstate
        )
        self.assertIn("in other visits by now", message)

    def test_no_more_is_added_than_was_agreed(self):
        plan, _cancelled = self._lower_below_a_number()
        visits = self.env["medical.consultation"].union(
            *(self._create_visit() for _ in range(3))
        )
        message = self._assert_refused(
            UserError, visits.with_user(self.medic).action_add_plan_sessions
        )
        self.assertIn("or more sessions to the plan", message)
        visits[:2].with_user(self.medic).action_add_plan_sessions()
        self._assert_sessions(plan, done=0, scheduled=3, left=0)
        self._assert_refused(
            UserError, visits[2].with_user(self.medic).action_add_plan_sessions
        )

    def test_sessions_of_all_treatments_are_added_at_once(self):
        plan = self._create_accepted_plan((self.procedure, 2), (self.lab_test, 1))
        visit = self._create_visit()
        self.assertEqual(visit.with_user(self.medic).open_plan_count, 1)
        visit.with_user(self.assistant).action_add_plan_sessions()
        self.assertEqual(visit.line_ids.plan_line_id, plan.line_ids)
        message = self._assert_refused(
            UserError, visit.with_user(self.assistant).action_add_plan_sessions
        )
        self.assertIn("already in this visit", message)

    def test_plan_of_somebody_else_adds_nothing(self):
        self._create_accepted_plan(patient_id=self.other_patient.id)
        self._assert_refused(
            UserError,
            self._create_visit().with_user(self.medic).action_add_plan_sessions,
        )

    def test_offer_has_no_sessions_yet(self):
        plan = self._create_plan()
        plan.action_propose()
        self._assert_refused(UserError, plan.with_user(self.medic).action_schedule)
        self._assert_refused(
            UserError, plan._add_sessions, self._create_visit(), [plan.line_ids]
        )

    def test_session_stays_what_was_agreed(self):
        plan = self._create_accepted_plan((self.procedure, 2))
        line = self._create_sessions(plan, 1).line_ids.with_user(self.medic)
        for values in (
            {"product_id": self.lab_test.id},
            {"quantity": 2},
            {"plan_line_id": False},
            {"plan_session": 7},
        ):
            self._assert_refused(UserError, line.write, values)
        self.assertEqual(line.plan_note, "1 of 2")

    def test_session_can_leave_an_open_visit(self):
        plan = self._create_accepted_plan((self.procedure, 2))
        visit = self._create_sessions(plan, 1)
        visit.line_ids.with_user(self.medic).unlink()
        self._assert_sessions(plan, done=0, scheduled=0, left=2)

    def test_repeated_visit_is_no_session(self):
        plan = self._create_accepted_plan((self.procedure, 3))
        self._sign(self._create_sessions(plan, 1))
        visit = self._create_visit(date=fields.Datetime.now() + timedelta(days=40))
        visit.with_user(self.medic).action_repeat_last_visit()
        self.assertEqual(visit.line_ids.product_id, self.procedure)
        self.assertFalse(visit.line_ids.plan_line_id)
        self._assert_sessions(plan, done=1, scheduled=0, left=2)

    # === CHANGES AFTER THE ACCEPTANCE === #

    def test_sessions_are_added_and_taken_away(self):
        plan = self._create_accepted_plan((self.procedure, 2))
        visits = self._sign(self._create_sessions(plan, 2))
        self.assertEqual(plan.state, "done")
        line = plan.line_ids.with_user(self.medic)
        line.sessions = 4
        self.assertEqual(plan.state, "in_progress")
        self._create_sessions(plan, 1)
        message = self._assert_refused(ValidationError, line.write, {"sessions": 2})
        self.assertIn("3 sessions of", message)
        line.sessions = 3
        self._assert_refused(UserError, line.unlink)
        self._assert_refused(UserError, line.write, {"product_id": self.lab_test.id})
        more = line.create({"plan_id": plan.id, "product_id": self.lab_test.id})
        self._assert_sessions(plan, done=2, scheduled=1, left=1)
        more.unlink()
        self._assert_sessions(plan, done=2, scheduled=1, left=0)
        self.assertEqual(len(visits), 2)

    def test_chatter_names_no_treatment(self):
        plan = self._create_accepted_plan((self.procedure, 2), title="Knee pain")
        plan.line_ids.with_user(self.medic).sessions = 5
        self._create_sessions(plan, 1)
        self._close(plan, reason="changed", scheduled="cancel")
        said = " ".join(
            str(part)
            for message in plan.message_ids
            for part in (
                message.body,
                message.subject,
                message.tracking_value_ids.mapped("new_value_char"),
            )
        )
        self.assertIn("5 sessions are agreed on now", said)
        self.assertNotIn(self.procedure.name, said)
        self.assertNotIn("Knee", said)

    # === CLOSING === #

    def test_closing_asks_about_scheduled_sessions(self):
        plan = self._create_accepted_plan((self.procedure, 3))
        self._create_sessions(plan, 2)
        message = self._assert_refused(
            UserError, plan._action_close, "patient", "Moved away"
        )
        self.assertIn("2 sessions are scheduled", message)
        self._assert_refused(UserError, self._close, plan, reason="patient")

    def test_closing_cancels_visits_made_for_the_plan_only(self):
        plan = self._create_accepted_plan((self.procedure, 4))
        done, alone, shared = self._create_sessions(plan, 3)
        self._sign(done)
        self._create_line(shared, self.lab_test)
        self._close(plan, reason="reached", scheduled="cancel")
        self.assertEqual(plan.state, "closed")
        self.assertEqual(alone.state, "cancelled")
        self.assertEqual(shared.state, "draft")
        self.assertEqual(shared.line_ids.mapped("state"), ["cancelled", "ordered"])
        self._assert_sessions(plan, done=1, scheduled=0, left=3)

    def test_closing_keeps_visits_without_the_plan(self):
        plan = self._create_accepted_plan((self.procedure, 2))
        visits = self._create_sessions(plan, 2)
        self._close(plan, reason="changed", scheduled="keep")
        self.assertEqual(set(visits.mapped("state")), {"draft"})
        self.assertFalse(visits.line_ids.plan_line_id)
        self._sign(visits)
        self._assert_sessions(plan, done=0, scheduled=0, left=2)

    def test_visit_of_a_closed_plan_is_not_planned_again(self):
        plan = self._create_accepted_plan((self.procedure, 2))
        visit = self._create_sessions(plan, 1)
        self._close(plan, reason="patient", scheduled="cancel")
        self._assert_refused(
            UserError, visit.with_user(self.reception).action_reinstate
        )

    # === RIGHTS === #

    def test_who_proposes_and_closes(self):
        plan = self._create_plan()
        for user in (self.reception, self.assistant):
            self._assert_refused(AccessError, plan.with_user(user).action_propose)
        plan.with_user(self.medic).action_propose()
        for user in (self.reception, self.assistant):
            self._assert_refused(AccessError, plan.with_user(user).action_revise)
        plan.with_user(self.reception).action_accept()
        for user in (self.reception, self.assistant):
            self._assert_refused(AccessError, plan.with_user(user).action_close)
            self._assert_refused(
                AccessError, plan.with_user(user)._action_close, "patient"
            )
            self._assert_refused(AccessError, plan.with_user(user).action_renew)
        self._close(plan, self.medic, reason="reached")
        self.assertEqual(plan.state, "closed")

    def test_reception_reads_no_treatment(self):
        plan = self._create_accepted_plan(title="Knee pain", note="Hurts")
        seen = self._as(self.reception, plan)
        self.assertEqual(seen.patient_id, self.patient)
        self.assertEqual(seen.sessions_left, 3)
        for name in ("title", "note", "condition_id", "line_ids"):
            with self.subTest(name), self.assertRaises(AccessError):
                seen.read([name])

    def test_patient_leads_to_their_plans(self):
        plans = self._create_plan() | self._create_plan()
        self._create_plan(patient_id=self.other_patient.id)
        patient = self._as(self.reception, self.patient)
        self.assertEqual(patient.treatment_plan_count, 2)
        action = patient.action_view_treatment_plans()
        found = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual(found, plans)
        with self.assertRaises(AccessError):
            self._as(self.internal, self.patient).action_view_treatment_plans()

    def test_only_medics_say_what_is_treated(self):
        plan = self._create_plan()
        for name in ("title", "note"):
            self._assert_refused(
                AccessError, plan.with_user(self.assistant).write, {name: "Changed"}
            )
            plan.with_user(self.medic)[name] = "Changed"
