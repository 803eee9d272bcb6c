from odoo import api, models


class MedicalStory(models.AbstractModel):
    """What medics tell and others of the clinic read.

    The right is asked for where Odoo asks for the right to any field, so it holds for
    forms, lists, imports and remote calls alike.
    """

    _name = "medical.story"
    _description = "Story Told by Medics"

    # === BUSINESS METHODS === #

    @api.model
    def _get_story_fields(self):
        """Return the names of the fields that only medics write.

        :rtype: set[str]
        """
        return set()

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
