from odoo import api, models
from odoo.exceptions import UserError


class MedicalGuarded(models.AbstractModel):
    """A record with fields that follow from the rest, or that only its buttons change.

    *Readonly* in a view is no protection: forms, imports and remote calls all end in
    `create` and `write`, where these fields are closed to everybody but superuser mode.
    """

    _name = "medical.guarded"
    _description = "Record With Closed Fields"

    # === CRUD METHODS === #

    @api.model
    def default_get(self, fields):
        # No default of the caller's context says what only buttons and the record say.
        closed = self._get_fields_set_by_actions()
        return super().default_get(
            [
                name
                for name in fields
                if name not in closed and not self._is_computed_only(name)
            ]
        )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_not_computed(vals)
            self._check_not_set_by_actions(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_not_computed(vals)
        self._check_not_set_by_actions(vals)
        return super().write(vals)

    # === BUSINESS METHODS === #

    @api.model
    def _get_fields_set_by_actions(self):
        """Return the names of the fields that only buttons change, by sudo.

        :rtype: set[str]
        """
        return set()

    def _check_not_set_by_actions(self, vals):
        """Refuse what has a button of its own; a readonly field is open to RPC."""
        if self.env.su:
            return
        if blocked := self._get_fields_set_by_actions() & vals.keys():
            raise UserError(
                self.env._(
                    "%(fields)s cannot be set by hand: use the buttons.",
                    fields=", ".join(
                        self._fields[name]._description_string(self.env)
                        for name in sorted(blocked)
                    ),
                )
            )

    def _check_not_computed(self, vals):
        """Refuse what nobody sets by hand; a readonly field is open to remote calls."""
        if self.env.su:
            return
        for name in vals:
            if self._is_computed_only(name):
                raise UserError(
                    self.env._(
                        "%(field)s follows from the rest of the record and cannot be "
                        "set by hand.",
                        field=self._fields[name]._description_string(self.env),
                    )
                )

    @api.model
    def _is_computed_only(self, name):
        field = self._fields.get(name)
        return bool(field and field.store and field.compute and field.readonly)
