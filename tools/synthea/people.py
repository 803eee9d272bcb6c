"""Patients and practitioners."""

from functools import partial

from . import names

COUNTRY = "base.us"


class People:
    """Loads people as contacts."""

    def __init__(self, env, external_ids, steps, rejects):
        self.env = env
        self.external_ids = external_ids
        self.steps = steps
        self.rejects = rejects
        self.states = self.find_states()

    def find_states(self):
        """Return the states of the country by name and by code, in lower case.

        :rtype: dict[str, int]
        """
        country = self.env.ref(COUNTRY)
        states = self.env["res.country.state"].search([("country_id", "=", country.id)])
        return {
            key.lower(): (state.id, country.id)
            for state in states
            for key in (state.name, state.code)
        }

    def load(self, export):
        """Load all people of an export who are not there yet."""
        for people, prepare in (
            (export.practitioners, self.prepare_practitioner_vals),
            (export.patients, self.prepare_patient_vals),
        ):
            missing = [
                person
                for person in people.values()
                if names.of_row(person.row) not in self.external_ids
            ]
            if missing:
                text = missing[0].row.file
                self.steps.run(
                    text, missing, partial(self.create, prepare), self.refuse
                )

    def create(self, prepare, people):
        self.external_ids.create(
            self.env["res.partner"],
            [names.of_row(person.row) for person in people],
            [prepare(person) for person in people],
        )

    def refuse(self, person, reason):
        self.rejects.add(person.row.file, person.row.line, reason)

    def prepare_patient_vals(self, person):
        return {
            **self.prepare_address_vals(person),
            "is_patient": True,
            "birthdate": person.birthdate,
            "sex": person.sex,
        }

    def prepare_practitioner_vals(self, person):
        return {
            **self.prepare_address_vals(person),
            "is_practitioner": True,
            "specialty": person.specialty.title(),
        }

    def prepare_address_vals(self, person):
        row = person.row
        state_id, country_id = self.states.get(row["STATE"].lower(), (False, False))
        return {
            "name": person.name,
            "street": row["ADDRESS"],
            "city": row["CITY"],
            "zip": row["ZIP"],
            "state_id": state_id,
            "country_id": country_id,
        }
