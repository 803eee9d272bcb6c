"""Consultations with their lines, prices and diagnoses; and the problem list."""

from odoo.exceptions import UserError

from . import names


class Visits:
    """Loads visits, some at a time, each with all that belongs to it."""

    def __init__(self, env, external_ids, steps, rejects, catalog):
        self.env = env
        self.external_ids = external_ids
        self.catalog = catalog
        self.steps = steps
        self.rejects = rejects
        self.closed_ids = set()

    def load(self, export):
        """Load what is missing of the visits of an export."""
        visits = [
            visit
            for visit in export.visits.values()
            if any(name not in self.external_ids for name in self.get_names(visit))
        ]
        self.closed_ids = self.find_closed(visits)
        self.steps.run("encounters", visits, self.load_visits, self.refuse)
        allergies = [
            allergy
            for allergy in export.allergies
            if names.of_row(allergy.row) not in self.external_ids
        ]
        self.steps.run(
            "allergies",
            allergies,
            self.create_allergies,
            lambda allergy, reason: self.reject(allergy.row, reason),
        )

    def find_id(self, person):
        """Return the id of a contact.

        :raise UserError: when Odoo refused that person before
        """
        name = names.of_row(person.row)
        if name not in self.external_ids:
            raise UserError(f"{person.name} cannot be loaded")
        return self.external_ids[name]

    def get_names(self, visit):
        """Yield the external ids of all that a visit consists of."""
        yield names.of_row(visit.row)
        for deed in visit.deeds:
            yield names.of_deed(deed)
        for problem in visit.problems:
            yield names.of_row(problem.row)

    def find_closed(self, visits):
        """Return the ids of the visits that are signed, and take no more rows."""
        ids = self.external_ids.find(names.of_row(visit.row) for visit in visits)
        closed = self.env["medical.consultation"].search(
            [("id", "in", ids), ("state", "in", ("signed", "cancelled"))]
        )
        return set(closed.ids)

    def reject(self, row, reason):
        self.rejects.add(row.file, row.line, reason)

    def refuse(self, visit, reason):
        """Report all rows of a visit that Odoo refuses."""
        self.reject(visit.row, reason)
        for part in (*visit.deeds, *visit.problems):
            self.reject(part.row, "its encounter cannot be loaded")

    def load_visits(self, visits):
        """Load some visits: one creation for all records of a kind."""
        visit_ids = self.create_consultations(visits)
        deeds, problems = [], []
        for visit in visits:
            visit_id = visit_ids[visit.row]
            new_deeds = [
                deed
                for deed in visit.deeds
                if names.of_deed(deed) not in self.external_ids
            ]
            new_problems = [
                problem
                for problem in visit.problems
                if names.of_row(problem.row) not in self.external_ids
            ]
            if visit_id in self.closed_ids:
                for part in (*new_deeds, *new_problems):
                    self.reject(
                        part.row, "its encounter is signed: no row can be added"
                    )
                continue
            deeds += [(visit_id, deed) for deed in new_deeds]
            problems += [(visit_id, visit, problem) for problem in new_problems]
        self.create_lines(deeds)
        self.create_problems(problems)

    def create_consultations(self, visits):
        """Make the consultations that are missing.

        :return: a dict of the row of each visit to the id of its consultation
        """
        missing = [
            visit
            for visit in visits
            if names.of_row(visit.row) not in self.external_ids
        ]
        created = self.external_ids.create(
            self.env["medical.consultation"],
            [names.of_row(visit.row) for visit in missing],
            [self.prepare_consultation_vals(visit) for visit in missing],
        )
        ids = {
            visit.row: record.id for visit, record in zip(missing, created, strict=True)
        }
        for visit in visits:
            if visit.row not in ids:
                ids[visit.row] = self.external_ids[names.of_row(visit.row)]
        return ids

    def prepare_consultation_vals(self, visit):
        return {
            "patient_id": self.find_id(visit.patient),
            "practitioner_id": self.find_id(visit.practitioner),
            "visit_type_id": self.catalog.find_visit_type_id(visit.type_name),
            "date": visit.start,
            "date_end": visit.stop,
        }

    def create_lines(self, deeds):
        """Make lines; their items come by themselves, and get the price of the row.

        :param list deeds: pairs of the id of a consultation and a `Deed`
        """
        lines = self.external_ids.create(
            self.env["medical.consultation.line"],
            [names.of_deed(deed) for _visit_id, deed in deeds],
            [self.prepare_line_vals(visit_id, deed) for visit_id, deed in deeds],
        )
        by_price = {}
        for line, (_visit_id, deed) in zip(lines, deeds, strict=True):
            if deed.price is not None:
                by_price.setdefault(deed.price, []).append(line.id)
        items = self.env["medical.billable.item"].search_fetch(
            [("consultation_line_id", "in", lines.ids)], ["consultation_line_id"]
        )
        item_ids = {item.consultation_line_id.id: item.id for item in items}
        for price, line_ids in by_price.items():
            same = items.browse(item_ids[line_id] for line_id in line_ids)
            same.write({"price_unit": float(price)})

    def prepare_line_vals(self, visit_id, deed):
        act = deed.spec
        return {
            "consultation_id": visit_id,
            "sequence": 1 if act.kind == "consultation" else 10,
            "product_id": self.catalog.find_product_id(deed.article),
            # The same code has more than one description.
            "name": deed.name,
            "quantity": float(deed.quantity),
            "product_uom_id": self.catalog.unit.id,
            # It was done in the visit, also what a clinic does later by default.
            "is_done_later": False,
            "date_done": deed.date,
            "udi": deed.udi or False,
        }

    def create_problems(self, problems):
        """Make diagnoses and entries of the problem list; the first is the principal.

        :param list problems: triples of the id of a consultation, `Visit`, `Problem`
        """
        diagnoses = self.external_ids.create(
            self.env["medical.diagnosis"],
            [names.of_diagnosis(problem) for _visit_id, _visit, problem in problems],
            [
                {
                    "consultation_id": visit_id,
                    "code_id": self.catalog.code_ids[problem.code],
                    "rank": (
                        "principal" if problem is visit.problems[0] else "secondary"
                    ),
                }
                for visit_id, visit, problem in problems
            ],
        )
        self.external_ids.create(
            self.env["medical.condition"],
            [names.of_row(problem.row) for _visit_id, _visit, problem in problems],
            [
                {
                    "patient_id": self.find_id(visit.patient),
                    "code_id": self.catalog.code_ids[problem.code],
                    "date_onset": problem.onset,
                    "date_end": problem.end,
                    "diagnosis_id": diagnosis.id,
                }
                for (_visit_id, visit, problem), diagnosis in zip(
                    problems, diagnoses, strict=True
                )
            ],
        )

    def create_allergies(self, allergies):
        self.external_ids.create(
            self.env["medical.allergy"],
            [names.of_row(allergy.row) for allergy in allergies],
            [
                {
                    "patient_id": self.find_id(allergy.patient),
                    "code_id": self.catalog.code_ids[allergy.code],
                    "substance": allergy.code.name,
                    "severity": allergy.severity or False,
                    "reaction": allergy.reaction,
                    "date_onset": allergy.onset,
                    "active": not allergy.is_past,
                }
                for allergy in allergies
            ],
        )
