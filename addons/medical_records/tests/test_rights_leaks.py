import base64
from contextlib import suppress

from odoo.exceptions import AccessError
from odoo.fields import Command, Datetime
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from . import rights
from .rights_common import RightsCommon

# Stands in every text of the visit; CODES in names that are no secret by themselves.
SECRET = "ZZSECRET"
CODE = "ZZCODE"
DRUG = "ZZDRUG"
# What was told to reception.
NOTE = "ZZNOTE"
FOREIGN = "ZZFOREIGN"

# Where the record is kept. Nothing of it may stand in any other table.
TABLES_OF_THE_RECORD = {
    "medical_allergy",
    "medical_condition",
    "medical_consultation",
    "medical_consultation_addendum",
    "medical_consultation_amendment",
    "medical_consultation_line",
    "medical_consultation_line_event",
    "medical_diagnosis",
    # Their readers are those of the record.
    "ir_attachment",
    # What is entered in dialogs; each user sees their own.
    "medical_consultation_amend",
    "medical_consultation_line_override",
    "medical_consultation_line_record",
    "medical_consultation_template",
    "medical_consultation_template_line",
}
TEXT_TYPES = ("char", "text", "html")


@tagged("post_install", "-at_install")
class TestRightsLeaks(RightsCommon):
    """A visit full of marked words lives its life; where do they turn up?"""

    @classmethod
    def default_env_context(cls):
        # With messages, tracking and activities, as in a real clinic.
        return {}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.code = cls._create_code("Z99", f"{CODE} disease")
        cls.secret_drug = cls._create_medical_product(
            f"{DRUG} tablet", "medication", type="consu"
        )
        # The patient has a portal user.
        cls.patient = cls.portal.partner_id
        cls.patient.is_patient = True

    @classmethod
    def _live(cls, visit, medic, colleague):
        """Let a visit go through everything, with a marked word wherever it fits."""
        mark = cls.mark
        visit.with_user(cls.reception).sudo(cls.su).action_arrive()
        visit.with_user(medic).action_start()
        visit.with_user(colleague).write({"reason": f"{mark} reason", "weight": 70})
        visit.with_user(medic).write(
            {
                "history": f"{mark} history",
                "examination": f"{mark} examination",
                "conclusion": f"{mark} conclusion",
                "diagnosis_ids": [
                    Command.create(
                        {"code_id": cls.code.id, "note": f"{mark} diagnosis"}
                    )
                ],
                "line_ids": [
                    Command.create(
                        {
                            "product_id": cls.secret_drug.id,
                            "dosage": f"{mark} dosage",
                            "note": f"{mark} note",
                        }
                    ),
                    Command.create(
                        {
                            "name": f"{mark} elsewhere",
                            "kind": "medication",
                            "dispensing": "external",
                        }
                    ),
                    Command.create({"product_id": cls.lab_test.id}),
                ],
            }
        )
        visit.diagnosis_ids.with_user(medic).action_open_problem()
        condition = cls.env["medical.condition"].search(
            [("patient_id", "=", visit.patient_id.id)]
        )
        condition.with_user(medic).note = f"{mark} condition"
        # Found out later: it speaks against the drug, which is given all the same.
        cls.env["medical.allergy"].with_user(medic).create(
            {
                "patient_id": visit.patient_id.id,
                "substance": f"{mark} elsewhere",
                "reaction": f"{mark} reaction",
            }
        )
        drug = visit.line_ids.filtered(lambda line: line.dispensing == "external")
        if drug.allergy_status == "alert":
            action = drug.with_user(medic).action_override_allergy()
            cls._confirm(action, medic, reason=f"{mark} override")
        cls.env["medical.consultation.template"].with_user(medic).create(
            {
                "name": f"{mark} template",
                "practitioner_id": medic.partner_id.id,
                "company_id": visit.company_id.id,
                "line_ids": [Command.create({"name": f"{mark} line", "kind": "other"})],
            }
        )
        cls._attach(visit, medic)
        cls._end_transaction()
        visit.with_user(medic).action_sign()
        cls._end_transaction()
        cls.env["medical.consultation.addendum"].with_user(medic).create(
            {"consultation_id": visit.id, "text": f"{mark} addendum"}
        )
        lab = visit.line_ids.filtered("is_done_later")
        cls._record(
            lab, colleague, result=f"{mark} result", date_done="2026-03-02 12:00:00"
        )
        cls._attach(lab, colleague)
        lab.with_user(medic).action_review()
        cls._amend(visit, medic, reason=f"{mark} mistake")
        visit.with_user(medic).history = f"{mark} other history"
        visit._remind_unsigned()
        visit.with_user(medic).action_sign()
        cls._end_transaction()

    @classmethod
    def _end_transaction(cls):
        """Do what Odoo does at the end of each request: write down what changed."""
        cls.env.flush_all()
        cls.env.cr.precommit.run()

    @classmethod
    def _attach(cls, record, user):
        return (
            cls.env["ir.attachment"]
            .with_user(user)
            .create(
                {
                    "name": f"{cls.mark} file.txt",
                    "description": f"{cls.mark} description",
                    "raw": f"{cls.mark} content".encode(),
                    "res_model": record._name,
                    "res_id": record.id,
                }
            )
        )

    def _live_here(self):
        """Let a visit of this company live, and another one be cancelled."""
        type(self).mark = SECRET
        type(self).su = False
        visits = self.env["medical.consultation"].with_user(self.reception)
        vals = {
            "patient_id": self.patient.id,
            "practitioner_id": self.other_medic.partner_id.id,
            "date": "2026-03-02 09:00:00",
        }
        visit = visits.create(dict(vals))
        self._end_transaction()
        # What is followed and told in the chatter.
        visit.write(
            {
                "practitioner_id": self.medic.partner_id.id,
                "date": "2026-03-02 10:00:00",
            }
        )
        self._end_transaction()
        visit = visit.with_user(self.env.user)
        self._live(visit, self.medic, self.assistant)
        cancelled = visits.create(dict(vals)).with_user(self.env.user)
        cancelled.with_user(self.medic).reason = f"{SECRET} reason"
        self._cancel(cancelled, self.reception, reason="other", note=f"{NOTE} called")
        self._end_transaction()
        return visit

    # === LOOKING FOR THE WORDS === #

    def _find(self, user, word):
        """Return the models in which a user finds a word, in any text there is.

        Stored texts are searched and everything else about the visit is read.
        """
        self.env.flush_all()
        self.env.invalidate_all()
        env = self.env(user=user.id, su=False, context={"active_test": False})
        found = set()
        searched = 0
        for name in sorted(self.registry):
            model = env[name]
            if model._abstract or not model.has_access("read"):
                continue
            for field in model._fields.values():
                if (
                    field.type in TEXT_TYPES
                    and field.store
                    and model._has_field_access(field, "read")
                ):
                    with suppress(AccessError):
                        if model.search_count([(field.name, "ilike", word)]):
                            found.add(f"{name}.{field.name}")
                        searched += 1
            # Of some models Odoo cannot search the name.
            with suppress(AccessError, ValueError):
                # A model without names finds all of its records.
                if word in str(model.name_search(word)):
                    found.add(f"{name}.display_name")
        self.assertGreater(searched, 20)
        return found

    def _read_all(self, user, model, domain=()):
        """Return all that a user reads of some records, as one text."""
        self.env.flush_all()
        self.env.invalidate_all()
        records = self.env(user=user.id, su=False, context={"active_test": False})[
            model
        ]
        if not records.has_access("read"):
            return ""
        records = records.search(list(domain))
        texts = []
        for name, field in records._fields.items():
            # Odoo lets some fields be asked for that it then refuses to show.
            with suppress(AccessError):
                if records._has_field_access(field, "read"):
                    texts.append(str(records.read([name])))
        return " ".join(texts)

    def _find_tables(self, word):
        """Return the tables of the database in which a word stands."""
        self.env.cr.execute(
            """
            SELECT c.table_name, array_agg(c.column_name::text)
              FROM information_schema.columns c
              JOIN information_schema.tables t USING (table_schema, table_name)
             WHERE table_schema = 'public' AND t.table_type = 'BASE TABLE'
               AND c.data_type IN ('text', 'character varying', 'jsonb', 'json')
          GROUP BY c.table_name
            """
        )
        found = set()
        for table, columns in self.env.cr.fetchall():
            self.env.cr.execute(
                SQL(
                    "SELECT EXISTS (SELECT FROM %s WHERE %s)",
                    SQL.identifier(table),
                    SQL(" OR ").join(
                        SQL("%s::text ILIKE %s", SQL.identifier(column), f"%{word}%")
                        for column in columns
                    ),
                )
            )
            if self.env.cr.fetchone()[0]:
                found.add(table)
        return found

    # === NOTHING CLINICAL LEAVES THE RECORD === #

    def test_words_of_the_record_stand_in_no_other_table(self):
        visit = self._live_here()
        found = self._find_tables(SECRET)
        self.assertFalse(found - TABLES_OF_THE_RECORD)
        # They are there indeed, and there is chatter that could tell of them.
        self.assertLessEqual(
            {
                "ir_attachment",
                "medical_allergy",
                "medical_condition",
                "medical_consultation",
                "medical_consultation_addendum",
                "medical_consultation_amendment",
                "medical_consultation_line",
                "medical_consultation_line_event",
                "medical_diagnosis",
            },
            found,
        )
        messages = self.env["mail.message"].search(
            [("model", "=", visit._name), ("res_id", "=", visit.id)]
        )
        self.assertTrue(messages.tracking_value_ids)
        self.assertNotIn("mail_message", self._find_tables(CODE))
        self.assertNotIn("mail_tracking_value", self._find_tables(DRUG))
        for table in (
            "mail_message",
            "mail_activity",
            "mail_tracking_value",
            "mail_mail",
            "bus_bus",
            "res_partner",
        ):
            for word in (SECRET, CODE, DRUG, NOTE):
                self.assertNotIn(table, self._find_tables(word))

    def test_words_of_the_record_are_found_by_its_readers_only(self):
        self._live_here()
        for role in (
            rights.PORTAL,
            rights.INTERNAL,
            rights.DEMOGRAPHICS,
            rights.RECEPTION,
        ):
            with self.subTest(role=role):
                self.assertFalse(self._find(self.users[role], SECRET))
        self.assertIn(
            "medical.consultation.history", self._find(self.assistant, SECRET)
        )

    def test_names_of_codes_and_drugs_tell_nothing_of_a_patient(self):
        self._live_here()
        for role in (
            rights.PORTAL,
            rights.INTERNAL,
            rights.DEMOGRAPHICS,
            rights.RECEPTION,
        ):
            with self.subTest(role=role):
                found = self._find(self.users[role], CODE) | self._find(
                    self.users[role], DRUG
                )
                models = {field.rpartition(".")[0] for field in found}
                # The dictionary, and the catalog of the clinic.
                self.assertLessEqual(
                    models, {"medical.code", "product.template", "product.product"}
                )

    def test_what_reception_was_told_stays_at_reception(self):
        self._live_here()
        for role in (rights.PORTAL, rights.INTERNAL, rights.DEMOGRAPHICS):
            with self.subTest(role=role):
                self.assertFalse(self._find(self.users[role], NOTE))
        self.assertEqual(
            self._find(self.reception, NOTE),
            {"medical.consultation.cancel_note", "medical.consultation.cancel.note"},
        )

    def test_reading_all_there_is_of_a_visit_shows_nothing_clinical(self):
        visit = self._live_here()
        of_visit = [("res_model", "=", visit._name)]
        for role in (
            rights.PORTAL,
            rights.INTERNAL,
            rights.DEMOGRAPHICS,
            rights.RECEPTION,
        ):
            for model, domain in (
                ("medical.consultation", ()),
                ("medical.consultation.cancel", ()),
                ("res.partner", [("id", "in", self.patient.ids)]),
                ("res.users", ()),
                ("mail.message", [("model", "=", visit._name)]),
                ("mail.activity", of_visit),
                ("mail.followers", of_visit),
                ("mail.notification", ()),
                ("ir.attachment", ()),
                ("ir.exports", ()),
                ("ir.exports.line", ()),
                ("ir.filters", ()),
            ):
                with self.subTest(role=role, model=model):
                    text = self._read_all(self.users[role], model, domain)
                    for word in (SECRET, CODE, DRUG):
                        self.assertNotIn(word, text)
        # The same reading shows the record to those who may.
        self.assertIn(SECRET, self._read_all(self.assistant, "medical.consultation"))
        self.assertIn(SECRET, self._read_all(self.assistant, "ir.attachment"))

    def test_prints_are_made_for_readers_of_the_record_only(self):
        visit = self._live_here()
        for report in ("prescription", "visit_summary"):
            action = f"medical_records.action_report_{report}"
            for user in (self.portal, self.internal, self.biller, self.reception):
                self.env.invalidate_all()
                reports = self.env(user=user.id, su=False, context={})[
                    "ir.actions.report"
                ]
                error = self._try(
                    lambda reports=reports, action=action: reports._render_qweb_html(
                        action, visit.ids
                    )
                )
                with self.subTest(report=report, user=user.login):
                    self.assertIsInstance(error, AccessError)
            html = (
                self.env["ir.actions.report"]
                .with_user(self.assistant)
                ._render_qweb_html(action, visit.ids)[0]
            )
            self.assertIn(SECRET.encode(), html)

    def test_patient_does_not_follow_the_visit(self):
        visit = self._live_here()
        self.assertNotIn(self.patient, visit.message_partner_ids)
        mails = self.env["mail.notification"].search(
            [("res_partner_id", "=", self.patient.id)]
        )
        self.assertFalse(mails)

    def test_catalog_of_a_visit_is_closed_to_reception(self):
        visit = self._live_here()
        data = self._as(self.reception, visit)
        error = self._try(
            lambda: data._get_product_catalog_order_line_info([self.secret_drug.id])
        )
        self.assertIsInstance(error, AccessError)

    # === COMPANIES APART === #

    def test_another_company_finds_problems_and_allergies_only(self):
        clinic = self.clinics["foreign"]
        type(self).mark = FOREIGN
        type(self).su = True
        visit = self.env["medical.consultation"].create(
            {
                "patient_id": clinic.patient.id,
                "practitioner_id": clinic.practitioner.id,
                "company_id": clinic.company.id,
                "date": "2026-03-02 13:00:00",
            }
        )
        colleague = self._create_user(
            "colleague",
            "medical_records.group_assistant",
            company_id=clinic.company.id,
            company_ids=[Command.set(clinic.company.ids)],
        )
        with mute_logger("odoo.addons.base.models.ir_rule"):
            self._live(visit, self.stranger, colleague)
        self._create_location(f"{FOREIGN} room", company_id=clinic.company.id)
        self.env["medical.visit.type"].create(
            {"name": f"{FOREIGN} type", "company_id": clinic.company.id}
        )
        self.env["medical.partner.relation"].create(
            {
                "partner_id": clinic.patient.id,
                "related_partner_id": self.patient.id,
                "note": f"{FOREIGN} relation",
            }
        )
        for user in (self.administrator, self.medic, self.reception):
            with self.subTest(user=user.login):
                found = self._find(user, FOREIGN)
                models = {field.rpartition(".")[0] for field in found}
                expected = {"medical.condition", "medical.allergy"}
                self.assertEqual(models, expected if user != self.reception else set())
        # The company itself finds all of it.
        self.assertIn(
            "medical.consultation.history", self._find(self.stranger, FOREIGN)
        )
        file = self.env["ir.attachment"].search(
            [("res_model", "=", visit._name), ("res_id", "=", visit.id)], limit=1
        )
        self.assertEqual(base64.b64decode(file.datas), f"{FOREIGN} content".encode())
        error = self._try(
            lambda: self._rpc(
                self.administrator, "ir.attachment", "read", file.ids, ["name"]
            )
        )
        self.assertIsInstance(error, AccessError)

    def test_diary_of_another_company_is_not_seen(self):
        own, foreign = self.clinics["own"], self.clinics["foreign"]
        # The same person at the same time in both companies.
        self.stranger.partner_id.company_id = False
        clash = self.env["medical.consultation"].create(
            {
                "patient_id": self.patient.id,
                "practitioner_id": self.stranger.partner_id.id,
                "company_id": own.company.id,
                "date": Datetime.to_string(foreign.draft.date),
            }
        )
        shown = self._rpc(
            self.reception, "medical.consultation", "read", clash.ids, ["has_overlap"]
        )
        self.assertFalse(shown[0]["has_overlap"])
        values = self._read_all(
            self.reception, "res.partner", [("id", "=", foreign.practitioner.id)]
        )
        self.assertNotIn(foreign.draft.name, values)
