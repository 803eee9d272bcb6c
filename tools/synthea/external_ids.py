"""Which row became which record: external ids of the module ``__synthea__``.

They are written in the same step as the records, so that a row is loaded or it is
not, whenever the work is stopped.
"""

from functools import partial

from odoo.tools import SQL

MODULE = "__synthea__"


class ExternalIds:
    """The external ids of this database: looked up in memory, written in bulk."""

    def __init__(self, env):
        self.env = env
        self._drop_dangling()
        self.ids = dict(
            env.execute_query(
                SQL("SELECT name, res_id FROM ir_model_data WHERE module = %s", MODULE)
            )
        )

    def __contains__(self, name):
        return name in self.ids

    def __getitem__(self, name):
        return self.ids[name]

    def find(self, names):
        """Return the ids of the records of those names that exist.

        :rtype: list[int]
        """
        return [self.ids[name] for name in names if name in self.ids]

    def _drop_dangling(self):
        """Forget records that the database deleted together with others."""
        models = self.env.execute_query(
            SQL("SELECT DISTINCT model FROM ir_model_data WHERE module = %s", MODULE)
        )
        for (model,) in models:
            self.env.execute_query(
                SQL(
                    """DELETE FROM ir_model_data WHERE module = %s AND model = %s
                       AND NOT EXISTS (SELECT FROM %s WHERE id = res_id)
                       RETURNING id""",
                    MODULE,
                    model,
                    SQL.identifier(self.env[model]._table),
                )
            )

    def create(self, model, names, vals_list):
        """Create records together with their external ids.

        :param model: the model, with the context to create in
        :param list names: an external id for each of the values
        :return: the records, in that order
        """
        records = model.create(vals_list)
        self.env["ir.model.data"].create(
            [
                {
                    "module": MODULE,
                    "name": name,
                    "model": model._name,
                    "res_id": record.id,
                    "noupdate": True,
                }
                for name, record in zip(names, records, strict=True)
            ]
        )
        # Known from the moment the step is committed; forgotten when it is not.
        created = dict(zip(names, records.ids, strict=True))
        self.env.cr.postcommit.add(partial(self.ids.update, created))
        return records
