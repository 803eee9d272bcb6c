from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.medical_records.models.res_partner import DEMOGRAPHICS

from .res_partner import BILLER

CLINICIAN = "medical_records.group_assistant"


class ResPartner(models.Model):
    """What documents may say: to payers, and of patients who agreed."""

    # res.partner is extended by subject; this one is about words on documents.
    _inherit = "res.partner"

    # --- As payer --- #
    medical_neutral_wording = fields.Selection(
        selection=[
            ("neutral", "Neutral: nothing of what was done"),
            ("full", "Full: what was done"),
        ],
        string="Wording of Documents",
        copy=False,
        groups=BILLER,
        help="What documents for this payer say of visits. When empty: as the "
        "settings of the company say.",
    )
    # --- As patient --- #
    diagnosis_consent = fields.Boolean(
        string="Diagnosis on Documents",
        compute="_compute_diagnosis_consent",
        store=True,
        readonly=False,
        copy=False,
        groups=DEMOGRAPHICS,
        help="The patient agreed that invoices and receipts name the diagnosis. "
        "Neutral documents never do.",
    )
    diagnosis_consent_user_id = fields.Many2one(
        comodel_name="res.users",
        string="Noted by",
        compute="_compute_diagnosis_consent",
        store=True,
        readonly=True,
        copy=False,
        groups=DEMOGRAPHICS,
    )
    diagnosis_consent_date = fields.Datetime(
        string="Noted on",
        compute="_compute_diagnosis_consent",
        store=True,
        readonly=True,
        copy=False,
        groups=DEMOGRAPHICS,
    )

    # === COMPUTE METHODS === #

    def _compute_diagnosis_consent(self):
        # Entered by hand. Computed, because Odoo's merge of contacts leaves computed
        # fields as they are: a consent of a double is asked for anew.
        for partner in self:
            partner.diagnosis_consent = partner.diagnosis_consent
            partner.diagnosis_consent_user_id = partner.diagnosis_consent_user_id
            partner.diagnosis_consent_date = partner.diagnosis_consent_date

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        return super().create(
            [self._note_diagnosis_consent(vals) for vals in vals_list]
        )

    def write(self, vals):
        return super().write(self._note_diagnosis_consent(vals))

    # === BUSINESS METHODS === #

    def _note_diagnosis_consent(self, vals):
        """Add to the values who notes a consent or its end, and when.

        Those who read no diagnoses are refused: they would print what they may not
        see.

        :param dict vals: the values that are about to be written
        :return: the values to write
        :rtype: dict
        :raise AccessError: when the user reads no diagnoses
        :raise UserError: when who noted a consent, or when, is entered by hand
        """
        if {"diagnosis_consent_user_id", "diagnosis_consent_date"} & vals.keys():
            raise UserError(
                self.env._("Who noted a consent, and when, is not entered by hand.")
            )
        if "diagnosis_consent" not in vals:
            return vals
        if not self.env.su and not self.env.user.has_group(CLINICIAN):
            raise AccessError(
                self.env._(
                    "Only assistants and medics note whether a patient agrees to the "
                    "diagnosis on documents."
                )
            )
        return {
            **vals,
            "diagnosis_consent_user_id": self.env.uid,
            "diagnosis_consent_date": fields.Datetime.now(),
        }

    def _needs_neutral_wording(self, patient, company):
        """Whether documents for this payer must not say what was done.

        :param patient: the `res.partner` whose visits are billed
        :param company: the `res.company` that bills them
        :rtype: bool
        """
        self.ensure_one()
        # In sudo mode: whoever builds documents need not see how payers are set up.
        if choice := self.sudo().medical_neutral_wording:
            return choice == "neutral"
        policy = company.sudo().medical_neutral_wording or "others"
        return policy == "all" or (policy == "others" and self != patient)
