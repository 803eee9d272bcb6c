from odoo.tests import tagged

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

    def _accept(self, user, plan=None, **params):
        self._log_in(user)
        plan = plan or self.plan
        answer = self._call(
            f"/my/treatment_plans/{plan.id}/accept",
            **{"name": "Ada Patient", "signature": SIGNATURE, **params},
        )["result"]
        self.env.invalidate_all()
        return answer

    def _refuse(self, user, note):
        self._log_in(user)
        page = self.url_open(f"/my/treatment_plans/{self.plan.id}").text
        token = page.split('name="csrf_token" value="')[1].split('"')[0]
        answer = self.url_open(
            f"/my/treatment_plans/{self.plan.id}/refuse",
            data={"csrf_token": token, "note": note},
        )
        self.env.invalidate_all()
        return answer.text

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
        activity = self.plan.activity_ids
        self.assertEqual(activity.user_id, self.medic)
        self.assertNotIn("Suture", activity.summary)
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

    # === REFUSING === #

    def test_patient_refuses(self):
        self.assertIn("You refused this offer", self._refuse(self.ada, "Too dear"))
        self.assertEqual(
            (self.plan.state, self.plan.close_reason, self.plan.close_note),
            ("refused", "patient", "Too dear"),
        )
        self.assertIn("error", self._accept(self.ada))

    def test_accepted_plan_is_not_closed_in_the_portal(self):
        self._log_in(self.ada)
        page = self.url_open(f"/my/treatment_plans/{self.plan.id}").text
        token = page.split('name="csrf_token" value="')[1].split('"')[0]
        self.plan.action_accept()
        self.env.flush_all()
        answer = self.url_open(
            f"/my/treatment_plans/{self.plan.id}/refuse",
            data={"csrf_token": token, "note": ""},
        )
        self.env.invalidate_all()
        self.assertIn("no longer open", answer.text)
        self.assertEqual(self.plan.state, "accepted")

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
