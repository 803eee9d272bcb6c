import base64
import itertools
from contextlib import contextmanager
from types import SimpleNamespace

from odoo.fields import Command
from odoo.service.model import call_kw
from odoo.tools import mute_logger

from . import rights
from .common import MedicalRecordsCommon

ADDON = "medical_records"
# The rows of dialogs: of which dialog, and in which of its fields.
PARTS_OF_DIALOGS = {
    "medical.treatment.plan.schedule.visit": (
        "medical.treatment.plan.schedule",
        "visit_ids",
    ),
}


class RightsCommon(MedicalRecordsCommon):
    """A user of each role, two clinics, and in both a specimen of every model."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.biller = cls._create_user("biller", "medical_records.group_medical_user")
        cls.users = {
            rights.PORTAL: cls.portal,
            rights.INTERNAL: cls.internal,
            rights.DEMOGRAPHICS: cls.biller,
            rights.RECEPTION: cls.reception,
            rights.ASSISTANT: cls.assistant,
            rights.MEDIC: cls.medic,
            rights.ADMINISTRATOR: cls.administrator,
        }
        # With the right to export, it is the fields and records that are closed.
        internal_users = cls.env["res.users"].union(*cls.users.values()) - cls.portal
        export = cls.quick_ref("base.group_allow_export")
        internal_users.write({"group_ids": [Command.link(export.id)]})
        cls.numbers = itertools.count(1)
        cls.other_company = cls._create_company(name="Other clinic")
        cls.stranger = cls._create_medic(
            "stranger",
            company_id=cls.other_company.id,
            company_ids=[Command.set(cls.other_company.ids)],
        )
        cls.clinics = {
            "own": cls._create_clinic(cls.env.company, cls.medic),
            "colleague": cls._create_clinic(cls.env.company, cls.other_medic),
            "foreign": cls._create_clinic(cls.other_company, cls.stranger),
        }
        cls.clinics["begun"] = cls.clinics["colleague"]
        cls.clinics["shared"] = SimpleNamespace(
            company=cls.env["res.company"],
            practitioner=cls.env["res.partner"],
            user=cls.other_medic,
        )
        cls.env.flush_all()

    @classmethod
    def _create_clinic(cls, company, user):
        """Create what the specimens of a company hang on."""
        clinic = SimpleNamespace(
            company=company, user=user, practitioner=user.partner_id
        )
        clinic.patient = cls._create_patient(
            name=f"Patient of {company.name}", company_id=company.id
        )
        visits = cls.env["medical.consultation"].create(
            [
                {
                    "patient_id": clinic.patient.id,
                    "practitioner_id": clinic.practitioner.id,
                    "company_id": company.id,
                    "date": f"2026-03-02 {hour:02}:00:00",
                    "reason": "Cough",
                    "history": "Coughs",
                    "weight": 70,
                    "line_ids": [
                        Command.create({"name": "Rest", "kind": "other"}),
                        Command.create({"product_id": cls.lab_test.id}),
                    ],
                }
                for hour in (8, 9, 10, 11)
            ]
        )
        clinic.draft, clinic.begun, clinic.signed, clinic.amended = visits
        clinic.line = clinic.draft.line_ids[0]
        clinic.begun.sudo().action_start()
        for visit in clinic.signed | clinic.amended:
            visit.with_user(user).action_sign()
        clinic.amendment = clinic.amended.sudo()._action_amend("A mistake")
        clinic.signed.line_ids[1].with_user(user).result = "Normal"
        clinic.event = clinic.signed.line_ids.event_ids
        assert len(clinic.event) == 1
        return clinic

    # === SPECIMENS === #

    @classmethod
    def _get_addon_models(cls):
        """Return the names of the models that this addon makes, abstract ones aside."""
        return sorted(
            name
            for name, model in cls.registry.items()
            if model._original_module == ADDON and not model._abstract
        )

    @classmethod
    def _get_labels(cls, model):
        """Return whose specimens of a model there are; see `rights.SCOPES`."""
        labels = ["own", "colleague"]
        if model == "medical.consultation":
            labels.append("begun")
        if model in cls._models_that_may_be_shared():
            labels.append("shared")
        if not cls._is_dialog(model):
            labels.append("foreign")
        return labels

    @classmethod
    def _is_dialog(cls, model):
        """Whether the records of a model are whose who makes them."""
        return cls.env[model]._transient and "company_id" not in cls.env[model]

    @classmethod
    def _models_that_may_be_shared(cls):
        return (
            "medical.product.component",
            "medical.visit.type",
            "medical.visit.type.fee",
            "medical.partner.relation",
            "medical.consultation.template",
            "medical.consultation.template.line",
            "medical.treatment.plan.template",
            "medical.treatment.plan.template.line",
        )

    def _create_specimen(self, model, label, user):
        """Create a record of a model.

        :param label: whose it is
        :param user: who stands for "own" where a record belongs to who made it
        """
        clinic = self.clinics[label]
        if model in PARTS_OF_DIALOGS:
            dialog, name = PARTS_OF_DIALOGS[model]
            return self._create_specimen(dialog, label, user)[name]
        if model in self._specimens_of_clinics():
            return self._specimens_of_clinics()[model](clinic)
        colleague = self.stranger if label == "foreign" else self.other_medic
        creator = user if label == "own" else colleague
        records = self.env[model].with_user(creator).sudo()
        record = records.create(self._prepare_specimen_vals(model, label))
        if label == "begun":
            record.action_start()
        return record.with_env(self.env)

    @classmethod
    def _specimens_of_clinics(cls):
        """Return the models whose records nobody makes by hand."""
        return {
            "medical.consultation.amendment": lambda clinic: clinic.amendment,
            "medical.consultation.line.event": lambda clinic: clinic.event,
            "medical.vital.sign": lambda clinic: clinic.draft.env[
                "medical.vital.sign"
            ].search([("consultation_id", "=", clinic.draft.id)]),
        }

    def _prepare_specimen_vals(self, model, label):
        """Return the values to create a record of a model with, whatever it takes."""
        prepare = getattr(self, f"_prepare_{model.replace('.', '_')}_vals", None)
        self.assertTrue(
            prepare, f"Say in tests/rights_common.py how to create a {model}."
        )
        return prepare(self.clinics[label])

    def _prepare_medical_code_system_vals(self, clinic):
        return {"name": f"System {next(self.numbers)}"}

    def _prepare_medical_code_vals(self, clinic):
        return {
            "code": f"T{next(self.numbers)}",
            "name": "Specimen",
            "system_id": self.code_system.id,
        }

    def _prepare_medical_code_import_vals(self, clinic):
        return {
            "system_id": self.code_system.id,
            "file": base64.b64encode(b"code,name\nX1,Test\n").decode(),
            "filename": "codes.csv",
        }

    def _prepare_medical_location_vals(self, clinic):
        return {"name": "Room", "company_id": clinic.company.id}

    def _prepare_medical_product_component_vals(self, clinic):
        product = self._create_medical_product("Made", company_id=clinic.company.id)
        return {
            "product_tmpl_id": product.product_tmpl_id.id,
            "product_id": self.swab.id,
            "quantity": 1,
        }

    def _prepare_medical_visit_type_vals(self, clinic):
        return {"name": "Follow-up", "company_id": clinic.company.id}

    def _prepare_medical_visit_type_fee_vals(self, clinic):
        visit_type = self.env["medical.visit.type"].create(
            self._prepare_medical_visit_type_vals(clinic)
        )
        return {
            "visit_type_id": visit_type.id,
            "practitioner_id": self.medic.partner_id.id,
            "product_id": self.fee.id,
        }

    def _prepare_medical_partner_relation_vals(self, clinic):
        patient = self._create_patient(name="Child", company_id=clinic.company.id)
        return {
            "partner_id": patient.id,
            "related_partner_id": self.other_patient.id,
            "relationship": "parent",
        }

    def _prepare_medical_consultation_vals(self, clinic):
        return {
            "patient_id": clinic.patient.id,
            "practitioner_id": clinic.practitioner.id,
            "company_id": clinic.company.id,
            "date": "2026-03-05 08:00:00",
        }

    def _prepare_medical_consultation_line_vals(self, clinic):
        return {
            "consultation_id": clinic.draft.id,
            "name": "Syrup",
            "kind": "medication",
        }

    def _prepare_medical_diagnosis_vals(self, clinic):
        return {"consultation_id": clinic.draft.id, "code_id": self.code_flu.id}

    def _prepare_medical_condition_vals(self, clinic):
        return {"patient_id": clinic.patient.id, "code_id": self.code_flu.id}

    def _prepare_medical_allergy_vals(self, clinic):
        return {"patient_id": clinic.patient.id, "substance": "Latex"}

    def _prepare_medical_consultation_template_vals(self, clinic):
        return {
            "name": "Cold",
            "practitioner_id": clinic.practitioner.id,
            "company_id": clinic.company.id,
        }

    def _prepare_medical_consultation_template_line_vals(self, clinic):
        template = self.env["medical.consultation.template"].create(
            self._prepare_medical_consultation_template_vals(clinic)
        )
        return {"template_id": template.id, "name": "Syrup", "kind": "medication"}

    def _prepare_medical_consultation_amendment_vals(self, clinic):
        return {
            "consultation_id": clinic.signed.id,
            "reason": "A mistake",
            "snapshot": {"story": {}, "parts": [], "files": []},
        }

    def _prepare_medical_consultation_addendum_vals(self, clinic):
        return {"consultation_id": clinic.signed.id, "text": "He called again."}

    def _prepare_medical_consultation_line_event_vals(self, clinic):
        line = clinic.signed.line_ids[:1]
        return {"consultation_id": clinic.signed.id, "line_id": line.id, "kind": "done"}

    def _prepare_medical_vital_sign_vals(self, clinic):
        return {"consultation_id": clinic.draft.id, "sign": "weight", "value": 71}

    def _prepare_medical_consultation_amend_vals(self, clinic):
        return {
            "consultation_ids": [Command.set(clinic.signed.ids)],
            "reason": "A mistake",
        }

    def _prepare_medical_consultation_cancel_vals(self, clinic):
        return {"consultation_ids": [Command.set(clinic.draft.ids)], "reason": "clinic"}

    def _prepare_medical_consultation_line_override_vals(self, clinic):
        line = self._create_line_not_tolerated(clinic)
        return {"line_id": line.id, "reason": "There is nothing else."}

    def _create_line_not_tolerated(self, clinic):
        """Create a drug in a visit that its patient does not tolerate."""
        self.env["medical.allergy"].create(
            {"patient_id": clinic.patient.id, "substance": "Penicillin"}
        )
        return self.env["medical.consultation.line"].create(
            {
                "consultation_id": clinic.begun.id,
                "name": "Penicillin",
                "kind": "medication",
            }
        )

    def _prepare_medical_consultation_line_record_vals(self, clinic):
        return {"line_id": clinic.line.id, "quantity": 1.0}

    def _prepare_medical_treatment_plan_vals(self, clinic):
        return {
            "patient_id": clinic.patient.id,
            "practitioner_id": clinic.practitioner.id,
            "company_id": clinic.company.id,
            "title": "Knee",
            "line_ids": [
                Command.create({"product_id": self.procedure.id, "sessions": 3})
            ],
        }

    def _prepare_medical_treatment_plan_line_vals(self, clinic):
        plan = self.env["medical.treatment.plan"].create(
            self._prepare_medical_treatment_plan_vals(clinic)
        )
        return {"plan_id": plan.id, "product_id": self.lab_test.id}

    def _prepare_medical_treatment_plan_template_vals(self, clinic):
        return {
            "name": "Knee",
            "practitioner_id": clinic.practitioner.id,
            "company_id": clinic.company.id,
        }

    def _prepare_medical_treatment_plan_template_line_vals(self, clinic):
        template = self.env["medical.treatment.plan.template"].create(
            self._prepare_medical_treatment_plan_template_vals(clinic)
        )
        return {"template_id": template.id, "product_id": self.lab_test.id}

    def _create_proposed_plan(self, clinic):
        plan = (
            self.env["medical.treatment.plan"]
            .sudo()
            .create(self._prepare_medical_treatment_plan_vals(clinic))
        )
        plan.action_propose()
        return plan

    def _create_accepted_plan(self, clinic):
        plan = self._create_proposed_plan(clinic)
        plan.action_accept()
        return plan

    def _prepare_medical_treatment_plan_accept_vals(self, clinic):
        plan = self._create_proposed_plan(clinic)
        return {"plan_ids": [Command.set(plan.ids)], "accepted_by": "A parent"}

    def _prepare_medical_treatment_plan_close_vals(self, clinic):
        plan = self._create_proposed_plan(clinic)
        return {"plan_ids": [Command.set(plan.ids)], "reason": "patient"}

    def _prepare_medical_treatment_plan_schedule_vals(self, clinic):
        return {
            "plan_id": self._create_accepted_plan(clinic).id,
            "practitioner_id": clinic.practitioner.id,
            "date": "2026-03-05 08:00:00",
            "duration": 0.5,
            "visit_ids": [
                Command.create({"position": 0, "date": "2026-03-05 08:00:00"})
            ],
        }

    def _prepare_medical_treatment_plan_schedule_visit_vals(self, clinic):
        schedule = self.env["medical.treatment.plan.schedule"].create(
            self._prepare_medical_treatment_plan_schedule_vals(clinic)
        )
        return {
            "schedule_id": schedule.id,
            "position": 1,
            "date": "2026-03-05 08:00:00",
        }

    def _prepare_medical_configuration_check_vals(self, clinic):
        return {"company_id": clinic.company.id, "key": "visit_types"}

    def _prepare_medical_make_patient_vals(self, clinic):
        contact = self._create_partner(name="Somebody")
        return {"partner_ids": [Command.set(contact.ids)]}

    # === REMOTE CALLS === #

    def _rpc(self, user, model, method, *args, **kwargs):
        """Call a method as a remote client does, with nothing read before."""
        self.env.flush_all()
        self.env.invalidate_all()
        records = self.env(user=user.id, su=False, context={})[model]
        result = call_kw(records, method, list(args), kwargs)
        self.env.flush_all()
        return result

    @contextmanager
    def _undone(self):
        """Undo at the end what happens inside."""
        savepoint = self.env.cr.savepoint()
        try:
            with mute_logger(
                "odoo.sql_db",
                "odoo.addons.base.models.ir_model",
                "odoo.addons.base.models.ir_rule",
                "odoo.models",
            ):
                yield
        finally:
            savepoint.close(rollback=True)
            self.env.invalidate_all()

    def _try(self, deed):
        """Do something and undo it.

        :param deed: a function without arguments
        :return: what it raised, or None
        """
        with self._undone():
            try:
                deed()
            except Exception as error:
                return error
        return None

    @classmethod
    def _get_roles_below(cls, least):
        """Return the roles that have less rights than a role."""
        if least == rights.NOBODY:
            return rights.ROLES
        return rights.ROLES[: rights.ROLES.index(least)]

    @classmethod
    def _get_roles_from(cls, least):
        """Return a role and those that have more rights."""
        if least == rights.NOBODY:
            return ()
        return rights.ROLES[rights.ROLES.index(least) :]

    def _assert_none(self, problems):
        """Assert that nothing was found, and otherwise show all of it."""
        lines = [str(problem)[:300] for problem in problems]
        self.assertFalse(lines, "\n".join(["", *lines]))
