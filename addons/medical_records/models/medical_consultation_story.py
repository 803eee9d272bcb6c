from odoo import api, fields, models

from .medical_consultation import CLINICAL


class MedicalConsultation(models.Model):
    """Who writes the story of a visit: medics do, assistants read it.

    The right is asked for where Odoo asks for the right to any field, so it holds for
    forms, lists, imports and remote calls alike.
    """

    _inherit = "medical.consultation"

    can_write_story = fields.Boolean(
        compute="_compute_can_write_story",
        groups=CLINICAL,
    )

    # === COMPUTE METHODS === #

    @api.depends("state")
    @api.depends_context("uid")
    def _compute_can_write_story(self):
        may_write = self._has_field_access(self._fields["history"], "write")
        for visit in self:
            visit.can_write_story = may_write and not visit._is_frozen()

    # === BUSINESS METHODS === #

    @api.model
    def _get_story_fields(self):
        """Return the names of the texts that only medics write.

        :rtype: set[str]
        """
        return {"history", "examination", "conclusion"}

    @api.model
    def _has_field_access(self, field, operation):
        # EXTENDS 'base'
        if not super()._has_field_access(field, operation):
            return False
        return (
            operation != "write"
            or field.name not in self._get_story_fields()
            or self.env.su
            or self.env.user.has_group("medical_records.group_medic")
        )
