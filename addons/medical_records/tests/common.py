import re
from unittest.mock import patch

from odoo.fields import Command, Datetime
from odoo.service.model import call_kw
from odoo.tests import new_test_user
from odoo.tools import mute_logger

from odoo.addons.product.tests.common import ProductCommon


class MedicalRecordsCommon(ProductCommon):
    """A small clinic: one user of each role, two patients, and factories."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.uom_milliliter = cls.quick_ref("uom.product_uom_milliliter")
        cls.uom_litre = cls.quick_ref("uom.product_uom_litre")
        cls.reception = cls._create_user("reception", "medical_records.group_reception")
        cls.assistant = cls._create_user("assistant", "medical_records.group_assistant")
        cls.medic = cls._create_medic("medic", license_number="LIC-1")
        cls.other_medic = cls._create_medic("other_medic", license_number="LIC-2")
        cls.administrator = cls._create_user(
            "administrator", "medical_records.group_medical_administrator"
        )
        cls.internal = cls._create_user("internal", "base.group_user")
        cls.portal = cls._create_user("portal", "base.group_portal")
        cls.patient = cls._create_patient(name="Ada Patient")
        cls.other_patient = cls._create_patient(name="Ben Patient")
        cls.fee = cls._create_medical_product("Visit", "consultation", 50.0)
        cls.procedure = cls._create_medical_product("Suture", "procedure", 120.0)
        cls.drug = cls._create_medical_product(
            "Tablet", "medication", 2.0, type="consu"
        )
        cls.swab = cls._create_medical_product("Swab", "consumable", 1.0, type="consu")
        cls.lab_test = cls._create_medical_product("Blood count", "laboratory", 30.0)
        cls.code_system = cls.env["medical.code.system"].create({"name": "Test codes"})
        cls.code_flu = cls._create_code("J11", "Influenza")
        cls.code_cough = cls._create_code("R05", "Cough")

    @classmethod
    def get_default_groups(cls):
        return super().get_default_groups() | cls.quick_ref(
            "medical_records.group_medical_administrator"
        )

    # === FACTORIES === #

    @classmethod
    def _create_user(cls, login, groups, **values):
        return new_test_user(
            cls.env,
            login=login,
            groups=groups,
            name=login.replace("_", " ").capitalize(),
            **{"company_id": cls.env.company.id, **values},
        )

    @classmethod
    def _create_medic(cls, login, license_number=False, **values):
        user = cls._create_user(login, "medical_records.group_medic", **values)
        user.partner_id.write(
            {"is_practitioner": True, "license_number": license_number}
        )
        return user

    @classmethod
    def _create_patient(cls, **values):
        return cls._create_partner(**{"is_patient": True, **values})

    @classmethod
    def _create_medical_product(cls, name, kind="procedure", price=100.0, **values):
        return cls._create_product(
            **{
                "name": name,
                "type": "service",
                "medical_kind": kind,
                "list_price": price,
                **values,
            }
        )

    @classmethod
    def _create_component(cls, product, component, quantity=1.0, **values):
        return cls.env["medical.product.component"].create(
            {
                "product_tmpl_id": product.product_tmpl_id.id,
                "product_id": component.id,
                "quantity": quantity,
                **values,
            }
        )

    @classmethod
    def _create_code(cls, code, name, **values):
        return cls.env["medical.code"].create(
            {"code": code, "name": name, "system_id": cls.code_system.id, **values}
        )

    @classmethod
    def _create_visit(cls, *lines, **values):
        """Create a visit of the medic with lines.

        :param lines: a product each, or the values of a line
        """
        return cls.env["medical.consultation"].create(
            {
                "patient_id": cls.patient.id,
                "practitioner_id": cls.medic.partner_id.id,
                "date": Datetime.to_datetime("2026-03-02 09:00:00"),
                "line_ids": [
                    Command.create(
                        line if isinstance(line, dict) else {"product_id": line.id}
                    )
                    for line in lines
                ],
                **values,
            }
        )

    @classmethod
    def _create_location(cls, name, site=None, **values):
        return cls.env["medical.location"].create(
            {"name": name, "parent_id": site and site.id, **values}
        )

    @classmethod
    def _create_line(cls, visit, product, quantity=1.0, **values):
        return cls.env["medical.consultation.line"].create(
            {
                "consultation_id": visit.id,
                "product_id": product.id,
                "quantity": quantity,
                **values,
            }
        )

    @classmethod
    def _sign(cls, visits, user=None):
        visits.with_user(user or cls.medic).action_sign()
        visits.env.invalidate_all()
        return visits

    @classmethod
    def _cancel(cls, visits, user=None, reason="patient", note=False):
        """Cancel visits through the dialog."""
        action = visits.with_user(user or cls.medic).action_cancel()
        cls._confirm(action, user or cls.medic, reason=reason, note=note)
        return visits

    @classmethod
    def _amend(cls, visits, user=None, reason="A mistake"):
        """Open signed visits again through the dialog."""
        action = visits.with_user(user or cls.medic).action_amend()
        cls._confirm(action, user or cls.medic, reason=reason)
        visits.env.invalidate_all()
        return visits

    @classmethod
    def _record(cls, line, user=None, **values):
        """Record something of a line through the dialog."""
        action = line.with_user(user or cls.assistant).action_record()
        cls._confirm(action, user or cls.assistant, **values)
        line.env.invalidate_all()
        return line

    @classmethod
    def _confirm(cls, action, user, **values):
        cls.env[action["res_model"]].with_user(user).with_context(
            **action["context"]
        ).create(values).action_confirm()

    # === HELPERS === #

    def _call(self, user, record, method, *args, **kwargs):
        """Call a method as a remote client of that user would."""
        self.env.invalidate_all()
        model = self.env[record._name].with_user(user)
        return call_kw(model, method, [record.ids, *args], kwargs)

    def _as(self, user, records):
        """Return records in the eyes of a user, nothing read before."""
        self.env.flush_all()
        self.env.invalidate_all()
        return records.with_user(user)

    def _assert_refused(self, error, deed, *args, **kwargs):
        """Assert that a deed raises, and that nothing stays of it."""
        with (
            self.assertRaises(error) as caught,
            self.env.cr.savepoint(),
            mute_logger("odoo.sql_db"),
        ):
            deed(*args, **kwargs)
            self.env.flush_all()
        self.env.invalidate_all()
        return str(caught.exception)

    def _open_checklist(self, user=None, company=None):
        """Open the checklist as the menu does; return its rows by key."""
        user = user or self.administrator
        self.env.flush_all()
        self.env.invalidate_all()
        company = company or self.env.company
        user.company_ids += company
        action = (
            self.env.ref("medical_records.medical_configuration_check_action_open")
            .with_user(user)
            .with_context(allowed_company_ids=company.ids)
            .run()
        )
        rows = (
            self.env["medical.configuration.check"]
            .with_user(user)
            .with_context(allowed_company_ids=company.ids)
            .search(action["domain"])
        )
        return {row.key: row for row in rows}

    def _count_queries(self, deed):
        """Return how many queries a deed costs when nothing was read before."""
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        deed()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def _count_per_record(self, deed, few, many):
        """Return how many queries each record beyond the first few costs.

        :param deed: called with a number of records
        """
        deed(few)  # what is read once and kept
        costs = {
            number: self._count_queries(lambda number=number: deed(number))
            for number in (few, many)
        }
        return (costs[many] - costs[few]) / (many - few)

    def _explain(self, sql):
        """Return PostgreSQL's plan of a query, as text."""
        self.env.flush_all()
        self.env.cr.execute("EXPLAIN " + sql.code, sql.params)
        return "\n".join(row[0] for row in self.env.cr.fetchall())

    def _get_plans(self, deed, table):
        """Return PostgreSQL's plan of each query on a table that a deed executes."""
        cursor_class = type(self.env.cr)
        execute = cursor_class.execute
        queries = []

        def record(cursor, query, params=None, *args, **kwargs):
            queries.append((query, params))
            return execute(cursor, query, params, *args, **kwargs)

        self.env.flush_all()
        self.env.invalidate_all()
        with patch.object(cursor_class, "execute", record):
            deed()
        plans = []
        for query, params in queries:
            code = getattr(query, "code", query)
            if "SELECT" in code and re.search(rf'(FROM|JOIN) "{table}"', code):
                self.env.cr.execute(
                    f"EXPLAIN {code}", getattr(query, "params", None) or params
                )
                plans.append("\n".join(line for (line,) in self.env.cr.fetchall()))
        return plans
