from odoo import models
from odoo.exceptions import UserError


class ResPartner(models.Model):
    """Patients out of the contacts of an Odoo that is in use already."""

    _inherit = "res.partner"

    # === BUSINESS METHODS === #

    def _group_for_patients(self):
        """Sort contacts by what making patients of them means.

        :return: the contacts under the keys `person` (becomes a patient), `employee`
            (belongs to another contact: a new person becomes the patient), `patient`
            (is one already, or such a person was made before) and `company`
            (or a bare address)
        :rtype: dict[str, res.partner]
        """
        kinds = dict.fromkeys(
            ("person", "employee", "patient", "company"), self.browse()
        )
        made = self._get_people_made_of_employees()
        ids = {kind: [] for kind in kinds}
        for partner in self:
            if partner.is_patient or partner in made:
                ids["patient"].append(partner.id)
            elif partner.is_company or not partner.name:
                ids["company"].append(partner.id)
            elif partner.parent_id:
                ids["employee"].append(partner.id)
            else:
                ids["person"].append(partner.id)
        return {kind: self.browse(found) for kind, found in ids.items()}

    def _make_patients(self):
        """Make patients of these contacts; see :meth:`_group_for_patients`.

        :return: the new patients
        :rtype: res.partner
        :raise UserError: for contacts none of which can become a patient
        """
        kinds = self._group_for_patients()
        people, employees = kinds["person"], kinds["employee"]
        if not people and not employees:
            raise UserError(
                self.env._(
                    "Nobody here can become a patient: companies cannot, and patients "
                    "are patients already."
                )
            )
        people.write({"is_patient": True})
        made = self.create(
            [employee._prepare_patient_of_employee_vals() for employee in employees]
        )
        self.env["medical.partner.relation"].create(
            [
                employee._prepare_employee_relation_vals(patient)
                for employee, patient in zip(employees, made, strict=True)
            ]
        )
        return people | made

    def _get_people_made_of_employees(self):
        """Return those of these contacts for whom a person was made before."""
        relations = self.env["medical.partner.relation"].search(
            [
                ("related_partner_id", "in", self.filtered("parent_id").ids),
                ("relationship", "=", "self"),
                ("partner_id.is_patient", "=", True),
            ]
        )
        return relations.related_partner_id

    def _prepare_patient_of_employee_vals(self):
        """Return the values of the person who a contact of a company is in private.

        The address stays behind: it is mostly the company's.

        :rtype: dict
        """
        self.ensure_one()
        return {
            "name": self.name,
            "is_patient": True,
            "email": self.email,
            "phone": self.phone,
            "lang": self.lang,
            "tz": self.tz,
            "company_id": self.company_id.id,
        }

    def _prepare_employee_relation_vals(self, patient):
        """Return the values of the link from a new patient to the old contact.

        :rtype: dict
        """
        self.ensure_one()
        return {
            "partner_id": patient.id,
            "related_partner_id": self.id,
            "relationship": "self",
        }
