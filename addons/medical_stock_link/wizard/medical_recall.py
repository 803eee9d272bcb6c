from datetime import timedelta

from pytz import utc

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain


class MedicalRecall(models.TransientModel):
    """The recall of lots: on whom they were used, by whom, on which documents."""

    _name = "medical.recall"
    _description = "Recall"

    lot_ids = fields.Many2many(
        comodel_name="stock.lot",
        string="Lots or Serial Numbers",
    )
    product_id = fields.Many2one(
        comodel_name="product.product",
        domain=[("is_storable", "=", True)],
    )
    expires_from = fields.Date(string="Expires Between")
    expires_to = fields.Date(string="Expires Until")
    used_from = fields.Date(string="Used Between")
    used_to = fields.Date(string="Used Until")
    line_ids = fields.Many2many(
        comodel_name="medical.recall.line",
        string="Used On",
        compute="_compute_line_ids",
    )
    patient_count = fields.Integer(
        string="Patients to Tell",
        compute="_compute_line_ids",
        help="On whom it was used and did not come back in full.",
    )
    on_hand = fields.Text(
        string="Still in Stock",
        compute="_compute_on_hand",
        compute_sudo=True,
        help="Take it off the shelf.",
    )

    # === COMPUTE METHODS === #

    @api.depends("lot_ids", "product_id")
    def _compute_display_name(self):
        for recall in self:
            recall.display_name = recall._get_print_name()

    @api.depends(
        "lot_ids", "product_id", "expires_from", "expires_to", "used_from", "used_to"
    )
    def _compute_line_ids(self):
        for recall in self:
            recall.line_ids = self.env["medical.recall.line"].search(
                recall._get_domain()
            )
            out = recall.line_ids.filtered(
                lambda line: line.state in ("used", "partly")
            )
            recall.patient_count = len(out.patient_id)

    @api.depends("lot_ids", "product_id", "expires_from", "expires_to")
    def _compute_on_hand(self):
        for recall in self:
            groups = self.env["stock.quant"]._read_group(
                domain=recall._get_stock_domain(),
                groupby=["product_id", "lot_id", "location_id"],
                aggregates=["quantity:sum"],
            )
            recall.on_hand = "\n".join(
                self.env._(
                    "%(product)s %(lot)s: %(quantity)s %(unit)s in %(location)s",
                    product=product.display_name,
                    lot=lot.name or "",
                    quantity=quantity,
                    unit=product.uom_id.name,
                    location=location.display_name,
                )
                for product, lot, location, quantity in groups
                if quantity > 0
            )

    # === CONSTRAINT METHODS === #

    @api.constrains("expires_from", "expires_to", "used_from", "used_to")
    def _check_dates(self):
        for recall in self:
            for start, end in (
                (recall.expires_from, recall.expires_to),
                (recall.used_from, recall.used_to),
            ):
                if start and end and end < start:
                    raise ValidationError(
                        self.env._("The last day cannot be before the first one.")
                    )

    # === ONCHANGE METHODS === #

    @api.onchange("product_id")
    def _onchange_product_id(self):
        if self.product_id:
            self.lot_ids = self.lot_ids.filtered(
                lambda lot: lot.product_id == self.product_id
            )

    # === ACTION METHODS === #

    def action_print(self):
        """Print whom to tell, in the language of who prints it."""
        self._check_asked()
        return self.env.ref("medical_stock_link.action_report_recall").report_action(
            self, config=False
        )

    def action_open_lines(self):
        """Open what was found as a list, to search, group and export it."""
        self._check_asked()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "medical_stock_link.medical_recall_line_action"
        )
        action["domain"] = [("id", "in", self.line_ids.ids)]
        action["context"] = {}
        return action

    # === BUSINESS METHODS === #

    def _is_asked(self):
        """Whether it is said what is recalled.

        :rtype: bool
        """
        self.ensure_one()
        return bool(self.lot_ids or self.product_id or self.expires_to)

    def _check_asked(self):
        """Raise `UserError` when nothing says what is recalled."""
        if not self._is_asked():
            raise UserError(
                self.env._(
                    "Say what is recalled: lots, a product, or until when it expires."
                )
            )

    def _get_domain(self):
        """Return which of the goods that were used are recalled.

        :rtype: odoo.fields.Domain
        """
        if not self._is_asked():
            return Domain.FALSE
        domain = self._get_lot_domain("lot_id", "expiration_date")
        if self.used_from:
            domain &= Domain("date", ">=", self._get_moment(self.used_from))
        if self.used_to:
            domain &= Domain("date", "<", self._get_moment(self.used_to, days=1))
        return domain

    def _get_stock_domain(self):
        """Return which quants hold what is recalled, in the user's companies.

        :rtype: odoo.fields.Domain
        """
        if not self._is_asked():
            return Domain.FALSE
        return (
            self._get_lot_domain("lot_id", "lot_id.expiration_date")
            & Domain("location_id.usage", "in", ("internal", "transit"))
            & Domain("company_id", "in", self.env.companies.ids)
        )

    def _get_lot_domain(self, lot, expiration_date):
        """Return the part of a domain that says which product and which lots.

        :param str lot: the name of the field of the lot
        :param str expiration_date: the name of the field of its expiry
        :rtype: odoo.fields.Domain
        """
        domain = Domain.TRUE
        if self.lot_ids:
            domain &= Domain(lot, "in", self.lot_ids.ids)
        if self.product_id:
            domain &= Domain("product_id", "=", self.product_id.id)
        if self.expires_from:
            domain &= Domain(expiration_date, ">=", self._get_moment(self.expires_from))
        if self.expires_to:
            domain &= Domain(
                expiration_date, "<", self._get_moment(self.expires_to, days=1)
            )
        return domain

    def _get_moment(self, day, days=0):
        """Return when a day begins where the user is, or one some days later.

        :rtype: datetime.datetime
        """
        moment = fields.Datetime.to_datetime(day) + timedelta(days=days)
        return self.env.tz.localize(moment).astimezone(utc).replace(tzinfo=None)

    def _get_print_name(self):
        """Return the name of the recall and its print, which tells of no patient.

        :rtype: str
        """
        self.ensure_one()
        names = self.lot_ids.mapped("name") or self.product_id.mapped("name")
        return " ".join([self.env._("Recall"), *names[:3]])
