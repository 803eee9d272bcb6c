from odoo import api, fields, models
from odoo.exceptions import UserError


class MedicalConsultationEntry(models.AbstractModel):
    """Something added to the record of a visit that stays as it was written.

    A model of such entries inherits this: who wrote an entry and when is not the
    writer's to choose, and nobody changes or deletes one, superuser included.
    """

    _name = "medical.consultation.entry"
    _description = "Entry of a Consultation"
    _order = "consultation_id, date desc, id desc"

    consultation_id = fields.Many2one(
        comodel_name="medical.consultation",
        string="Visit",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one(
        related="consultation_id.company_id",
        store=True,
        precompute=True,
    )
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="By",
        required=True,
        readonly=True,
        ondelete="restrict",
    )
    date = fields.Datetime(required=True, readonly=True)

    # === CRUD METHODS === #

    @api.model
    def default_get(self, fields):
        return super().default_get([name for name in fields if name != "company_id"])

    @api.model_create_multi
    def create(self, vals_list):
        stamp = {"user_id": self.env.uid, "date": fields.Datetime.now()}
        # Nor is the company, which is the visit's.
        return super().create(
            [
                {name: value for name, value in vals.items() if name != "company_id"}
                | stamp
                for vals in vals_list
            ]
        )

    def write(self, vals):
        self._raise_kept()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        self._raise_kept()

    # === BUSINESS METHODS === #

    def _get_visit(self):
        self.ensure_one()
        return self.consultation_id

    def _check_files_are_open(self):
        """Refuse to change the files of entries, which stay like them."""
        self._raise_kept()

    def _raise_kept(self):
        """Raise `UserError` for any entry."""
        if self:
            raise UserError(
                self.env._(
                    "%(entries)s stays in the record as it was written: add another "
                    "one instead.",
                    entries=self._description,
                )
            )
