from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

# What is written once in a signed visit and then stays.
WRITTEN_ONCE = ("done_by_id", "date_done", "udi")


class MedicalConsultationLine(models.Model):
    """Doing what was ordered: how much, when, by whom, and what came out of it.

    It stays open after the signature of the visit, and only ever grows from then on.
    """

    _inherit = "medical.consultation.line"

    qty_done = fields.Float(
        string="Done",
        digits="Product Unit",
        copy=False,
        help="How much of the order was done, given or used so far.",
    )
    is_cancelled = fields.Boolean(readonly=True, copy=False)
    state = fields.Selection(
        selection=[
            ("ordered", "Ordered"),
            ("done", "Done"),
            ("cancelled", "Cancelled"),
        ],
        compute="_compute_state",
        store=True,
        precompute=True,
        index=True,
    )
    done_by_id = fields.Many2one(
        comodel_name="res.partner",
        domain=[("is_practitioner", "=", True)],
        ondelete="restrict",
        index="btree_not_null",
        copy=False,
    )
    date_done = fields.Datetime(copy=False)
    result = fields.Text(copy=False)
    date_result = fields.Datetime(
        string="Result Since",
        readonly=True,
        copy=False,
        help="When the last result or file was added.",
    )
    reviewed_by_id = fields.Many2one(
        comodel_name="res.users",
        readonly=True,
        copy=False,
        ondelete="restrict",
    )
    date_reviewed = fields.Datetime(readonly=True, copy=False)
    result_status = fields.Selection(
        selection=[("arrived", "Arrived"), ("reviewed", "Reviewed")],
        compute="_compute_result_status",
        store=True,
        index="btree_not_null",
        help="Arrived: the medic has not confirmed yet to have seen it.",
    )
    attachment_ids = fields.One2many(
        comodel_name="ir.attachment",
        inverse_name="res_id",
        domain=[("res_model", "=", "medical.consultation.line")],
        string="Files",
        readonly=True,
    )
    event_ids = fields.One2many(
        comodel_name="medical.consultation.line.event",
        inverse_name="line_id",
        string="Events",
        readonly=True,
    )

    _qty_done_in_order = models.Constraint(
        "CHECK (qty_done >= 0 AND qty_done <= quantity)",
        "What was done cannot be less than nothing or more than what was ordered.",
    )

    # === COMPUTE METHODS === #

    @api.depends("quantity", "qty_done", "is_cancelled", "consultation_id.state")
    def _compute_state(self):
        for line in self:
            if line.is_cancelled or line.consultation_id.state == "cancelled":
                # What was done before the rest was cancelled stays done.
                line.state = "done" if line.qty_done else "cancelled"
            else:
                line.state = "done" if line.qty_done >= line.quantity else "ordered"

    @api.depends("date_result", "date_reviewed")
    def _compute_result_status(self):
        for line in self:
            if not line.date_result:
                line.result_status = False
            elif line.date_reviewed and line.date_reviewed >= line.date_result:
                line.result_status = "reviewed"
            else:
                line.result_status = "arrived"

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.filtered("result")._note_result()
        done = lines.filtered("qty_done")
        if done:
            done._stamp_done()
            done._after_done()
        return lines

    def write(self, vals):
        vals = dict(vals)
        self._check_fulfilment_only_grows(vals)
        self._check_done_stays_what_it_is(vals)
        qty_done = vals.pop("qty_done", None)
        news = {}
        if "result" in vals:
            news = {
                line: line._get_new_text(vals["result"])
                for line in self
                if (line.result or "") != (vals["result"] or "")
            }
        result = super().write(vals) if vals else True
        if news:
            self.browse(line.id for line in news)._note_result()
            self._log_events("result", {line: {"note": t} for line, t in news.items()})
        if qty_done is not None:
            self._record_done(dict.fromkeys(self, qty_done))
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_done(self):
        for line in self:
            if line.qty_done:
                raise UserError(
                    self.env._(
                        "%(line)s was already done: it stays in the record.",
                        line=line.name,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_with_signed_history(self):
        """Keep the events of what was signed: they would be deleted with their line."""
        for line in self.sudo():
            signed = line.consultation_id.amendment_ids[:1].date
            if signed and any(event.date <= signed for event in line.event_ids):
                raise UserError(
                    self.env._(
                        "%(line)s has a history in what was signed before and stays "
                        "in the record. Cancel it instead.",
                        line=line.name,
                    )
                )

    # === ACTION METHODS === #

    def action_done(self):
        """Record the lines as done, as much as was ordered."""
        self.check_access("write")
        self._record_done({line: line.quantity for line in self})

    def action_cancel(self):
        """Cancel what is open of the lines and of their untouched components."""
        self.check_access("write")
        lines = self
        while (
            level := lines.child_ids.filtered(lambda line: not line.is_touched) - lines
        ):
            lines |= level
        lines = lines.filtered(lambda line: line.state == "ordered")
        # In sudo mode: the field is closed to direct writes.
        lines.sudo().write({"is_cancelled": True})
        lines._log_events("cancelled", {line: {} for line in lines})

    def action_record(self):
        """Open the dialog that records a part, a result or files of one line."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": "medical.consultation.line.record",
            "view_mode": "form",
            "target": "new",
            "context": {"default_line_id": self.id},
        }

    def action_review(self):
        """Confirm that the results of these lines were seen.

        :raise AccessError: for users who are not medics
        """
        if not self.env.user.has_group("medical_records.group_medic"):
            raise AccessError(self.env._("Results are reviewed by medics."))
        self.check_access("write")
        self.filtered(lambda line: line.result_status == "arrived")._set_reviewed()

    # === BUSINESS METHODS === #

    @api.model
    def _get_fields_open_after_signing(self):
        # EXTENDS medical.consultation.part: fulfilment stays open.
        return super()._get_fields_open_after_signing() | {
            "qty_done",
            "done_by_id",
            "date_done",
            "result",
            "date_result",
            "reviewed_by_id",
            "date_reviewed",
            "udi",
            "is_cancelled",
        }

    @api.model
    def _get_fields_set_by_actions(self):
        # EXTENDS medical.consultation.part
        return super()._get_fields_set_by_actions() | {
            "is_cancelled",
            "date_result",
            "reviewed_by_id",
            "date_reviewed",
        }

    def _check_fulfilment_only_grows(self, vals):
        """Refuse to take back what a signed visit says of the doing of its orders."""
        if "result" in vals:
            self.filtered(
                lambda line: line._get_new_text(vals["result"]) is None
            )._raise_if_frozen(
                self.env._(
                    "The result of a signed visit is already recorded and stays: add "
                    "to it."
                )
            )
        for name in WRITTEN_ONCE:
            if name not in vals:
                continue
            field = self._fields[name]
            self.filtered(
                lambda line, name=name, field=field: (
                    line[name]
                    and field.convert_to_cache(line[name], line)
                    != field.convert_to_cache(vals[name], line)
                )
            )._raise_if_frozen(
                self.env._(
                    "%(field)s is already recorded in a signed visit and stays.",
                    field=field._description_string(self.env),
                )
            )

    def _get_new_text(self, result):
        """Return what a result adds to the recorded one.

        :param result: the whole new text, possibly empty
        :return: the text added, or None when something recorded would be lost
        :rtype: str or None
        """
        self.ensure_one()
        old, new = self.result or "", result or ""
        return new[len(old) :].strip() if new.startswith(old) else None

    def _check_done_stays_what_it_is(self, vals):
        """Refuse to change what was done: goods left the stock, items were made."""
        for name in ("product_id", "product_uom_id", "dispensing"):
            if name not in vals:
                continue
            for line in self:
                value = line[name]
                if line.qty_done and vals[name] != (
                    value.id if isinstance(value, models.BaseModel) else value
                ):
                    raise UserError(
                        self.env._(
                            "%(line)s was already done: its %(field)s cannot change. "
                            "Set what was done to zero first.",
                            line=line.name,
                            field=self._fields[name]._description_string(self.env),
                        )
                    )

    def _record_done(self, quantities, done_by=None, date=None):
        """Record how much of the lines is done, and let billing and stock follow.

        The one way to change `qty_done` after a line exists; a plain `write` of it
        ends here too. Open components are done along with what they are part of.

        :param dict quantities: the new total done per line, in the line's own unit
        :param done_by: the `res.partner` who did it; the user when not said
        :param datetime date: when it was done; now when not said
        :raise UserError: for cancelled lines, or when less would be done than a
            signed visit already says
        """
        changed = self.browse()
        by_quantity, parts = {}, {}
        for line, quantity in self._add_component_quantities(quantities).items():
            if line.qty_done == quantity:
                continue
            if line.is_cancelled or line.consultation_id.state == "cancelled":
                raise UserError(
                    self.env._(
                        "%(line)s is cancelled and cannot be done.", line=line.name
                    )
                )
            if quantity > line.quantity:
                raise ValidationError(
                    self.env._(
                        "%(done)s of %(line)s is more than the %(ordered)s ordered: "
                        "change the order first.",
                        done=quantity,
                        line=line.name,
                        ordered=line.quantity,
                    )
                )
            if quantity < line.qty_done:
                line._raise_if_frozen(
                    self.env._(
                        "%(done)s of %(line)s is already recorded as done in a signed "
                        "visit: it cannot become less.",
                        done=line.qty_done,
                        line=line.name,
                    )
                )
            # An act done at once and before the signature needs no entry: the line
            # says it all.
            if line.qty_done or quantity < line.quantity or line._is_frozen():
                parts[line] = {"quantity": quantity - line.qty_done}
            changed |= line
            by_quantity.setdefault(quantity, self.browse())
            by_quantity[quantity] |= line
        for quantity, lines in by_quantity.items():
            lines._write_qty_done(quantity)
        if changed:
            changed._stamp_done(done_by, date)
            changed._log_events("done", parts, done_by=done_by, date_done=date)
            changed._after_done()

    @api.model
    def _add_component_quantities(self, quantities):
        """Add the components that are done along with the lines of a deed.

        :param dict quantities: the new total done per line
        :return: the same, with the components nobody said anything about
        :rtype: dict
        """
        quantities = dict(quantities)
        level = self.browse(line.id for line in quantities)
        while level:
            following = self.browse()
            for line in level.child_ids:
                parent = line.parent_id
                if (
                    line in quantities
                    or line.state != "ordered"
                    or (line.is_done_later and not parent.is_done_later)
                ):
                    continue
                part = quantities[parent] / parent.quantity
                done = min(
                    line.product_uom_id.round(line.quantity * part), line.quantity
                )
                if done > line.qty_done:
                    quantities[line] = done
                    following |= line
            level = following
        return quantities

    def _write_qty_done(self, quantity):
        # Below this class's own write(), which would lead back to _record_done().
        return super().write({"qty_done": quantity})

    def _stamp_done(self, done_by=None, date=None):
        """Note when lines were first done and by whom, where nobody said it."""
        date = date or fields.Datetime.now()
        done = self.filtered("qty_done")
        done.filtered(lambda line: not line.date_done).write({"date_done": date})
        for practitioner, lines in (
            done.filtered(lambda line: not line.done_by_id)
            .grouped(lambda line: done_by or line._get_default_done_by())
            .items()
        ):
            if practitioner:
                lines.write({"done_by_id": practitioner.id})

    def _get_default_done_by(self):
        """Return who did this line when nobody says it.

        :rtype: res.partner
        """
        self.ensure_one()
        partner = self.env.user.partner_id
        return partner if partner.is_practitioner else self.practitioner_id

    def _add_result(self, text):
        """Add to the result of this line, below what is already there.

        :param str text: what came out of it
        """
        self.ensure_one()
        self.result = f"{self.result}\n{text}" if self.result else text

    def _note_result(self):
        """Note that results or files of these lines have just come.

        What the responsible medic records needs no review of the same person.
        """
        # In sudo mode: these fields are closed to direct writes.
        self.sudo().write({"date_result": fields.Datetime.now()})
        partner = self.env.user.partner_id
        self.filtered(lambda line: line.practitioner_id == partner)._set_reviewed()

    def _set_reviewed(self):
        # In sudo mode: these fields are closed to direct writes.
        self.sudo().write(
            {"date_reviewed": fields.Datetime.now(), "reviewed_by_id": self.env.uid}
        )

    def _log_events(self, kind, values, **common):
        """Keep what happened to lines; in an open visit only what is done in parts.

        :param str kind: a kind of `medical.consultation.line.event`
        :param dict values: for each line that has something to keep, more values
        :param common: values for all of them, see
            `medical.consultation.line.event._prepare_event_vals`
        """
        if kind != "done":
            values = {line: vals for line, vals in values.items() if line._is_frozen()}
        self.env["medical.consultation.line.event"]._log(kind, values, **common)

    def _after_done(self):
        """A hook: the quantity done of these lines has just changed.

        For a module that reacts to what was done, such as taking goods from stock.
        Called once for all lines of a deed.
        """
