"""What a row means: from text to people, visits, acts, problems and allergies."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from .files import FILES, REACTIONS, RXNORM, SNOMED
from .reading import Row
from .values import (
    LARGEST,
    BrokenRow,
    to_date,
    to_datetime,
    to_decimal,
    to_quantity,
    to_text,
)

SEXES = {"F": "female", "M": "male", "": "unknown"}
SYSTEMS = {"snomed-ct": SNOMED, "snomed": SNOMED, "rxnorm": RXNORM, "": SNOMED}
# From the mildest on.
SEVERITIES = ("mild", "moderate", "severe")


@dataclass(frozen=True)
class Code:
    """A code of a terminology; the same for every description of it."""

    system: str
    code: str
    name: str = field(compare=False)


@dataclass(frozen=True)
class Article:
    """What a product is made for: a code, in one file."""

    file: str
    code: Code

    @property
    def key(self):
        return f"{self.file}|{self.code.system}|{self.code.code}"


@dataclass
class Person:
    """A patient or a practitioner."""

    row: Row
    name: str
    birthdate: date | None = None
    sex: str = ""
    specialty: str = ""


@dataclass
class Deed:
    """One line of a consultation; ``price`` is `None` for what is not charged."""

    row: Row
    article: Article
    name: str
    date: datetime
    quantity: Decimal
    price: Decimal | None
    udi: str

    @property
    def spec(self):
        return FILES[self.article.file].act


@dataclass
class Problem:
    """A condition: a diagnosis of the visit, and an entry of the problem list."""

    row: Row
    code: Code
    onset: date
    end: date | None


@dataclass
class Allergy:
    row: Row
    patient: Person
    code: Code
    onset: date
    is_past: bool
    severity: str
    reaction: str


@dataclass
class Visit:
    """An encounter with all that was done and found in it."""

    row: Row
    patient: Person
    practitioner: Person
    type_name: str
    start: datetime
    stop: datetime
    deeds: list[Deed]
    problems: list[Problem] = field(default_factory=list)


def to_patient(row):
    """Return the `Person` of a row of patients.csv."""
    # Some exports have middle names.
    names = (row["FIRST"], row.get("MIDDLE"), row["LAST"])
    name = " ".join(filter(None, names))
    if not name:
        raise BrokenRow("FIRST and LAST are empty")
    birthdate = to_date(row, "BIRTHDATE", empty=True)
    sex = SEXES.get(row["GENDER"].upper(), "other")
    return Person(row, name, birthdate=birthdate, sex=sex)


def to_practitioner(row):
    """Return the `Person` of a row of providers.csv."""
    return Person(row, to_text(row, "NAME"), specialty=row["SPECIALITY"])


def to_visit(row, patient, practitioner, digits):
    """Return the `Visit` of a row of encounters.csv, with the line of the fee."""
    start = to_datetime(row, "START")
    stop = to_datetime(row, "STOP")
    if stop < start:
        raise BrokenRow(f"STOP is before START: {row['STOP']}")
    return Visit(
        row,
        patient=patient,
        practitioner=practitioner,
        type_name=row["ENCOUNTERCLASS"],
        start=start,
        stop=stop,
        deeds=[to_deed(row, digits)],
    )


def to_deed(row, digits):
    """Return the `Deed` of a row.

    :param int digits: how many decimals of a quantity the database keeps
    """
    spec = FILES[row.file].act
    code_text = to_text(row, spec.code)
    name = ", ".join(filter(None, (row[column] for column in spec.description)))
    name = name or code_text
    quantity = Decimal(1)
    if spec.quantity:
        quantity = to_quantity(row, spec.quantity, digits)
    price = to_decimal(row, spec.price) if spec.price else None
    if price is not None and price * quantity >= LARGEST:
        raise BrokenRow(f"{spec.price} is too large for {quantity} of it")
    return Deed(
        row,
        article=Article(row.file, Code(spec.system, code_text, name)),
        name=name,
        date=to_datetime(row, spec.date),
        quantity=quantity,
        price=price,
        udi=row[spec.udi] if spec.udi else "",
    )


def to_problem(row):
    """Return the `Problem` of a row of conditions.csv."""
    onset = to_date(row, "START")
    end = to_date(row, "STOP", empty=True)
    if end and end < onset:
        raise BrokenRow(f"STOP is before START: {row['STOP']}")
    return Problem(row, to_code(row, SNOMED), onset, end)


def to_allergy(row, patient):
    """Return the `Allergy` of a row of allergies.csv."""
    system = SYSTEMS.get(row["SYSTEM"].lower(), row["SYSTEM"])
    found = [row.get(severity).lower() for _reaction, severity in REACTIONS]
    known = [severity for severity in SEVERITIES if severity in found]
    return Allergy(
        row,
        patient=patient,
        code=to_code(row, system),
        onset=to_date(row, "START"),
        is_past=to_date(row, "STOP", empty=True) is not None,
        severity=known[-1] if known else "",
        reaction=", ".join(
            filter(None, (row.get(reaction) for reaction, _severity in REACTIONS))
        ),
    )


def to_code(row, system):
    code = to_text(row, "CODE")
    return Code(system, code, row["DESCRIPTION"] or code)
