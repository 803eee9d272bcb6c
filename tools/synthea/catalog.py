"""What acts refer to: codes, products and visit types, each made once."""

from . import names
from .files import FILES


class Catalog:
    """Loads codes, products and visit types, and knows their ids."""

    def __init__(self, env, external_ids, steps):
        self.env = env
        self.external_ids = external_ids
        self.steps = steps
        self.unit = env.ref("uom.product_uom_unit")
        self.code_ids = {}

    def load(self, export):
        """Make what the visits of an export refer to, where it is missing."""
        visits = export.visits.values()
        articles = dict.fromkeys(
            deed.article for visit in visits for deed in visit.deeds
        )
        codes = dict.fromkeys(article.code for article in articles)
        for visit in visits:
            codes.update(dict.fromkeys(problem.code for problem in visit.problems))
        codes.update(dict.fromkeys(allergy.code for allergy in export.allergies))
        self.load_codes(codes)
        self.load_products(articles)
        self.load_visit_types(dict.fromkeys(visit.type_name for visit in visits))

    def load_codes(self, codes):
        """Find or make codes; a clinic may have a terminology already."""
        by_system = {}
        for code in codes:
            by_system.setdefault(code.system, []).append(code)
        for system_name, system_codes in by_system.items():
            system = self.find_system(system_name)
            model = self.env["medical.code"].with_context(active_test=False)
            found = model.search_fetch(
                [
                    ("system_id", "=", system.id),
                    ("code", "in", [code.code for code in system_codes]),
                ],
                ["code"],
            )
            ids = {record.code: record.id for record in found}
            missing = [code for code in system_codes if code.code not in ids]
            created = model.create(
                [
                    {"code": code.code, "name": code.name, "system_id": system.id}
                    for code in missing
                ]
            )
            ids.update({record.code: record.id for record in created})
            self.code_ids.update({code: ids[code.code] for code in system_codes})
        self.steps.commit()

    def find_system(self, name):
        """Return a code system; one that nobody knew is made."""
        systems = self.env["medical.code.system"].with_context(active_test=False)
        system = systems.search([("name", "=ilike", name)], limit=1)
        return system or systems.create({"name": name})

    def load_products(self, articles):
        """Make a product for each code of each file: prices differ row by row."""
        missing = [
            article
            for article in articles
            if names.of_article(article) not in self.external_ids
        ]
        self.external_ids.create(
            self.env["product.product"],
            [names.of_article(article) for article in missing],
            [self.prepare_product_vals(article) for article in missing],
        )
        self.steps.commit()

    def prepare_product_vals(self, article):
        act = FILES[article.file].act
        return {
            "name": article.code.name,
            "default_code": article.code.code,
            "type": "consu" if act.is_goods else "service",
            "is_storable": act.is_goods,
            "list_price": 0,
            # No default taxes: what is charged is the price of the row.
            "taxes_id": [],
            "uom_id": self.unit.id,
            "medical_kind": act.kind,
            "medical_code_id": self.code_ids[article.code],
            "medical_charge": "charged" if act.price else "none",
        }

    def load_visit_types(self, type_names):
        """Make the visit types, without fee: the fee is a line with its own price."""
        missing = [
            name
            for name in type_names
            if name and names.of_visit_type(name) not in self.external_ids
        ]
        self.external_ids.create(
            self.env["medical.visit.type"],
            [names.of_visit_type(name) for name in missing],
            [{"name": name.capitalize()} for name in missing],
        )
        self.steps.commit()

    def find_product_id(self, article):
        return self.external_ids[names.of_article(article)]

    def find_visit_type_id(self, name):
        return self.external_ids[names.of_visit_type(name)] if name else False
