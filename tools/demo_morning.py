"""A clinic morning, through the addons' own methods, each step as who does it.

Run by ``./clinic demo`` in a new database with demo data. It prints what happened as
short tables: documents, payments, what is left to bill, what left the stock.
"""

from datetime import timedelta

from odoo import fields
from odoo.fields import Command

LOGINS = [
    ("reception", "patients and the diary"),
    ("assistant", "vital signs, lab tests, what was given"),
    ("medic", "the whole record; signs own visits"),
    ("biller", "items, invoices, receipts, payments"),
    ("accountant", "Odoo Accounting"),
    ("stock", "Odoo Inventory"),
    ("patient", "the portal: own documents"),
    ("admin", "everything"),
]


class Morning:
    """The people and the products of the demo data, and what they do with them."""

    def __init__(self, env):
        self.env = env

    def ref(self, name, module="medical_records"):
        return self.env.ref(f"{module}.{name}_demo")

    def acting(self, login):
        """Return the environment of a user, by login."""
        user = self.env["res.users"].search([("login", "=", login)])
        return self.env(user=user.id)

    # --- Reception --- #

    def register(self):
        """A new patient walks in and gets a visit."""
        env = self.acting("reception")
        patient = env["res.partner"].create(
            {
                "name": "Nora Falk",
                "is_patient": True,
                "birthdate": "1991-04-17",
                "sex": "female",
                "phone": "+1 555 010 7788",
            }
        )
        return env["medical.consultation"].create(
            {
                "patient_id": patient.id,
                "practitioner_id": self.ref("partner_keller").id,
                "visit_type_id": self.ref("visit_type_first").id,
                "date": fields.Datetime.now(),
            }
        )

    # --- The consulting room --- #

    def treat(self, visit, login="medic", **story):
        """Start a visit, write down what was found and done, and sign it."""
        visit = self.acting(login)["medical.consultation"].browse(visit.id)
        if visit.state == "draft":
            visit.action_start()
        diagnoses = [
            Command.create(
                {
                    "code_id": self.ref(code).id,
                    "rank": "secondary" if index else "principal",
                }
            )
            for index, code in enumerate(story.pop("diagnoses", []))
        ]
        lines = [
            Command.create(
                {"product_id": self.ref(product).id, "quantity": quantity, **more}
            )
            for product, quantity, more in story.pop("lines", [])
        ]
        # What the demo data already says of a visit stays.
        visit.diagnosis_ids.unlink()
        visit.write({**story, "diagnosis_ids": diagnoses, "line_ids": lines})
        visit.action_sign()
        return visit

    def report_lab_tests(self):
        """The assistant finishes what was ordered, after the visits were signed."""
        lines = self.acting("assistant")["medical.consultation.line"].search(
            [
                ("kind", "=", "laboratory"),
                ("state", "=", "ordered"),
                ("consultation_id.state", "=", "signed"),
            ]
        )
        lines.write({"result": "Within the reference range"})
        lines.action_done()
        return lines

    # --- The desk --- #

    def build(self, patients, document_type, **options):
        """Select what is to bill, press the button, and return the documents."""
        env = self.acting("biller")
        items = env["medical.billable.item"].search(
            [("patient_id", "in", patients.ids), ("qty_to_bill", ">", 0)]
        )
        wizard = env["medical.build.invoice"].create(
            {
                "item_ids": [Command.set(items.ids)],
                "document_type": document_type,
                **options,
            }
        )
        wizard.action_build()
        return items.move_line_ids.move_id

    # --- Care over many visits --- #

    def agree(self, patient, title, mode):
        """Agree on ten sessions that are paid in advance; the first document is posted.

        :return: the plan
        """
        plan = self.acting("medic")["medical.treatment.plan"].create(
            {
                "patient_id": self.ref(patient).id,
                "practitioner_id": self.ref("partner_okafor").id,
                "title": title,
                "billing_mode": mode,
                "line_ids": [
                    Command.create(
                        {
                            "product_id": self.ref("product_physiotherapy").id,
                            "sessions": 10,
                        }
                    )
                ],
            }
        )
        if mode == "installments":
            action = plan.action_change_billing()
            self.acting("medic")[action["res_model"]].with_context(
                **action["context"]
            ).create({}).action_confirm()
        plan.action_propose()
        plan.with_env(self.acting("reception")).action_accept()
        return plan

    def do_session(self, plan, days):
        """Make an appointment for the next session of a plan, or do it today."""
        visit = self.acting("reception")["medical.consultation"].create(
            {
                "patient_id": plan.patient_id.id,
                "practitioner_id": self.ref("partner_okafor").id,
                "date": fields.Datetime.now() + timedelta(days=days),
            }
        )
        visit = visit.with_env(self.acting("medic2"))
        visit.action_add_plan_sessions()
        if not days:
            visit.action_start()
            visit.action_sign()
        return visit

    def live_plans(self):
        """Two courses of treatment begin; one is paid as a package, and used."""
        self.env.company.medical_down_payment_account_id = self.env[
            "account.account"
        ].create(
            {
                "name": "Down Payments of Patients",
                "code": "259900",
                "account_type": "liability_current",
            }
        )
        package = self.agree("patient_tomas", "Physiotherapy for the back", "package")
        self.agree("patient_marta", "Physiotherapy for the knee", "installments")
        biller = self.acting("biller")
        advance = package.with_env(biller).down_payment_ids.move_line_ids.move_id
        advance.action_post()
        visits = self.do_session(package, 0)
        self.do_session(package, 7)
        items = biller["medical.billable.item"].search(
            [("consultation_id", "in", visits.ids)]
        )
        documents = items._build_invoices()
        documents.action_post()
        return visits, advance | documents

    def run(self):
        """Live through the morning.

        :return: the visits and the documents of the morning
        """
        keller = {"login": "medic"}
        visits = self.treat(
            self.register(),
            **keller,
            reason="Cut in the left palm",
            examination="2 cm cut, clean edges, no loss of feeling",
            systolic_pressure=122,
            diastolic_pressure=78,
            heart_rate=74,
            diagnoses=["code_icd_10_s61"],
            lines=[
                ("product_suturing", 1, {}),
                ("product_tetanus_vaccine", 1, {}),
                (
                    "product_ibuprofen",
                    10,
                    {"dosage": "1 tablet up to 3 times a day, with food"},
                ),
            ],
        )
        visits |= self.treat(
            self.ref("consultation_daniel"),
            **keller,
            reason="Cough for ten days",
            diagnoses=["code_icd_10_j20"],
            lines=[
                ("product_chest_xray", 1, {"is_done_later": False}),
                (
                    "product_amoxicillin",
                    21,
                    {"dispensing": "external", "dosage": "1 capsule 3 times a day"},
                ),
            ],
        )
        visits |= self.treat(
            self.ref("consultation_grace"),
            **keller,
            reason="Yearly check of the blood",
            diagnoses=["code_icd_10_j45"],
            lines=[("product_blood_count", 1, {}), ("product_ecg", 1, {})],
        )
        visits |= self.treat(
            self.ref("consultation_leo"),
            login="medic2",
            reason="Itching rash",
            diagnoses=["code_icd_10_l20"],
            lines=[("product_dressing", 2, {})],
        )
        self.report_lab_tests()
        receipt = self.build(visits[0].patient_id, "receipt")
        part_paid = self.build(self.ref("patient_daniel"), "receipt", amount_paid=100)
        invoices = self.build(
            self.ref("patient_grace") | self.ref("patient_leo"), "invoice"
        )
        invoices.action_post()
        sessions, of_plans = self.live_plans()
        return visits | sessions, receipt | part_paid | invoices | of_plans


def table(title, header, rows):
    """Print rows below a header, columns as wide as they need to be."""
    rows = [header, *[[str(cell) for cell in row] for row in rows]]
    widths = [max(len(row[column]) for row in rows) for column in range(len(header))]
    print(f"\n{title}")
    for number, row in enumerate(rows):
        print(
            "  "
            + "  ".join(
                cell.ljust(width) for cell, width in zip(row, widths, strict=True)
            ).rstrip()
        )
        if not number:
            print("  " + "  ".join("-" * width for width in widths))


def show(env, visits, documents):
    """Print what the morning left behind."""
    states = dict(documents._fields["payment_state"]._description_selection(env))
    table(
        "Documents",
        ["number", "kind", "payer", "patient", "total", "paid", "open", "state"],
        [
            (
                document.name,
                "receipt" if document.is_medical_receipt else "invoice",
                document.partner_id.name,
                document.medical_patient_id.name,
                f"{document.amount_total:.2f}",
                f"{document.amount_total - document.amount_residual:.2f}",
                f"{document.amount_residual:.2f}",
                states[document.payment_state],
            )
            for document in documents
        ],
    )
    table(
        "Visits",
        ["visit", "practitioner", "patient", "items", "left to bill", "cost of goods"],
        [
            (
                visit.name,
                visit.practitioner_id.name,
                visit.patient_id.name,
                len(visit.billable_item_ids),
                f"{visit.amount_to_bill:.2f}",
                f"{visit.material_cost:.2f}",
            )
            for visit in visits
        ],
    )
    moves = env["stock.move"].search(
        [("consultation_line_id", "!=", False), ("state", "=", "done")]
    )
    table(
        "Stock",
        ["goods", "used", "left", "unit", "lots"],
        [
            (
                product.display_name,
                f"{sum(used.mapped('product_qty')):g}",
                f"{product.qty_available:g}",
                product.uom_id.name,
                ", ".join(used.lot_ids.mapped("name")),
            )
            for product, used in moves.grouped("product_id").items()
        ],
    )


def show_logins(env):
    """Print who can log in, for everybody who exists in the database."""
    logins = set(env["res.users"].search([]).mapped("login"))
    table(
        "Log in (the password is the login)",
        ["login", "sees"],
        [row for row in LOGINS if row[0] in logins],
    )


def main(env, argv):
    """Run the morning in a new demo database; nothing is left when a step fails."""
    visits, documents = Morning(env).run()
    env.flush_all()
    env.invalidate_all()
    show(env, visits.with_env(env), documents.with_env(env))
    show_logins(env)
    return 0
