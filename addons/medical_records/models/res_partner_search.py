import re
from datetime import date, datetime

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import remove_accents
from odoo.tools.misc import format_date, get_lang

from .res_partner import DEMOGRAPHICS

# What somebody types who means a phone number; at least four digits of it.
PHONE = re.compile(r"^[\s+()./-]*(\d[\s()./-]*){4,}$")


def normalize_words(text):
    """Return the words of a text without case, accents and punctuation.

    :rtype: list[str]
    """
    return re.findall(r"\w+", remove_accents(text or "").casefold())


def normalize_phone(phone):
    """Return the digits of a phone number, without the zero of "+41 (0)79"."""
    return re.sub(r"\D", "", (phone or "").replace("(0)", ""))


class ResPartner(models.Model):
    """How people of the clinic find a patient: by anything they are told.

    Everybody else searches contacts just as Odoo does. `_rec_names_search` would not
    do: a field of the clinic in it makes the search of all others fail.
    """

    _inherit = "res.partner"

    patient_words = fields.Char(
        compute="_compute_patient_words",
        store=True,
        index="trigram",
        groups=DEMOGRAPHICS,
        help="Number, name, phone and e-mail of a patient, made ready for searching.",
    )
    patient_search = fields.Char(
        string="Patient",
        search="_search_patient_search",
        store=False,
        copy=False,
        groups=DEMOGRAPHICS,
        help="Finds by number, name, birth date, phone or e-mail.",
    )

    # === COMPUTE METHODS === #

    @api.depends(
        "is_patient",
        "name",
        "email",
        "ref",
        "phone",
        "patient_number",
        "former_patient_numbers",
    )
    def _compute_patient_words(self):
        for partner in self:
            if not partner.is_patient:
                partner.patient_words = False
                continue
            texts = (
                partner.patient_number,
                partner.former_patient_numbers,
                partner.name,
                partner.email,
                partner.ref,
                normalize_phone(partner.phone),
            )
            partner.patient_words = " ".join(
                word for text in texts for word in normalize_words(text)
            )

    def _search_patient_search(self, operator, value):
        # Odoo asks for the right to read a field only where it reads its column.
        self._check_field_access(self._fields["patient_search"], "read")
        if operator not in ("ilike", "like", "in"):
            return NotImplemented
        texts = [value] if isinstance(value, str) else value
        return Domain.OR(
            self._get_patient_search_domain(text)
            if text
            else Domain("is_patient", "=", False)
            for text in texts
        )

    @api.depends("patient_number", "birthdate", "is_patient")
    @api.depends_context("show_patient_details", "uid")
    def _compute_display_name(self):
        super()._compute_display_name()
        context = self.env.context
        # In the list that drops down from a box only: who was chosen is named as ever.
        if (
            not context.get("show_patient_details")
            or not context.get("formatted_display_name")
            or not self.env.user.has_group(DEMOGRAPHICS)
        ):
            return
        for partner in self:
            if details := partner._get_patient_details():
                partner.display_name += f" \t --{details}--"

    @api.model
    def _search_display_name(self, operator, value):
        if not self.env.user.has_group(DEMOGRAPHICS):
            return super()._search_display_name(operator, value)
        if operator in Domain.NEGATIVE_OPERATORS:
            # Odoo asks again with the positive operator and turns the answer round.
            return NotImplemented
        found = super()._search_display_name(operator, value)
        if operator in ("ilike", "like") and isinstance(value, str) and value.strip():
            patients = self._get_patient_search_domain(value)
            if self.env.context.get("show_patient_details"):
                # In a box for patients one indexed column is enough.
                return patients
            return Domain(found) | patients
        if operator in ("=", "in"):
            values = [value] if isinstance(value, str) else value
            numbers = [number for number in values or () if isinstance(number, str)]
            if any(numbers):
                return Domain(found) | Domain("patient_number", "in", numbers)
        return found

    # === BUSINESS METHODS === #

    @api.model
    def _has_field_access(self, field, operation):
        # EXTENDS 'base': what searches and comparisons rest on is only computed.
        computed = ("patient_words", "patient_match_key")
        if operation == "write" and field.name in computed:
            return self.env.su
        return super()._has_field_access(field, operation)

    def _get_patient_details(self):
        """Return number and birth date, which tell a patient from namesakes.

        Callers see to it that only people of the clinic read it.

        :rtype: str
        """
        # In sudo mode: a name is also read of contacts that the user may not open.
        patient = self.sudo()
        if not patient.is_patient:
            return ""
        born = patient.birthdate and format_date(self.env, patient.birthdate)
        return ", ".join(filter(None, (patient.patient_number, born)))

    @api.model
    def _get_patient_search_domain(self, text):
        """Return the domain of the patients whom somebody means who types this.

        Every word must be found in number, name, phone or e-mail; a word that is a
        day is the birth date.

        :param str text: what was typed
        :rtype: Domain
        """
        born = self._parse_birthdates(text)
        if born:
            return Domain("birthdate", "in", born) & Domain("is_patient", "=", True)
        wanted = []
        rest = []
        for chunk in text.split():
            if days := self._parse_birthdates(chunk):
                wanted.append(Domain("birthdate", "in", days))
            else:
                rest.append(chunk)
        words = Domain.AND(
            Domain("patient_words", "ilike", word)
            for word in normalize_words(" ".join(rest))
        )
        if PHONE.match(text):
            words |= Domain.OR(
                Domain("patient_words", "ilike", digits)
                for digits in self._get_phone_variants(text)
            )
        if not wanted and words.is_true():
            return Domain.FALSE
        return Domain.AND([*wanted, words]) & Domain("is_patient", "=", True)

    @api.model
    def _get_phone_variants(self, phone):
        """Return the digits to look for: with, and without, country code or zero."""
        digits = normalize_phone(phone)
        variants = {digits, digits.lstrip("0")}
        country_code = str(self.env.company.country_id.phone_code or "")
        international = digits.removeprefix("00")
        if country_code and (phone.strip().startswith("+") or digits[:2] == "00"):
            variants.add(international.removeprefix(country_code))
        return sorted(variant for variant in variants if len(variant) >= 4)

    @api.model
    def _parse_birthdates(self, text):
        """Return the days a text may mean, as ISO or as the user's language writes.

        A year of two digits may mean either century.

        :rtype: list[datetime.date]
        """
        lang = get_lang(self.env, self.env.context.get("lang") or self.env.user.lang)
        text = re.sub(r"\W+", "-", text.strip()).strip("-")
        written = re.sub(r"[^%\w]+", "-", lang.date_format.strip()).strip("-")
        for pattern in ("%Y-%m-%d", written, written.replace("%Y", "%y")):
            try:
                day = datetime.strptime(text, pattern).date()
            except ValueError:
                continue
            if "%y" not in pattern:
                return [day]
            today = date.today()
            centuries = (day, day - relativedelta(years=100))
            return [born for born in centuries if born <= today]
        return []
