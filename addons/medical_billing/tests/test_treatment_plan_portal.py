from datetime import timedelta

from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from odoo.addons.medical_records.tests.plan_common import TreatmentPlanCommon

from .test_portal import PortalCommon

# One red pixel.
SIGNATURE = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAA"
    "AABJRU5ErkJggg=="
)


@tagged("post_install", "-at_install")
class TestTreatmentPlanPortal(TreatmentPlanCommon, PortalCommon):
    """Patients and payers accept or refuse what was offered to them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.plan = cls._create_plan((cls.procedure, 3), title="Knee pain", note="Hurts")
        cls.plan.action_propose()

    def _open(self, user, suffix=""):
        self._log_in(user)
        return self.url_open(f"/my/treatment_plans{suffix}")

    def _accept(self, user, plan=None, mark=None, **params):
        """Sign an offer as it is, or as it was when it had another mark."""
        self._log_in(user)
        plan = plan or self.plan
        mark = plan._get_offer_mark() if mark is None else mark
        answer = self._call(
            f"/my/treatment_plans/{plan.id}/accept?mark={mark}",
            **{"name": "Ada Patient", "signature": SIGNATURE, **params},
        )["result"]
        self.env.invalidate_all()
        return answer

    def _assert_told(self, user, summary):
        """Assert that one activity tells a user, and neither who nor what it is."""
        activity = self.plan.activity_ids
        self.assertEqual(activity.user_id, user)
        self.assertEqual(activity.summary, summary)
        for text in ("Suture", "Knee pain", self.patient.name):
            self.assertNotIn(text, activity.summary)
        self.assertFalse(activity.note)

    def _open_answers(self, user):
        """Open the page, and return what its two forms would send."""
        page = self._open(user, f"/{self.plan.id}").text
        address = f"/my/treatment_plans/{self.plan.id}/accept?mark="
        return {
            "mark": page.split(address)[1].split("&")[0],
            **{
                name: page.split(f'name="{name}" value="')[1].split('"')[0]
                for name in ("csrf_token", "mark")
            },
        }

    def _refuse(self, note, **answers):
        answer = self.url_open(
            f"/my/treatment_plans/{self.plan.id}/refuse",
            data={"note": note, **answers},
        )
        self.env.invalidate_all()
        return answer.text

    def _propose_anew(self, **vals):
        """Revise the offer and propose it again."""
        later = self.plan.date_proposed + timedelta(minutes=5)
        self.plan.action_revise()
        self.plan.line_ids.write(vals)
        with freeze_time(later):
            self.plan.action_propose()
        self.env.flush_all()

    # === WHAT ONE SEES === #

    def test_patient_sees_what_it_costs_and_nothing_else(self):
        self.assertIn(self.plan.name, self._open(self.ada).text)
        page = self._open(self.ada, f"/{self.plan.id}").text
        for text in ("Suture", "360.00", "Medic", "Accept"):
            self.assertIn(text, page)
        for text in ("Knee pain", "Hurts"):
            self.assertNotIn(text, page)

    def test_draft_is_not_shown(self):
        self.plan.action_revise()
        self.assertNotIn(self.plan.name, self._open(self.ada).text)
        self.assertNotIn("Suture", self._open(self.ada, f"/{self.plan.id}").text)
        self.assertIn("error", self._accept(self.ada))

    def test_nobody_else_sees_or_accepts_it(self):
        for user in (self.ben, self.eve, self.cem):
            with self.subTest(user.login):
                self.assertNotIn(self.plan.name, self._open(user).text)
                for suffix in ("", "/download"):
                    answer = self._open(user, f"/{self.plan.id}{suffix}")
                    self.assertNotIn("Suture", answer.text)
                    self.assertNotEqual(
                        answer.headers["Content-Type"], "application/pdf"
                    )
                self.assertIn("error", self._accept(user))
        self.assertEqual(self.plan.state, "proposed")

    def test_nobody_reads_plans_by_other_doors(self):
        self._log_in(self.ada)
        for model, record in (
            ("medical.treatment.plan", self.plan),
            ("medical.treatment.plan.line", self.plan.line_ids),
        ):
            with self._quiet():
                answer = self._call_model(model, "read", record.ids, ["display_name"])
            self.assertIn("error", answer)
            with self._quiet():
                answer = self._call_model(model, "search_read", [], ["display_name"])
            self.assertIn("error", answer)
        with self._quiet():
            answer = self._call_model(
                "medical.treatment.plan", "action_accept", self.plan.ids
            )
        self.assertIn("error", answer)
        self.assertEqual(self.plan.state, "proposed")

    def test_payer_accepts_and_reads_what_payers_may(self):
        self.mother.medical_neutral_wording = "neutral"
        self.patient.guarantor_id = self.mother
        plan = self._create_plan((self.procedure, 2))
        plan.action_propose()
        page = self._open(self.eve, f"/{plan.id}").text
        self.assertIn("Medical services", page)
        self.assertNotIn("Suture", page)
        self.assertIn("Suture", self._open(self.ada, f"/{plan.id}").text)
        self.assertNotIn("error", self._accept(self.eve, plan, name="Eve Mother"))
        self.assertEqual(plan.accepted_by, "Eve Mother")

    def test_colleague_of_the_payer_sees_nothing(self):
        self.patient.guarantor_id = self.employee
        plan = self._create_plan((self.procedure, 2))
        plan.action_propose()
        self.assertIn(plan.name, self._open(self.dan).text)
        self.assertNotIn(plan.name, self._open(self.cem).text)

    # === ACCEPTING === #

    def test_patient_accepts_with_a_signature(self):
        answer = self._accept(self.ada)
        self.assertEqual(
            answer["redirect_url"],
            f"/my/treatment_plans/{self.plan.id}?message=accepted",
        )
        self.assertEqual(self.plan.state, "accepted")
        self.assertEqual(self.plan.accepted_by, "Ada Patient")
        self.assertEqual(self.plan.accepted_user_id, self.ada)
        self.assertTrue(self.plan.signature)
        self._assert_told(self.medic, "Accepted in the portal: schedule its sessions")
        self.assertIn("you accepted", self.url_open(answer["redirect_url"]).text)

    def test_what_is_due_is_drafted_in_the_name_of_a_biller(self):
        self.env.company.medical_down_payment_account_id = self.env[
            "account.account"
        ].create(
            {
                "name": "Down Payments of Patients",
                "code": "259900",
                "account_type": "liability_current",
            }
        )
        self.plan.action_revise()
        self.plan.billing_mode = "package"
        self.plan.action_propose()
        self._accept(self.ada)
        self.assertEqual(self.plan.state, "accepted")
        move = self.plan.down_payment_ids.move_line_ids.move_id
        self.assertRecordValues(move, [{"state": "draft", "amount_total": 360.0}])
        for user in (move.create_uid, move.invoice_user_id):
            self.assertTrue(user.has_group("medical_billing.group_biller"), user.name)

    def test_without_name_or_signature_nothing_is_accepted(self):
        for params in (
            {"name": " "},
            {"signature": ""},
            {"signature": "no image"},
            {"signature": "bm8gaW1hZ2U="},
        ):
            with self.subTest(params):
                self.assertIn("error", self._accept(self.ada, **params))
                self.assertEqual(self.plan.state, "proposed")
                self.assertFalse(self.plan.signature)

    def test_expired_offer_is_not_accepted(self):
        self.env.cr.execute(
            "UPDATE medical_treatment_plan SET date_validity = '2020-01-01'"
            " WHERE id = %s",
            [self.plan.id],
        )
        self.env.invalidate_all()
        self.assertIn("was valid until", self._accept(self.ada)["error"])
        page = self._open(self.ada, f"/{self.plan.id}").text
        self.assertIn("has expired", page)
        self.assertNotIn("accept_plan", page)

    def test_accepted_twice(self):
        self._accept(self.ada)
        self.assertIn("already accepted", self._accept(self.ada)["error"])

    def test_patient_sees_what_was_accepted_and_what_became_of_it(self):
        self._accept(self.ada)
        page = self._open(self.ada, f"/{self.plan.id}").text
        self.assertNotIn("Changed since it was accepted", page)
        self.plan.line_ids.with_user(self.billing_manager).price_unit = 500.0
        page = self._open(self.ada, f"/{self.plan.id}").text
        self.assertIn("Changed since it was accepted", page)
        accepted, now = page.split('name="treatments"')[1:]
        self.assertIn("360.00", accepted)
        self.assertNotIn("1,500.00", accepted)
        self.assertIn("1,500.00", now)
        self.assertNotIn("360.00", now)
        for user in (self.ben, self.eve):
            page = self._open(user, f"/{self.plan.id}").text
            self.assertNotIn("360.00", page)

    # === REFUSING === #

    def test_patient_refuses(self):
        answers = self._open_answers(self.ada)
        self.assertIn("You refused this offer", self._refuse("Too dear", **answers))
        self.assertEqual(
            (self.plan.state, self.plan.close_reason, self.plan.close_note),
            ("refused", "patient", "Too dear"),
        )
        self._assert_told(self.medic, "Refused in the portal")
        self.assertIn("error", self._accept(self.ada))

    def test_accepted_plan_is_not_closed_in_the_portal(self):
        answers = self._open_answers(self.ada)
        self.plan.action_accept()
        self.env.flush_all()
        self.assertIn("no longer open", self._refuse("", **answers))
        self.assertEqual(self.plan.state, "accepted")

    # === WHO IS TOLD === #

    def _make_plan_of_nobody(self, maker):
        """Let the offer be one of a practitioner without a user.

        :param maker: who made it
        """
        self.plan.practitioner_id = self._create_partner(
            name="Visiting Colleague", is_practitioner=True
        )
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE medical_treatment_plan SET create_uid = %s WHERE id = %s",
            [maker.id, self.plan.id],
        )
        self.env.invalidate_all()

    def test_who_made_the_plan_is_told_when_the_practitioner_has_no_user(self):
        self._make_plan_of_nobody(self.assistant)
        self._refuse("Too dear", **self._open_answers(self.ada))
        self.assertEqual(self.plan.state, "refused")
        self._assert_told(self.assistant, "Refused in the portal")

    def test_acceptance_is_told_to_who_made_the_plan_too(self):
        self._make_plan_of_nobody(self.assistant)
        self._accept(self.ada)
        self._assert_told(
            self.assistant, "Accepted in the portal: schedule its sessions"
        )

    def test_who_answers_may_be_of_another_company_than_who_is_told(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        plan = self.plan.sudo().with_context(allowed_company_ids=elsewhere.ids)
        self.assertEqual(plan._get_user_waiting_for_answer(), self.medic)

    def test_nobody_is_told_who_may_not_know(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = self._create_user(
            "stranger",
            "medical_records.group_medic",
            company_id=elsewhere.id,
            company_ids=[Command.set(elsewhere.ids)],
        )
        clerk = self._create_user("clerk", "base.group_user")
        gone = self._create_user("gone", "medical_records.group_medic", active=False)
        for maker in (self.ben, stranger, clerk, gone):
            with self.subTest(maker.login):
                self._make_plan_of_nobody(maker)
                self.assertFalse(self.plan._get_user_waiting_for_answer())
        self._refuse("", **self._open_answers(self.ada))
        self.assertEqual(self.plan.state, "refused")
        self.assertFalse(self.plan.activity_ids)

    # === AN OLD PAGE === #

    def test_page_of_the_offer_as_it_is_accepts_it(self):
        mark = self._open_answers(self.ada)["mark"]
        self.assertNotIn("error", self._accept(self.ada, mark=mark))
        self.assertEqual(self.plan.state, "accepted")

    def test_old_page_accepts_nothing(self):
        for vals in (
            {"price_unit": 500.0},
            {"discount": 5.0},
            {"sessions": 4},
            {"interval_number": 2},
            {"interval_unit": "month"},
            {"name": "Another suture"},
            # Nothing of what it says, but it was in the hands of the medic.
            {},
        ):
            with self.subTest(vals):
                mark = self._open_answers(self.ada)["mark"]
                self._propose_anew(**vals)
                answer = self._accept(self.ada, mark=mark)
                self.assertIn("changed in the meantime", answer["error"])
                self.assertEqual(self.plan.state, "proposed")
                self.assertFalse(self.plan.signature)
                self.assertFalse(self.plan.accepted_by)
        self.assertNotIn("error", self._accept(self.ada))

    def test_old_page_notices_what_changes_without_a_revision(self):
        colleague = self._create_partner(name="Colleague", is_practitioner=True)
        tax = self._create_tax(10)
        for change in (
            lambda: self.plan.write({"practitioner_id": colleague.id}),
            lambda: self.plan.write({"date_end": "2199-12-31"}),
            lambda: self.procedure.write({"taxes_id": tax.ids}),
        ):
            mark = self._open_answers(self.ada)["mark"]
            change()
            self.env.flush_all()
            answer = self._accept(self.ada, mark=mark)
            self.assertIn("changed in the meantime", answer["error"])
            self.assertEqual(self.plan.state, "proposed")

    def test_old_page_refuses_nothing(self):
        answers = self._open_answers(self.ada)
        self._propose_anew(price_unit=500.0)
        page = self._refuse("Too dear", **answers)
        self.assertIn("changed in the meantime", page)
        self.assertIn("1,500.00", page)
        self.assertEqual(self.plan.state, "proposed")
        answers = self._open_answers(self.ada)
        self.assertIn("You refused this offer", self._refuse("Too dear", **answers))

    def test_answers_without_a_mark_are_refused(self):
        for mark in ("", "0", "é"):
            with self.subTest(mark):
                answer = self._accept(self.ada, mark=mark)
                self.assertIn("changed in the meantime", answer["error"])
                answers = self._open_answers(self.ada)
                page = self._refuse("", **{**answers, "mark": mark})
                self.assertIn("changed in the meantime", page)
        answers = self._open_answers(self.ada)
        del answers["mark"]
        self.assertIn("changed in the meantime", self._refuse("", **answers))
        self.assertEqual(self.plan.state, "proposed")

    def test_mark_of_another_offer_accepts_nothing(self):
        twin = self._create_plan((self.procedure, 3))
        twin.action_propose()
        answer = self._accept(self.ada, mark=twin._get_offer_mark())
        self.assertIn("changed in the meantime", answer["error"])
        self.assertEqual(self.plan.state, "proposed")

    def test_mark_is_the_same_in_every_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.assertEqual(
            self.plan.with_context(lang="fr_FR")._get_offer_mark(),
            self.plan._get_offer_mark(),
        )

    # === IN PRINT, AND IN THE BROWSER === #

    def test_patient_downloads_the_estimate(self):
        answer = self._open(self.ada, f"/{self.plan.id}/download")
        self.assertEqual(answer.headers["Content-Type"], "application/pdf")
        self.assertIn("360.00", answer.text)

    def test_patient_signs_in_the_browser(self):
        self.ada.password = self.ada.login = "ada-of-the-portal"
        self.env.flush_all()
        self.start_tour("/my/home", "medical_portal_plan", login="ada-of-the-portal")
        self.env.invalidate_all()
        self.assertEqual(self.plan.state, "accepted")
        self.assertTrue(self.plan.signature)
