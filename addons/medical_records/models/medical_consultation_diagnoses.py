from odoo import models
from odoo.fields import Command


class MedicalConsultation(models.Model):
    """The diagnoses of a visit, changed together."""

    _inherit = "medical.consultation"

    # === CRUD METHODS === #

    def write(self, vals):
        # The old principal diagnosis makes room before another one takes its place,
        # whichever row of the form was changed first.
        commands = vals.get("diagnosis_ids") or []
        making_room = [command for command in commands if self._makes_room(command)]
        if making_room and len(making_room) < len(commands):
            super().write({"diagnosis_ids": making_room})
            vals = {
                **vals,
                "diagnosis_ids": [
                    command for command in commands if command not in making_room
                ],
            }
        return super().write(vals)

    # === BUSINESS METHODS === #

    @staticmethod
    def _makes_room(command):
        return command[0] == Command.DELETE or (
            command[0] == Command.UPDATE and command[2].get("rank") == "secondary"
        )
