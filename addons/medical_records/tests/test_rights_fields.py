import base64
from functools import partial

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from ..models.medical_code_system import ATC_URI
from . import rights
from .rights_common import ADDON, RightsCommon

TEXTS = ("char", "text", "html", "binary", "json", "reference", "properties")
# Reception and billing open visits: there the groups of the fields are all there is.
OPEN_MODELS = ("medical.consultation",)
# Models that carry the fields of another one as their own.
DELEGATING = {"res.partner": "res.users", "product.template": "product.product"}
MARK = "ZZWRITTEN"
ONCE = "once:"
# Searched in Python, record by record and with the user's rights: where there is no
# such record, nothing is asked and nothing refused.
SEARCHED_IN_PYTHON = ("total_route_ids", "route_from_categ_ids")
DOORS_OF_CREATION = ("create", "create by default")


@tagged("post_install", "-at_install")
class TestRightsFields(RightsCommon):
    """Each role reads and writes the fields of `rights.FIELDS`, by every door."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.place = cls._create_location("Room")
        atc = cls.env["medical.code.system"].search([("uri", "=", ATC_URI)], limit=1)
        cls.atc_code = cls._create_code("Z01", "Class", system_id=atc.id)
        cls.visit_type = cls.env["medical.visit.type"].create({"name": "Follow-up"})
        cls.second_site = cls._create_second_site()
        # The patient is one of this company and has the portal user.
        cls.portal.partner_id.is_patient = True

    def setUp(self):
        super().setUp()
        self.specimens = {}

    @classmethod
    def _create_second_site(cls):
        """Create another company of everybody; one of others takes no visit."""
        company = cls._create_company(name="Second site")
        for user in cls.users.values():
            user.company_ids += company
        return company

    # === THE TABLE === #

    @classmethod
    def _get_rows(cls, model):
        """Return the rows of a model: the least reader and writer by field.

        A writer who writes but once, when making the record, has a mark before it.
        """
        rows = {}
        for line in rights.FIELDS.get(model, "").strip().splitlines():
            name, reader, writer = line.split()
            rows[name] = (reader, writer)
        return rows

    def _iterate(self):
        """Yield model, field name, least reader and least writer of each row."""
        for model in rights.FIELDS:
            for name, (reader, writer) in self._get_rows(model).items():
                yield model, name, reader, writer

    def _get_fields_that_need_a_row(self):
        for model_name, model in self.registry.items():
            if model._abstract:
                continue
            is_open = model._original_module != ADDON or model_name in OPEN_MODELS
            for name, field in model._fields.items():
                if (
                    ADDON in field._modules
                    and not field.inherited
                    and name not in ("create_uid", "create_date")
                    and name not in ("write_uid", "write_date")
                    and (is_open or field.type in TEXTS)
                ):
                    yield f"{model_name}.{name}"

    def test_every_restricted_field_has_its_row(self):
        needed = set(self._get_fields_that_need_a_row())
        rows = {f"{model}.{name}" for model, name, *_roles in self._iterate()}
        self.assertFalse(
            needed - rows,
            "Say in FIELDS of tests/rights.py who may read and write these new fields, "
            "as the design says.",
        )
        for model, name, *_roles in self._iterate():
            field = self.env[model]._fields.get(name)
            self.assertTrue(
                field and ADDON in field._modules,
                f"This row of tests/rights.py has no field: {model}.{name}",
            )
        roles = (*rights.ROLES, rights.NOBODY)
        for _model, _name, reader, writer in self._iterate():
            self.assertIn(reader, roles)
            writer = writer.removeprefix(ONCE)
            self.assertIn(writer, roles)
            self.assertGreaterEqual(roles.index(writer), roles.index(reader))

    # === SPECIMENS === #

    def _get_specimen(self, model, user):
        """Return a record of a model that the user reads, the same each time."""
        key = (model, user if user == self.portal or self._is_dialog(model) else None)
        if key not in self.specimens:
            self.specimens[key] = self._create_field_specimen(model, user)
        return self.specimens[key]

    def _create_field_specimen(self, model, user):
        if model == "res.partner":
            if user == self.portal:
                return self.portal.partner_id
            return self._create_patient(name="Eve Patient", birthdate="1990-01-01")
        if model == "product.template":
            return self.procedure.product_tmpl_id
        if model == "res.company":
            return self.env.company
        if model == "res.config.settings":
            return self.env[model].create({})
        if model == "medical.consultation":
            return self._create_visit(patient_id=self.patient.id)
        return self._create_specimen(model, "own", user)

    def _get_user_specimen(self, model, user):
        """Return what carries the fields of a model as its own."""
        if model == "res.users":
            return user
        return self.procedure

    # === READING === #

    def _get_reading_doors(self, user, record, name):
        """Return the ways in which a client can learn the value of a field."""
        model, ids = record._name, record.ids
        field = record._fields[name]
        domain = [("id", "in", ids)]
        is_moment = field.type in ("date", "datetime")
        grouping = f"{name}:month" if is_moment else name
        least = "2000-01-01" if is_moment else "" if field.type in TEXTS else 0

        def rpc(method, *args, **kwargs):
            return lambda: self._rpc(user, model, method, *args, **kwargs)

        doors = {
            "read": rpc("read", ids, [name]),
            "web_read": rpc("web_read", ids, {name: {}}),
            "search_read": rpc("search_read", domain, [name]),
            "web_search_read": rpc("web_search_read", domain, {name: {}}),
            "search": rpc("search", [(name, "!=", False)]),
            "search_count": rpc("search_count", [(name, "=", False)]),
            "name_search": rpc("name_search", "", [(name, "!=", False)]),
            "order": rpc("search_read", domain, ["id"], order=f"{name} desc"),
            "group": rpc("formatted_read_group", domain, [grouping], ["__count"]),
            "group of the list": rpc("web_read_group", domain, [grouping]),
            "order of groups": rpc(
                "formatted_read_group", domain, ["id"], ["__count"], order=f"{name}:max"
            ),
            "having": rpc(
                "formatted_read_group",
                domain,
                ["create_uid"],
                ["__count"],
                having=[(f"{name}:max", ">=", least)],
            ),
            "progress bar": rpc(
                "read_progress_bar", domain, "id", {"field": name, "colors": {}}
            ),
            "onchange": rpc("onchange", ids, {}, [], {name: {}}),
        }
        if field.type == "many2one":
            doors["search panel"] = rpc("search_panel_select_range", name)
        if field.translate:
            doors["translations"] = rpc("get_field_translations", ids, name)
        for aggregate in ("max", "sum", "array_agg", "count_distinct", "bool_or"):
            doors[aggregate] = rpc(
                "formatted_read_group", domain, [], [f"{name}:{aggregate}"]
            )
        if user != self.portal:
            doors["export"] = rpc("export_data", ids, [name])
        return doors

    def _get_open_doors(self, record, name):
        """Return the names of the doors that make sense for a field."""
        doors = self._get_reading_doors(self.env.ref("base.user_root"), record, name)
        return {
            door
            for door, deed in doors.items()
            if door == "export" or self._try(deed) is None
        }

    # Enough of them where it is the whole model that is closed.
    DOORS_OF_MODELS = (
        "read",
        "web_read",
        "search",
        "group",
        "export",
        "onchange",
        "translations",
    )

    def test_each_role_reads_what_the_table_says(self):
        problems = []
        for model, name, reader, _writer in self._iterate():
            for role in self._get_roles_from(reader):
                user = self.users[role]
                record = self._get_specimen(model, user)
                for door in ("read", "web_read", "search_read"):
                    deed = self._get_reading_doors(user, record, name)[door]
                    values = []
                    error = self._try(
                        lambda deed=deed, values=values: values.extend(deed())
                    )
                    if error or name not in values[0]:
                        problems.append((role, "cannot", door, model, name, error))
        self._assert_none(problems)

    def test_no_role_reads_more_by_any_door(self):
        problems = []
        used = set()
        for model, name, reader, _writer in self._iterate():
            makes_sense = self._get_open_doors(
                self._get_specimen(model, self.medic), name
            )
            self.assertIn("read", makes_sense)
            for role in self._get_roles_below(reader):
                user = self.users[role]
                record = self._get_specimen(model, user)
                tried = set(makes_sense)
                if not self._may_open(user, model):
                    tried &= set(self.DOORS_OF_MODELS)
                for door, deed in self._get_reading_doors(user, record, name).items():
                    if door not in tried:
                        continue
                    used.add(door)
                    error = self._try(deed)
                    if not isinstance(error, AccessError):
                        problems.append((role, "may", door, model, name, error))
        self._assert_none(problems)
        # A door that opens for nobody says nothing.
        every = self._get_reading_doors(
            self.reception, self._get_specimen("product.template", self.medic), "name"
        )
        self.assertFalse(set(every) - used)

    def test_what_a_role_may_not_read_is_left_out(self):
        problems = []
        for model in rights.FIELDS:
            for role in rights.ROLES:
                user = self.users[role]
                record = self._get_specimen(model, user)
                hidden = {
                    name
                    for name, (reader, _writer) in self._get_rows(model).items()
                    if role in self._get_roles_below(reader)
                }
                if not hidden:
                    continue
                for method, get_names in (
                    ("read", lambda result: set(result[0])),
                    ("copy_data", lambda result: set(result[0])),
                    ("fields_get", set),
                ):
                    args = () if method == "fields_get" else (record.ids,)
                    shown = set()

                    call = partial(self._rpc, user, model, method, *args)
                    error = self._try(
                        lambda call=call, shown=shown, get=get_names: shown.update(
                            get(call())
                        )
                    )
                    if error and not isinstance(error, AccessError):
                        problems.append((role, method, model, error))
                    if method == "fields_get" and not self._may_open(user, model):
                        continue  # It tells names only, and of any model.
                    if hidden & shown:
                        problems.append((role, "is shown", method, hidden & shown))
        self._assert_none(problems)

    def _may_open(self, user, model):
        return self.env[model].with_user(user).has_access("read")

    def test_users_and_products_do_not_carry_more_than_their_models(self):
        problems = []
        for model, delegating in DELEGATING.items():
            for name, (reader, _writer) in self._get_rows(model).items():
                for role in self._get_roles_below(reader):
                    user = self.users[role]
                    record = self._get_user_specimen(delegating, user)
                    makes_sense = self._get_open_doors(record, name)
                    self.assertIn("read", makes_sense)
                    doors = self._get_reading_doors(user, record, name)
                    for door in makes_sense & set(doors):
                        error = self._try(doors[door])
                        if not isinstance(error, AccessError):
                            problems.append((role, door, delegating, name, error))
        self._assert_none(problems)

    def test_no_role_reads_more_through_relations(self):
        problems = []
        paths = 0
        for role in rights.ROLES:
            user = self.users[role]
            hidden = {
                model: [
                    name
                    for name, (reader, _writer) in self._get_rows(model).items()
                    if role in self._get_roles_below(reader)
                ]
                for model in (*rights.FIELDS, *DELEGATING.values())
            }
            for model, delegating in DELEGATING.items():
                hidden[delegating] = hidden[model]
            for model, path, comodel in self._get_relations(user):
                for name in hidden.get(comodel, ()):
                    paths += 1
                    problems += self._find_path_problems(user, model, f"{path}.{name}")
        self._assert_none(problems)
        # Patients and visits are linked to by much: had nothing been tried, the test
        # would say nothing.
        self.assertGreater(paths, 500)

    def test_no_role_reads_more_through_two_relations(self):
        # One field stands for all that are restricted alike.
        hidden = {
            rights.PORTAL: {"res.partner": "birthdate", "res.users": "birthdate"},
            rights.INTERNAL: {"res.partner": "birthdate", "res.users": "birthdate"},
            rights.RECEPTION: {
                "res.partner": "allergy_ids",
                "medical.consultation": "history",
            },
        }
        problems = []
        paths = 0
        for role, names in hidden.items():
            user = self.users[role]
            second = {}
            for model, path, comodel in self._get_relations(user):
                if comodel in names:
                    second.setdefault(model, []).append(f"{path}.{names[comodel]}")
            for model, path, comodel in self._get_relations(user):
                for rest in second.get(comodel, ()):
                    paths += 1
                    problems += self._find_path_problems(
                        user, model, f"{path}.{rest}", ("search_count",)
                    )
        self._assert_none(problems)
        self.assertGreater(paths, 500)

    def _get_relations(self, user):
        """Yield the relations by which a user can reach other records.

        :return: model, field, model of the other records
        """
        for name in sorted(self.registry):
            model = self.env[name].with_user(user)
            if model._abstract or not model.has_access("read"):
                continue
            for field in model._fields.values():
                if (
                    field.relational
                    and field.name not in SEARCHED_IN_PYTHON
                    and model._has_field_access(field, "read")
                ):
                    yield name, field.name, field.comodel_name

    def _find_path_problems(
        self, user, model, path, methods=("search_count", "formatted_read_group")
    ):
        records = self.env(user=user.id, su=False, context={})[model]
        problems = []
        for method, args in (
            ("search_count", ([(path, "!=", False)],)),
            ("formatted_read_group", ([], [path], ["__count"])),
        ):
            if method not in methods:
                continue
            try:
                found = getattr(records, method)(*args)
            except AccessError:
                continue
            except (ValueError, TypeError, NotImplementedError, UserError):
                continue  # Odoo cannot search by it, for anybody.
            # Odoo asks nothing where there is nothing to group.
            if method == "search_count" or found:
                problems.append((user.login, method, model, path))
        return problems

    # === WRITING === #

    def _get_value(self, record, name):
        """Return another value for a field, as a client sends it."""
        field = record._fields[name]
        special = {
            "diagnosis_ids": [Command.create({"code_id": self.code_cough.id})],
            "line_ids": [Command.create({"name": MARK, "kind": "other"})],
            "condition_ids": [Command.create({"code_id": self.code_cough.id})],
            "allergy_ids": [Command.create({"substance": MARK})],
            "consultation_ids": [Command.create({"date": "2026-03-06 09:00:00"})],
            "treatment_plan_ids": [
                Command.create({"practitioner_id": self.medic.partner_id.id})
            ],
            "relation_ids": [
                Command.create({"related_partner_id": self.other_patient.id})
            ],
            "reverse_relation_ids": [
                Command.create({"partner_id": self.other_patient.id})
            ],
            "component_ids": [
                Command.create({"product_id": self.swab.id, "quantity": 1})
            ],
            "amendment_ids": [Command.create({"reason": MARK, "snapshot": {}})],
            "addendum_ids": [Command.create({"text": MARK})],
            "practitioner_id": self.other_medic.partner_id.id,
            "patient_id": self.other_patient.id,
            "location_id": self.place.id,
            "site_id": self.place.id,
            "visit_type_id": self.visit_type.id,
            "company_id": self.second_site.id,
            "guarantor_id": self.other_patient.id,
            "medical_code_id": self.code_flu.id,
            "atc_code_id": self.atc_code.id,
            "qty_done": 0.5,
            "reviewed_by_id": self.other_medic.id,
            "override_user_id": self.other_medic.id,
            "event_ids": [Command.create({"kind": "done", "note": MARK})],
            "attachment_ids": [Command.create({"name": MARK})],
            "signed_by_id": self.other_medic.id,
        }
        if name in special:
            return special[name]
        if field.type in ("char", "text", "html"):
            return MARK
        if field.type in ("integer", "float"):
            return 7
        if field.type == "boolean":
            return not record.sudo()[name]
        if field.type == "binary":
            return base64.b64encode(b"code,name\nX2,Other\n").decode()
        if field.type == "selection":
            keys = [key for key, _label in field._description_selection(self.env)]
            return next(key for key in keys if key != record.sudo()[name])
        return {
            "json": {"mark": MARK},
            "date": "2001-02-03",
            "datetime": "2026-03-02 11:00:00",
        }.get(field.type)

    def _get_writing_doors(self, user, record, name, value):
        """Return the ways in which a client can set a field.

        Each returns the record that would have the value then.
        """
        model, ids = record._name, record.ids
        browse = self.env[model].sudo().browse

        def write():
            self._rpc(user, model, "write", ids, {name: value})
            return record.sudo()

        def web_save():
            self._rpc(user, model, "web_save", ids, {name: value}, {})
            return record.sudo()

        def load():
            result = self._rpc(user, model, "load", [".id", name], [[ids[0], value]])
            return None if result["messages"] else record.sudo()

        def create():
            vals = {**self._prepare_created_vals(model), name: value}
            return browse(self._rpc(user, model, "create", vals))

        def create_by_default():
            vals = self._prepare_created_vals(model)
            vals.pop(name, None)
            context = {f"default_{name}": value}
            return browse(self._rpc(user, model, "create", vals, context=context))

        doors = {"write": write, "web_save": web_save}
        field = record._fields[name]
        if field.type in ("char", "text"):
            doors["load"] = load
        if field.store and field.type not in ("one2many", "many2many"):
            doors |= {"create": create, "create by default": create_by_default}
        return doors

    def _prepare_created_vals(self, model):
        if model == "res.partner":
            return {"name": "Created", "is_patient": True}
        if model in ("product.template", "res.company"):
            return {"name": "Created"}
        if model == "res.config.settings":
            return {}
        return self._prepare_specimen_vals(model, "own")

    def _sets(self, deed, name, value, before):
        """Whether a deed sets a field, and what it raised.

        :param deed: one of :meth:`_get_writing_doors`
        :param before: what the field of the record said before
        """
        outcome = []
        error = None
        with self._undone():
            try:
                record = deed()
                self.env.flush_all()
                self.env.invalidate_all()
                if record:
                    outcome.append(record.read([name], load="_classic_write")[0][name])
            except Exception as caught:
                error = caught
        if not outcome:
            return False, error
        if isinstance(value, list):
            return len(outcome[0]) > len(before), error
        return outcome[0] != before and self._is_equal(outcome[0], value), error

    def _is_equal(self, found, value):
        if isinstance(found, bytes):
            found = found.decode()
        return str(found) == str(value) or found == value

    def _get_before(self, record, name):
        self.env.flush_all()
        self.env.invalidate_all()
        return record.sudo().read([name], load="_classic_write")[0][name]

    def _get_least_writer(self, writer, door):
        """Return the least role that writes by a door, as the table says."""
        if not writer.startswith(ONCE):
            return writer
        return writer.removeprefix(ONCE) if door in DOORS_OF_CREATION else rights.NOBODY

    def test_each_role_writes_what_the_table_says(self):
        problems = []
        for model, name, _reader, writer in self._iterate():
            for role in self._get_roles_from(writer.removeprefix(ONCE)):
                user = self.users[role]
                record = self._get_specimen(model, user)
                value = self._get_value(record, name)
                before = self._get_before(record, name)
                doors = self._get_writing_doors(user, record, name, value)
                for door in ("create",) if ONCE in writer else ("write", "web_save"):
                    is_set, error = self._sets(doors[door], name, value, before)
                    if not is_set:
                        problems.append((role, "cannot", door, model, name, error))
        self._assert_none(problems)

    def test_no_role_writes_more_by_any_door(self):
        problems = []
        for model, name, _reader, writer in self._iterate():
            for role in self._get_roles_below(
                rights.NOBODY if ONCE in writer else writer
            ):
                user = self.users[role]
                record = self._get_specimen(model, user)
                value = self._get_value(record, name)
                if value is None:
                    continue
                before = self._get_before(record, name)
                doors = self._get_writing_doors(user, record, name, value)
                for door, deed in doors.items():
                    least = self._get_least_writer(writer, door)
                    if role in self._get_roles_from(least):
                        continue
                    is_set, error = self._sets(deed, name, value, before)
                    if is_set or not isinstance(error, (UserError, type(None))):
                        problems.append((role, "may", door, model, name, error))
        self._assert_none(problems)

    def test_reception_writes_nothing_clinical_through_the_patient(self):
        problems = []
        visit = self._get_specimen("medical.consultation", self.reception)
        for name, (_reader, writer) in self._get_rows("medical.consultation").items():
            if self.reception in map(self.users.get, self._get_roles_from(writer)):
                continue
            command = Command.update(visit.id, {name: self._get_value(visit, name)})
            before = self._get_before(visit, name)

            def write(command=command):
                vals = {"consultation_ids": [command]}
                self._rpc(
                    self.reception, "res.partner", "write", self.patient.ids, vals
                )
                return visit.sudo()

            value = command[2][name]
            is_set, error = self._sets(write, name, value, before)
            if is_set or not isinstance(error, (UserError, type(None))):
                problems.append((name, error))
        self._assert_none(problems)
