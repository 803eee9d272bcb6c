from odoo import models
from odoo.exceptions import AccessError, UserError


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    """Odoo's merge of contacts, made safe for patients and practitioners.

    Odoo moves every foreign key in SQL, so visits, documents, problems and allergies
    follow, and what was signed stays as it is but for whom it belongs to. Here is what
    SQL cannot know: who may merge, whom never to merge, and what must not point at
    itself afterwards.
    """

    _inherit = "base.partner.merge.automatic.wizard"

    # === BUSINESS METHODS === #

    def _merge(self, partner_ids, dst_partner=None, extra_checks=True):
        partners = self.env["res.partner"].browse(partner_ids).exists()
        # In sudo mode: who may not know that these are patients is refused below.
        patients = partners.sudo().filtered("is_patient").sudo(False)
        kept = patients | partners._filtered_in_medical_records()
        if len(partners) < 2 or not kept:
            return super()._merge(partner_ids, dst_partner, extra_checks)
        self._check_medical_merge(partners, kept)
        if not dst_partner or dst_partner not in partners:
            dst_partner = self._get_ordered_partner(partners.ids)[-1]
        if patients:
            self._check_merge_of_patients(partners, patients)
            # Two records of a person mostly have one e-mail address between them.
            if len(set(filter(None, partners.mapped("email")))) < 2:
                extra_checks = False
        after = self._prepare_medical_merge(partners, dst_partner)
        result = super()._merge(partner_ids, dst_partner, extra_checks)
        dst_partner.sudo().write(after)
        self._remove_double_relations(dst_partner)
        return result

    def _check_medical_merge(self, partners, kept):
        """Refuse people who do not keep the patients of the clinic.

        :raise AccessError: without the group of reception
        """
        if not self.env.su and not self.env.user.has_group(
            "medical_records.group_reception"
        ):
            raise AccessError(
                self.env._(
                    "%(names)s can only be merged by the people who keep the records "
                    "of the clinic.",
                    names=", ".join(kept.mapped("name")),
                )
            )

    def _check_merge_of_patients(self, partners, patients):
        """Refuse to make one patient of what is surely not one person.

        :raise UserError: when they are two people, or not all people
        """
        for partner in partners:
            if partner.is_company or partner.parent_id:
                raise UserError(
                    self.env._(
                        "%(name)s cannot be merged with a patient: a patient is no "
                        "company and belongs to none. Note the employer as a "
                        "relation of the patient instead.",
                        name=partner.display_name,
                    )
                )
        if len(set(filter(None, patients.mapped("birthdate")))) > 1:
            raise UserError(
                self.env._(
                    "%(names)s have different birth dates. If they are one person, "
                    "correct the birth date first: merging cannot be undone.",
                    names=", ".join(
                        f"{patient.name} ({patient._get_patient_details()})"
                        for patient in patients
                    ),
                )
            )

    def _prepare_medical_merge(self, partners, dst_partner):
        """Untie what would break, and return what to write when all are one.

        :rtype: dict
        """
        # In sudo mode: these contacts may be seen from several companies.
        dst = dst_partner.sudo()
        ordered = dst | partners.sudo()
        sources = ordered - dst
        ordered.filtered(lambda p: p.guarantor_id in ordered).guarantor_id = False
        self.env["medical.partner.relation"].sudo().search(
            [
                ("partner_id", "in", ordered.ids),
                ("related_partner_id", "in", ordered.ids),
            ]
        ).unlink()
        # The index allows one fee for a practitioner and visit type.
        fees = self.env["medical.visit.type.fee"].sudo()
        kept_types = fees.browse()
        for partner in ordered:
            found = fees.search([("practitioner_id", "=", partner.id)])
            double = found.filtered(
                lambda fee, kept=kept_types: fee.visit_type_id in kept.visit_type_id
            )
            kept_types |= found - double
            double.unlink()
        # One number stays, the others are remembered. They leave the sources first,
        # because no two contacts may have the same one.
        numbers = [number for number in ordered.mapped("patient_number") if number]
        former = [text for text in ordered.mapped("former_patient_numbers") if text]
        sources.patient_number = False
        sources.flush_recordset(["patient_number"])
        if numbers:
            dst.patient_number = numbers[0]
        if dst.sex == "unknown":
            dst.sex = False
        values = {
            "former_patient_numbers": ", ".join([*former, *numbers[1:]]) or False,
        }
        if len({partner.company_id for partner in ordered}) > 1:
            # Records in several companies: a contact of one would hide them.
            values["company_id"] = False
        return values

    def _remove_double_relations(self, partner):
        """Keep one of the relations that became equal."""
        relations = self.env["medical.partner.relation"].sudo()
        known = {}
        for relation in relations.search(
            [
                "|",
                ("partner_id", "=", partner.id),
                ("related_partner_id", "=", partner.id),
            ],
            order="id",
        ):
            key = (
                relation.partner_id,
                relation.related_partner_id,
                relation.relationship,
            )
            first = known.setdefault(key, relation)
            if first != relation:
                first.is_emergency_contact |= relation.is_emergency_contact
                first.note = first.note or relation.note
                relation.unlink()
