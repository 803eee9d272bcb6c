from odoo import models
from odoo.exceptions import UserError


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    # === BUSINESS METHODS === #

    def _merge(self, partner_ids, dst_partner=None, extra_checks=True):
        self._check_shares_of_merged_payers(partner_ids)
        return super()._merge(partner_ids, dst_partner, extra_checks)

    def _check_shares_of_merged_payers(self, partner_ids):
        """Refuse to make one payer of two who share a line: no item may be lost.

        :param list[int] partner_ids: ids of the contacts to merge
        :raise UserError: with the line, so that one share can be taken back first
        """
        # In sudo mode: whoever merges contacts need not see items.
        groups = (
            self.env["medical.billable.item"]
            .sudo()
            ._read_group(
                domain=[("payer_id", "in", partner_ids)],
                groupby=["consultation_line_id", "origin_id"],
                aggregates=["payer_id:recordset"],
                having=[("__count", ">", 1)],
            )
        )
        for line, _origin, payers in groups:
            if len(payers) > 1:
                raise UserError(
                    self.env._(
                        "%(payers)s cannot be merged: each pays a share of an act of "
                        "%(visit)s. Give both shares to one of them first.",
                        payers=", ".join(payers.mapped("name")),
                        visit=line.consultation_id.name,
                    )
                )
