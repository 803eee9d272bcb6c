from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL


class MedicalConsultationPart(models.AbstractModel):
    """Anything that belongs to one consultation and freezes when it is signed.

    A model that holds a piece of the story inherits this and is then protected
    through every door: forms, lists, imports and remote calls all end in `create`,
    `write` and `unlink`. There is no way around by context or by superuser mode.
    """

    _name = "medical.consultation.part"
    _description = "Part of a Consultation"
    _inherit = ["medical.guarded"]
    _check_company_auto = True

    consultation_id = fields.Many2one(
        comodel_name="medical.consultation",
        required=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one(
        related="consultation_id.company_id",
        store=True,
        precompute=True,
    )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        parts = super().create(vals_list)
        parts._check_story_is_open()
        return parts

    def write(self, vals):
        if vals.keys() - self._get_fields_open_after_signing():
            self._check_story_is_open()
        for part in self:
            if vals.get("consultation_id", part.consultation_id.id) != (
                part.consultation_id.id
            ):
                raise UserError(
                    self.env._(
                        "What belongs to %(visit)s cannot move to another visit: "
                        "record it there anew.",
                        visit=part.consultation_id.name,
                    )
                )
        return super().write(vals)

    def unlink(self):
        if amended := self.filtered("consultation_id.amendment_ids"):
            # Before the parts are gone, by which their files know their visit.
            self.env["ir.attachment"].sudo().search(
                [("res_model", "=", self._name), ("res_id", "in", amended.ids)]
            ).unlink()
        return super().unlink()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_frozen(self):
        self._check_story_is_open()

    # === BUSINESS METHODS === #

    def _check_story_is_open(self):
        """Raise `UserError` when the visit of one of these parts is closed.

        Who signs at this moment is waited for; PostgreSQL then refuses to go on with
        what was read before, and Odoo runs the deed again, which is refused.
        """
        visits = self.consultation_id
        if visits.ids:
            self.env.cr.execute(
                SQL(
                    "SELECT FROM medical_consultation WHERE id IN %s FOR SHARE",
                    tuple(visits.ids),
                )
            )
        visits._check_story_is_open()

    @api.model
    def _get_fields_open_after_signing(self):
        """Return the names of the fields that may change after the visit is signed.

        Models with a part that is fulfilled later extend this.

        :rtype: set[str]
        """
        return set()

    def _get_visit(self):
        self.ensure_one()
        return self.consultation_id

    def _check_files_are_open(self):
        """Raise `UserError` when the files of these parts may not change any more."""
        self.consultation_id._check_story_is_open()

    @api.model
    def _get_fields_left_out_of_snapshots(self):
        """Return the names of stored fields that say nothing to a reader.

        :rtype: set[str]
        """
        return {"sequence"}

    def _is_frozen(self):
        """Whether the visit of this part is closed.

        :rtype: bool
        """
        self.ensure_one()
        return self.consultation_id._is_frozen()

    def _raise_if_frozen(self, message):
        """Raise `UserError` with a message when any visit of these parts is closed."""
        if any(visit._is_frozen() for visit in self.consultation_id):
            raise UserError(message)
