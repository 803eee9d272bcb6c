from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import float_compare, format_date

from odoo.addons.medical_records.models.product_template import MEDICAL_KINDS


class MedicalBillableItem(models.Model):
    """One thing to be billed (FHIR ChargeItem): the ledger between record and books.

    An item says what, how much, at which price and to whom. How much of it is billed
    is never written by hand: the quantity columns are computed from the document
    lines that point at the item, so that deleting, cancelling or crediting a document
    through any of Odoo's own buttons leaves a true ledger. At every moment::

        quantity = qty_drafted + qty_posted + qty_waived + qty_undecided + qty_to_bill

    Charges count from the draft on, so that two people cannot bill the same thing;
    credits count only when posted. The database refuses a row that says otherwise.
    """

    _name = "medical.billable.item"
    _description = "Billable Item"
    _inherit = ["analytic.mixin"]
    # By the id of the visit: by the visit, a list would sort all of them first.
    _order = "date desc, consultation_id.id desc, id"
    _check_company_auto = True

    # --- What --- #
    consultation_line_id = fields.Many2one(
        comodel_name="medical.consultation.line",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
    )
    consultation_id = fields.Many2one(
        comodel_name="medical.consultation",
        compute="_compute_consultation_id",
        store=True,
        precompute=True,
        ondelete="restrict",
        index="btree_not_null",
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        compute="_compute_consultation_id",
        store=True,
        precompute=True,
        required=True,
        index=True,
    )
    patient_id = fields.Many2one(
        comodel_name="res.partner",
        compute="_compute_consultation_id",
        store=True,
        precompute=True,
        ondelete="restrict",
        index=True,
    )
    practitioner_id = fields.Many2one(
        comodel_name="res.partner",
        compute="_compute_consultation_id",
        store=True,
        precompute=True,
        ondelete="restrict",
        index="btree_not_null",
    )
    date = fields.Date(
        string="Visit Date",
        compute="_compute_consultation_id",
        store=True,
        precompute=True,
    )
    name = fields.Char(
        string="Description",
        compute="_compute_product_id",
        store=True,
        precompute=True,
    )
    kind = fields.Selection(
        selection=MEDICAL_KINDS,
        compute="_compute_product_id",
        store=True,
        precompute=True,
    )
    product_id = fields.Many2one(
        comodel_name="product.product",
        compute="_compute_product_id",
        store=True,
        precompute=True,
        ondelete="restrict",
        index="btree_not_null",
    )
    medical_code_id = fields.Many2one(
        comodel_name="medical.code",
        string="Code",
        compute="_compute_product_id",
        store=True,
        precompute=True,
        ondelete="restrict",
    )
    product_uom_id = fields.Many2one(
        comodel_name="uom.uom",
        string="Unit",
        compute="_compute_product_id",
        store=True,
        precompute=True,
        ondelete="restrict",
    )

    # --- Parts of one line, see _split() --- #
    origin_id = fields.Many2one(
        comodel_name="medical.billable.item",
        string="Split from",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
        copy=False,
    )
    split_ids = fields.One2many(
        comodel_name="medical.billable.item",
        inverse_name="origin_id",
    )
    split_by = fields.Selection(
        selection=[("quantity", "Quantity"), ("price", "Price")],
        readonly=True,
        copy=False,
        help="What this part has of the item it was split from: some of its quantity, "
        "or some of the price of all of it.",
    )
    split_quantity = fields.Float(
        digits="Product Unit",
        readonly=True,
        copy=False,
        help="How much was split off by hand; empty when the price was shared.",
    )
    credit_line_ids = fields.One2many(
        comodel_name="account.move.line",
        inverse_name="credit_part_id",
        help="Lines of credit notes whose quantity this item bills to another payer.",
    )
    qty_split = fields.Float(
        digits="Product Unit",
        compute="_compute_qty_split",
        store=True,
        help="How much of the quantity of its origin this item has: what was split "
        "off by hand, and what was credited there to be billed here.",
    )
    share = fields.Float(
        digits=(16, 8),
        default=1.0,
        readonly=True,
        copy=False,
        help="The part of the price that this item bills, between 0 and 1.",
    )

    # --- How much, and where it stands --- #
    qty_gross = fields.Float(
        digits="Product Unit",
        compute="_compute_quantity",
        store=True,
        recursive=True,
        help="How much there was before parts of the quantity were split off.",
    )
    quantity = fields.Float(
        digits="Product Unit",
        compute="_compute_quantity",
        store=True,
        recursive=True,
        help="How much is to be billed in all.",
    )
    move_line_ids = fields.One2many(
        comodel_name="account.move.line",
        inverse_name="billable_item_id",
        string="Document Lines",
    )
    qty_drafted = fields.Float(
        string="On Drafts",
        digits="Product Unit",
        compute="_compute_document_quantities",
        store=True,
    )
    qty_posted = fields.Float(
        string="Billed",
        digits="Product Unit",
        compute="_compute_document_quantities",
        store=True,
        help="On posted documents, less posted credit notes.",
    )
    qty_waived = fields.Float(
        string="Waived",
        digits="Product Unit",
        compute="_compute_document_quantities",
        store=True,
        help="Given up: it will not be billed again.",
    )
    qty_undecided = fields.Float(
        string="Undecided",
        digits="Product Unit",
        compute="_compute_document_quantities",
        store=True,
        help="Credited, and nobody said yet whether it is billed again.",
    )
    qty_to_bill = fields.Float(
        string="To Bill",
        digits="Product Unit",
        compute="_compute_document_quantities",
        store=True,
    )
    state = fields.Selection(
        selection=[
            ("pending", "Pending"),
            ("to_bill", "To Bill"),
            ("undecided", "To Decide"),
            ("drafted", "On Draft"),
            ("billed", "Billed"),
            ("waived", "Waived"),
            ("covered", "Included"),
            ("cancelled", "Cancelled"),
        ],
        compute="_compute_state",
        store=True,
        index=True,
        help="Pending: not done yet. Included: no more was used than the price of what "
        "it belongs to covers.",
    )
    due_date = fields.Date(
        string="Not Before",
        copy=False,
        help="The item is not billed before this day.",
    )
    document_count = fields.Integer(compute="_compute_document_count")

    _split_uniq = models.UniqueIndex(
        "(consultation_line_id, COALESCE(payer_id, 0), COALESCE(origin_id, 0), "
        "COALESCE(credited_item_id, 0))",
        "This line already has an item for this payer.",
    )
    # The quantities a line may have are exact decimals, so the sums compare exactly.
    _billed_once = models.Constraint(
        """CHECK (
            (quantity >= 0
             AND qty_drafted + qty_posted + qty_waived + qty_undecided <= quantity)
            OR (quantity < 0
             AND qty_drafted + qty_posted + qty_waived + qty_undecided >= quantity)
        )""",
        "This is already billed or waived: the documents would bill more than the "
        "quantity of the item.",
    )
    _not_overcredited = models.Constraint(
        """CHECK (
            (quantity >= 0 AND qty_drafted >= 0 AND qty_posted >= 0
             AND qty_waived >= 0 AND qty_undecided >= 0)
            OR (quantity < 0 AND qty_drafted <= 0 AND qty_posted <= 0
             AND qty_waived <= 0 AND qty_undecided <= 0)
        )""",
        "This would credit more than was billed.",
    )
    # What waits is always little, however much was billed over the years.
    _undecided_idx = models.Index("(company_id) WHERE qty_undecided != 0")
    _drafted_idx = models.Index("(company_id) WHERE qty_drafted != 0")
    _to_bill_idx = models.Index("(company_id, patient_id) WHERE qty_to_bill != 0")
    # The lists, in their order: all items, and those to bill.
    _list_idx = models.Index("(date DESC, consultation_id DESC, id)")
    _list_to_bill_idx = models.Index(
        "(date DESC, consultation_id DESC, id) WHERE state = 'to_bill'"
    )

    # === COMPUTE METHODS === #

    @api.depends(
        "consultation_line_id.consultation_id.patient_id",
        "consultation_line_id.consultation_id.practitioner_id",
        "consultation_line_id.consultation_id.company_id",
        "consultation_line_id.consultation_id.date",
    )
    def _compute_consultation_id(self):
        for item in self:
            if item._is_billed():
                continue  # What a document says does not change behind its back.
            visit = item.consultation_line_id.consultation_id
            item.consultation_id = visit
            item.company_id = visit.company_id
            item.patient_id = visit.patient_id
            item.practitioner_id = visit.practitioner_id
            item.date = (
                fields.Datetime.context_timestamp(item, visit.date)
                if visit.date
                else False
            )

    @api.depends(
        "consultation_line_id.product_id",
        "consultation_line_id.product_uom_id",
        "consultation_line_id.name",
        "consultation_line_id.kind",
    )
    def _compute_product_id(self):
        for item in self:
            if item._is_billed():
                continue
            line = item.consultation_line_id
            item.name = line.name
            item.kind = line.kind
            item.product_id = line.product_id
            item.medical_code_id = line.product_id.medical_code_id
            item.product_uom_id = line.product_uom_id

    @api.depends(
        "split_quantity",
        "credit_line_ids.quantity",
        "credit_line_ids.parent_state",
        "credit_line_ids.credit_outcome",
    )
    def _compute_qty_split(self):
        for item in self:
            item.qty_split = item.split_quantity + sum(
                line._get_credited_quantity()
                for line in item.credit_line_ids
                if line.parent_state == "posted" and line.credit_outcome == "payer"
            )

    @api.depends(
        "consultation_line_id.quantity",
        "consultation_line_id.qty_done",
        "consultation_line_id.is_cancelled",
        "consultation_line_id.consultation_id.state",
        "company_id.medical_billing_policy",
        "origin_id.qty_gross",
        "origin_id.split_ids.qty_split",
        "split_by",
        "qty_split",
        "split_ids.qty_split",
    )
    def _compute_quantity(self):
        for item in self:
            item.qty_gross = item._get_gross_quantity()
            item.quantity = item._get_own_quantity()

    @api.depends(
        "quantity",
        "move_line_ids.quantity",
        "move_line_ids.parent_state",
        "move_line_ids.move_id.move_type",
        "move_line_ids.credit_outcome",
    )
    def _compute_document_quantities(self):
        for item in self:
            billed = item._get_document_quantities()
            # What was credited and is billed again is decided thereby.
            free = (
                item.quantity - billed["drafted"] - billed["posted"] - billed["waived"]
            )
            undecided = billed["credited"]
            if float_compare(abs(undecided), abs(free), precision_digits=6) > 0:
                undecided = free
            item.qty_drafted = billed["drafted"]
            item.qty_posted = billed["posted"]
            item.qty_waived = billed["waived"]
            item.qty_undecided = undecided
            item.qty_to_bill = free - undecided

    @api.depends(
        "quantity",
        "qty_gross",
        "qty_drafted",
        "qty_posted",
        "qty_waived",
        "qty_undecided",
        "qty_to_bill",
        "consultation_line_id.state",
    )
    def _compute_state(self):
        for item in self:
            if item.qty_undecided:
                item.state = "undecided"
            elif item.qty_to_bill:
                item.state = "to_bill"
            elif item.qty_drafted:
                item.state = "drafted"
            elif item.qty_posted:
                item.state = "billed"
            elif item.qty_waived:
                item.state = "waived"
            elif item.consultation_line_id.state == "cancelled" or item._is_empty():
                item.state = "cancelled"
            else:
                item.state = "pending"

    @api.depends("move_line_ids")
    def _compute_document_count(self):
        for item in self:
            item.document_count = len(item.move_line_ids.move_id)

    # === CONSTRAINT METHODS === #

    @api.constrains("due_date", "date")
    def _check_due_date(self):
        for item in self:
            if item.due_date and item.date and item.due_date < item.date:
                raise ValidationError(
                    self.env._(
                        "%(item)s cannot be due before the visit of %(date)s.",
                        item=item.name,
                        date=format_date(self.env, item.date),
                    )
                )

    # === CRUD METHODS === #

    def write(self, vals):
        # Readonly in the interface only would leave the ledger open to remote calls.
        # An import names the record it is about, which changes nothing.
        closed = vals.keys() - self._get_open_fields() - {"id"}
        if closed and not self.env.su:
            raise UserError(
                self.env._(
                    "%(fields)s of a billable item cannot be set by hand: it follows "
                    "the visit and the documents.",
                    fields=", ".join(
                        self._fields[name]._description_string(self.env)
                        for name in sorted(closed)
                    ),
                )
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_billed(self):
        # Also what was credited: its documents go on saying what they billed. In sudo
        # mode: items go with the lines of people who may not see documents.
        for item in self.sudo():
            if item.move_line_ids:
                raise UserError(
                    self.env._(
                        "%(item)s of %(visit)s is on a document and stays.",
                        item=item.name,
                        visit=item._get_source_name(),
                    )
                )

    # === ACTION METHODS === #

    def action_view_documents(self):
        moves = self.move_line_ids.move_id
        return moves._get_records_action(name=self.env._("Documents"))

    def action_bill_again(self):
        """Decide that what was credited is billed again."""
        self._decide_credits("rebill")

    # === BUSINESS METHODS === #

    @api.model
    def _get_open_fields(self):
        """Return the names of the fields that a biller may set.

        :rtype: set[str]
        """
        return {
            "payer_id",
            "pricelist_id",
            "price_unit",
            "discount",
            "tax_ids",
            "analytic_distribution",
            "due_date",
        }

    def _get_source_name(self):
        """Return what this item comes from, as messages call it: its visit.

        :rtype: str
        """
        self.ensure_one()
        return self.consultation_id.name or ""

    def _is_billed(self):
        """Whether any document, also a draft, holds some of this item."""
        self.ensure_one()
        return bool(self.qty_drafted or self.qty_posted)

    def _is_empty(self):
        """Whether others have all of this item, or it waits for nothing.

        :rtype: bool
        """
        self.ensure_one()
        return not self.quantity and (
            bool(self.qty_gross) or self.split_by == "quantity"
        )

    def _get_sign(self):
        """Return 1 for an item that is billed, and -1 for one that is credited.

        :rtype: int
        """
        self.ensure_one()
        return 1

    def _compare_quantities(self, quantity, other):
        """Compare two quantities of this item; see `float_compare`.

        :rtype: int
        """
        digits = self.env["decimal.precision"].precision_get("Product Unit")
        return float_compare(quantity, other, precision_digits=digits)

    def _get_gross_quantity(self):
        """Return how much of this item there is with all that was split off of it.

        :return: in the item's unit
        :rtype: float
        """
        self.ensure_one()
        if self.split_by == "quantity":
            return self.qty_split
        if self.split_by == "price":
            # It has its share of all that was there when the price was shared: what
            # was split off before has its own price.
            return self.origin_id.qty_gross - sum(
                part.qty_split
                for part in self.origin_id.split_ids
                if part._origin.id < self._origin.id
            )
        return self.consultation_line_id._get_billable_quantity()

    def _get_own_quantity(self):
        """Return how much of this item there is without what was split off of it.

        :return: in the item's unit
        :rtype: float
        """
        self.ensure_one()
        return self.qty_gross - sum(self.split_ids.mapped("qty_split"))

    def _get_document_quantities(self):
        """Add up what the document lines say about this item.

        A line on an invoice or receipt bills, on a credit note it credits; for an
        item with a negative quantity it is the other way round. What is credited for
        another payer is no part of this item any more: it counts for nothing here.

        :return: the quantities *drafted*, *posted* (charges less credits), *waived*
            (credited and given up) and *credited* (outcome open), in the item's unit
        :rtype: dict[str, float]
        """
        self.ensure_one()
        drafted = posted = waived = credited = 0.0
        sign = self._get_sign()
        for line in self.move_line_ids:
            if line.parent_state not in ("draft", "posted"):
                continue
            quantity = line.quantity * -line.move_id.direction_sign
            if quantity * sign > 0:
                if line.parent_state == "draft":
                    drafted += quantity
                else:
                    posted += quantity
            elif line.parent_state == "posted":
                posted += quantity
                if line.credit_outcome == "waive":
                    waived -= quantity
                elif not line.credit_outcome:
                    credited -= quantity
        digits = self.env["decimal.precision"].precision_get("Product Unit")
        return {
            "drafted": round(drafted, digits),
            "posted": round(posted, digits),
            "waived": round(waived, digits),
            "credited": round(credited, digits),
        }

    def _get_documents_of(self, *states):
        """Return the documents that hold some of these items.

        :param str states: `draft`, `posted`; both when nothing is said
        :rtype: account.move
        """
        return self.move_line_ids.move_id.filtered(
            lambda move: move.state in (states or ("draft", "posted"))
        )

    def _get_nothing_to_bill_reason(self):
        """Say why nothing of this item is left to bill.

        :return: the rest of a sentence that begins with its name
        :rtype: str
        """
        self.ensure_one()
        if self.state == "pending":
            return self.env._("is not done yet")
        if self.state == "undecided":
            return self.env._(
                "was credited, and nobody said yet whether it is billed again"
            )
        if self.state == "waived":
            return self.env._("was waived and has nothing left to bill")
        if self.state in ("drafted", "billed"):
            return self.env._(
                "has nothing left to bill: it is on %(documents)s",
                documents=", ".join(self._get_documents_of().mapped("display_name")),
            )
        return self.env._("has nothing left to bill")

    def _decide_credits(self, outcome, payer=None, reason=None):
        """Store on the credit lines of these items what is to become of them.

        :param str outcome: a value of `account.move.line.credit_outcome`
        :param payer: the `res.partner` who is billed instead, for outcome `payer`
        :param str reason: why
        """
        self.check_access("write")
        undecided = self.filtered("qty_undecided")
        if not undecided:
            raise UserError(
                self.env._("Nothing here was credited and waits for a decision.")
            )
        # In sudo mode: the outcome is no part of the posted entry's accounting.
        undecided.sudo().move_line_ids.filtered(
            lambda line: (
                line.parent_state == "posted"
                and not line.credit_outcome
                and line._get_credited_quantity() > 0
            )
        )._set_credit_outcome(outcome, payer=payer, reason=reason)
