from odoo import api, fields, models

from .medical_consultation import CLINICAL


class MedicalConsultation(models.Model):
    """Who writes the story of a visit: medics do, assistants read it."""

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
        # EXTENDS medical.story
        return super()._get_story_fields() | {"history", "examination", "conclusion"}
