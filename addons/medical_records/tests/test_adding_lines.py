from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .common import MedicalRecordsCommon


@tagged("post_install", "-at_install")
class TestAddingLines(MedicalRecordsCommon):
    """Many lines at once: templates, the last visit, and what a line refuses."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_component(cls.procedure, cls.swab, 2.0)
        cls.template = cls._create_template(
            {"product_id": cls.procedure.id},
            {
                "product_id": cls.drug.id,
                "quantity": 3.0,
                "dosage": "1-0-1",
                "note": "After meals",
            },
            {
                "name": "Cough syrup",
                "kind": "medication",
                "dispensing": "external",
                "dosage": "5 ml",
            },
        )

    @classmethod
    def _create_template(cls, *lines, **values):
        return cls.env["medical.consultation.template"].create(
            {
                "name": "Cold",
                "line_ids": [Command.create(line) for line in lines],
                **values,
            }
        )

    def _assert_template_lines(self, lines):
        self.assertRecordValues(
            lines.filtered(lambda line: not line.parent_id),
            [
                {
                    "product_id": self.procedure.id,
                    "name": "Suture",
                    "kind": "procedure",
                    "quantity": 1.0,
                    "dosage": False,
                    "dispensing": "clinic",
                    "note": False,
                },
                {
                    "product_id": self.drug.id,
                    "name": "Tablet",
                    "kind": "medication",
                    "quantity": 3.0,
                    "dosage": "1-0-1",
                    "dispensing": "clinic",
                    "note": "After meals",
                },
                {
                    "product_id": False,
                    "name": "Cough syrup",
                    "kind": "medication",
                    "quantity": 1.0,
                    "dosage": "5 ml",
                    "dispensing": "external",
                    "note": False,
                },
            ],
        )

    # === DOSAGE AND DISPENSING === #

    def test_dosage_of_what_is_no_drug_is_refused(self):
        visit = self._create_visit()
        message = self._assert_refused(
            ValidationError, self._create_line, visit, self.procedure, dosage="1-0-1"
        )
        self.assertIn("Suture is no drug", message)
        line = self._create_line(visit, self.drug, dosage="1-0-1")
        self._assert_refused(ValidationError, line.write, {"kind": "procedure"})

    def test_prescription_of_what_is_no_drug_is_refused(self):
        visit = self._create_visit()
        self._assert_refused(
            ValidationError,
            self._create_line,
            visit,
            self.procedure,
            dispensing="external",
        )

    def test_component_follows_a_prescribed_drug(self):
        self._create_component(self.drug, self.swab)
        visit = self._create_visit(
            {"product_id": self.drug.id, "dispensing": "external"}
        )
        self.assertEqual(visit.line_ids.mapped("dispensing"), ["external"] * 2)

    def test_another_kind_of_product_clears_the_dosage_in_the_form(self):
        visit = self._create_visit().with_user(self.medic)
        with Form(visit) as form, form.line_ids.new() as line:
            line.product_id = self.drug
            line.dosage = "1-0-1"
            line.product_id = self.swab
        self.assertFalse(visit.line_ids.dosage)

    def test_prescription_in_words(self):
        visit = self._create_visit().with_user(self.medic)
        with (
            Form(visit) as form,
            form.line_ids.new() as line,
        ):
            line.name = "Cough syrup"
            line.kind = "medication"
            line.dispensing = "external"
            line.dosage = "5 ml"
        self.assertRecordValues(
            visit.line_ids,
            [{"product_id": False, "charge": "none", "state": "ordered"}],
        )

    # === TEMPLATES === #

    def test_choosing_a_template_adds_its_lines(self):
        visit = self._create_visit(self.swab)
        with Form(visit.with_user(self.medic)) as form:
            form.template_id = self.template
            self.assertEqual(len(form.line_ids), 4)
            self.assertFalse(form.template_id)
        added = visit.line_ids[1:]
        self._assert_template_lines(added)
        self.assertEqual(added.child_ids.mapped("quantity"), [2.0])

    def test_two_templates_add_up(self):
        other = self._create_template({"product_id": self.lab_test.id})
        form = Form(self.env["medical.consultation"].with_user(self.assistant))
        form.patient_id = self.patient
        form.template_id = self.template
        form.template_id = other
        visit = form.save()
        self.assertEqual(
            visit.line_ids.filtered(lambda line: not line.parent_id).mapped("name"),
            ["Suture", "Tablet", "Cough syrup", "Blood count"],
        )

    def test_what_is_no_longer_offered_is_left_out(self):
        self.drug.active = False
        with Form(self._create_visit().with_user(self.medic)) as form:
            form.template_id = self.template
        self.assertEqual(
            form.record.line_ids.filtered(lambda line: not line.parent_id).mapped(
                "name"
            ),
            ["Suture", "Cough syrup"],
        )

    def test_visit_is_saved_as_a_template(self):
        visit_type = self.env["medical.visit.type"].create(
            {"name": "Follow-up", "product_id": self.fee.id}
        )
        visit = self._create_visit(
            self.procedure,
            {"product_id": self.drug.id, "dosage": "1-0-1"},
            visit_type_id=visit_type.id,
        )
        action = self._as(self.medic, visit).action_save_as_template()
        templates = (
            self.env[action["res_model"]]
            .with_user(self.medic)
            .with_context(**action["context"])
        )
        form = Form(templates)
        form.name = "Suture with tablets"
        template = form.save()
        self.assertEqual(template.practitioner_id, self.medic.partner_id)
        # Neither the fee nor the swab that is part of the suture.
        self.assertRecordValues(
            template.line_ids,
            [
                {"product_id": self.procedure.id, "dosage": False},
                {"product_id": self.drug.id, "dosage": "1-0-1"},
            ],
        )

    def test_visit_without_lines_is_no_template(self):
        self._assert_refused(UserError, self._create_visit().action_save_as_template)

    def test_template_refuses_what_a_line_refuses(self):
        for line in (
            {"product_id": self.procedure.id, "dosage": "1-0-1"},
            {"product_id": self.procedure.id, "dispensing": "external"},
            {"product_id": self.drug.id, "product_uom_id": self.uom_litre.id},
        ):
            with self.subTest(line=line):
                self._assert_refused(ValidationError, self._create_template, line)

    def test_medics_change_their_own_templates_only(self):
        own, colleagues = (
            self._create_template(practitioner_id=user.partner_id.id)
            for user in (self.medic, self.other_medic)
        )
        line = {"line_ids": [Command.create({"product_id": self.swab.id})]}
        self._call(self.medic, own, "write", line)
        for template in (self.template, colleagues):
            self.assertTrue(self._as(self.medic, template).read(["name"]))
            self._assert_refused(
                AccessError, self._call, self.medic, template, "write", {"name": "x"}
            )
        self._assert_refused(
            AccessError,
            self._call,
            self.medic,
            self.template.line_ids[0],
            "write",
            {"quantity": 5},
        )
        self._call(self.administrator, self.template, "write", {"name": "New", **line})

    def test_assistants_use_templates_and_reception_sees_none(self):
        self.assertTrue(self._as(self.assistant, self.template.line_ids).read())
        for operation in ("write", "create", "unlink"):
            self.assertFalse(
                self._as(self.assistant, self.template).has_access(operation)
            )
        for user in (self.reception, self.internal, self.portal):
            for record in (self.template, self.template.line_ids):
                self._assert_refused(AccessError, self._call, user, record, "read")

    def test_templates_of_another_company_are_hidden(self):
        other = self._create_company(name="Other clinic")
        self.template.company_id = other
        found = self.env["medical.consultation.template"].with_user(self.medic)
        self.env.flush_all()
        self.assertFalse(found.search([]))

    # === LAST VISIT === #

    def _create_last_visit(self, **values):
        return self._sign(
            self._create_visit(
                self.procedure,
                {
                    "product_id": self.drug.id,
                    "quantity": 3.0,
                    "dosage": "1-0-1",
                    "note": "After meals",
                },
                {
                    "name": "Cough syrup",
                    "kind": "medication",
                    "dispensing": "external",
                    "dosage": "5 ml",
                },
                **{"date": "2026-02-02 09:00:00", **values},
            )
        )

    def test_last_visit_is_repeated_without_what_was_done(self):
        visit_type = self.env["medical.visit.type"].create(
            {"name": "Follow-up", "product_id": self.fee.id}
        )
        self._create_last_visit(visit_type_id=visit_type.id)
        visit = self._create_visit()
        self._as(self.assistant, visit).action_repeat_last_visit()
        self._assert_template_lines(visit.line_ids)
        self.assertFalse(any(visit.line_ids.mapped("qty_done")))
        self.assertFalse(any(visit.line_ids.mapped("is_visit_fee")))
        self.assertEqual(visit.line_ids.child_ids.mapped("quantity"), [2.0])

    def test_visit_with_the_same_practitioner_comes_first(self):
        self._create_last_visit()
        other = self._create_visit(
            self.lab_test,
            date="2026-02-20 09:00:00",
            practitioner_id=self.other_medic.partner_id.id,
        )
        other.action_start()
        visit, of_other = self._create_visit(), self._create_visit()
        of_other.practitioner_id = self.other_medic.partner_id
        (visit | of_other).action_repeat_last_visit()
        self._assert_template_lines(visit.line_ids)
        self.assertEqual(of_other.line_ids.product_id, self.lab_test)

    def test_visit_with_somebody_else_is_repeated_when_there_is_no_own(self):
        self._create_last_visit()
        visit = self._create_visit(practitioner_id=self.other_medic.partner_id.id)
        visit.action_repeat_last_visit()
        self._assert_template_lines(visit.line_ids)

    def test_cancelled_and_archived_lines_are_not_repeated(self):
        last = self._create_visit(
            self.procedure, self.lab_test, self.drug, date="2026-02-02 09:00:00"
        )
        self._sign(last)
        last.line_ids.filtered(lambda line: line.product_id == self.lab_test).write(
            {"is_cancelled": True}
        )
        self.drug.active = False
        visit = self._create_visit()
        visit.action_repeat_last_visit()
        self.assertEqual(
            visit.line_ids.filtered(lambda line: not line.parent_id).product_id,
            self.procedure,
        )

    def test_nothing_to_repeat_is_said(self):
        self._sign(self._create_visit(date="2026-02-02 09:00:00"))
        message = self._assert_refused(
            UserError, self._create_visit().action_repeat_last_visit
        )
        self.assertIn("nothing to repeat: Ada Patient had no visit", message)

    def test_signed_visit_takes_no_more_lines(self):
        self._create_last_visit()
        visit = self._sign(self._create_visit())
        self._assert_refused(
            UserError, self._call, self.medic, visit, "action_repeat_last_visit"
        )
        self._assert_refused(
            UserError,
            self._call,
            self.medic,
            visit,
            "write",
            {"template_id": self.template.id},
        )

    def test_reception_repeats_nothing(self):
        self._create_last_visit()
        visit = self._create_visit()
        for method in ("action_repeat_last_visit", "action_save_as_template"):
            self._assert_refused(AccessError, self._call, self.reception, visit, method)

    def test_repeating_costs_the_same_queries_for_one_visit_and_for_ten(self):
        self._create_last_visit()
        few = self._create_visit()
        many = self.env["medical.consultation"].concat(
            *(self._create_visit() for _number in range(10))
        )
        self._create_visit().action_repeat_last_visit()  # Caches of the registry.

        cost = self._count_queries(few.action_repeat_last_visit)
        more = self._count_queries(many.action_repeat_last_visit) - cost
        self.assertLess(more / 9, 0.5)
        self.assertEqual({len(visit.line_ids) for visit in many}, {4})
