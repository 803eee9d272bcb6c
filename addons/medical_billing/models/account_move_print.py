from odoo import models


class AccountMove(models.Model):
    """What prints and e-mails of documents say."""

    # account.move is extended by subject; this one is about prints.
    _inherit = "account.move"

    # === COMPUTE METHODS === #

    def _compute_access_url(self):
        # EXTENDS 'account': receipts have no page of their own there, and the list of
        # the portal and the e-mails lead nowhere.
        result = super()._compute_access_url()
        for move in self.filtered("is_medical_receipt"):
            move.access_url = f"/my/invoices/{move.id}"
        return result

    # === BUSINESS METHODS === #

    def _get_mail_template(self):
        # EXTENDS 'account'
        if self and all(move.is_medical_receipt for move in self):
            return self.env.ref("medical_billing.mail_template_medical_receipt")
        return super()._get_mail_template()

    def _get_medical_report_title(self):
        """Return the title of a receipt, or an empty string for Odoo's own titles.

        :rtype: str
        """
        self.ensure_one()
        if not self.is_medical_receipt:
            return ""
        if self.state == "draft":
            return self.env._("Draft Receipt")
        if self.state == "cancel":
            return self.env._("Cancelled Receipt")
        return self.env._("Receipt")

    def _get_medical_report_visits(self):
        """Return what the print says of the visits.

        Neutral documents name no practitioner, who may be known for what he does, and
        no diagnosis.

        :return: a dict with the lists `dates`, `practitioners` and `diagnoses`
        :rtype: dict
        """
        self.ensure_one()
        # In sudo mode: printing a document needs no right to the items behind it, and
        # the document may say what it bills.
        move = self.sudo()
        items = move.invoice_line_ids.billable_item_id
        practitioners = items.practitioner_id.sorted("name")
        if move.medical_neutral_wording:
            practitioners = practitioners.browse()
        return {
            "dates": sorted({item.date for item in items if item.date}),
            "practitioners": practitioners,
            "diagnoses": move._get_medical_report_diagnoses(),
        }

    def _get_medical_report_diagnoses(self):
        """Return the diagnoses that the patient agreed to have printed.

        In the words that were signed, without what was only suspected.

        :rtype: list[str]
        """
        self.ensure_one()
        # In sudo mode: it is the patient who decides about this, not the reader.
        patient = self.medical_patient_id.sudo()
        if self.medical_neutral_wording or not patient.diagnosis_consent:
            return []
        visits = self.sudo().invoice_line_ids.billable_item_id.consultation_id
        diagnoses = visits.filtered(
            lambda visit: visit.state == "signed" and visit.patient_id == patient
        ).diagnosis_ids
        confirmed = diagnoses.filtered(lambda one: one.verification == "confirmed")
        return list(dict.fromkeys(confirmed.mapped("name")))

    def _get_medical_report_payments(self):
        """Return the payments and credits that a receipt names.

        :return: dicts with `method`, `date`, `amount`, and `given` and `change` where
            more was handed over
        :rtype: list[dict]
        """
        self.ensure_one()
        # In sudo mode: the receipt is the proof of its payments for whoever has it.
        move = self.sudo()
        widget = move.invoice_payments_widget or {}
        rows = []
        for content in widget.get("content", []):
            if content["is_exchange"]:
                continue
            payment = move.env["account.payment"].browse(content["account_payment_id"])
            row = {"date": content["date"], "amount": content["amount"]}
            if content["is_refund"]:
                row["method"] = self.env._("Credited")
            elif payment:
                row |= payment._prepare_medical_report_row()
            else:
                row["method"] = content["journal_name"]
            rows.append(row)
        # Odoo's Enterprise accounting books some with the bank statement only.
        for payment in move.matched_payment_ids:
            if not payment.move_id and payment.state in ("in_process", "paid"):
                rows.append(
                    {"date": payment.date, "amount": payment.amount}
                    | payment._prepare_medical_report_row()
                )
        return rows
