from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.service.model import get_public_method
from odoo.tests import tagged

from . import rights
from .rights_common import ADDON, RightsCommon

CRUD = ("create", "write", "unlink")


@tagged("post_install", "-at_install")
class TestRightsMethods(RightsCommon):
    """Who may call which method by name: what `rights.METHODS` says, and no others."""

    @classmethod
    def _iterate(cls):
        """Yield model, method and the least role that may call it."""
        for model, rows in rights.METHODS.items():
            for line in rows.strip().splitlines():
                method, role = line.split()
                yield model, method, role

    def _get_public_methods(self):
        """Yield the methods that classes of this addon open to remote calls."""
        for name, model in self.registry.items():
            if model._abstract:
                continue
            for part in model.mro():
                if not part.__module__.startswith(f"odoo.addons.{ADDON}."):
                    continue
                for attribute, value in vars(part).items():
                    if (
                        not attribute.startswith("_")
                        and attribute not in CRUD
                        and callable(getattr(part, attribute))
                        and not getattr(value, "_api_private", False)
                    ):
                        yield f"{name}.{attribute}"

    def test_every_public_method_has_its_row(self):
        methods = set(self._get_public_methods())
        rows = {f"{model}.{method}" for model, method, _role in self._iterate()}
        self.assertFalse(
            methods - rows,
            "Say in METHODS of tests/rights.py who may call these new methods, or "
            "begin their names with an underscore.",
        )
        self.assertFalse(
            rows - methods, "These rows of tests/rights.py have no such method."
        )
        self.assertLessEqual(
            {role for *_names, role in self._iterate()}, {*rights.ROLES}
        )

    # === WHAT THEY ARE CALLED ON === #

    def _prepare_call(self, model, method, user):
        """Return the records to call a method on, and what else to say."""
        clinic = self.clinics["own"]
        line = clinic.begun.line_ids[:1]
        if model == "medical.consultation":
            if method == "action_undo_arrival":
                clinic.draft.sudo().action_arrive()
            elif method == "action_override_allergy":
                self._create_line_not_tolerated(clinic)
            elif method == "action_add_plan_sessions":
                self._create_accepted_plan(clinic)
            elif method == "action_renew_plan":
                self._create_accepted_plan(clinic).line_ids.sessions = 1
                clinic.begun.sudo().action_add_plan_sessions()
            elif method == "action_reinstate":
                clinic.draft.sudo()._action_cancel("clinic")
            visits = {
                "action_arrive": clinic.draft,
                "action_undo_arrival": clinic.draft,
                "action_start": clinic.draft,
                "action_cancel": clinic.draft,
                "action_reinstate": clinic.draft,
                "action_amend": clinic.signed,
                "action_add_addendum": clinic.signed,
                # The visit before it was signed, with lines to repeat.
                "action_repeat_last_visit": clinic.amended,
                "action_view_amendments": clinic.amended,
            }
            return visits.get(method, clinic.begun), self._get_arguments(method)
        if method == "action_override_allergy" and model != "medical.consultation":
            line = self._create_line_not_tolerated(clinic)
        records = {
            "medical.consultation.line": line,
            "res.partner": clinic.patient,
        }
        if model == "medical.treatment.plan":
            records[model] = self._create_plan_for(method, clinic)
        record = records.get(model)
        if record is None:
            record = (
                self.swab
                if model.startswith("product.")
                else self._create_specimen(model, "own", user)
            )
        return record, self._get_arguments(method)

    def _create_plan_for(self, method, clinic):
        """Create a plan that has come as far as a method needs it."""
        if method in ("action_propose", "action_view_consultations", "default_get"):
            vals = self._prepare_medical_treatment_plan_vals(clinic)
            return self.env["medical.treatment.plan"].create(vals)
        if method in ("action_schedule", "action_renew", "action_view_renewals"):
            return self._create_accepted_plan(clinic)
        return self._create_proposed_plan(clinic)

    @staticmethod
    def _get_arguments(method):
        return {"name_search": ["J11"], "default_get": [["name"]]}.get(method, [])

    def _call_method(self, model, method, user):
        record, arguments = self._prepare_call(model, method, user)
        function = get_public_method(self.env[model], method)
        if not getattr(function, "_api_model", False):
            arguments = [record.ids, *arguments]
        return lambda: self._rpc(user, model, method, *arguments)

    # === WHO CALLS THEM === #

    def test_each_role_calls_what_the_table_says(self):
        problems = []
        for model, method, least in self._iterate():
            for role in self._get_roles_from(least):
                with self._undone():
                    call = self._call_method(model, method, self.users[role])
                    error = self._try(call)
                if error:
                    problems.append((role, "cannot", model, method, error))
        self._assert_none(problems)

    def test_no_role_calls_more_and_nothing_changes(self):
        problems = []
        for model, method, least in self._iterate():
            for role in self._get_roles_below(least):
                with self._undone():
                    call = self._call_method(model, method, self.users[role])
                    before = self._take_fingerprint()
                    try:
                        call()
                        problems.append((role, "may call", model, method))
                    except AccessError:
                        # Not even what a transaction undoes was done before.
                        if self._take_fingerprint() != before:
                            problems.append((role, "changes by", model, method))
                    except Exception as error:
                        problems.append((role, "gets", model, method, error))
        self._assert_none(problems)

    def _take_fingerprint(self):
        """Return what all tables of the records say, in short."""
        self.env.flush_all()
        tables = {
            self.env[model]._table
            for model in self._get_addon_models()
            if self.env[model]._auto
        } | {"res_partner", "mail_message", "mail_activity", "ir_attachment"}
        fingerprint = {}
        for table in sorted(tables):
            self.env.cr.execute(
                f"SELECT md5(string_agg(t::text, '' ORDER BY id)) FROM {table} t"
            )
            fingerprint[table] = self.env.cr.fetchone()[0]
        return fingerprint

    def test_medics_sign_and_amend_own_visits_only(self):
        clinic = self.clinics["own"]
        dialog = self.env["medical.consultation.amend"].with_user(self.other_medic)
        dialog = dialog.create(
            {"consultation_ids": [Command.set(clinic.signed.ids)], "reason": "Mine"}
        )
        for model, record, method in (
            ("medical.consultation", clinic.begun, "action_sign"),
            ("medical.consultation", clinic.signed, "action_amend"),
            ("medical.consultation.amend", dialog, "action_confirm"),
        ):
            with self.subTest(model=model, method=method):
                self.assertIsInstance(
                    self._try(
                        lambda model=model, record=record, method=method: self._rpc(
                            self.other_medic, model, method, record.ids
                        )
                    ),
                    AccessError,
                )
        self.assertEqual(clinic.begun.state, "in_progress")
        self.assertEqual(clinic.signed.state, "signed")

    def test_nobody_acts_on_visits_of_another_company(self):
        foreign = self.clinics["foreign"]
        problems = []
        for model, method, least in self._iterate():
            records = {
                "medical.consultation": foreign.draft,
                "medical.consultation.line": foreign.line,
                "medical.treatment.plan": self._create_plan_for(method, foreign),
            }
            if model not in records or least == rights.PORTAL:
                continue
            error = self._try(
                lambda model=model, method=method, record=records[model]: self._rpc(
                    self.administrator, model, method, record.ids
                )
            )
            if not isinstance(error, AccessError):
                problems.append((model, method, error))
        for model, vals in (
            (
                "medical.consultation.amend",
                self._prepare_medical_consultation_amend_vals(foreign),
            ),
            (
                "medical.consultation.cancel",
                self._prepare_medical_consultation_cancel_vals(foreign),
            ),
            (
                "medical.consultation.line.override",
                self._prepare_medical_consultation_line_override_vals(foreign),
            ),
            (
                "medical.consultation.line.record",
                self._prepare_medical_consultation_line_record_vals(foreign),
            ),
            (
                "medical.treatment.plan.accept",
                self._prepare_medical_treatment_plan_accept_vals(foreign),
            ),
            (
                "medical.treatment.plan.close",
                self._prepare_medical_treatment_plan_close_vals(foreign),
            ),
            (
                "medical.treatment.plan.schedule",
                self._prepare_medical_treatment_plan_schedule_vals(foreign),
            ),
        ):

            def confirm(model=model, vals=vals):
                dialog = self._rpc(self.administrator, model, "create", vals)
                self._rpc(self.administrator, model, "action_confirm", [dialog])

            error = self._try(confirm)
            if not isinstance(error, AccessError):
                problems.append((model, "action_confirm", error))
        self._assert_none(problems)

    def test_dialogs_show_nothing_of_an_order_of_another_company(self):
        foreign = self.clinics["foreign"]
        foreign.line.with_user(self.stranger).result = "HIV positive"
        drug = self._create_line_not_tolerated(foreign)
        plan = self._create_accepted_plan(foreign)
        for model, values, name in (
            (
                "medical.consultation.line.record",
                {"line_id": foreign.line.id, "date_done": "2026-03-02"},
                "previous_result",
            ),
            (
                "medical.consultation.line.override",
                {"line_id": drug.id, "reason": "x"},
                "allergy_alert",
            ),
            (
                "medical.treatment.plan.accept",
                {"plan_ids": [Command.set(plan.ids)]},
                "accepted_by",
            ),
            (
                "medical.treatment.plan.close",
                {"plan_ids": [Command.set(plan.ids)], "reason": "reached"},
                "sessions_scheduled",
            ),
        ):
            specification = {field: {} for field in (name, next(iter(values)))}

            def read(model=model, values=values, name=name):
                dialog = self._rpc(self.administrator, model, "create", values)
                self._rpc(self.administrator, model, "read", [dialog], [name])

            def ask(model=model, values=values, specification=specification):
                self._rpc(
                    self.administrator, model, "onchange", [], values, [], specification
                )

            for deed in (read, ask):
                with self.subTest(model=model, deed=deed.__name__):
                    self.assertIsInstance(self._try(deed), AccessError)

    def test_appointments_of_another_company_are_not_proposed(self):
        foreign = self.clinics["foreign"]
        model = "medical.treatment.plan.schedule"
        vals = self._prepare_medical_treatment_plan_schedule_vals(foreign)

        def ask():
            self._rpc(
                self.administrator,
                model,
                "onchange",
                [],
                {**vals, "visit_ids": []},
                ["date"],
                {"plan_id": {}, "visit_ids": {"fields": {"date": {}}}},
            )

        def read():
            dialog = self._rpc(self.administrator, model, "create", vals)
            rows = self.env[model].browse(dialog).sudo().visit_ids
            self._rpc(self.administrator, rows._name, "read", rows.ids, ["warning"])

        for deed in (ask, read):
            with self.subTest(deed.__name__):
                self.assertIsInstance(self._try(deed), AccessError)

    def test_nobody_learns_who_is_a_patient_by_asking_for_somebody_else(self):
        patient = self.clinics["own"].patient
        contact = self._create_partner(name="Nobody's patient")
        for user in (self.internal, self.portal):
            views = [
                self._rpc(
                    user,
                    "res.partner",
                    "get_formview_id",
                    record.ids,
                    access_uid=self.reception.id,
                )
                for record in (patient, contact)
            ]
            self.assertEqual(views[0], views[1])
        page = self.env.ref("medical_records.res_partner_view_form_patient").id
        self.assertEqual(
            self._rpc(self.reception, "res.partner", "get_formview_id", patient.ids),
            page,
        )
