from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import MedicalBillingCommon


@tagged("post_install", "-at_install")
class TestPartnerMerge(MedicalBillingCommon):
    """Odoo's merge of contacts keeps every item and document, and every quantity."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.items = cls._create_items(
            {"product_id": cls.procedure.id},
            {"product_id": cls.drug.id, "quantity": 5},
            patient_id=cls.other_patient.id,
        )

    def _merge(self, source, destination, user=None):
        self.env.flush_all()
        self.env.invalidate_all()
        wizard = (
            self.env["base.partner.merge.automatic.wizard"]
            .with_user(user or self.reception)
            .create(
                {
                    "partner_ids": (source | destination).ids,
                    "dst_partner_id": destination.id,
                    "state": "selection",
                }
            )
        )
        wizard.action_merge()
        self.env.invalidate_all()

    def test_open_items_follow_and_are_billed_to_the_patient_who_stays(self):
        own = self._create_items(self.procedure)
        self._merge(self.other_patient, self.patient)
        self.assertEqual(self.items.patient_id, self.patient)
        self.assertEqual(self.items.payer_id, self.patient)
        self.assertEqual(self.patient.billable_item_ids, self.items | own)
        move = self._build(self.items | own)
        self.assertEqual(move.partner_id, self.patient)
        # Twice a suture at 120, five tablets at 2.
        self.assertEqual(move.amount_total, 250)

    def test_documents_and_quantities_stay(self):
        suture, tablets = self.items
        move = self._post(self._build(suture))
        name, total = move.name, move.amount_total
        draft = self._build(tablets)
        self._merge(self.other_patient, self.patient)
        self._assert_ledger(suture, "billed", quantity=1, posted=1)
        self._assert_ledger(tablets, "drafted", quantity=5, drafted=5)
        self.assertRecordValues(
            move | draft,
            [
                {"partner_id": self.patient.id, "medical_patient_id": self.patient.id},
                {"partner_id": self.patient.id, "medical_patient_id": self.patient.id},
            ],
        )
        self.assertEqual((move.name, move.amount_total), (name, total))
        self.assertEqual(move.state, "posted")
        self.assertEqual(
            (move | draft).line_ids.partner_id, self.patient, "no line is left behind"
        )
        self._post(draft)
        self._assert_ledger(tablets, "billed", quantity=5, posted=5)

    def test_guarantor_who_becomes_the_patient_leaves_the_bill_to_the_patient(self):
        self.patient.guarantor_id = self.other_patient
        items = self._create_items(self.procedure)
        self.assertEqual(items.payer_id, self.other_patient)
        self._merge(self.other_patient, self.patient)
        self.assertEqual(items.payer_id, self.patient)

    def test_merged_insurer_still_pays(self):
        double = self._create_partner(name="Insurer")
        self.patient.guarantor_id = double
        items = self._create_items(self.procedure)
        self._merge(double, self.guarantor)
        self.assertEqual(self.patient.guarantor_id, self.guarantor)
        self.assertEqual(items.payer_id, self.guarantor)
        self.assertEqual(self._build(items).partner_id, self.guarantor)

    def test_patient_and_payer_of_a_share_become_one(self):
        tablets = self.items[1]
        part = tablets._split(self.patient, quantity=2)
        self._merge(self.other_patient, self.patient)
        self.assertEqual((tablets | part).payer_id, self.patient)
        self._assert_ledger(tablets, quantity=3, to_bill=3)
        self._assert_ledger(part, quantity=2, to_bill=2)

    def test_two_payers_of_one_line_are_not_merged(self):
        tablets = self.items[1]
        double = self._create_partner(name="Insurer again")
        first = tablets._split(self.guarantor, quantity=2)
        second = tablets._split(double, quantity=1)
        manager = self._create_user(
            "contacts", "base.group_user,base.group_partner_manager"
        )
        message = self._assert_refused(
            UserError, self._merge, double, self.guarantor, manager
        )
        self.assertIn(tablets.consultation_id.name, message)
        self._assert_ledger(first, quantity=2, to_bill=2)
        self._assert_ledger(second, quantity=1, to_bill=1)
