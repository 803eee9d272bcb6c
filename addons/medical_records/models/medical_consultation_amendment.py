from odoo import api, fields, models
from odoo.tools import format_date, format_datetime

from ..text_comparison import mark_changes

# Kept by the ORM, or said by the amendment itself.
NOT_IN_SNAPSHOTS = (
    *models.MAGIC_COLUMNS,
    "state",
    "company_id",
    "consultation_id",
)


class MedicalConsultationAmendment(models.Model):
    """What a signed visit said before it was opened again, and why it was.

    The snapshot holds values by the names of fields and words instead of ids, so that
    it stays readable whatever becomes of the records it spoke of.
    """

    _name = "medical.consultation.amendment"
    _description = "Amendment of a Consultation"
    _inherit = ["medical.consultation.entry"]

    reason = fields.Text(required=True, readonly=True)
    signed_by_id = fields.Many2one(
        comodel_name="res.users",
        string="Had Been Signed By",
        readonly=True,
        ondelete="restrict",
    )
    date_signed = fields.Datetime(string="Had Been Signed", readonly=True)
    snapshot = fields.Json(required=True, readonly=True)
    comparison = fields.Html(
        compute="_compute_comparison",
        sanitize=False,
        help="What this version said, and what the next one says.",
    )

    # === COMPUTE METHODS === #

    @api.depends("consultation_id", "date_signed")
    def _compute_display_name(self):
        for amendment in self:
            amendment.display_name = self.env._(
                "%(visit)s as signed %(date)s",
                visit=amendment.consultation_id.name,
                date=format_datetime(self.env, amendment.date_signed),
            )

    @api.depends("snapshot", "consultation_id")
    def _compute_comparison(self):
        for visit, amendments in self.grouped("consultation_id").items():
            later = self.sudo().search(
                [("consultation_id", "=", visit.id)], order="id desc"
            )
            after = self._take_snapshot(visit)
            snapshots = {}
            for amendment in later:
                snapshots[amendment.id] = (amendment.snapshot, after)
                after = amendment.snapshot
            for amendment in amendments:
                amendment.comparison = self.env["ir.qweb"]._render(
                    "medical_records.medical_consultation_amendment_comparison",
                    {"groups": self._compare(*snapshots[amendment.id])},
                )

    # === BUSINESS METHODS === #

    @api.model
    def _take_snapshot(self, visit):
        """Return all that a visit says, ready to be stored as JSON.

        :param visit: a `medical.consultation`
        :return: ``story`` (values of the visit), ``parts`` (a list of values for each
            part, with its model, id and words) and ``files``
        :rtype: dict
        """
        visit = visit.sudo()
        parts = []
        for field_name in visit._get_part_fields():
            for part in visit[field_name]:
                parts.append(
                    {
                        "model": part._name,
                        "id": part.id,
                        "title": part.display_name,
                        "values": self._get_snapshot_values(part),
                    }
                )
        owners = [visit, *(visit[name] for name in visit._get_part_fields())]
        files = self.env["ir.attachment"].sudo()
        for owner in owners:
            files |= files.search(
                [
                    ("res_model", "=", owner._name),
                    ("res_id", "in", owner.ids),
                ]
            )
        return {
            "story": self._get_snapshot_values(visit),
            "parts": parts,
            "files": [
                {"id": file.id, "name": file.name, "checksum": file.checksum}
                for file in files
            ],
        }

    @api.model
    def _get_snapshot_values(self, record):
        """Return the stored values of a record by field, in words.

        :rtype: dict
        """
        values = {}
        for name, field in record._fields.items():
            if (
                not field.store
                or name in NOT_IN_SNAPSHOTS
                or name in record._get_fields_left_out_of_snapshots()
                or (field.compute and field.readonly and name != record._rec_name)
                or field.type in ("one2many", "binary", "json")
            ):
                continue
            value = record[name]
            if field.relational:
                value = value.mapped("display_name")
            elif value and field.type == "date":
                value = fields.Date.to_string(value)
            elif value and field.type == "datetime":
                value = fields.Datetime.to_string(value)
            elif value and field.type == "html":
                value = str(value)
            values[name] = value
        return values

    @api.model
    def _compare(self, before, after):
        """Return what differs between two snapshots, as people read it.

        :param dict before: the older snapshot
        :param dict after: the newer one
        :return: groups with a ``title``, a ``change`` (changed, added, removed) and
            ``rows`` of a label, the older and the newer value
        :rtype: list[dict]
        """
        groups = []
        story = self._compare_values(
            "medical.consultation", before["story"], after["story"]
        )
        if story:
            groups.append(
                {"title": self.env._("Visit"), "change": "changed", "rows": story}
            )
        old_parts, new_parts = (
            {(part["model"], part["id"]): part for part in snapshot["parts"]}
            for snapshot in (before, after)
        )
        for key in old_parts | new_parts:
            old, new = old_parts.get(key), new_parts.get(key)
            rows = self._compare_values(
                key[0], (old and old["values"]) or {}, (new and new["values"]) or {}
            )
            if rows:
                groups.append(
                    {
                        "title": (new or old)["title"],
                        "change": (
                            "added" if not old else "removed" if not new else "changed"
                        ),
                        "rows": rows,
                    }
                )
        files = self._compare_files(before["files"], after["files"])
        if files:
            groups.append(
                {"title": self.env._("Files"), "change": "changed", "rows": files}
            )
        return groups

    @api.model
    def _compare_values(self, model, before, after):
        rows = []
        # A model or field may be gone with its module: then its name has to do.
        model_fields = self.env[model]._fields if model in self.env else {}
        for name in before | after:
            old, new = before.get(name), after.get(name)
            if (old or False) == (new or False):
                continue
            field = model_fields.get(name)
            label = field._description_string(self.env) if field else name
            old, new = self._in_words(field, old), self._in_words(field, new)
            rows.append((label, *mark_changes(old, new)))
        return rows

    @api.model
    def _compare_files(self, before, after):
        old, new = ({file["id"]: file["name"] for file in s} for s in (before, after))
        return [
            (self.env._("File"), *mark_changes(old.get(key, ""), new.get(key, "")))
            for key in old | new
            if old.get(key) != new.get(key)
        ]

    @api.model
    def _in_words(self, field, value):
        """Return the value of a snapshot as the user reads it.

        :rtype: str
        """
        if value is None or value is False or value == []:
            return ""
        if value is True:
            return self.env._("Yes")
        if isinstance(value, list):
            return ", ".join(value)
        if field and field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, value)
        if field and field.type == "datetime":
            return format_datetime(self.env, value)
        if field and field.type == "date":
            return format_date(self.env, value)
        if isinstance(value, float):
            return f"{value:.10g}"
        return str(value)
