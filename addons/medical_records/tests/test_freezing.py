from psycopg2 import IntegrityError
from psycopg2.errors import SerializationFailure

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.service.model import call_kw
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import MedicalRecordsCommon

TABLES = ("medical_consultation", "medical_consultation_line", "medical_diagnosis")


@tagged("post_install", "-at_install")
class TestFreezing(MedicalRecordsCommon):
    """The story of a signed visit stays, whatever anybody tries."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_component(cls.procedure, cls.swab, 2)
        cls.signed = cls._create_visit(
            cls.procedure,
            cls.lab_test,
            reason="Fever",
            history="For three days",
            weight=70,
            diagnosis_ids=[
                Command.create({"code_id": cls.code_flu.id, "rank": "principal"})
            ],
        )
        cls.open = cls._create_visit(
            cls.drug,
            diagnosis_ids=[Command.create({"code_id": cls.code_cough.id})],
        )
        cls._sign(cls.signed)
        cls.suture, cls.swabs, cls.blood_count = cls.signed.line_ids
        cls.diagnosis = cls.signed.diagnosis_ids
        cls.users = {
            "medic": cls.medic,
            "administrator": cls.administrator,
            "superuser": cls.env.ref("base.user_root"),
        }

    def _read_story(self):
        """Return every stored value of the signed visit and its parts."""
        self.env.flush_all()
        story = []
        for table, column in zip(
            TABLES, ("id", "consultation_id", "consultation_id"), strict=True
        ):
            self.env.cr.execute(
                f"SELECT * FROM {table} WHERE {column} = %s ORDER BY id",
                [self.signed.id],
            )
            story.append(self.env.cr.dictfetchall())
        return story

    def _assert_attack_fails(self, name, attack):
        """Assert that no user changes the story, and that each is told so."""
        before = self._read_story()
        for role, user in self.users.items():
            with self.subTest(attack=name, user=role):
                self.env.invalidate_all()
                with (
                    mute_logger("odoo.sql_db", "odoo.models.unlink"),
                    self.assertRaises(UserError),
                    self.env.cr.savepoint(),
                ):
                    attack(user)
                    self.env.flush_all()
                self.env.invalidate_all()
                self.assertEqual(self._read_story(), before)

    def _assert_write_fails(self, records, vals):
        self._assert_attack_fails(
            f"write {vals} on {records}",
            lambda user: records.with_user(user).write(vals),
        )

    # === THE VISIT === #

    def test_nobody_writes_on_the_visit(self):
        for vals in (
            {"history": "Nothing"},
            {"history": False},
            {"reason": "Cough"},
            {"examination": "Late finding"},
            {"conclusion": "All well"},
            {"weight": 71},
            {"temperature": 39.5},
            {"date": "2026-01-01 00:00:00"},
            {"date_end": "2026-01-01 00:00:00"},
            {"patient_id": self.other_patient.id},
            {"practitioner_id": self.other_medic.partner_id.id},
            {"visit_type_id": False},
            {"company_id": self.env.company.id},
        ):
            self._assert_write_fails(self.signed, vals)

    def test_nobody_writes_the_workflow_by_hand(self):
        visit = self.signed.with_user(self.medic)
        before = self._read_story()
        for vals in (
            {"state": "draft"},
            {"state": "in_progress"},
            {"signed_by_id": self.other_medic.id},
            {"date_signed": False},
            {"name": "V0"},
        ):
            for user in (self.medic, self.administrator):
                with self.subTest(vals=vals, user=user.login):
                    self._assert_refused(UserError, visit.with_user(user).write, vals)
                    self._assert_refused(
                        UserError, self._call, user, self.signed, "write", vals
                    )
        self.assertEqual(self._read_story(), before)

    def test_open_visit_cannot_be_signed_by_a_write(self):
        for user in (self.medic, self.administrator):
            self._assert_refused(
                UserError, self._call, user, self.open, "write", {"state": "signed"}
            )
            self._assert_refused(
                UserError,
                self._call,
                user,
                self.open,
                "web_save",
                {"state": "signed"},
                specification={},
            )
        self.assertEqual(self.open.state, "draft")

    def test_visit_cannot_be_created_signed(self):
        visits = self.env["medical.consultation"].with_user(self.medic)
        self._assert_refused(
            UserError,
            visits.create,
            {"patient_id": self.patient.id, "state": "signed"},
        )
        visit = visits.with_context(
            default_state="signed",
            default_signed_by_id=self.medic.id,
            default_date_signed="2026-01-01 00:00:00",
        ).create({"patient_id": self.patient.id})
        self.assertRecordValues(
            visit, [{"state": "draft", "signed_by_id": False, "date_signed": False}]
        )

    def test_no_context_opens_a_signed_visit(self):
        for key in (
            "install_mode",
            "import_file",
            "tracking_disable",
            "force_write",
            "default_state",
            "no_validate",
        ):
            self._assert_attack_fails(
                f"context {key}",
                lambda user, key=key: (
                    self.signed.with_user(user)
                    .with_context(**{key: "draft"})
                    .write({"history": "Nothing"})
                ),
            )

    def test_nobody_deletes_the_visit(self):
        self._assert_attack_fails(
            "unlink", lambda user: self.signed.with_user(user).unlink()
        )

    def test_buttons_are_closed(self):
        for method in ("action_start", "action_cancel", "action_sign"):
            self._assert_attack_fails(
                method,
                lambda user, method=method: getattr(
                    self.signed.with_user(user), method
                )(),
            )

    def test_private_methods_are_closed_to_remote_calls(self):
        for method in ("_set_state", "_action_sign", "_add_fee_lines"):
            with self.subTest(method=method):
                self._assert_refused(
                    AccessError,
                    self._call,
                    self.administrator,
                    self.signed,
                    method,
                    "draft",
                )
        self._assert_refused(
            AccessError,
            self._call,
            self.administrator,
            self.suture,
            "_record_done",
            {},
        )

    # === ITS PARTS === #

    def test_nobody_writes_on_the_lines(self):
        for vals in (
            {"quantity": 5},
            {"product_id": self.drug.id},
            {"product_uom_id": self.uom_dozen.id},
            {"name": "Something else"},
            {"kind": "other"},
            {"note": "Added later"},
            {"dosage": "Twice a day"},
            {"dispensing": "external"},
            {"charge": "none"},
            {"sequence": 1},
            {"is_done_later": True},
            {"is_visit_fee": True},
            {"consultation_id": self.open.id},
            {"parent_id": self.blood_count.id},
            {"qty_done": 0},
        ):
            self._assert_write_fails(self.suture, vals)

    def test_nobody_writes_on_the_diagnoses(self):
        for vals in (
            {"code_id": self.code_cough.id},
            {"rank": "secondary"},
            {"verification": "provisional"},
            {"note": "Added later"},
            {"consultation_id": self.open.id},
        ):
            self._assert_write_fails(self.diagnosis, vals)

    def test_nobody_adds_or_deletes_parts(self):
        self._assert_attack_fails(
            "create a line",
            lambda user: (
                self.env["medical.consultation.line"]
                .with_user(user)
                .create({"consultation_id": self.signed.id, "product_id": self.drug.id})
            ),
        )
        self._assert_attack_fails(
            "create a diagnosis",
            lambda user: (
                self.env["medical.diagnosis"]
                .with_user(user)
                .create(
                    {"consultation_id": self.signed.id, "code_id": self.code_cough.id}
                )
            ),
        )
        for part in (self.suture, self.swabs, self.blood_count, self.diagnosis):
            self._assert_attack_fails(
                f"unlink {part}", lambda user, part=part: part.with_user(user).unlink()
            )
            default = {"rank": "secondary"} if part == self.diagnosis else {}
            self._assert_attack_fails(
                f"copy {part}",
                lambda user, part=part, default=default: part.with_user(user).copy(
                    default
                ),
            )

    def test_nobody_moves_parts_in_from_another_visit(self):
        for part in (self.open.line_ids, self.open.diagnosis_ids):
            self._assert_write_fails(part, {"consultation_id": self.signed.id})
            self.assertEqual(part.consultation_id, self.open)

    def test_no_command_on_the_visit_gets_through(self):
        drug, cough = self.open.line_ids, self.open.diagnosis_ids
        for vals in (
            {"line_ids": [Command.create({"product_id": self.drug.id})]},
            {"line_ids": [Command.update(self.suture.id, {"quantity": 5})]},
            {"line_ids": [Command.update(self.suture.id, {"qty_done": 0})]},
            {"line_ids": [Command.delete(self.blood_count.id)]},
            {"line_ids": [Command.unlink(self.blood_count.id)]},
            {"line_ids": [Command.link(drug.id)]},
            {"line_ids": [Command.clear()]},
            {"line_ids": [Command.set(drug.ids)]},
            {"diagnosis_ids": [Command.create({"code_id": self.code_cough.id})]},
            {"diagnosis_ids": [Command.update(self.diagnosis.id, {"note": "x"})]},
            {"diagnosis_ids": [Command.delete(self.diagnosis.id)]},
            {"diagnosis_ids": [Command.link(cough.id)]},
            {"diagnosis_ids": [Command.clear()]},
        ):
            self._assert_write_fails(self.signed, vals)

    def test_no_command_on_other_records_gets_through(self):
        self._assert_write_fails(
            self.patient,
            {"consultation_ids": [Command.update(self.signed.id, {"weight": 1})]},
        )
        self._assert_write_fails(
            self.patient, {"consultation_ids": [Command.delete(self.signed.id)]}
        )
        self._assert_write_fails(
            self.other_patient, {"consultation_ids": [Command.link(self.signed.id)]}
        )
        self._assert_write_fails(
            self.suture,
            {"child_ids": [Command.update(self.swabs.id, {"quantity": 9})]},
        )
        self._assert_write_fails(
            self.suture, {"child_ids": [Command.delete(self.swabs.id)]}
        )
        self._assert_write_fails(
            self.open.line_ids, {"child_ids": [Command.link(self.swabs.id)]}
        )

    def test_no_import_gets_through(self):
        before = self._read_story()
        imports = (
            (
                self.env["medical.consultation"],
                [".id", "history"],
                [str(self.signed.id), "Nothing"],
            ),
            (
                self.env["medical.consultation"],
                [".id", "state"],
                [str(self.signed.id), "Planned"],
            ),
            (
                self.env["medical.consultation"],
                [".id", "line_ids/product_id/.id"],
                [str(self.signed.id), str(self.drug.id)],
            ),
            (
                self.env["medical.consultation.line"],
                [".id", "quantity"],
                [str(self.suture.id), "7"],
            ),
            (
                self.env["medical.diagnosis"],
                [".id", "consultation_id/.id"],
                [str(self.open.diagnosis_ids.id), str(self.signed.id)],
            ),
        )
        for model, fields, row in imports:
            for user in (self.medic, self.administrator):
                with self.subTest(fields=fields, user=user.login):
                    self.env.invalidate_all()
                    result = model.with_user(user).load(fields, [row])
                    self.assertFalse(result["ids"])
                    self.assertTrue(result["messages"])
                    self.assertEqual(self._read_story(), before)

    def test_no_remote_call_gets_through(self):
        calls = (
            ("write", [[self.signed.id], {"history": "Nothing"}], {}),
            ("web_save", [[self.signed.id], {"history": "x"}], {"specification": {}}),
            ("unlink", [[self.signed.id]], {}),
            (
                "write",
                [[self.signed.id], {"line_ids": [[2, self.blood_count.id, 0]]}],
                {},
            ),
        )
        for name, args, kwargs in calls:
            self._assert_attack_fails(
                f"remote {name} {args}",
                lambda user, name=name, args=args, kwargs=kwargs: call_kw(
                    self.env["medical.consultation"].with_user(user),
                    name,
                    args,
                    kwargs,
                ),
            )

    def test_cancelled_visit_is_frozen_too(self):
        self._cancel(self.open)
        self._assert_refused(UserError, self.open.write, {"history": "It was"})
        self._assert_refused(UserError, self.open.line_ids.write, {"quantity": 2})
        self._assert_refused(
            UserError,
            self.open.write,
            {"line_ids": [Command.create({"product_id": self.drug.id})]},
        )

    def test_open_visit_is_open(self):
        # What is refused above, is refused because the visit is signed.
        self.open.with_user(self.medic).write(
            {
                "history": "Since yesterday",
                "line_ids": [
                    Command.create({"product_id": self.drug.id}),
                    Command.update(self.open.line_ids.id, {"quantity": 3}),
                ],
                "diagnosis_ids": [Command.clear()],
            }
        )
        self.assertEqual(self.open.line_ids.mapped("quantity"), [3, 1])
        self.assertFalse(self.open.diagnosis_ids)
        self.assertEqual(self.open.history, "Since yesterday")

    # === WHAT IT POINTS AT === #

    def test_renamed_code_does_not_change_what_was_diagnosed(self):
        self.code_flu.write({"code": "J11.9", "name": "Seasonal influenza"})
        self.assertEqual(self.diagnosis.name, "J11 Influenza")
        self.assertEqual(self.diagnosis.display_name, "J11 Influenza")
        for user in (self.medic, self.administrator):
            self._assert_refused(
                UserError,
                self._call,
                user,
                self.diagnosis,
                "write",
                {"name": "Healthy"},
            )
        self.open.diagnosis_ids.with_user(self.medic).code_id = self.code_flu
        self.assertEqual(self.open.diagnosis_ids.name, "J11.9 Seasonal influenza")

    def test_who_signed_or_reviewed_cannot_be_deleted(self):
        for name in ("signed_by_id", "reviewed_by_id"):
            user = self._create_user(f"gone_{name}", "medical_records.group_medic")
            record = self.signed if name == "signed_by_id" else self.blood_count
            record.sudo().write({name: user.id})
            self.env.flush_all()
            with self.subTest(field=name):
                self._assert_refused(IntegrityError, user.unlink)

    def test_line_cannot_become_part_of_another_visit_or_of_itself(self):
        drug = self.open.line_ids
        for user in (self.assistant, self.administrator):
            self._assert_refused(
                ValidationError,
                self._call,
                user,
                drug,
                "write",
                {"parent_id": self.blood_count.id},
            )
            self._assert_refused(
                ValidationError,
                self._create_line,
                self.open,
                self.drug,
                parent_id=self.blood_count.id,
            )
            self._assert_refused(
                UserError, self._call, user, drug, "write", {"parent_id": drug.id}
            )

    # === WHAT IS MADE WITH VALUES OF THE CALLER === #

    def test_line_is_not_made_with_what_buttons_and_the_record_say(self):
        for vals in (
            {"is_cancelled": True},
            {"date_reviewed": "2026-03-03 08:00:00"},
            {"override_key": "1"},
            {"state": "done"},
            {"result_status": "reviewed"},
            {"company_id": self.env["res.company"].create({"name": "Elsewhere"}).id},
        ):
            for user in (self.assistant, self.administrator):
                with self.subTest(vals=vals, user=user.login):
                    self._assert_refused(
                        UserError,
                        self.env["medical.consultation.line"].with_user(user).create,
                        {
                            "consultation_id": self.open.id,
                            "product_id": self.drug.id,
                            **vals,
                        },
                    )

    def test_context_says_nothing_that_buttons_and_the_record_say(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        line = (
            self.env["medical.consultation.line"]
            .with_user(self.assistant)
            .with_context(
                default_is_cancelled=True,
                default_date_result="2026-03-03 08:00:00",
                default_reviewed_by_id=self.medic.id,
                default_override_key="1",
                default_override_reason="Because",
                default_state="done",
                default_company_id=other.id,
            )
            .create({"consultation_id": self.open.id, "product_id": self.drug.id})
        )
        self.assertRecordValues(
            line,
            [
                {
                    "is_cancelled": False,
                    "date_result": False,
                    "reviewed_by_id": False,
                    "override_key": False,
                    "override_reason": False,
                    "state": "ordered",
                    "company_id": self.env.company.id,
                }
            ],
        )

    # === TWO AT THE SAME TIME === #

    def test_nothing_enters_a_visit_that_is_signed_at_the_same_time(self):
        def forget(visit_id):
            with self.registry.cursor() as cr:
                visit = self.env(cr=cr)["medical.consultation"].browse(visit_id)
                cr.execute("DELETE FROM medical_consultation WHERE id = %s", [visit.id])

        with self.registry.cursor() as cr:
            visit_id = self.env(cr=cr)["medical.consultation"].create({}).id
        self.addCleanup(forget, visit_id)
        values = {"consultation_id": visit_id, "kind": "other", "name": "Too late"}
        with self.registry.cursor() as late_cr, mute_logger("odoo.sql_db"):
            late = self.env(cr=late_cr)
            visit = late["medical.consultation"].browse(visit_id)
            self.assertEqual(visit.state, "draft")
            with self.registry.cursor() as cr:
                self.env(cr=cr)["medical.consultation"].browse(visit_id)._set_state(
                    "signed"
                )
            # Odoo runs a deed again that fails so; then the visit is signed.
            with self.assertRaises(SerializationFailure):
                late["medical.consultation.line"].create(values)
            late_cr.rollback()
            late.invalidate_all()
            with self.assertRaises(UserError):
                late["medical.consultation.line"].create(values)
            late_cr.rollback()
