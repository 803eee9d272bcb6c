from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from . import rights
from .rights_common import RightsCommon

# What the test changes in a record of each model.
CHANGES = {
    "medical.configuration.check": {"sequence": 5},
    "medical.code.system": {"version": "2"},
    "medical.code": {"name": "Changed"},
    "medical.code.import": {"filename": "changed.csv"},
    "medical.location": {"name": "Changed"},
    "medical.product.component": {"quantity": 2},
    "medical.visit.type": {"name": "Changed"},
    "medical.visit.type.fee": {"product_id": None},
    "medical.partner.relation": {"note": "Changed"},
    "medical.consultation": {"duration": 1.0},
    "medical.consultation.line": {"note": "Changed"},
    "medical.diagnosis": {"note": "Changed"},
    "medical.vital.sign": {"value": 72},
    "medical.condition": {"note": "Changed"},
    "medical.allergy": {"reaction": "Changed"},
    "medical.consultation.template": {"name": "Changed"},
    "medical.consultation.template.line": {"note": "Changed"},
    "medical.consultation.amendment": {"reason": "Changed"},
    "medical.consultation.addendum": {"text": "Changed"},
    "medical.consultation.line.event": {"note": "Changed"},
    "medical.consultation.amend": {"reason": "Changed"},
    "medical.consultation.cancel": {"note": "Changed"},
    "medical.consultation.line.override": {"reason": "Changed"},
    "medical.consultation.line.record": {"result": "Changed"},
    "medical.make.patient": {"partner_ids": []},
    "medical.treatment.plan": {"date_start": "2026-04-01"},
    "medical.treatment.plan.line": {"note": "Changed"},
    "medical.treatment.plan.template": {"name": "Changed"},
    "medical.treatment.plan.template.line": {"note": "Changed"},
    "medical.treatment.plan.accept": {"accepted_by": "Changed"},
    "medical.treatment.plan.close": {"note": "Changed"},
    "medical.treatment.plan.schedule": {"duration": 1.0},
    "medical.treatment.plan.schedule.visit": {"is_chosen": False},
}
KEPT = (
    "medical.consultation.amendment",
    "medical.consultation.addendum",
    "medical.consultation.line.event",
)


@tagged("post_install", "-at_install")
class TestRightsModels(RightsCommon):
    """Each role may do with each model what `rights.MODELS` says, and nothing else."""

    def _get_rows(self, model):
        """Return the rows of the table for a model: scopes by role and operation."""
        rows = {}
        for line in rights.MODELS[model].strip().splitlines():
            role, *scopes = line.split()
            rows[role] = dict(zip(rights.OPERATIONS, scopes, strict=True))
        return rows

    def _get_reading_doors(self, user, model, record):
        """Return the ways in which a client reads a record, by name."""
        ids = record.ids
        domain = [("id", "in", ids)]
        specification = {"display_name": {}}
        doors = {
            "read": lambda: self._rpc(user, model, "read", ids),
            "web_read": lambda: self._rpc(user, model, "web_read", ids, specification),
            "search_read": lambda: self._rpc(user, model, "search_read", domain),
            "web_search_read": lambda: self._rpc(
                user, model, "web_search_read", domain, specification
            )["records"],
            "search_count": lambda: self._rpc(user, model, "search_count", domain),
            "name_search": lambda: self._rpc(user, model, "name_search", "", domain),
            "formatted_read_group": lambda: self._rpc(
                user, model, "formatted_read_group", domain, [], ["__count"]
            )[0]["__count"],
        }
        if user != self.portal:
            doors["export_data"] = lambda: self._rpc(
                user, model, "export_data", ids, ["display_name"]
            )["datas"]
        return doors

    # These take ids: a record that may not be read is an error. The others search.
    DOORS_BY_ID = ("read", "web_read", "export_data")

    # === THE TABLE IS COMPLETE === #

    def test_every_model_has_its_rows(self):
        models = set(self._get_addon_models())
        self.assertFalse(
            models - set(rights.MODELS),
            "Say in MODELS of tests/rights.py who may do what with these new models, "
            "as the design says.",
        )
        self.assertFalse(
            set(rights.MODELS) - models, "These rows of tests/rights.py have no model."
        )
        for model in rights.MODELS:
            with self.subTest(model=model):
                self.assertEqual(tuple(self._get_rows(model)), rights.ROLES)
                for scopes in self._get_rows(model).values():
                    self.assertLessEqual(set(scopes.values()), set(rights.SCOPES))
        self.assertFalse(
            set(rights.MODELS) - set(CHANGES),
            "Say in CHANGES of tests/test_rights_models.py what to change in these.",
        )

    # === EACH RIGHT AND EACH REFUSAL === #

    def _iterate(self, operation):
        """Yield each role's right to each record, and undo what is done with it.

        :return: model, user, whose record it is, and the scope the table says
        """
        for model in rights.MODELS:
            for role, scopes in self._get_rows(model).items():
                for label in self._get_labels(model):
                    with self._undone():
                        yield model, self.users[role], label, scopes[operation]

    def test_each_role_reads_what_the_table_says(self):
        problems = []
        for model, user, label, scope in self._iterate("read"):
            record = self._create_specimen(model, label, user)
            for name, door in self._get_reading_doors(user, model, record).items():
                found = []
                error = self._try(lambda door=door, found=found: found.append(door()))
                if label in rights.SCOPES[scope]:
                    is_right = error is None and found[0]
                elif scope != "-" and name not in self.DOORS_BY_ID:
                    is_right = error is None and not found[0]
                else:
                    is_right = isinstance(error, AccessError)
                if not is_right:
                    problems.append((model, user.login, label, name, error or found))
        self._assert_none(problems)

    def _assert_each_role(self, operation, get_deed):
        """Assert that each role does, or is refused, an operation on each record.

        :param get_deed: called with user, model and label, returns what to do and
            what to ask afterwards whether it was done
        """
        problems = []
        for model, user, label, scope in self._iterate(operation):
            if operation == "create" and label != "own" and self._is_dialog(model):
                continue  # Whoever makes one is whose it is.
            deed, was_done = get_deed(user, model, label)
            if label in rights.SCOPES[scope]:
                error = None
                try:
                    deed()
                except Exception as caught:
                    error = caught
                is_right = error is None and was_done()
            else:
                error = self._try(deed)
                # A visit that has begun, or an entry that is kept, may refuse before
                # the right does.
                by_record = (label == "begun" and scope == "planned") or model in KEPT
                is_right = isinstance(error, UserError if by_record else AccessError)
            if not is_right:
                problems.append((operation, model, user.login, label, error))
        self._assert_none(problems)

    def test_each_role_creates_what_the_table_says(self):
        def get_deed(user, model, label):
            if label == "own":
                # Where a record belongs to a practitioner, it is the user's.
                self.clinics["own"].practitioner = user.partner_id
            vals = self._prepare_specimen_vals(model, label)
            created = []
            return (
                lambda: created.extend(self._rpc(user, model, "create", [vals])),
                lambda: created,
            )

        partner = self.medic.partner_id
        for user in self.users.values():
            user.partner_id.is_practitioner = True
        self.addCleanup(setattr, self.clinics["own"], "practitioner", partner)
        self._assert_each_role("create", get_deed)

    def test_each_role_writes_what_the_table_says(self):
        def get_deed(user, model, label):
            record = self._create_specimen(model, label, user)
            vals = dict(CHANGES[model])
            if vals == {"product_id": None}:
                vals = {"product_id": self.procedure.id}
            return (
                lambda: self._rpc(user, model, "write", record.ids, vals),
                lambda: True,
            )

        self._assert_each_role("write", get_deed)

    def test_each_role_deletes_what_the_table_says(self):
        def get_deed(user, model, label):
            record = self._create_specimen(model, label, user)
            return (
                lambda: self._rpc(user, model, "unlink", record.ids),
                lambda: not record.exists(),
            )

        self._assert_each_role("unlink", get_deed)

    def test_kept_entries_are_changed_and_deleted_by_nobody(self):
        for model in KEPT:
            record = self._create_specimen(model, "own", self.medic)
            for user in (
                self.medic,
                self.administrator,
                self.env.ref("base.user_root"),
            ):
                with self.subTest(model=model, user=user.login):
                    kept = record.with_user(user).sudo()
                    self.assertIsInstance(
                        self._try(lambda kept=kept, m=model: kept.write(CHANGES[m])),
                        UserError,
                    )
                    self.assertIsInstance(self._try(kept.unlink), UserError)
