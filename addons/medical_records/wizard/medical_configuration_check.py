from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class MedicalConfigurationCheck(models.TransientModel):
    """The checklist of a company: what is configured, and what is still missing.

    Nobody ticks anything off: each row looks at the database whenever it is read.
    Addons add rows by extending :meth:`_get_configuration_checks`.
    """

    _name = "medical.configuration.check"
    _description = "Configuration Check"
    _order = "sequence, id"
    # What a row is called is not stored.
    _rec_names_search = ["key"]

    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    key = fields.Char(required=True, readonly=True)
    sequence = fields.Integer(readonly=True)
    name = fields.Char(string="What", compute="_compute_state")
    message = fields.Char(string="How It Stands", compute="_compute_state")
    state = fields.Selection(
        selection=[("done", "Done"), ("missing", "Missing"), ("advice", "Look at It")],
        compute="_compute_state",
    )

    # === COMPUTE METHODS === #

    @api.depends("key", "company_id")
    def _compute_state(self):
        for company, rows in self.grouped("company_id").items():
            checks = self._get_checks(company)
            for row in rows:
                check = checks.get(row.key, {})
                row.name = check.get("name")
                row.message = check.get("message")
                row.state = check.get("state")

    # === ACTION METHODS === #

    @api.model
    def action_open_checklist(self):
        """Show the checklist of the current company."""
        self.check_access("create")
        company = self.env.company
        rows = self.create(
            [
                {"company_id": company.id, "key": key, "sequence": sequence}
                for sequence, key in enumerate(self._get_checks(company))
            ]
        )
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "medical_records.medical_configuration_check_action"
        )
        action["domain"] = [("id", "in", rows.ids)]
        action["display_name"] = self.env._(
            "Checklist of %(company)s", company=company.name
        )
        return action

    def action_configure(self):
        """Open the screen where what this row is about is configured.

        :raise UserError: when it belongs to somebody else's work
        """
        self.ensure_one()
        check = self._get_checks(self.company_id)[self.key]
        action = self.env["ir.actions.act_window"]._for_xml_id(check["action"])
        if not self.env[action["res_model"]].has_access("write"):
            raise UserError(
                self.env._(
                    "“%(name)s” is configured under “%(action)s” by somebody who may "
                    "do that: ask an administrator of this Odoo.",
                    name=self.name,
                    action=action["name"],
                )
            )
        if check["domain"] is not None:
            action["domain"] = check["domain"]
            action["context"] = {}
        return action

    # === BUSINESS METHODS === #

    @api.model
    def _get_checks(self, company):
        """Return the checks of a company by their key.

        :rtype: dict[str, dict]
        """
        # In sudo mode, for one company only: whether something is configured is no
        # secret to whoever configures, even where the records themselves are.
        checks = (
            self.sudo()
            .with_company(company)
            .with_context(allowed_company_ids=company.ids)
            ._get_configuration_checks(company.sudo())
        )
        return {check["key"]: check for check in checks}

    @api.model
    def _get_configuration_checks(self, company):
        """Return the rows of the checklist, in the order in which one works.

        Addons extend this; each row is made by :meth:`_prepare_check`. It runs in sudo
        mode and in the company.

        :param res.company company: the company whose configuration is looked at
        :rtype: list[dict]
        """
        return [
            self._check_company_details(company),
            self._check_practitioners(company),
            self._check_licenses(company),
            self._check_medics(company),
            self._check_reception(company),
            self._check_products(company),
            self._check_visit_types(company),
            self._check_fees(company),
            self._check_codes(company),
            self._check_patients(company),
            self._check_history(company),
        ]

    @api.model
    def _prepare_check(
        self, key, name, is_done, message, action, domain=None, advice=False
    ):
        """Return one row of the checklist.

        :param str key: what tells this row from all others
        :param str name: what is configured
        :param bool is_done: whether it is
        :param str message: what there is, or what is missing and why it matters
        :param str action: XML id of the window action that configures it
        :param list domain: which records the action shows, if not all of its own
        :param bool advice: whether a clinic can well do without it
        :rtype: dict
        """
        missing = "advice" if advice else "missing"
        return {
            "key": key,
            "name": name,
            "state": "done" if is_done else missing,
            "message": message,
            "action": action,
            "domain": domain,
        }

    @api.model
    def _get_company_domain(self, company):
        return Domain("company_id", "in", [False, company.id])

    def _count(self, model, company, domain=Domain.TRUE):
        """Count what a company has of something, its own and what is shared."""
        return self.env[model].search_count(
            self._get_company_domain(company) & Domain(domain)
        )

    def _get_users_of_group(self, xml_id, company):
        """Return the people of a company who are in a group."""
        return self.env.ref(xml_id).all_user_ids.filtered(
            lambda user: company in user.company_ids and user.active
        ) - self.env.ref("base.user_root")

    def _check_company_details(self, company):
        missing = [
            company._fields[name]._description_string(self.env)
            for name in ("street", "city", "phone")
            if not company[name]
        ]
        return self._prepare_check(
            "company",
            self.env._("Address and phone of the clinic"),
            not missing,
            self.env._("Missing: %(fields)s.", fields=", ".join(missing))
            if missing
            else self.env._("They head prescriptions and documents."),
            "base.action_res_company_form",
        )

    def _check_practitioners(self, company):
        count = self._count("res.partner", company, [("is_practitioner", "=", True)])
        return self._prepare_check(
            "practitioners",
            self.env._("Practitioners"),
            count,
            self.env._("%(count)s practitioners.", count=count)
            if count
            else self.env._("Everybody who sees patients is one."),
            "medical_records.res_partner_action_practitioner",
        )

    def _check_licenses(self, company):
        domain = Domain("is_practitioner", "=", True) & Domain(
            "license_number", "=", False
        )
        count = self._count("res.partner", company, domain)
        return self._prepare_check(
            "licenses",
            self.env._("License numbers"),
            not count,
            self.env._("%(count)s practitioners have none to print.", count=count)
            if count
            else self.env._("They stand on prescriptions and documents."),
            "medical_records.res_partner_action_practitioner",
            domain=list(domain & self._get_company_domain(company)) if count else None,
            advice=True,
        )

    def _check_medics(self, company):
        users = self._get_users_of_group("medical_records.group_medic", company)
        signing = users.filtered("partner_id.is_practitioner")
        administrators = self._get_users_of_group(
            "medical_records.group_medical_administrator", company
        )
        others = users - signing - administrators
        if others:
            message = self.env._(
                "No practitioners, so that they cannot sign: %(names)s.",
                names=", ".join(others.mapped("name")),
            )
        elif signing:
            message = self.env._("%(count)s people can sign.", count=len(signing))
        else:
            message = self.env._(
                "Nobody can sign: a user in the group Medic, whose contact is a "
                "practitioner."
            )
        return self._prepare_check(
            "medics",
            self.env._("Users who sign"),
            signing and not others,
            message,
            "base.action_res_users",
            advice=bool(signing),
        )

    def _check_reception(self, company):
        users = self._get_users_of_group("medical_records.group_reception", company)
        count = len(users - self.env.ref("base.user_admin"))
        return self._prepare_check(
            "reception",
            self.env._("Users who keep patients and the diary"),
            count,
            self.env._("%(count)s people.", count=count)
            if count
            else self.env._("Give people their role under Clinic in their user."),
            "base.action_res_users",
        )

    def _check_products(self, company):
        count = self._count(
            "product.template", company, [("medical_kind", "!=", False)]
        )
        return self._prepare_check(
            "products",
            self.env._("Acts and articles"),
            count,
            self.env._("%(count)s can be recorded in visits.", count=count)
            if count
            else self.env._("Import your fee schedule, or add what you do and give."),
            "medical_records.product_template_action_medical",
        )

    def _check_visit_types(self, company):
        count = self._count("medical.visit.type", company)
        return self._prepare_check(
            "visit_types",
            self.env._("Visit types"),
            count,
            self.env._("%(count)s visit types.", count=count)
            if count
            else self.env._("First visit, follow-up, phone call and the like."),
            "medical_records.medical_visit_type_action",
        )

    def _check_fees(self, company):
        domain = Domain("product_id", "=", False) & Domain("fee_ids", "=", False)
        types = self.env["medical.visit.type"].search(
            self._get_company_domain(company) & domain
        )
        return self._prepare_check(
            "fees",
            self.env._("Fees of the visit types"),
            not types,
            self.env._(
                "Without a fee, which may be right: %(names)s.",
                names=", ".join(types.mapped("name")),
            )
            if types
            else self.env._("Choosing a visit type charges for the visit."),
            "medical_records.medical_visit_type_action",
            advice=True,
        )

    def _check_codes(self, company):
        found = self.env["medical.code"].search_count([], limit=1)
        return self._prepare_check(
            "codes",
            self.env._("Codes of diagnoses"),
            found,
            self.env._("Medics can code diagnoses.")
            if found
            else self.env._("Import a terminology such as ICD-10."),
            "medical_records.medical_code_system_action",
        )

    def _check_patients(self, company):
        count = self._count("res.partner", company, [("is_patient", "=", True)])
        return self._prepare_check(
            "patients",
            self.env._("Patients"),
            count,
            self.env._("%(count)s patients.", count=count)
            if count
            else self.env._(
                "Import them, or mark contacts with Make Patients in their list."
            ),
            "medical_records.res_partner_action_patient",
        )

    def _check_history(self, company):
        domain = (
            Domain("company_id", "=", company.id)
            & Domain("state", "in", ("draft", "in_progress"))
            & Domain("date", "<", "today -1d")
        )
        count = self.env["medical.consultation"].search_count(domain)
        return self._prepare_check(
            "history",
            self.env._("Visits of the past"),
            not count,
            self.env._(
                "%(count)s are neither signed nor cancelled: what was done in them "
                "may not be charged yet.",
                count=count,
            )
            if count
            else self.env._("All are signed or cancelled."),
            "medical_records.medical_consultation_action",
            domain=list(domain),
            advice=True,
        )
