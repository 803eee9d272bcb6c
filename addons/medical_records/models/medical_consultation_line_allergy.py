from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError


class MedicalConsultationLine(models.Model):
    """A drug that the patient does not tolerate: the alert, and giving it anyway.

    The alert is computed whenever it is looked at. While it stands, the drug cannot be
    done and the visit cannot be signed, by whatever door. A medic may give the drug
    anyway and says why; the line keeps the reason and what the alert said then. That
    holds for this drug and these allergies only.
    """

    _inherit = "medical.consultation.line"

    allergy_alert = fields.Char(
        compute="_compute_allergy_alert",
        help="Allergies of the patient that speak against this drug.",
    )
    allergy_status = fields.Selection(
        selection=[("alert", "Allergy"), ("overridden", "Given anyway")],
        compute="_compute_allergy_alert",
    )
    override_reason = fields.Char(
        string="Given Anyway Because",
        readonly=True,
        copy=False,
    )
    override_alert = fields.Char(
        string="Given in Spite of",
        readonly=True,
        copy=False,
        help="What the allergy alert said then.",
    )
    override_user_id = fields.Many2one(
        comodel_name="res.users",
        string="Given Anyway by",
        readonly=True,
        copy=False,
        ondelete="restrict",
        index="btree_not_null",
    )
    date_override = fields.Datetime(
        string="Given Anyway On",
        readonly=True,
        copy=False,
    )
    # What was decided about, one line each: compared with what the alert says later.
    override_key = fields.Text(readonly=True, copy=False)

    # === COMPUTE METHODS === #

    @api.depends(
        "product_id.atc_code_id",
        "name",
        "kind",
        "state",
        "override_key",
        "consultation_id.patient_id.allergy_ids.active",
        "consultation_id.patient_id.allergy_ids.substance",
        "consultation_id.patient_id.allergy_ids.severity",
        "consultation_id.patient_id.allergy_ids.reaction",
        "consultation_id.patient_id.allergy_ids.product_id",
        "consultation_id.patient_id.allergy_ids.code_id",
    )
    def _compute_allergy_alert(self):
        found = self._find_allergies()
        for line in self:
            allergies = found.get(line)
            if not allergies:
                line.allergy_alert = line.allergy_status = False
                continue
            line.allergy_alert = "; ".join(
                allergy._get_alert_text() for allergy in allergies
            )
            if line._get_override_keys(allergies) <= line._get_overridden_keys():
                line.allergy_status = "overridden"
            elif line.state == "ordered":
                line.allergy_status = "alert"
            else:
                # It was done before anybody knew: nothing can be decided any more.
                line.allergy_status = False

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.filtered("qty_done")._check_allergies(lambda line: True)
        return lines

    def write(self, vals):
        if vals.keys() & self._get_override_fields():
            self._check_override_stays()
        changed = self.browse()
        if vals.keys() & {"product_id", "name"}:
            changed = self.filtered(
                lambda line: (
                    line.override_key
                    and (
                        vals.get("product_id", line.product_id.id) != line.product_id.id
                        or (
                            not line.product_id
                            and vals.get("name", line.name) != line.name
                        )
                    )
                )
            )
        result = super().write(vals)
        changed._clear_override()
        return result

    # === ACTION METHODS === #

    def action_override_allergy(self):
        """Ask why this drug is given in spite of an allergy.

        :raise AccessError: for users who are not medics
        :raise UserError: when no alert stands
        """
        self.ensure_one()
        self._check_can_override()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Give Anyway"),
            "res_model": "medical.consultation.line.override",
            "view_mode": "form",
            "target": "new",
            "context": {"default_line_id": self.id},
        }

    # === BUSINESS METHODS === #

    @api.model
    def _get_override_fields(self):
        return {
            "override_reason",
            "override_alert",
            "override_user_id",
            "date_override",
            "override_key",
        }

    @api.model
    def _get_fields_open_after_signing(self):
        # EXTENDS medical.consultation.part: a drug given later may be decided about
        # later, see _check_override_stays().
        return super()._get_fields_open_after_signing() | self._get_override_fields()

    @api.model
    def _get_fields_set_by_actions(self):
        # EXTENDS medical.consultation.part
        return super()._get_fields_set_by_actions() | self._get_override_fields()

    @api.model
    def _get_fields_left_out_of_snapshots(self):
        # EXTENDS medical.consultation.part
        return super()._get_fields_left_out_of_snapshots() | {"override_key"}

    def _record_done(self, quantities, done_by=None, date=None):
        # EXTENDS: nothing that the patient does not tolerate is done, by no door.
        quantities = self._add_component_quantities(quantities)
        self.browse(line.id for line in quantities)._check_allergies(
            lambda line: quantities[line] > line.qty_done
        )
        return super()._record_done(quantities, done_by=done_by, date=date)

    def _check_allergies(self, is_concerned):
        """Refuse to go on while an alert stands that nobody decided about.

        :param is_concerned: called with a line; whether the deed gives more of it
        :raise UserError: naming the lines and what speaks against them
        """
        found = self._find_allergies()
        problems = [
            f"{line.name}: "
            + "; ".join(allergy._get_alert_text() for allergy in allergies)
            for line, allergies in found.items()
            if is_concerned(line)
            and not line._get_override_keys(allergies) <= line._get_overridden_keys()
        ]
        if problems:
            raise UserError(
                self.env._(
                    "The patient does not tolerate:\n%(problems)s\n"
                    "Choose another drug, cancel the line, or let a medic press Give "
                    "Anyway on it and say why.",
                    problems="\n".join(problems),
                )
            )

    def _check_can_override(self):
        if not self.env.user.has_group("medical_records.group_medic"):
            raise AccessError(
                self.env._("A medic decides to give a drug in spite of an allergy.")
            )
        self.check_access("write")
        for line in self:
            if line.allergy_status != "alert":
                raise UserError(
                    self.env._(
                        "No allergy that is not decided about speaks against %(line)s.",
                        line=line.name,
                    )
                )

    def _check_override_stays(self):
        """Refuse to touch the decision about what a signed visit says was done."""
        self.filtered(lambda line: line.state != "ordered")._raise_if_frozen(
            self.env._("The decision about an allergy is signed and stays.")
        )

    def _action_override_allergy(self, reason):
        """Decide that these drugs are given anyway. Checks are the caller's.

        :param str reason: why
        """
        found = self._find_allergies()
        now = fields.Datetime.now()
        # In sudo mode: these fields are closed to direct writes.
        for line in self.sudo():
            allergies = found.get(line)
            if not allergies:
                continue
            line.write(
                {
                    "override_reason": reason,
                    "override_alert": "; ".join(
                        allergy._get_alert_text() for allergy in allergies
                    ),
                    "override_user_id": self.env.uid,
                    "date_override": now,
                    "override_key": "\n".join(
                        sorted(line._get_override_keys(allergies))
                    ),
                }
            )
        self._log_events(
            "override",
            {
                line: {"note": f"{line.override_alert}\n{reason}"}
                for line in self
                if line in found
            },
        )

    def _clear_override(self):
        if self:
            # In sudo mode: these fields are closed to direct writes.
            self.sudo().write(dict.fromkeys(self._get_override_fields(), False))

    def _get_override_keys(self, allergies):
        """Return what a decision about allergies is about, without words of a language.

        :param allergies: the `medical.allergy` records that speak against this line
        :rtype: set[str]
        """
        self.ensure_one()
        drug = self.product_id.id or self.name
        return {
            " | ".join(
                (f"{drug}", f"{allergy.id}", allergy.substance, allergy.severity or "")
            ).replace("\n", " ")
            for allergy in allergies
        }

    def _get_overridden_keys(self):
        self.ensure_one()
        return set((self.override_key or "").split("\n"))

    def _find_allergies(self):
        """Find the allergies of the patients that speak against these lines.

        :return: the lines that are drugs and not tolerated, each with its
            `medical.allergy` records
        :rtype: dict
        """
        # In sudo mode: whoever records a drug must be stopped, in all companies.
        drugs = self.sudo().filtered(
            lambda line: (
                line.state != "cancelled"
                and (line.kind == "medication" or line.product_id.atc_code_id)
            )
        )
        patients = drugs.consultation_id.patient_id._origin
        allergies = (
            self.env["medical.allergy"]
            .sudo()
            .with_context(active_test=True)
            .search([("patient_id", "in", patients.ids)])
        )
        if not allergies:
            return {}
        by_patient = allergies.grouped("patient_id")
        products = drugs.product_id._origin
        atc_groups = products.atc_code_id._get_atc_groups()
        found = {}
        for line in drugs:
            product = line.product_id._origin
            known = by_patient.get(line.consultation_id.patient_id._origin)
            matching = known and known.filtered(
                lambda allergy, line=line, product=product: allergy._speaks_against(
                    line.name, product, atc_groups.get(product.atc_code_id)
                )
            )
            if matching:
                found[line.with_env(self.env)] = matching
        return found
