"""The export as a whole: who and what is to be loaded, checked against each other."""

from dataclasses import dataclass
from itertools import islice

from .files import FILES
from .mapping import (
    to_allergy,
    to_deed,
    to_patient,
    to_practitioner,
    to_problem,
    to_visit,
)
from .reading import check_files, read
from .values import BrokenRow, shown


@dataclass
class Export:
    """What is to be loaded, by the Ids of the files; in the order of the files."""

    patients: dict
    practitioners: dict
    visits: dict
    allergies: list


def read_export(folder, rejects, limit=None, digits=2):
    """Read the files of an export.

    :param Path folder: the folder of the export
    :param Rejects rejects: gets the broken rows
    :param int limit: take only the first patients of the file, and only their rows
    :param int digits: how many decimals of a quantity the database keeps
    :rtype: Export
    :raise UnusableExport: when a needed file or column is missing
    """
    check_files(folder)
    return _Reader(folder, rejects, limit, digits).read()


class _Reader:
    def __init__(self, folder, rejects, limit, digits):
        self.folder = folder
        self.rejects = rejects
        self.limit = limit
        self.digits = digits
        # Ids of patients that are not among those to load: their rows are passed over
        # in silence.
        self.left_out = set()
        self.patients = {}
        self.practitioners = {}
        self.visits = {}

    def read(self):
        rows = read(self.folder, "patients", self.rejects)
        self.patients = self.collect(islice(rows, self.limit), to_patient)
        self.left_out = {row["Id"] for row in rows}
        rows = read(self.folder, "providers", self.rejects)
        self.practitioners = self.collect(rows, to_practitioner)
        self.visits = self.collect(self.read_chosen("encounters"), self.to_visit)
        for stem, file in FILES.items():
            if file.act and stem != "encounters":
                self.collect(self.read_chosen(stem), self.add_deed)
        self.collect(self.read_chosen("conditions"), self.add_problem)
        allergies = self.collect(self.read_chosen("allergies"), self.to_allergy)
        return Export(
            self.patients,
            self.get_chosen_practitioners(),
            self.visits,
            list(allergies.values()),
        )

    def collect(self, rows, convert):
        """Convert rows; what is broken goes to the rejects.

        :return: a dict of the Id of a row, or its identity where it has none, to what
            became of it
        """
        result = {}
        for row in rows:
            try:
                result[row.name] = convert(row)
            except BrokenRow as error:
                self.rejects.add(row.file, row.line, error)
        return result

    def read_chosen(self, stem):
        """Yield the rows of a file, without those of patients who are left out."""
        for row in read(self.folder, stem, self.rejects):
            if row["PATIENT"] not in self.left_out:
                yield row

    def get_chosen_practitioners(self):
        """Return all practitioners; of chosen patients only, those they saw."""
        if self.limit is None:
            return self.practitioners
        seen = {visit.practitioner.row for visit in self.visits.values()}
        return {
            key: person
            for key, person in self.practitioners.items()
            if person.row in seen
        }

    def find_patient(self, row):
        if patient := self.patients.get(row["PATIENT"]):
            return patient
        raise BrokenRow(f"unknown patient: {shown(row['PATIENT'])}")

    def find_visit(self, row):
        """Return the visit that a row belongs to."""
        patient = self.find_patient(row)
        visit = self.visits.get(row["ENCOUNTER"])
        if not visit:
            raise BrokenRow(f"unknown encounter: {shown(row['ENCOUNTER'])}")
        if visit.patient is not patient:
            raise BrokenRow(
                f"encounter {row['ENCOUNTER']} is one of another patient: "
                f"{visit.patient.row['Id']}"
            )
        return visit

    def to_visit(self, row):
        patient = self.find_patient(row)
        practitioner = self.practitioners.get(row["PROVIDER"])
        if not practitioner:
            raise BrokenRow(f"unknown provider: {shown(row['PROVIDER'])}")
        return to_visit(row, patient, practitioner, self.digits)

    def add_deed(self, row):
        self.find_visit(row).deeds.append(to_deed(row, self.digits))

    def add_problem(self, row):
        self.find_visit(row).problems.append(to_problem(row))

    def to_allergy(self, row):
        return to_allergy(row, self.find_visit(row).patient)
