from odoo import api, fields, models


class MedicalConsultationLineEvent(models.Model):
    """What happened to an order in parts, or after the signature of its visit."""

    _name = "medical.consultation.line.event"
    _description = "Event of a Consultation Line"
    _inherit = ["medical.consultation.entry"]

    line_id = fields.Many2one(
        comodel_name="medical.consultation.line",
        string="Order",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    kind = fields.Selection(
        selection=[
            ("done", "Done"),
            ("result", "Result added"),
            ("file", "File added"),
            ("returned", "Returned"),
            ("cancelled", "Cancelled"),
            ("override", "Allergy overridden"),
        ],
        required=True,
        readonly=True,
    )
    quantity = fields.Float(
        digits="Product Unit",
        readonly=True,
        help="How much was done or came back, in the unit of the line; less than "
        "nothing where an open visit was corrected.",
    )
    done_by_id = fields.Many2one(
        comodel_name="res.partner",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
    )
    date_done = fields.Datetime(readonly=True)
    note = fields.Text(readonly=True)

    # === BUSINESS METHODS === #

    @api.model
    def _log(self, kind, values, **common):
        """Keep an event for each of some lines.

        :param str kind: what happened
        :param dict values: lines to the values of their event
        :param common: values of all of them
        """
        # In sudo mode: nobody has the right to make one by hand.
        self.sudo().create(
            [
                self._prepare_event_vals(line, kind, **common, **vals)
                for line, vals in values.items()
            ]
        )

    @api.model
    def _prepare_event_vals(
        self, line, kind, quantity=0.0, done_by=None, date_done=None, note=False
    ):
        """Return the values of one event.

        :param line: the `medical.consultation.line`
        :param str kind: what happened
        :param float quantity: how much was done, in the unit of the line
        :param done_by: the `res.partner` who did it
        :param datetime date_done: when it was done
        :param str note: the text or the file names that were added
        :rtype: dict
        """
        is_done = kind == "done"
        return {
            "consultation_id": line.consultation_id.id,
            "line_id": line.id,
            "kind": kind,
            "quantity": quantity,
            "done_by_id": is_done and (done_by or line._get_default_done_by()).id,
            "date_done": is_done and (date_done or fields.Datetime.now()),
            "note": note,
        }
