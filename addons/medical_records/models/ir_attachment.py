import base64

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from .medical_consultation import CLINICAL

# What a file is and where it belongs; tokens, indexed words and so on are Odoo's.
FILE_FIELDS = (
    "name",
    "description",
    "datas",
    "raw",
    "db_datas",
    "url",
    "type",
    "mimetype",
    "res_model",
    "res_id",
    "res_field",
)


def ask_with_own_rights(model, domain):
    """Return the ids that a domain finds for the user, also to ask in sudo mode.

    :param model: where to search, as the user
    :param Domain domain: what was asked from outside
    :rtype: list[int]
    :raise AccessError: where the domain asks for what the user may not read
    """
    return model.with_context(active_test=False).search(domain).ids


class IrAttachment(models.Model):
    """Files of a visit belong to its record: same readers, frozen with it."""

    _inherit = "ir.attachment"

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        attachments = super().create(vals_list)
        attachments._check_medical_files_are_private()
        attachments._note_medical_results()
        return attachments

    def write(self, vals):
        self._check_medical_files_stay(vals)
        result = super().write(vals)
        is_moved = bool({"res_model", "res_id"} & vals.keys())
        if is_moved or vals.get("public"):
            self._check_medical_files_are_private()
        if is_moved:
            self._note_medical_results()
        return result

    def unlink(self):
        owners = self._get_medical_owners()
        for owner in owners.values():
            owner._check_files_are_open()
        kept = self.browse()
        for attachment, owner in owners.items():
            if attachment._keep_with_amendment(owner):
                kept |= attachment
        return super(IrAttachment, self - kept).unlink()

    @api.model
    def _search(self, domain, *args, **kwargs):
        # EXTENDS 'base': what a user may not read is not found either.
        if not self.env.su and not kwargs.get("bypass_access"):
            # Odoo looks for files in sudo mode and drops those of others then: a search
            # such as `create_uid.birthdate` would read what the user may not.
            domain = Domain(domain).optimize(self).map_conditions(self._ask_relation)
            if not self._may_read_visit_files():
                domain &= Domain("res_model", "!=", "medical.consultation")
        return super()._search(domain, *args, **kwargs)

    # === BUSINESS METHODS === #

    @api.model
    def _ask_relation(self, condition):
        """Return a condition that asks of other records with the user's rights only."""
        if condition.operator not in ("any", "not any") or not isinstance(
            condition.value, Domain
        ):
            return condition
        comodel = self.env[self._fields[condition.field_expr].comodel_name]
        found = ask_with_own_rights(comodel, condition.value)
        operator = "in" if condition.operator == "any" else "not in"
        return Domain(condition.field_expr, operator, found)

    def _may_read_visit_files(self):
        return self.env.su or self.env.user.has_group(CLINICAL)

    def _inaccessible_comodel_records(self, model_and_ids, operation):
        # EXTENDS 'base': reception and billing read the diary, not the files in it.
        if not self._may_read_visit_files():
            model_and_ids = dict(model_and_ids)
            for visit_id in model_and_ids.pop("medical.consultation", ()):
                if visit_id:
                    yield "medical.consultation", visit_id
        yield from super()._inaccessible_comodel_records(model_and_ids, operation)

    def _get_medical_owners(self):
        """Return the visit, or the part or entry of one, that each file belongs to.

        :return: attachments to records, in sudo mode; other attachments are left out
        :rtype: dict
        """
        owners = {}
        registry = self.env.registry
        kinds = (
            registry["medical.consultation"],
            registry["medical.consultation.part"],
            registry["medical.consultation.entry"],
        )
        for model, attachments in self.sudo().grouped("res_model").items():
            if model in registry and issubclass(registry[model], kinds):
                records = self.env[model].sudo().browse(attachments.mapped("res_id"))
                existing = set(records.exists()._ids)
                for attachment in attachments:
                    if attachment.res_id in existing:
                        owner = records.browse(attachment.res_id)
                        owners[attachment.sudo(self.env.su)] = owner
        return owners

    def _check_medical_files_are_private(self):
        """Raise `UserError` when everybody could read a file of a visit."""
        for attachment in self._get_medical_owners():
            if attachment.sudo().public:
                raise UserError(
                    self.env._(
                        "%(file)s belongs to a medical record and cannot be public.",
                        file=attachment.sudo().name,
                    )
                )

    def _check_medical_files_stay(self, vals):
        """Raise `UserError` when a file of a closed visit would change or move.

        In a visit that was signed before, a file may have another name, which the
        comparison shows, and may be deleted, which keeps it.
        """
        names = [name for name in FILE_FIELDS if name in vals]
        if not names:
            return
        for attachment, owner in self._get_medical_owners().items():
            changed = {
                name for name in names if attachment._is_other_value(name, vals[name])
            }
            if not changed:
                continue
            owner._check_files_are_open()
            if changed != {"name"} and owner._get_visit().amendment_ids:
                raise UserError(
                    self.env._(
                        "%(file)s belongs to a visit that was signed before and cannot "
                        "be replaced: delete it, and add another file.",
                        file=attachment.sudo().name,
                    )
                )

    def _is_other_value(self, name, value):
        """Whether writing a value would change this file; moving its storage is not."""
        current = self.sudo()[name]
        if name == "datas":
            return base64.b64decode(value or b"") != base64.b64decode(current or b"")
        if name == "raw" and isinstance(value, str):
            value = value.encode()
        return (current or False) != (value or False)

    def _keep_with_amendment(self, owner):
        """Keep a deleted file of a visit that was signed before with that version.

        :param owner: the record that the file belongs to
        :return: whether the file was kept
        :rtype: bool
        """
        self.ensure_one()
        amendment = owner._get_visit().amendment_ids[:1]
        if not amendment:
            return False
        # Below this class's own write(), which refuses to move a file.
        super(IrAttachment, self.sudo()).write(
            {"res_model": amendment._name, "res_id": amendment.id}
        )
        return True

    def _note_medical_results(self):
        """Tell the orders that files of theirs have come."""
        Line = self.env["medical.consultation.line"]
        names = {}
        for attachment in self.sudo():
            if attachment.res_model == Line._name and attachment.res_id:
                line = Line.browse(attachment.res_id)
                names.setdefault(line, []).append(attachment.name)
        if names:
            Line.browse(line.id for line in names)._note_result()
            Line._log_events(
                "file",
                {line: {"note": ", ".join(files)} for line, files in names.items()},
            )
