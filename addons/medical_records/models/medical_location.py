from odoo import api, fields, models
from odoo.exceptions import ValidationError


class MedicalLocation(models.Model):
    """A place where patients are seen (FHIR Location): a site or one of its rooms.

    Two levels only: a room belongs to a site, a site to nothing. What a later addon
    says about a place (a warehouse, an analytic account) is said of the site.
    """

    _name = "medical.location"
    _description = "Site or Room"
    _order = "sequence, complete_name, id"
    _rec_name = "complete_name"
    _check_company_auto = True

    name = fields.Char(required=True)
    complete_name = fields.Char(
        compute="_compute_complete_name",
        recursive=True,
        store=True,
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    parent_id = fields.Many2one(
        comodel_name="medical.location",
        string="Belongs to Site",
        domain=[("parent_id", "=", False)],
        ondelete="restrict",
        index="btree_not_null",
        help="The site a room belongs to. Empty for a site itself.",
    )
    child_ids = fields.One2many(
        comodel_name="medical.location",
        inverse_name="parent_id",
        string="Rooms",
    )
    site_id = fields.Many2one(
        comodel_name="medical.location",
        compute="_compute_site_id",
        store=True,
        index=True,
        help="The site of a room; a site itself.",
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        compute="_compute_company_id",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
        recursive=True,
        index=True,
    )

    # === COMPUTE METHODS === #

    @api.depends("name", "parent_id.complete_name")
    def _compute_complete_name(self):
        for place in self:
            site = place.parent_id
            place.complete_name = (
                f"{site.complete_name} / {place.name}" if site else place.name
            )

    @api.depends("parent_id")
    def _compute_site_id(self):
        for place in self:
            place.site_id = place.parent_id or place

    @api.depends("parent_id.company_id")
    def _compute_company_id(self):
        for place in self:
            place.company_id = (
                place.parent_id.company_id or place.company_id or self.env.company
            )

    # === CONSTRAINT METHODS === #

    @api.constrains("parent_id")
    def _check_two_levels(self):
        for place in self:
            if place.parent_id.parent_id or (place.parent_id and place.child_ids):
                raise ValidationError(
                    self.env._(
                        "%(room)s cannot belong to %(site)s: a room belongs to a site, "
                        "and a site to no other place.",
                        room=place.name,
                        site=place.parent_id.name,
                    )
                )

    @api.constrains("company_id", "parent_id")
    def _check_company_of_site(self):
        for place in self:
            site = place.parent_id
            if site and site.company_id != place.company_id:
                raise ValidationError(
                    self.env._(
                        "%(room)s belongs to the company of its site, %(company)s.",
                        room=place.name,
                        company=site.company_id.name,
                    )
                )

    @api.constrains("company_id")
    def _check_company_of_visits(self):
        # In sudo mode: the visits of the former company may be out of sight.
        visits = self.env["medical.consultation"].sudo()
        for place in self:
            if visits.search(
                [
                    ("location_id", "=", place.id),
                    ("company_id", "!=", place.company_id.id),
                ],
                limit=1,
            ):
                raise ValidationError(
                    self.env._(
                        "%(place)s cannot change its company: visits took place there. "
                        "Archive it and make a new one.",
                        place=place.complete_name,
                    )
                )

    # === CRUD METHODS === #

    def write(self, vals):
        result = super().write(vals)
        if vals.get("active") is False:
            # The rooms of a closed site cannot be chosen either.
            self.child_ids.active = False
        return result
