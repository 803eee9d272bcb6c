from odoo import fields, models
from odoo.exceptions import UserError


class ResCompany(models.Model):
    _inherit = "res.company"

    medical_location_id = fields.Many2one(
        comodel_name="stock.location",
        string="Consumption Location",
        domain=[("usage", "=", "production")],
        check_company=True,
        help="Where goods go that are used in visits. Its account receives their cost.",
    )
    medical_warehouse_id = fields.Many2one(
        comodel_name="stock.warehouse",
        string="Clinic Warehouse",
        check_company=True,
        help="Where goods used in visits are taken from; the company's first warehouse "
        "when empty.",
    )
    medical_shortage_policy = fields.Selection(
        selection=[
            ("refuse", "Refuse"),
            ("backorder", "Take what there is, and the rest later"),
            ("negative", "Let the stock go below zero"),
        ],
        default="refuse",
        help="What happens when more was used than the stock holds.",
    )

    # === CRUD METHODS === #

    def _create_per_company_locations(self):
        # EXTENDS 'stock': called for each new company.
        result = super()._create_per_company_locations()
        self._create_missing_medical_locations()
        return result

    # === BUSINESS METHODS === #

    def _get_last_closing_date(self):
        # EXTENDS 'stock_account', which finds the trace of the last closing by a
        # technical table. In sudo mode: accountants who are no administrators cannot
        # read that, and could not close a second time.
        return super(ResCompany, self.sudo())._get_last_closing_date()

    def _create_missing_medical_locations(self):
        """Make the location that goods used in visits go to.

        Its usage is *production*: that is the only kind which has an account and whose
        moves can be returned. It stands below the company's own production location,
        because other apps take the first one they find.
        """
        locations = self.env["stock.location"].sudo()
        for company in self.filtered(lambda company: not company.medical_location_id):
            parent = locations.search(
                [("usage", "=", "production"), ("company_id", "=", company.id)],
                limit=1,
            )
            company.medical_location_id = locations.create(
                {
                    "name": self.env._("Clinic"),
                    "usage": "production",
                    "location_id": parent.id,
                    "company_id": company.id,
                }
            )

    def _get_medical_location(self):
        """Return where goods used in visits go, with an account that gets their cost.

        :rtype: stock.location
        """
        self.ensure_one()
        if not self.medical_location_id:
            self._create_missing_medical_locations()
        location = self.medical_location_id.sudo()
        # The chart of accounts may come long after the company.
        if not location.valuation_account_id and self.expense_account_id:
            location.valuation_account_id = self.expense_account_id
        return location

    def _get_medical_warehouse(self):
        """Return the warehouse that visits take goods from; empty when there is none.

        :rtype: stock.warehouse
        """
        self.ensure_one()
        return self.medical_warehouse_id or self.env["stock.warehouse"].search(
            [("company_id", "=", self.id)], limit=1
        )

    def _check_goods_bookable(self):
        """Raise `UserError` when the books of this company are locked today.

        Goods are booked on the day they leave or come back, whatever the day of the
        visit. Odoo refuses that too, in words that say nothing to who records a visit.
        """
        self.ensure_one()
        now = fields.Datetime.now()
        # Transfers carry the day of Greenwich, entries that of the user.
        for day in {now.date(), fields.Datetime.context_timestamp(self, now).date()}:
            locks = self._get_lock_date_violations(
                day, fiscalyear=True, sale=False, purchase=False, tax=False, hard=True
            )
            if locks:
                raise UserError(
                    self.env._(
                        "The books of %(company)s are locked today (%(locks)s), so "
                        "goods can neither leave nor come back. Ask the accountant to "
                        "open them, or mark what uses goods to be done later.",
                        company=self.name,
                        locks=self._format_lock_dates(locks),
                    )
                )
