import csv

from odoo.tests import tagged
from odoo.tools import file_open

from .common import MedicalStockCommon


@tagged("post_install", "-at_install")
class TestTakingOver(MedicalStockCommon):
    """A history that is imported is neither billed again nor taken from stock."""

    def _load(self, model, header, rows, **context):
        records = self.env[model].with_context(**context)
        result = records.load(header, rows)
        self.assertFalse(result["messages"])
        return records.browse(result["ids"])

    def _load_template(self, model, **context):
        [template] = self.env[model].with_context(**context).get_import_templates()
        with file_open(template["template"].lstrip("/"), "r") as file:
            header, *rows = list(csv.reader(file))
        return self._load(model, header, rows, **context)

    def _sign_as_administrator(self, visits):
        self.env.flush_all()
        self._sign(visits, self.administrator)
        self.assertEqual(set(visits.mapped("state")), {"signed"})

    def test_past_visits_make_no_item_and_no_transfer(self):
        self._create_partner(name="Dr. Sample", is_practitioner=True)
        self._load_template("res.partner", default_is_patient=True)
        visits = self._load_template("medical.consultation")
        self._sign_as_administrator(visits)
        self.assertEqual(len(visits.line_ids), 1)
        self.assertEqual(visits.line_ids.state, "done")
        self.assertFalse(visits.line_ids.billable_item_ids)
        self.assertFalse(
            self.env["stock.move"].search(
                [("consultation_line_id", "in", visits.line_ids.ids)]
            )
        )

    def test_past_acts_in_words_make_no_item_and_no_transfer(self):
        header = [
            "id",
            "patient_id/.id",
            "practitioner_id/.id",
            "date",
            "date_end",
            "line_ids/kind",
            "line_ids/name",
            "line_ids/charge",
        ]
        visits = self._load(
            "medical.consultation",
            header,
            [
                [
                    "past_1",
                    str(self.patient.id),
                    str(self.medic.partner_id.id),
                    "2020-05-06 09:00:00",
                    "2020-05-06 09:30:00",
                    "procedure",
                    "Wound dressed",
                    "none",
                ],
                ["", "", "", "", "", "consumable", "Gauze", "none"],
            ],
        )
        self._sign_as_administrator(visits)
        self.assertEqual(len(visits.line_ids), 2)
        self.assertFalse(visits.line_ids.billable_item_ids)
        self.assertFalse(
            self.env["stock.move"].search(
                [("consultation_line_id", "in", visits.line_ids.ids)]
            )
        )
