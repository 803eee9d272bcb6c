import re

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools.sql import escape_psql

from .medical_code_system import ATC_URI

# Words of fewer letters hold no trigram: an index finds them only at the beginning.
SHORTEST_INDEXED_WORD = 3
# ICD codes are often typed without their dot: E1121 is E11.21.
CODE_WITHOUT_DOT = re.compile(r"[A-Z]\d[0-9A-Z][0-9A-Z]+")

# The groups of the ATC that are named after substances, by the length of their code.
ATC_GROUP_LENGTHS = (4, 5)


class MedicalCode(models.Model):
    """One entry of a terminology (FHIR Coding): what a diagnosis or an act is called.

    A system can hold hundreds of thousands of codes. Hence the trigram indexes on
    both searched columns, and a search in steps, see :meth:`name_search`, of which
    each can use an index, also for one letter.
    """

    _name = "medical.code"
    _description = "Medical Code"
    _order = "code, id"
    _rec_names_search = ["code", "name"]

    code = fields.Char(required=True, index="trigram")
    name = fields.Char(required=True, index="trigram")
    system_id = fields.Many2one(
        comodel_name="medical.code.system",
        required=True,
        ondelete="restrict",
        index=True,
    )
    active = fields.Boolean(default=True)

    _system_code_uniq = models.UniqueIndex(
        "(system_id, code)",
        "This code already exists in this code system.",
    )
    # For the beginning of a code, in whatever language the database sorts.
    _code_prefix_idx = models.Index("(code text_pattern_ops)")

    # === COMPUTE METHODS === #

    @api.depends("code", "name")
    def _compute_display_name(self):
        for code in self:
            code.display_name = f"{code.code} {code.name}"

    @api.model
    def _search_display_name(self, operator, value):
        if operator in ("ilike", "not ilike") and isinstance(value, str):
            words = value.split()
            if words:
                domain = self._get_words_domain(words)
                return domain if operator == "ilike" else ~domain
        return super()._search_display_name(operator, value)

    # === BUSINESS METHODS === #

    @api.model
    @api.readonly
    def name_search(self, name="", domain=None, operator="ilike", limit=100):
        """Find codes by what a medic types: first the code itself, then codes that
        begin so, then those in which all words occur, in any order."""
        # OVERRIDE: one search cannot order by how well a code fits.
        words = (name or "").split()
        if operator != "ilike" or not words:
            return super().name_search(name, domain, operator, limit)
        restriction = Domain(domain or Domain.TRUE)
        found = self.browse()
        for step in self._get_search_steps(words):
            left = limit - len(found) if limit else None
            if left == 0:
                break
            found += self.search_fetch(
                step & restriction & Domain("id", "not in", found.ids),
                ["code", "name"],
                limit=left,
            )
        return [(code.id, code.display_name) for code in found.sudo()]

    @api.model
    def _get_search_steps(self, words):
        """Return the domains to search one after the other, the best match first."""
        typed = " ".join(words)
        spellings = {typed, typed.upper()}
        if CODE_WITHOUT_DOT.fullmatch(typed.upper()):
            spellings.add(f"{typed[:3]}.{typed[3:]}".upper())
        return [
            Domain("code", "in", list(spellings)),
            Domain.OR(
                Domain("code", "=like", f"{escape_psql(spelling)}%")
                for spelling in spellings
            ),
            self._get_words_domain(words),
        ]

    @api.model
    def _get_words_domain(self, words):
        """Return the domain of codes in which all words occur, in any order.

        A word is the beginning of a code or any part of a name. Short words without
        a longer one beside them must begin a word of the name.

        :param list[str] words: at least one
        :rtype: Domain
        """
        has_long_word = any(len(word) >= SHORTEST_INDEXED_WORD for word in words)
        domains = []
        for word in map(escape_psql, words):
            domain = Domain("code", "=ilike", f"{word}%")
            if has_long_word:
                domain |= Domain("name", "ilike", word)
            else:
                domain |= Domain("name", "=ilike", f"{word}%")
                domain |= Domain("name", "ilike", f" {word}")
            domains.append(domain)
        return Domain.AND(domains)

    def _is_atc(self):
        """Whether this code is a class of drugs.

        :rtype: bool
        """
        self.ensure_one()
        return self.system_id.uri == ATC_URI

    def _get_atc_groups(self):
        """Return the chemical groups that each of these ATC codes belongs to.

        :return: for each code its groups, as far as their codes are loaded
        :rtype: dict
        """
        wanted = {
            code: {code.code[:length] for length in ATC_GROUP_LENGTHS} for code in self
        }
        groups = self.search(
            [
                ("system_id", "in", self.system_id.ids),
                ("code", "in", list(set().union(*wanted.values()))),
            ]
        )
        return {
            code: groups.filtered(
                lambda group, code=code: (
                    group.system_id == code.system_id and group.code in wanted[code]
                )
            )
            for code in self
        }
