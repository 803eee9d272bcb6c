from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

COST_VIEWERS = (
    "medical_billing.group_biller,medical_records.group_medical_administrator"
)


class MedicalConsultation(models.Model):
    _inherit = "medical.consultation"

    picking_ids = fields.One2many(
        comodel_name="stock.picking",
        inverse_name="consultation_id",
        groups="stock.group_stock_user",
    )
    picking_count = fields.Integer(
        compute="_compute_picking_count",
        groups="medical_records.group_assistant",
    )
    material_cost = fields.Monetary(
        compute="_compute_material_cost",
        compute_sudo=True,
        groups=COST_VIEWERS,
        help="What the goods used in this visit cost, less what was returned.",
    )

    # === COMPUTE METHODS === #

    @api.depends("picking_ids")
    def _compute_picking_count(self):
        # In sudo mode: medics have no right to transfers.
        counts = dict(
            self.env["stock.picking"]
            .sudo()
            ._read_group(
                domain=[("consultation_id", "in", self.ids)],
                groupby=["consultation_id"],
                aggregates=["__count"],
            )
        )
        for visit in self:
            visit.picking_count = counts.get(visit._origin, 0)

    @api.depends("line_ids.material_cost")
    def _compute_material_cost(self):
        for visit in self:
            visit.material_cost = sum(visit.line_ids.mapped("material_cost"))

    # === ACTION METHODS === #

    def action_view_pickings(self):
        self.ensure_one()
        return self.picking_ids._get_records_action(name=self.env._("Goods Used"))

    # === BUSINESS METHODS === #

    def _prepare_picking_vals(self, quantities):
        """Return the values of the transfer that takes goods used in this visit.

        It names no patient: people read it who may not know.

        :param dict quantities: consultation lines to the quantity to take, in the
            unit of the line
        :rtype: dict
        :raise UserError: when the company has no warehouse
        """
        self.ensure_one()
        company = self.company_id
        warehouse = company._get_medical_warehouse()
        if not warehouse:
            raise UserError(
                self.env._(
                    "%(company)s has no warehouse to take goods from: create one in "
                    "the Inventory app.",
                    company=company.name,
                )
            )
        warehouse._create_missing_medical_type()
        picking_type = warehouse.medical_type_id
        source = picking_type.default_location_src_id
        destination = company._get_medical_location()
        return {
            "picking_type_id": picking_type.id,
            "company_id": company.id,
            "location_id": source.id,
            "location_dest_id": destination.id,
            "consultation_id": self.id,
            "origin": self.name,
            # Who recorded it is not who answers for the transfer.
            "user_id": False,
            "move_ids": [
                Command.create(
                    {
                        **line._prepare_stock_move_vals(quantity),
                        "company_id": company.id,
                        "location_id": source.id,
                        "location_dest_id": destination.id,
                    }
                )
                for line, quantity in quantities.items()
            ],
        }

    def _update_shortage_activities(self):
        """Tell who answers for these visits where record and stock do not agree.

        One activity a visit, which goes away with its cause. Activities are read by
        more people than the record: nothing is named.
        """
        # In sudo mode: activities of others.
        visits = self.sudo()
        kind = self.env.ref("medical_stock_link.mail_activity_type_shortage")
        self.env["medical.consultation.line"].flush_model(["stock_difference"])
        differing = {
            visit
            for (visit,) in self.env["medical.consultation.line"]
            .sudo()
            ._read_group(
                domain=[
                    ("consultation_id", "in", self.ids),
                    ("stock_difference", "!=", 0),
                ],
                groupby=["consultation_id"],
            )
        }
        activities = (
            self.env["mail.activity"]
            .sudo()
            .search(
                [
                    ("res_model", "=", self._name),
                    ("res_id", "in", self.ids),
                    ("activity_type_id", "=", kind.id),
                ]
            )
        )
        told = set(activities.mapped("res_id"))
        activities.filtered(
            lambda activity: self.browse(activity.res_id) not in differing
        ).unlink()
        untold = visits.filtered(
            lambda visit: visit in differing and visit.id not in told
        )
        for user, of_user in untold.grouped(
            lambda visit: visit.practitioner_id.user_ids[:1] or self.env.user
        ).items():
            of_user.activity_schedule(
                "medical_stock_link.mail_activity_type_shortage",
                summary=self.env._("Goods used in this visit did not leave the stock"),
                user_id=user.id,
            )
