from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import float_compare, format_date


class MedicalBillableItem(models.Model):
    """Building invoices and receipts from items."""

    # One model in several files, each with one subject.
    _inherit = "medical.billable.item"

    # === ACTION METHODS === #

    def action_build(self):
        """Open the wizard that builds documents from these items."""
        return self.env["medical.build.invoice"]._open(self)

    # === BUSINESS METHODS === #

    def _build_invoices(self, grouping=None, move_type="out_invoice", **options):
        """Build draft documents from what is left to bill of these items.

        Items that cannot be billed now are left out: compare the result's lines, or
        ask :meth:`_get_unbillable_reasons` before. Two people may press the button at
        the same time: each item ends on the document of the one who got its lock.

        :param str grouping: what gets a document of its own: `patient`,
            `consultation`, `kind` or `item`; the company's default when empty.
            Payer, currency and company are always kept apart.
        :param str move_type: `out_invoice` or `out_receipt`
        :param date invoice_date: option, the date of the documents (of receipts today,
            of invoices the day when they are posted)
        :param bool sections: option, a section for each visit
        :param journal: option, the `account.journal` of the documents
        :param bool add_to_drafts: option, add to the draft invoice that a payer
            already has for the same patient
        :return: the documents
        :rtype: account.move
        :raise UserError: when nothing can be billed; the message says why
        """
        self.check_access("write")
        if not self:
            raise UserError(self.env._("Select at least one item to bill."))
        self._update_blocking_reason()
        locked = self.try_lock_for_update(allow_referencing=True)
        reasons = locked._get_unbillable_reasons(options.get("invoice_date"))
        reasons |= dict.fromkeys(
            self - locked,
            self.env._("is being billed by somebody else at this moment"),
        )
        items = locked.filtered(lambda item: item not in reasons)
        if not items:
            raise UserError(self._get_unbillable_message(reasons))
        # All at once: what makes a document looks at its own items only.
        items.fetch(["tax_ids"])
        moves = self.env["account.move"]
        for company, company_items in items.grouped("company_id").items():
            company_items = company_items.with_company(company)
            credits = company_items.filtered(lambda item: item.qty_to_bill < 0)
            groups = (company_items - credits)._get_document_groups(grouping)
            if options.get("add_to_drafts"):
                drafts = self._find_drafts(
                    groups, move_type, options.get("journal"), lock=True
                )
                for number, draft in drafts.items():
                    groups[number]._add_to_draft(draft, **options)
                    moves |= draft
                groups = [
                    group for number, group in enumerate(groups) if number not in drafts
                ]
            vals_list = [
                group._prepare_invoice_vals(move_type, **options) for group in groups
            ]
            if credits:
                vals_list += credits._prepare_credit_notes_vals(grouping, **options)
            moves |= self.env["account.move"].with_company(company).create(vals_list)
        return moves

    def _get_unbillable_reasons(self, invoice_date=None):
        """Say which of these items cannot be billed now, and why.

        :param date invoice_date: the day of the document (today)
        :return: a dict of item to the rest of a sentence that begins with its name
        :rtype: dict
        """
        day = fields.Date.to_date(invoice_date) or fields.Date.context_today(self)
        today = max(day, fields.Date.context_today(self))
        blocking = dict(
            self._fields["blocking_reason"]._description_selection(self.env)
        )
        reasons = {}
        for item in self:
            if not item.qty_to_bill:
                reasons[item] = item._get_nothing_to_bill_reason()
            elif item.blocking_reason:
                reasons[item] = self.env._(
                    "is blocked: %(reason)s", reason=blocking[item.blocking_reason]
                )
            elif item.due_date and item.due_date > today:
                reasons[item] = self.env._(
                    "is not due before %(day)s",
                    day=format_date(self.env, item.due_date),
                )
        return reasons

    @api.model
    def _get_unbillable_message(self, reasons, heading=None):
        """Put the answer of :meth:`_get_unbillable_reasons` into words.

        :param dict reasons: item to reason
        :param str heading: the first line
        :rtype: str
        """
        shown = list(reasons.items())[:10]
        lines = [
            f"- {item.name} ({item._get_source_name()}) {reason}"
            for item, reason in shown
        ]
        if len(reasons) > len(shown):
            lines.append(
                self.env._("- and %(count)s more", count=len(reasons) - len(shown))
            )
        return "\n".join(
            [heading or self.env._("Nothing of this can be billed now:"), *lines]
        )

    def _get_document_groups(self, grouping=None):
        """Put these items into groups that get one document each.

        :param str grouping: see :meth:`_build_invoices`
        :return: a list of recordsets, oldest visits first
        """
        # In sudo mode: the order is that of the lines, which billers do not see.
        in_order = self.sudo().sorted(
            lambda item: (
                item.date or fields.Date.today(),
                item.consultation_id.id,
                item.consultation_line_id.sequence,
                item.consultation_line_id.root_line,
                item.id,
            )
        )
        groups = in_order.sudo(self.env.su).grouped(
            lambda item: item._get_document_key(grouping)
        )
        return list(groups.values())

    def _get_document_key(self, grouping=None):
        """Return what keeps items on documents of their own.

        A hook: extend the tuple to keep more apart.
        """
        self.ensure_one()
        grouping = grouping or self.company_id.medical_invoice_grouping or "patient"
        group_fields = {
            "patient": "patient_id",
            "consultation": "consultation_id",
            "kind": "kind",
            "item": "id",
        }
        if grouping not in group_fields:
            raise UserError(
                self.env._("%(grouping)s is no way to group items.", grouping=grouping)
            )
        return (
            self.company_id,
            self.currency_id,
            self.payer_id,
            self.patient_id,
            self[group_fields[grouping]],
        )

    def _prepare_credit_notes_vals(self, grouping=None, **options):
        """Return the values of the credit notes of these negative items.

        A hook: to say which document each of them corrects.

        :param str grouping: see :meth:`_build_invoices`
        :param options: see :meth:`_build_invoices`
        :return: the values of a document each
        :rtype: list[dict]
        """
        return [
            group._prepare_invoice_vals("out_refund", **options)
            for group in self._get_document_groups(grouping)
        ]

    def _prepare_invoice_vals(self, move_type, **options):
        """Return the values of the one document that bills these items.

        :param str move_type: `out_invoice`, `out_receipt` or `out_refund`
        :param options: see :meth:`_build_invoices`
        :rtype: dict
        """
        company = self.company_id
        is_receipt = move_type == "out_receipt"
        if is_receipt:
            move_type = company.medical_receipt_type or move_type
        lines_vals = self._prepare_invoice_lines_vals(sections=options.get("sections"))
        self._add_line_amounts(lines_vals)
        vals = {
            "move_type": move_type,
            "company_id": company.id,
            "partner_id": self.payer_id.id,
            "currency_id": self.currency_id.id,
            "invoice_date": options.get("invoice_date")
            or (fields.Date.context_today(self) if is_receipt else False),
            "invoice_origin": ", ".join(
                name for name in self.consultation_id.mapped("name") if name
            ),
            "medical_patient_id": self.patient_id.id,
            "is_medical_receipt": is_receipt,
            "medical_neutral_wording": self[0]._needs_neutral_wording(),
            "invoice_line_ids": [Command.create(vals) for vals in lines_vals],
        }
        journal = options.get("journal")
        if not journal and is_receipt:
            journal = company._get_medical_receipt_journal()
        if journal:
            vals["journal_id"] = journal.id
        return vals

    @api.model
    def _find_drafts(self, groups, move_type="out_invoice", journal=None, lock=False):
        """Find the draft that each of these groups of items can be added to.

        :param list groups: the items of each document
        :param str move_type: only invoices can be added to
        :param journal: the `account.journal` of the drafts, when it matters
        :param bool lock: whether to lock the drafts, and leave out those that somebody
            else is working on
        :return: the number of a group to the newest `account.move`
        :rtype: dict
        """
        if move_type != "out_invoice" or not groups:
            return {}
        items = self.concat(*groups)
        domain = [
            ("move_type", "=", "out_invoice"),
            ("state", "=", "draft"),
            ("is_medical_receipt", "=", False),
            ("company_id", "in", items.company_id.ids),
            ("partner_id", "in", items.payer_id.ids),
            ("medical_patient_id", "in", items.patient_id.ids),
        ]
        if journal:
            domain.append(("journal_id", "=", journal.id))
        moves = self.env["account.move"].search(domain, order="id desc")
        if lock:
            moves = moves.try_lock_for_update(allow_referencing=True)
        drafts = {}
        for move in moves:
            key = (
                move.company_id,
                move.currency_id,
                move.partner_id,
                move.medical_patient_id,
            )
            drafts.setdefault(key, move)
        found = {}
        for number, group in enumerate(groups):
            item = group[0]
            # A draft gets one of the groups, or they would not stay apart.
            draft = drafts.pop(
                (item.company_id, item.currency_id, item.payer_id, item.patient_id),
                None,
            )
            if draft:
                found[number] = draft
        return found

    def _add_to_draft(self, draft, **options):
        """Put these items below what a draft already has.

        :param draft: an `account.move` of the same payer, patient and currency
        :param options: see :meth:`_build_invoices`
        """
        vals_list = self._prepare_invoice_lines_vals(sections=options.get("sections"))
        self._add_line_amounts(vals_list)
        last = max(draft.invoice_line_ids.mapped("sequence"), default=0)
        for vals in vals_list:
            vals["sequence"] += last
        visits = self.consultation_id.mapped("name")
        origin = [name for name in (draft.invoice_origin or "").split(", ") if name]
        draft.write(
            {
                "invoice_line_ids": [Command.create(vals) for vals in vals_list],
                "invoice_origin": ", ".join(dict.fromkeys([*origin, *visits])),
            }
        )

    def _prepare_invoice_lines_vals(self, sections=False):
        """Return the values of the document lines of these items, in their order.

        :param bool sections: whether each visit gets a section
        :rtype: list[dict]
        """
        vals_list = []
        for visit, items in self.grouped("consultation_id").items():
            if sections and visit:
                vals_list.append(items[0]._prepare_invoice_section_vals())
            vals_list += [item._prepare_invoice_line_vals() for item in items]
        for sequence, vals in enumerate(vals_list, start=1):
            vals["sequence"] = sequence
        return vals_list

    def _prepare_invoice_section_vals(self):
        """Return the values of the section of this item's visit."""
        self.ensure_one()
        # In the language of the reader, as the rest of the document.
        item = self.with_context(lang=self.payer_id.lang or self.env.lang)
        return {
            "display_type": "line_section",
            "name": item.env._(
                "Visit %(visit)s of %(date)s",
                visit=item.consultation_id.name,
                date=format_date(item.env, item.date),
            ),
        }

    def _prepare_invoice_line_vals(self):
        """Return the values of the document line that bills the rest of this item.

        All that Odoo would else compute for each line, with queries of its own, is
        said: the item already knows it.

        :rtype: dict
        """
        self.ensure_one()
        return {
            "display_type": "product",
            "name": self._get_document_line_name(self._needs_neutral_wording()),
            "product_id": self.product_id.id,
            "product_uom_id": self.product_uom_id.id,
            "quantity": abs(self.qty_to_bill),
            "price_unit": self.price_unit,
            "discount": self.discount,
            "tax_ids": [Command.set(self.tax_ids.ids)],
            "analytic_distribution": self.analytic_distribution,
            "billable_item_id": self.id,
        }

    def _add_line_amounts(self, vals_list):
        """Say on the lines of one document what Odoo is going to book on them.

        Odoo takes the amounts from its tax engine after the lines were made, and
        writes them line by line, which is half of the time that a document takes. A
        line that says them already is only compared, and written if it is wrong.

        Where no line has a tax Odoo takes what the lines say, and does not look for
        more. The engine shares what rounding leaves over among the lines, so nothing
        is said then unless there is nothing to round on any of them.

        :param list[dict] vals_list: the values of the lines, which get the amounts
        """
        currency = self.currency_id
        items = {item.id: item for item in self}
        lines = [
            (vals, items.get(vals.get("billable_item_id")))
            for vals in vals_list
            if vals.get("display_type", "product") == "product"
        ]
        if currency != self.company_id.currency_id or not all(
            item for _vals, item in lines
        ):
            return
        is_taxed = any(
            ids for vals, _item in lines for _command, _id, ids in vals["tax_ids"]
        )
        amounts = []
        for vals, item in lines:
            price = vals["price_unit"] * (1 - vals["discount"] / 100)
            # Income is booked as credit; of an item with less than nothing as debit.
            amount = vals["quantity"] * price * (1 if item.qty_to_bill < 0 else -1)
            if not is_taxed:
                if float_compare(amount, currency.round(amount), precision_digits=8):
                    return
            elif item.qty_to_bill == item.quantity:
                amount = -item.price_subtotal
            amounts.append(currency.round(amount))
        for (vals, item), amount in zip(lines, amounts, strict=True):
            vals |= {"amount_currency": amount, "balance": amount}
            if tags := item._get_document_line_tags():
                vals["tax_tag_ids"] = [Command.set(tags.ids)]

    def _get_document_line_tags(self):
        """Return what the document line of this item is marked with for tax reports.

        :rtype: account.account.tag
        """
        self.ensure_one()
        taxes = self.tax_ids.flatten_taxes_hierarchy().filtered(
            lambda tax: tax.tax_exigibility == "on_invoice"
        )
        # In sudo mode: as in Odoo, people who bill need not see the tags.
        return self.product_id.sudo().account_tag_ids | taxes.get_tax_tags(
            self.qty_to_bill < 0, "base"
        )

    def _get_document_line_name(self, neutral=False):
        """Return the text of the document line that bills this item.

        A hook for documents whose reader must not learn what was done.

        :param bool neutral: whether the text must not name the act
        :rtype: str
        """
        self.ensure_one()
        return self.name
