from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.service.model import call_kw
from odoo.tests import tagged

from .common import MedicalRecordsCommon


@tagged("post_install", "-at_install")
class TestFiles(MedicalRecordsCommon):
    """Files belong to the record: same readers, frozen with it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.visit = cls._create_visit(cls.lab_test)
        cls.file = cls._attach(cls.visit)
        cls.clerk = cls._create_user("clerk", "medical_records.group_medical_user")

    @classmethod
    def _attach(cls, record, user=None, **values):
        return (
            cls.env["ir.attachment"]
            .with_user(user or cls.medic)
            .create(
                {
                    "name": "letter.txt",
                    "raw": b"HIV positive",
                    "res_model": record._name,
                    "res_id": record.id,
                    **values,
                }
            )
        )

    # === WHO READS THEM === #

    def test_people_of_the_record_read_its_files(self):
        for user in (self.assistant, self.medic, self.other_medic, self.administrator):
            with self.subTest(user=user.login):
                self.assertEqual(self._as(user, self.file).raw, b"HIV positive")

    def test_readers_of_the_diary_do_not(self):
        line_file = self._attach(self.visit.line_ids)
        for user in (self.reception, self.clerk, self.internal, self.portal):
            for file in (self.file, line_file):
                with self.subTest(user=user.login, model=file.res_model):
                    for deed in (
                        ("read", ["name", "datas"]),
                        ("write", {"name": "x"}),
                        ("unlink",),
                    ):
                        self._assert_refused(AccessError, self._call, user, file, *deed)

    def test_readers_of_the_diary_do_not_even_find_them(self):
        Attachment = self.env["ir.attachment"]
        domains = (
            [("res_model", "=", "medical.consultation")],
            [
                ("res_model", "=", "medical.consultation"),
                ("res_id", "=", self.visit.id),
            ],
            [("name", "=", "letter.txt")],
            [("id", "=", self.file.id)],
        )
        for domain in domains:
            for user, found in ((self.reception, 0), (self.clerk, 0), (self.medic, 1)):
                with self.subTest(domain=domain, user=user.login):
                    self.env.invalidate_all()
                    self.assertEqual(
                        len(
                            call_kw(
                                Attachment.with_user(user),
                                "search_read",
                                [domain, ["name"]],
                                {},
                            )
                        ),
                        found,
                    )

    def test_reception_adds_no_file_to_a_visit(self):
        self._assert_refused(AccessError, self._attach, self.visit, self.reception)

    def test_file_of_a_record_is_never_public(self):
        self._assert_refused(UserError, self._attach, self.visit, public=True)
        self._assert_refused(
            UserError, self.file.with_user(self.medic).write, {"public": True}
        )

    def test_file_sent_to_the_chatter_becomes_one_of_the_record(self):
        message = self.visit.with_user(self.medic).message_post(
            body="See the letter", attachments=[("scan.txt", b"HIV positive")]
        )
        self.assertFalse(message.attachment_ids)
        scan = self.env["ir.attachment"].search(
            [("name", "=", "scan.txt"), ("res_model", "=", self.visit._name)]
        )
        self.assertEqual(scan.res_id, self.visit.id)
        self._assert_refused(
            AccessError, self._call, self.reception, scan, "read", ["datas"]
        )

    # === FROZEN WITH THE RECORD === #

    def test_nobody_changes_the_files_of_a_signed_visit(self):
        line_file = self._attach(self.visit.line_ids)
        self._sign(self.visit)
        other = self._create_visit()
        for user in (self.medic, self.administrator, self.env.ref("base.user_root")):
            for file in (self.file.with_user(user), line_file.with_user(user)):
                for vals in (
                    {"raw": b"HIV negative"},
                    {"datas": b"SElWIG5lZ2F0aXZl"},
                    {"name": "other.txt"},
                    {"res_id": other.id, "res_model": other._name},
                    {"res_id": False},
                    {"type": "url", "url": "http://example.com"},
                ):
                    with self.subTest(user=user.login, vals=vals):
                        self._assert_refused(UserError, file.write, vals)
                        self._assert_refused(UserError, file.sudo().write, vals)
                self._assert_refused(UserError, file.unlink)
                self._assert_refused(UserError, file.sudo().unlink)
        self.assertEqual(self.file.raw, b"HIV positive")

    def test_same_content_may_move_to_another_storage(self):
        self._sign(self.visit)
        self.file.sudo().write({"raw": self.file.raw, "mimetype": self.file.mimetype})
        self.assertEqual(self.file.raw, b"HIV positive")

    def test_files_of_an_open_visit_may_change_and_go(self):
        file = self.file.with_user(self.medic)
        file.name = "other.txt"
        file.unlink()
        self.assertFalse(self.file.exists())

    def test_late_file_is_added_to_a_signed_visit(self):
        self._sign(self.visit)
        late = self._attach(self.visit.line_ids, self.assistant, name="late.txt")
        self.assertEqual(self.visit.line_ids.attachment_ids, late)
        self.assertEqual(self.visit.line_ids.result_status, "arrived")
        self.assertRecordValues(
            self.visit.line_ids.event_ids,
            [{"kind": "file", "note": "late.txt", "user_id": self.assistant.id}],
        )
        self._assert_refused(UserError, late.with_user(self.assistant).unlink)

    def test_file_deleted_in_an_amended_visit_is_kept_with_what_was_signed(self):
        self._sign(self.visit)
        self._amend(self.visit)
        self.file.with_user(self.medic).unlink()
        self.assertRecordValues(
            self.file,
            [
                {
                    "res_model": "medical.consultation.amendment",
                    "res_id": self.visit.amendment_ids.id,
                }
            ],
        )
        self.assertEqual(self._as(self.medic, self.file).raw, b"HIV positive")
        self.assertIn("letter.txt", str(self.visit.amendment_ids.comparison))
        self._assert_refused(UserError, self.file.with_user(self.medic).unlink)

    def test_file_of_a_line_deleted_in_an_amended_visit_is_kept_too(self):
        line = self.visit.line_ids
        file = self._attach(line)
        self._sign(self.visit)
        self._amend(self.visit)
        self.visit.with_user(self.medic).write({"line_ids": [Command.delete(line.id)]})
        self.assertFalse(line.exists())
        self.assertEqual(file.res_model, "medical.consultation.amendment")

    def test_files_that_have_nothing_to_do_with_visits_are_left_alone(self):
        file = self._attach(self.patient)
        file.write({"name": "other.txt", "public": True})
        file.unlink()
        self.assertFalse(file.exists())

    # === DETOURS === #

    def test_public_file_is_not_moved_into_a_record(self):
        file = self._attach(self.patient, self.env.user, public=True)
        for vals in (
            {"res_model": self.visit._name, "res_id": self.visit.id},
            {
                "res_model": "medical.consultation.line",
                "res_id": self.visit.line_ids.id,
            },
        ):
            self._assert_refused(UserError, file.with_user(self.medic).write, vals)

    def test_signed_file_is_not_replaced_or_taken_out_in_an_amended_visit(self):
        line_file = self._attach(self.visit.line_ids)
        self._sign(self.visit)
        self._amend(self.visit)
        other = self._create_visit()
        for file in (self.file.with_user(self.medic), line_file.sudo()):
            for vals in (
                {"raw": b"HIV negative"},
                {"datas": b"SElWIG5lZ2F0aXZl"},
                {"res_id": other.id, "res_model": other._name},
                {"res_id": False},
            ):
                with self.subTest(vals=vals):
                    self._assert_refused(UserError, file.write, vals)
        # Its name is no content: what it was is in the comparison.
        self.file.with_user(self.medic).name = "other.txt"
        self.assertIn("other.txt", str(self.visit.amendment_ids.comparison))

    def test_description_of_a_file_is_frozen_too(self):
        self._sign(self.visit)
        self._assert_refused(
            UserError, self.file.with_user(self.medic).write, {"description": "x"}
        )

    def test_file_that_comes_by_its_model_alone_is_a_result(self):
        line = self.visit.line_ids
        self._sign(self.visit)
        file = self._attach(self.patient, self.env.user, res_id=line.id)
        file.sudo().write({"res_model": line._name})
        self.assertTrue(line.result_status)

    def test_file_of_a_message_for_later_is_read_by_people_of_the_record(self):
        file = (
            self.env["ir.attachment"]
            .with_user(self.medic)
            .create(
                {
                    "name": "later.txt",
                    "raw": b"HIV positive",
                    "res_model": "mail.compose.message",
                }
            )
        )
        self.env["mail.scheduled.message"].with_user(self.medic).create(
            {
                "model": self.visit._name,
                "res_id": self.visit.id,
                "body": "See the letter",
                "attachment_ids": [Command.link(file.id)],
                "scheduled_date": "2099-01-01 00:00:00",
                "author_id": self.medic.partner_id.id,
            }
        )
        self.env.flush_all()
        self.assertEqual(
            (file.res_model, file.res_id), (self.visit._name, self.visit.id)
        )
        for user in (self.reception, self.clerk):
            self._assert_refused(AccessError, self._call, user, file, "read", ["raw"])

    def test_edited_message_takes_no_files(self):
        message = self.visit.with_user(self.medic).message_post(
            body="See the letter", message_type="comment"
        )
        self.visit.with_user(self.medic)._message_update_content(
            message, body="See it", attachment_ids=self.file.ids
        )
        self.assertFalse(message.attachment_ids)

    def test_no_odd_domain_finds_them(self):
        Attachment = self.env["ir.attachment"]
        for domain in (
            [],
            [("res_model", "in", ["medical.consultation", "res.partner"])],
            [("res_model", "=like", "medical.consul%")],
            [("res_model", "!=", "res.partner")],
            [("id", "in", self.file.ids), ("res_field", "=", False)],
            ["|", ("public", "=", True), ("res_id", "=", self.visit.id)],
            [("index_content", "ilike", "HIV")],
        ):
            for user in (self.reception, self.clerk, self.internal):
                with self.subTest(domain=domain, user=user.login):
                    self.env.invalidate_all()
                    found = call_kw(Attachment.with_user(user), "search", [domain], {})
                    self.assertNotIn(self.file.id, found)
                    groups = call_kw(
                        Attachment.with_user(user),
                        "formatted_read_group",
                        [[*domain, ("id", "=", self.file.id)], ["name"], ["__count"]],
                        {},
                    )
                    self.assertFalse(groups)
