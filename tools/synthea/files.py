"""The files of an export: which columns are read, and which files may be absent."""

from dataclasses import dataclass

SNOMED = "SNOMED CT"
RXNORM = "RxNorm"
CVX = "CVX"


@dataclass(frozen=True)
class Act:
    """How the rows of a file become lines of a consultation.

    The other fields are the names of columns: what was done or used, when, how much
    of it, at which price, with which device identifier.
    """

    kind: str
    system: str
    date: str
    code: str = "CODE"
    description: tuple[str, ...] = ("DESCRIPTION",)
    quantity: str = ""
    price: str = ""
    udi: str = ""
    is_goods: bool = False

    @property
    def columns(self):
        names = (self.code, *self.description, self.date)
        return (*names, *filter(None, (self.quantity, self.price, self.udi)))


@dataclass(frozen=True)
class File:
    """One file of an export; ``act`` where its rows are lines of consultations."""

    name: str
    becomes: str
    needed: bool = False
    own_columns: tuple[str, ...] = ()
    act: Act | None = None

    @property
    def stem(self):
        return self.name.removesuffix(".csv")

    @property
    def columns(self):
        act_columns = self.act.columns if self.act else ()
        return tuple(dict.fromkeys(self.own_columns + act_columns))


ADDRESS = ("ADDRESS", "CITY", "STATE", "ZIP")
OF_A_VISIT = ("PATIENT", "ENCOUNTER")

FILES = {
    file.stem: file
    for file in (
        File(
            "patients.csv",
            "patients",
            needed=True,
            own_columns=("Id", "BIRTHDATE", "FIRST", "LAST", "GENDER", *ADDRESS),
        ),
        File(
            "providers.csv",
            "practitioners",
            needed=True,
            own_columns=("Id", "NAME", "SPECIALITY", *ADDRESS),
        ),
        File(
            "encounters.csv",
            "consultations, each with one charged line",
            needed=True,
            own_columns=("Id", "STOP", "PATIENT", "PROVIDER", "ENCOUNTERCLASS"),
            act=Act("consultation", SNOMED, date="START", price="BASE_ENCOUNTER_COST"),
        ),
        File(
            "procedures.csv",
            "procedures, charged",
            own_columns=OF_A_VISIT,
            act=Act("procedure", SNOMED, date="START", price="BASE_COST"),
        ),
        File(
            "immunizations.csv",
            "vaccinations, charged",
            own_columns=OF_A_VISIT,
            act=Act("procedure", CVX, date="DATE", price="BASE_COST"),
        ),
        File(
            "medications.csv",
            "drugs given, charged and taken from stock",
            own_columns=OF_A_VISIT,
            act=Act(
                "medication",
                RXNORM,
                date="START",
                quantity="DISPENSES",
                price="BASE_COST",
                is_goods=True,
            ),
        ),
        File(
            "supplies.csv",
            "goods used, taken from stock",
            own_columns=OF_A_VISIT,
            act=Act(
                "consumable", SNOMED, date="DATE", quantity="QUANTITY", is_goods=True
            ),
        ),
        File(
            "devices.csv",
            "devices used, taken from stock",
            own_columns=OF_A_VISIT,
            act=Act("consumable", SNOMED, date="START", udi="UDI", is_goods=True),
        ),
        File(
            "imaging_studies.csv",
            "images taken; their procedure is charged",
            own_columns=OF_A_VISIT,
            act=Act(
                "imaging",
                SNOMED,
                date="DATE",
                code="PROCEDURE_CODE",
                description=("MODALITY_DESCRIPTION", "BODYSITE_DESCRIPTION"),
            ),
        ),
        File(
            "conditions.csv",
            "diagnoses and problem list",
            own_columns=("START", "STOP", *OF_A_VISIT, "CODE", "DESCRIPTION"),
        ),
        File(
            "allergies.csv",
            "allergies",
            own_columns=("START", "STOP", *OF_A_VISIT, "CODE", "SYSTEM", "DESCRIPTION"),
        ),
    )
}

# What an allergy may say, too, and older exports do not.
REACTIONS = (("DESCRIPTION1", "SEVERITY1"), ("DESCRIPTION2", "SEVERITY2"))
NOT_READ = ("careplans", "payers", "payer_transitions", "organizations")


def describe_files():
    """Return the table of files and columns that the help shows.

    :rtype: str
    """
    lines = []
    for file in FILES.values():
        need = "needed" if file.needed else "may be absent"
        lines.append(f"  {file.name} ({need}): {file.becomes}")
        lines.append(f"      {', '.join(file.columns)}")
    return "\n".join(lines)
