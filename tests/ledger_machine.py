"""What people do to items and documents, in any order, and what must always hold.

The invariant counts the ledger again after each step, in plain SQL and apart from the
addon.
"""

from collections import Counter, defaultdict
from contextlib import contextmanager
from decimal import ROUND_HALF_UP, Decimal

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant
from walk import NUMBERS, SEVERAL, Walk, read_rows, step

from odoo.exceptions import UserError
from odoo.fields import Command, Date
from odoo.tools import float_compare

from odoo.addons.medical_billing.tests.common import MedicalBillingCommon

CHARGES = ("out_invoice", "out_receipt")
INCLUDED = "tax_included"

ITEMS = """
    SELECT item.id, item.consultation_line_id AS line, item.consultation_id AS visit,
           item.company_id AS company, item.payer_id AS payer,
           item.origin_id AS origin, item.currency_id AS currency,
           item.product_id AS product, item.state, item.blocking_reason,
           item.quantity::float, item.qty_drafted::float AS drafted,
           item.qty_posted::float AS posted, item.qty_waived::float AS waived,
           item.qty_undecided::float AS undecided, item.qty_to_bill::float AS to_bill,
           item.share::float, item.price_unit::float, item.discount::float,
           item.price_total::float, item.price_subtotal::float,
           item.amount_to_bill::float, item.split_by, item.qty_gross::float AS gross,
           item.payment_state, item.credited_item_id AS credited,
           ARRAY(SELECT account_tax_id
                   FROM account_tax_medical_billable_item_rel
                  WHERE medical_billable_item_id = item.id
               ORDER BY account_tax_id) AS taxes
      FROM medical_billable_item item
     WHERE item.company_id IN %s
  ORDER BY item.id
"""
WAIVERS = """
    SELECT waiver.id, waiver.item_id AS item, waiver.quantity::float,
           waiver.undone_date IS NULL AS is_active
      FROM medical_billable_item_waiver waiver
      JOIN medical_billable_item item ON item.id = waiver.item_id
     WHERE item.company_id IN %s
  ORDER BY waiver.id
"""
DOCUMENT_LINES = """
    SELECT line.id, line.billable_item_id AS item, line.move_id AS move,
           line.credit_outcome AS outcome, line.credit_part_id AS credit_part,
           move.state, move.move_type, move.payment_state,
           move.reversed_entry_id AS credited_move,
           line.currency_id AS currency, line.quantity::float,
           line.price_unit::float, line.discount::float,
           line.price_total::float, line.price_subtotal::float,
           ARRAY(SELECT account_tax_id
                   FROM account_move_line_account_tax_rel
                  WHERE account_move_line_id = line.id
               ORDER BY account_tax_id) AS taxes
      FROM account_move_line line
      JOIN account_move move ON move.id = line.move_id
     WHERE line.company_id IN %s
       AND line.billable_item_id IS NOT NULL
  ORDER BY line.id
"""
UNLINKED_LINES = """
    SELECT line.id
      FROM account_move_line line
      JOIN account_move move ON move.id = line.move_id
     WHERE line.company_id IN %s
       AND line.is_medical_unlinked
       AND move.state != 'cancel'
  ORDER BY line.id
"""
DOCUMENTS = """
    SELECT move.id, move.state, move.move_type, move.payment_state,
           move.amount_residual::float AS residual, move.amount_total::float AS total,
           COALESCE(SUM(line.balance), 0) AS balance,
           COALESCE(SUM(line.amount_currency), 0) AS balance_in_currency
      FROM account_move move
 LEFT JOIN account_move_line line ON line.move_id = move.id
     WHERE move.company_id IN %s
  GROUP BY move.id
  ORDER BY move.id
"""
VISIT_LINES = """
    SELECT line.id, line.consultation_id AS visit, line.charge, line.state,
           line.quantity::float, line.qty_done::float AS done, line.is_cancelled,
           line.parent_id AS parent, visit.state AS visit_state,
           company.medical_billing_policy AS policy,
           template.is_medical_package AND EXISTS (
               SELECT
                 FROM medical_consultation_line part
                WHERE part.parent_id = line.id AND part.charge = 'included'
           ) AS is_package
      FROM medical_consultation_line line
      JOIN medical_consultation visit ON visit.id = line.consultation_id
      JOIN res_company company ON company.id = visit.company_id
      JOIN product_product product ON product.id = line.product_id
      JOIN product_template template ON template.id = product.product_tmpl_id
     WHERE visit.company_id IN %s
  ORDER BY line.id
"""


class LedgerClinic(MedicalBillingCommon):
    """A clinic of two companies, with all that makes prices and roundings differ."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        euro = cls.setup_other_currency("EUR", rates=[("2020-01-01", 0.9137)])
        # Coins of five, three decimals, and none.
        francs = cls.setup_other_currency(
            "CHF", rounding=0.05, rates=[("2020-01-01", 0.8821)]
        )
        dinars = cls.setup_other_currency(
            "KWD", rounding=0.001, rates=[("2020-01-01", 0.3071)]
        )
        yen = cls.setup_other_currency(
            "JPY", rounding=1.0, rates=[("2020-01-01", 151.37)]
        )
        branch = cls.setup_other_company(name="Clinic abroad", currency_id=francs.id)
        cls.companies = cls.env.company | branch["company"]
        cls.env.user.company_ids = cls.companies
        cls.banks = {
            cls.env.company: cls.bank_journal,
            branch["company"]: branch["default_journal_bank"],
        }
        pricelists = [
            cls.env["product.pricelist"].create(
                {"name": currency.name, "currency_id": currency.id, "company_id": False}
            )
            for currency in (euro, francs, dinars, yen)
        ]
        cls.pricelists = cls.env["product.pricelist"].union(*pricelists)
        cls.patients = cls.env["res.partner"]
        for number, pricelist in enumerate([None, None, *pricelists]):
            cls.patients |= cls._create_payer(f"Patient {number}", pricelist, True)
        cls.payers = cls._create_payer("Insurer", None) | cls._create_payer(
            "Employer abroad", pricelists[0]
        )
        cls.patients[1].guarantor_id = cls.payers[0]
        cls.services = cls.env["product.product"].union(*cls._create_services())
        package = cls._create_medical_product("Package", "procedure", 100.01)
        cls._create_component(package, cls.services[1], charge="included")
        cls._create_component(package, cls.services[3], 2, charge="included")
        cls._create_component(package, cls.services[0], 2, charge="extra")
        package.is_medical_package = True
        cls.services |= package

    @classmethod
    def _create_payer(cls, name, pricelist, is_patient=False):
        payer = cls._create_partner(name=name, is_patient=is_patient)
        for company in cls.companies:
            payer.with_company(company).property_product_pricelist = pricelist
        return payer

    @classmethod
    def _create_services(cls):
        """Yield a service for each sort of tax, priced so that roundings show."""
        sorts = {
            "Untaxed": (33.33, []),
            "Percent": (19.99, [{"amount": 15.0}]),
            "Included": (7.77, [{"amount": 10.0, "price_include_override": INCLUDED}]),
            "Fixed": (0.35, [{"amount": 0.07, "amount_type": "fixed"}]),
            "Two": (101.005, [{"amount": 6.6}, {"amount": 3.3}]),
            "Group": (12.345, [{"group": [{"amount": 5.5}, {"amount": 2.0}]}]),
        }
        for name, (price, taxes) in sorts.items():
            yield cls._create_medical_product(
                name,
                "procedure",
                price,
                taxes_id=[
                    Command.set(
                        [
                            cls._create_service_tax(company, name, tax).id
                            for company in cls.companies
                            for tax in taxes
                        ]
                    )
                ],
            )

    @classmethod
    def _create_service_tax(cls, company, name, tax):
        values = {"name": f"{name} {tax}", "company_id": company.id}
        if "group" not in tax:
            return cls.env["account.tax"].create(
                {"amount_type": "percent", "type_tax_use": "sale", **values, **tax}
            )
        children = [
            cls._create_service_tax(company, f"{name} {number}", child)
            for number, child in enumerate(tax["group"])
        ]
        return cls.env["account.tax"].create(
            {
                "amount_type": "group",
                "type_tax_use": "sale",
                "amount": 0,
                "children_tax_ids": [Command.set([child.id for child in children])],
                **values,
            }
        )


QUANTITIES = st.sampled_from([1, 2, 3, 2.5, 0.25, 7, 0.1])
ORDERS = st.tuples(NUMBERS, QUANTITIES, st.booleans())
PARTS = st.sampled_from([0.5, 1 / 3, 0.9, 0.01])
GROUPINGS = st.sampled_from(["patient", "consultation", "kind", "item"])
PRICES = st.sampled_from([12.34, 0.0, 99.99, 0.01, 33.335])
DISCOUNTS = st.sampled_from([0, 10, 33.33, 100])


class Seen:
    """What the database says, read by the queries above and by nothing else."""

    def __init__(self, cr, companies):
        self.items, self.waivers, self.document_lines = (
            read_rows(cr, query, companies)
            for query in (ITEMS, WAIVERS, DOCUMENT_LINES)
        )
        self.documents, self.visit_lines, self.unlinked_lines = (
            read_rows(cr, query, companies)
            for query in (DOCUMENTS, VISIT_LINES, UNLINKED_LINES)
        )
        self.lines_by_item = self._group(self.document_lines, "item")
        self.lines_by_part = self._group(self.document_lines, "credit_part")
        self.waivers_by_item = self._group(self.waivers, "item")
        self.items_by_line = self._group(self.items, "line")

    def _group(self, rows, name):
        groups = defaultdict(list)
        for row in rows:
            groups[getattr(row, name)].append(row)
        return groups

    def __eq__(self, other):
        return all(
            getattr(self, name) == getattr(other, name)
            for name in (
                "items",
                "waivers",
                "document_lines",
                "documents",
                "visit_lines",
            )
        )

    __hash__ = None

    # === WHAT A STEP CAN BE TAKEN ON === #

    def moves(self, *states, types=(*CHARGES, "out_refund")):
        """Return the documents with items, which alone the walk is about."""
        medical = {line.move for line in self.document_lines}
        return [
            move
            for move in self.documents
            if move.id in medical and move.state in states and move.move_type in types
        ]

    def owed(self):
        return [move for move in self.moves("posted", types=CHARGES) if move.residual]

    def linked_lines(self, *states):
        return [line for line in self.document_lines if line.state in states]

    def lines_of_visits(self, *states):
        return [line for line in self.visit_lines if line.visit_state in states]

    def undone(self):
        rows = self.lines_of_visits("draft", "in_progress")
        return [line for line in rows if not line.done]

    def ordered(self):
        return [line for line in self.visit_lines if line.state == "ordered"]

    def visits(self, *states):
        return sorted({line.visit for line in self.lines_of_visits(*states)})

    def billable(self):
        return [
            item for item in self.items if item.to_bill and not item.blocking_reason
        ]

    def open_items(self):
        return [
            item
            for item in self.items
            if not item.drafted and not item.posted and not item.credited
        ]

    def undecided(self):
        return [item for item in self.items if item.undecided]

    def active_waivers(self):
        return [waiver for waiver in self.waivers if waiver.is_active]

    def credit_lines(self):
        return [
            line
            for line in self.linked_lines("draft", "posted")
            if line.move_type == "out_refund"
        ]


class LedgerMachine(Walk):
    """What people do to items and documents, in any order."""

    def begin(self):
        self.totals = {}
        self.newcomers = self.env["res.partner"].create({"name": "Insurer again"})

    def see(self):
        seen = Seen(self.env.cr, tuple(self.companies.ids))
        seen.newcomers = len(self.newcomers)
        return seen

    def items(self, *rows):
        return self.env["medical.billable.item"].browse(row.id for row in rows)

    def document(self, row):
        move = self.env["account.move"].browse(row.id)
        return move.with_company(move.company_id)

    def document_line(self, row):
        line = self.env["account.move.line"].browse(row.id)
        return line.with_company(line.company_id)

    # === THE CLINIC === #

    @initialize(
        globally=st.booleans(),
        abroad_globally=st.booleans(),
        digits=st.sampled_from([2, 3]),
        patient=NUMBERS,
        billed=st.sampled_from([None, "draft", "posted", "credited"]),
        policy=st.sampled_from(["done", "ordered"]),
    )
    def open_clinic(self, globally, abroad_globally, digits, patient, billed, policy):
        """Set up the clinic; so that walks get far, some of it is billed already."""
        for company, is_global in zip(
            self.companies, (globally, abroad_globally), strict=True
        ):
            company.tax_calculation_rounding_method = (
                "round_globally" if is_global else "round_per_line"
            )
        self.env.ref("uom.decimal_product_uom").digits = digits
        self.companies[1].medical_billing_policy = policy
        visits = self.create_visit(0, patient, [(0, 3, False), (1, 1, False)])
        visits |= self.create_visit(1, patient, [(2, 2, False), (3, 1, True)])
        visits.action_sign()
        items = visits.line_ids.billable_item_ids
        if billed:
            moves = items[:3]._build_invoices()
            if billed != "draft":
                moves.invoice_date = Date.today()
                moves.action_post()
            if billed == "credited":
                moves._reverse_moves(
                    [{"invoice_date": Date.today()} for _move in moves]
                ).action_post()
        self.env.flush_all()
        self.look()

    def create_visit(self, company, patient, lines):
        company = self.choose(self.companies, company)
        clinic = self.clinic
        return (
            self.env["medical.consultation"]
            .with_company(company)
            .create(
                {
                    "patient_id": self.choose(clinic.patients, patient).id,
                    "practitioner_id": clinic.medic.partner_id.id,
                    "company_id": company.id,
                    "date": "2026-03-02 09:00:00",
                    "line_ids": [
                        Command.create(self.get_order_vals(*line)) for line in lines
                    ],
                }
            )
        )

    def get_order_vals(self, service, quantity, is_dozen):
        uom = self.clinic.uom_dozen if is_dozen else self.clinic.uom_unit
        return {
            "product_id": self.choose(self.clinic.services, service).id,
            "quantity": quantity,
            "product_uom_id": uom.id,
        }

    # === THE RECORD === #

    @step(
        company=st.integers(0, 1),
        patient=NUMBERS,
        lines=st.lists(ORDERS, min_size=1, max_size=3),
        is_signed=st.booleans(),
    )
    def record(self, company, patient, lines, is_signed):
        self.must()
        visit = self.create_visit(company, patient, lines)
        if is_signed:
            visit.action_sign()

    @step(lambda seen: seen.visits("draft", "in_progress"), number=NUMBERS)
    def sign(self, number):
        self.must()
        visits = self.seen.visits("draft", "in_progress")
        self.visit(self.choose(visits, number)).action_sign()

    @step(
        lambda seen: seen.lines_of_visits("signed"),
        number=NUMBERS,
        done=st.sampled_from([0, 0.5, 1, 2]),
        is_signed=st.booleans(),
    )
    def amend(self, number, done, is_signed):
        """Open a signed visit, say that more or less was done, and sign it again."""
        row = self.choose(self.seen.lines_of_visits("signed"), number)
        visit = self.visit(row.visit)
        action = visit.action_amend()
        self.env[action["res_model"]].with_context(**action["context"]).create(
            {"reason": "A mistake"}
        ).action_confirm()
        line = self.visit_line(row)
        quantity = line.product_uom_id.round(row.quantity * done)
        if quantity > row.quantity:
            line.quantity = quantity
        line.qty_done = quantity
        if is_signed and quantity:
            visit.action_sign()

    @step(
        lambda seen: seen.lines_of_visits("draft", "in_progress"),
        number=NUMBERS,
        done=st.sampled_from([0, 0.5, 1]),
    )
    def do(self, number, done):
        """Do more or less of what was ordered, in a visit that is open."""
        row = self.choose(self.seen.lines_of_visits("draft", "in_progress"), number)
        line = self.visit_line(row)
        line.qty_done = line.product_uom_id.round(row.quantity * done)

    @step(
        lambda seen: seen.lines_of_visits("draft", "in_progress"),
        number=NUMBERS,
        quantity=QUANTITIES,
        is_done=st.booleans(),
    )
    def change_order(self, number, quantity, is_done):
        row = self.choose(self.seen.lines_of_visits("draft", "in_progress"), number)
        line = self.visit_line(row)
        line.write(
            {"quantity": quantity, **({"qty_done": quantity} if is_done else {})}
        )

    @step(
        lambda seen: seen.visits("draft", "in_progress"),
        number=NUMBERS,
        order=ORDERS,
    )
    def add_order(self, number, order):
        self.must()
        visit = self.visit(
            self.choose(self.seen.visits("draft", "in_progress"), number)
        )
        visit.write({"line_ids": [Command.create(self.get_order_vals(*order))]})

    @step(lambda seen: seen.undone(), number=NUMBERS)
    def delete_order(self, number):
        self.visit_line(self.choose(self.seen.undone(), number)).unlink()

    @step(lambda seen: seen.ordered(), number=NUMBERS)
    def cancel_order(self, number):
        self.must()
        self.visit_line(self.choose(self.seen.ordered(), number)).action_cancel()

    @step(
        lambda seen: seen.lines_of_visits("draft", "in_progress"),
        number=NUMBERS,
        charge=st.sampled_from(["none", "charged"]),
    )
    def change_charge(self, number, charge):
        rows = self.seen.lines_of_visits("draft", "in_progress")
        self.visit_line(self.choose(rows, number)).charge = charge

    @step(lambda seen: seen.visits("draft"), number=NUMBERS)
    def cancel_visit(self, number):
        visit = self.visit(self.choose(self.seen.visits("draft"), number))
        action = visit.action_cancel()
        self.env[action["res_model"]].with_context(**action["context"]).create(
            {"reason": "patient"}
        ).action_confirm()

    @step(lambda seen: seen.visits("cancelled"), number=NUMBERS)
    def reinstate_visit(self, number):
        self.must()
        visits = self.seen.visits("cancelled")
        self.visit(self.choose(visits, number)).action_reinstate()

    # === ITEMS === #

    @step(
        lambda seen: seen.open_items(),
        number=NUMBERS,
        vals=st.one_of(
            st.fixed_dictionaries({"price_unit": PRICES}),
            st.fixed_dictionaries({"discount": DISCOUNTS}),
            st.fixed_dictionaries({"price_unit": PRICES, "discount": DISCOUNTS}),
        ),
    )
    def change_price(self, number, vals):
        self.must()
        self.items(self.choose(self.seen.open_items(), number)).write(vals)

    @step(lambda seen: seen.items, number=NUMBERS, payer=NUMBERS)
    def change_payer(self, number, payer):
        item = self.items(self.choose(self.seen.items, number))
        item.payer_id = self.choose_payer(payer, item.patient_id)

    @step(lambda seen: seen.items, number=NUMBERS, pricelist=NUMBERS)
    def change_pricelist(self, number, pricelist):
        item = self.items(self.choose(self.seen.items, number))
        item.pricelist_id = self.choose(self.clinic.pricelists, pricelist)

    @step(
        lambda seen: seen.items,
        number=NUMBERS,
        payer=NUMBERS,
        kind=st.sampled_from(["quantity", "share", "amount"]),
        part=PARTS,
    )
    def split(self, number, payer, kind, part):
        row = self.choose(self.seen.items, number)
        item = self.items(row)
        payer = self.choose_payer(payer, item.patient_id)
        if kind == "quantity":
            arguments = {"quantity": item.product_uom_id.round(row.to_bill * part)}
        elif kind == "share":
            arguments = {"share": part}
        else:
            arguments = {"amount": item.currency_id.round(row.price_unit * part)}
        part = item._split(payer, **arguments)
        assert part.payer_id == payer
        assert part.currency_id == item.currency_id, "a part in another currency"
        self.check_parts(row, is_price_shared=kind != "quantity")

    @step(
        lambda seen: seen.open_items(),
        number=NUMBERS,
        payers=st.lists(NUMBERS, min_size=2, max_size=3),
    )
    def share(self, number, payers):
        """Share the price between payers, the patient among them or not."""
        row = self.choose(self.seen.open_items(), number)
        item = self.items(row)
        payers = [self.choose_payer(payer, item.patient_id) for payer in payers]
        parts = item._split_shares(dict.fromkeys(payers, 1 / len(set(payers))))
        assert set(payers) <= set(parts.payer_id)
        assert len(parts.currency_id) == 1, "a part in another currency"
        # Who pays it all pays their own price.
        self.check_parts(row, is_price_shared=len(set(payers)) > 1)

    def check_parts(self, row, is_price_shared):
        """Check that the parts of an act are together what they were before.

        :param row: an item that was split just now
        """
        before = self.seen.items_by_line[row.line]
        self.env.flush_all()
        self.look()
        after = self.seen.items_by_line[row.line]
        self.same(
            *(
                sum(part.quantity * part.share for part in parts)
                for parts in (before, after)
            )
        )
        if is_price_shared and not row.taxes:
            # Nobody gains or loses a cent; what taxes round is another matter.
            self.same(
                *(sum(part.price_total for part in parts) for parts in (before, after))
            )

    @step(
        lambda seen: seen.billable(),
        number=NUMBERS,
        part=st.sampled_from([None, 0.5, 1 / 3]),
    )
    def waive(self, number, part):
        row = self.choose(self.seen.billable(), number)
        item = self.items(row)
        quantity = part and item.product_uom_id.round(abs(row.to_bill) * part)
        if quantity != 0:
            self.must()
        waiver = item._waive(quantity, reason="A gift")
        self.same(waiver.quantity, quantity or abs(row.to_bill))

    @step(lambda seen: seen.active_waivers(), number=NUMBERS)
    def undo_waiver(self, number):
        self.must()
        waiver = self.choose(self.seen.active_waivers(), number)
        self.env["medical.billable.item.waiver"].browse(waiver.id)._undo()

    @step(lambda seen: seen.newcomers, payer=NUMBERS)
    def merge_payers(self, payer):
        """Find out that a payer was there already: the one who came last, once."""
        newcomer = self.newcomers[-1:]
        payer = self.choose(self.clinic.payers | self.newcomers[:-1], payer)
        self.env["base.partner.merge.automatic.wizard"].create({})._merge(
            [newcomer.id, payer.id], payer.with_env(self.env), extra_checks=False
        )
        self.newcomers -= newcomer

    def choose_payer(self, number, patient=None):
        payers = self.clinic.payers.with_env(self.env) | self.newcomers
        return self.choose(payers | patient if patient else payers, number)

    @step(patient=NUMBERS, guarantor=NUMBERS)
    def change_guarantor(self, patient, guarantor):
        patient = self.choose(self.clinic.patients, patient).with_env(self.env)
        guarantors = [self.env["res.partner"], *self.clinic.payers, *self.newcomers]
        patient.guarantor_id = self.choose(guarantors, guarantor)

    # === DOCUMENTS === #

    @step(
        lambda seen: seen.billable(),
        numbers=SEVERAL,
        grouping=GROUPINGS,
        is_receipt=st.booleans(),
        sections=st.booleans(),
        is_posted=st.booleans(),
        is_added=st.booleans(),
    )
    def build(self, numbers, grouping, is_receipt, sections, is_posted, is_added):
        rows = self.choose_several(self.seen.billable(), numbers)
        items = self.items(*rows)
        charged = self.items(*(row for row in rows if not row.credited))
        # What a correction corrects need not be posted, and a draft that there was may
        # say things that cannot be posted.
        if items == charged and not (is_added and is_posted):
            self.must()
        totals = {
            group: group._get_document_total()
            for group in charged._get_document_groups(grouping)
        }
        moves = items._build_invoices(
            grouping=grouping,
            move_type="out_receipt" if is_receipt else "out_invoice",
            sections=sections,
            add_to_drafts=is_added,
        )
        credits = moves.filtered(lambda move: move.move_type == "out_refund")
        assert credits == (items - charged).move_line_ids.move_id & moves
        assert not any(charged.mapped("qty_to_bill"))
        if is_added:
            assert charged <= moves.invoice_line_ids.billable_item_id
        else:
            # What the preview says is what comes out, to the cent.
            assert len(moves - credits) == len(totals)
            for group, total in totals.items():
                (move,) = group.move_line_ids.move_id & moves
                assert set(move.invoice_line_ids.billable_item_id) == set(group)
                self.same(move.amount_total, total)
        if is_posted:
            moves.filtered(
                lambda move: not move.invoice_date
            ).invoice_date = Date.today()
            moves.action_post()

    @step(lambda seen: seen.moves("draft"), number=NUMBERS)
    def post(self, number):
        move = self.document(self.choose(self.seen.moves("draft"), number))
        move.invoice_date = move.invoice_date or Date.today()
        move.action_post()

    @step(
        lambda seen: seen.owed(),
        number=NUMBERS,
        part=st.sampled_from([1, 0.5, 0.333]),
    )
    def pay(self, number, part):
        self.must()
        row = self.choose(self.seen.owed(), number)
        move = self.document(row)
        amount = move.currency_id.round(row.residual * part) or row.residual
        self.env["account.payment.register"].with_company(move.company_id).with_context(
            active_model="account.move", active_ids=move.ids
        ).create(
            {
                "journal_id": self.clinic.banks[move.company_id].id,
                "currency_id": move.currency_id.id,
                "amount": amount,
            }
        ).action_create_payments()

    @step(lambda seen: seen.owed(), number=NUMBERS, amount=st.sampled_from([5, 1000]))
    def pay_in_advance(self, number, amount):
        """Take money without a document, and use it for the document later."""
        move = self.document(self.choose(self.seen.owed(), number))
        payment = (
            self.env["account.payment"]
            .with_company(move.company_id)
            .create(
                {
                    "payment_type": "inbound",
                    "partner_type": "customer",
                    "partner_id": move.commercial_partner_id.id,
                    "journal_id": self.clinic.banks[move.company_id].id,
                    "amount": amount,
                }
            )
        )
        payment.action_post()
        line = payment.move_id.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )
        move.js_assign_outstanding_line(line.id)

    @step(lambda seen: seen.owed(), number=NUMBERS)
    def use_advance(self, number):
        if not self.document(self.choose(self.seen.owed(), number))._use_advance():
            raise UserError("Nothing was paid in advance.")

    @step(lambda seen: seen.moves("posted"), number=NUMBERS)
    def undo_payments(self, number):
        move = self.document(self.choose(self.seen.moves("posted"), number))
        move.line_ids.remove_move_reconcile()

    @step(lambda seen: seen.moves("draft"), number=NUMBERS)
    def cancel_document(self, number):
        self.must()
        move = self.document(self.choose(self.seen.moves("draft"), number))
        held = self.free_after(move)
        move.button_cancel()
        self.check_freed(held)

    @step(lambda seen: seen.moves("posted", "cancel"), number=NUMBERS)
    def reset_document(self, number):
        move = self.choose(self.seen.moves("posted", "cancel"), number)
        self.document(move).button_draft()

    @step(lambda seen: seen.moves("draft", "cancel"), number=NUMBERS)
    def delete_document(self, number):
        move = self.choose(self.seen.moves("draft", "cancel"), number)
        move = self.document(move)
        held = self.free_after(move)
        move.unlink()
        self.check_freed(held)

    @step(lambda seen: seen.linked_lines("draft"), number=NUMBERS)
    def delete_document_line(self, number):
        self.must()
        row = self.choose(self.seen.linked_lines("draft"), number)
        line = self.document_line(row)
        held = self.free_after(line)
        line.move_id.write({"invoice_line_ids": [Command.delete(line.id)]})
        self.check_freed(held)

    def free_after(self, records):
        """Return how much each item has left, when these charges on drafts go.

        :param records: documents or lines of them
        """
        lines = records.line_ids if records._name == "account.move" else records
        free = {}
        for row in self.seen.items:
            freed = sum(
                line.quantity * self.get_sign(row)
                for line in self.seen.lines_by_item[row.id]
                if line.id in lines.ids
                and line.state == "draft"
                and self.is_charge(row, line)
            )
            if freed:
                free[row.id] = row.undecided + row.to_bill + freed - row.quantity
        return free

    def check_freed(self, held):
        """Check that what was held is free at once, in memory too."""
        for item in self.env["medical.billable.item"].browse(held).exists():
            free = item.qty_undecided + item.qty_to_bill
            # A correction that was still open may be needed no more.
            self.same(free - item.quantity, held[item.id])

    @step(
        lambda seen: seen.linked_lines("draft"),
        number=NUMBERS,
        vals=st.one_of(
            st.fixed_dictionaries({"quantity": st.sampled_from([0.5, 1, 0, 9, -1])}),
            st.fixed_dictionaries({"price_unit": PRICES}),
            st.fixed_dictionaries({"discount": DISCOUNTS}),
            st.just({"name": "Something else"}),
            st.just({"tax_ids": [Command.clear()]}),
        ),
    )
    def change_document_line(self, number, vals):
        line = self.document_line(self.choose(self.seen.linked_lines("draft"), number))
        line.move_id.write({"invoice_line_ids": [Command.update(line.id, vals)]})

    @step(lambda seen: seen.moves("draft"), number=NUMBERS)
    def add_document_line(self, number):
        """Type a line by hand: no business of the ledger."""
        self.must()
        move = self.document(self.choose(self.seen.moves("draft"), number))
        move.write(
            {
                "invoice_line_ids": [
                    Command.create({"name": "Certificate", "price_unit": 10})
                ]
            }
        )

    @step(lambda seen: seen.moves("draft", "posted"), number=NUMBERS)
    def copy_document(self, number):
        self.must()
        move = self.document(self.choose(self.seen.moves("draft", "posted"), number))
        assert not move.copy().invoice_line_ids.billable_item_id

    @step(lambda seen: seen.unlinked_lines, number=NUMBERS, item=NUMBERS)
    def link_document_line(self, number, item):
        """Say what a line bills that came from a duplicate."""
        line = self.document_line(self.choose(self.seen.unlinked_lines, number))
        candidates = line._get_candidate_items()
        if not candidates:
            raise UserError("Nothing fits.")
        self.must()
        item = self.choose(candidates, item)
        held = item.qty_drafted + item.qty_posted
        line._link_billable_item(item)
        self.env.flush_all()
        if line.move_id.move_type in CHARGES:
            self.same(item.qty_drafted + item.qty_posted, held + line.quantity)

    # === CREDITS === #

    @step(
        lambda seen: seen.moves("posted", types=CHARGES),
        number=NUMBERS,
        is_replaced=st.booleans(),
        quantity=st.sampled_from([None, 1, 0.5, 9]),
        is_posted=st.booleans(),
    )
    def credit(self, number, is_replaced, quantity, is_posted):
        """Press Odoo's own button, and credit less when a quantity is said."""
        move = self.document(
            self.choose(self.seen.moves("posted", types=CHARGES), number)
        )
        wizard = (
            self.env["account.move.reversal"]
            .with_company(move.company_id)
            .with_context(active_model="account.move", active_ids=move.ids)
            .create({"reason": "Mistake", "journal_id": move.journal_id.id})
        )
        if is_replaced:
            wizard.modify_moves()
            return
        wizard.reverse_moves()
        credit = wizard.new_move_ids
        line = credit.invoice_line_ids.filtered("billable_item_id")[:1]
        if quantity:
            credit.write(
                {"invoice_line_ids": [Command.update(line.id, {"quantity": quantity})]}
            )
        if is_posted:
            credit.action_post()

    @step(
        lambda seen: seen.undecided(),
        number=NUMBERS,
        outcome=st.sampled_from(["rebill", "waive", "payer"]),
        payer=NUMBERS,
    )
    def decide(self, number, outcome, payer):
        row = self.choose(self.seen.undecided(), number)
        item = self.items(row)
        if outcome == "payer":
            item._decide_credits("payer", self.choose_payer(payer))
        else:
            item._decide_credits(outcome)
        self.same(item.qty_undecided, 0)
        self.same(item.qty_posted, row.posted)
        self.same(item.qty_drafted, row.drafted)

    @step(
        lambda seen: seen.credit_lines(),
        number=NUMBERS,
        outcome=st.sampled_from([False, "rebill", "waive", "payer"]),
        payer=NUMBERS,
    )
    def change_outcome(self, number, outcome, payer):
        """Say on a credit note what becomes of what it credits, before or after."""
        line = self.document_line(self.choose(self.seen.credit_lines(), number))
        payer = self.choose_payer(payer) if outcome == "payer" else None
        line._set_credit_outcome(outcome, payer)

    # === WHAT MUST ALWAYS HOLD === #

    @invariant()
    def the_ledger_is_true(self):
        for item in self.seen.items:
            with self.saying(item):
                self.check_quantities(item)
                self.check_state(item)
                self.check_amounts(item)
                self.check_documents(item)
        for line in self.seen.visit_lines:
            with self.saying(line):
                self.check_visit_line(line)
        for move in self.seen.documents:
            with self.saying(move):
                self.same(move.balance, 0)
                self.same(move.balance_in_currency, 0)

    @contextmanager
    def saying(self, row):
        """Show what was looked at, when it is not as it must be."""
        try:
            yield
        except AssertionError as error:
            lines = self.seen.lines_by_item.get(row.id, []) if self.is_item(row) else []
            raise AssertionError(
                "\n".join(str(said) for said in (error, row, *lines))
            ) from None

    def is_item(self, row):
        return hasattr(row, "to_bill")

    def same(self, one, other):
        assert float_compare(one, other, precision_digits=6) == 0, f"{one} != {other}"

    def is_charge(self, item, line):
        """Whether a line bills; what corrects an item is billed by a credit note."""
        signed = line.quantity * (1 if line.move_type in CHARGES else -1)
        return signed * self.get_sign(item) > 0

    def get_sign(self, item):
        return -1 if item.credited else 1

    def check_quantities(self, item):
        """Add up what the document lines say, and compare."""
        sign = self.get_sign(item)
        counted = Counter()
        for line in self.seen.lines_by_item[item.id]:
            quantity = abs(line.quantity)
            if self.is_charge(item, line):
                counted[line.state] += quantity
            elif line.state == "posted":
                counted["posted"] -= quantity
                counted[line.outcome or "undecided"] += quantity
        counted["waive"] += sum(
            waiver.quantity
            for waiver in self.seen.waivers_by_item[item.id]
            if waiver.is_active
        )
        quantities = (
            item.drafted,
            item.posted,
            item.waived,
            item.undecided,
            item.to_bill,
        )
        self.same(item.drafted * sign, counted["draft"])
        self.same(item.posted * sign, counted["posted"])
        self.same(item.waived * sign, counted["waive"])
        self.same(sum(quantities), item.quantity)
        assert all(quantity * sign >= 0 for quantity in quantities), "below nothing"
        assert item.quantity * sign >= 0, "below nothing"
        # What was credited and is billed again is decided thereby.
        free = item.quantity - item.drafted - item.posted - item.waived
        self.same(item.undecided * sign, min(counted["undecided"], free * sign))

    def check_state(self, item):
        line = next(line for line in self.seen.visit_lines if line.id == item.line)
        for state, quantity in (
            ("undecided", item.undecided),
            ("to_bill", item.to_bill),
            ("drafted", item.drafted),
            ("billed", item.posted),
            ("waived", item.waived),
            ("cancelled", line.state == "cancelled"),
            ("cancelled", not item.quantity and item.gross),
            ("cancelled", not item.quantity and item.split_by == "quantity"),
            ("pending", True),
        ):
            if quantity:
                assert item.state == state, f"{item.state} is {state}"
                break

    def check_amounts(self, item):
        self.same(item.price_total, self.get_total(item, item.quantity))
        self.same(item.amount_to_bill, self.get_total(item, item.to_bill))
        for line in self.seen.lines_by_item[item.id]:
            # What was credited may be billed again otherwise, in another currency too.
            if (line.price_unit, line.discount, line.taxes, line.currency) == (
                item.price_unit,
                item.discount,
                item.taxes,
                item.currency,
            ):
                self.same(line.price_total, self.get_total(item, line.quantity))

    def get_total(self, item, quantity):
        """Return what Odoo's tax engine says that a quantity of an item costs."""
        key = (
            quantity,
            item.price_unit,
            item.discount,
            item.currency,
            item.company,
            *item.taxes,
        )
        if key not in self.totals:
            taxes = self.env["account.tax"].browse(item.taxes)
            company = self.env["res.company"].browse(item.company)
            currency = self.env["res.currency"].browse(item.currency)
            base_line = taxes._prepare_base_line_for_taxes_computation(
                None,
                quantity=quantity,
                price_unit=item.price_unit,
                discount=item.discount,
                currency_id=currency,
                product_id=self.env["product.product"].browse(item.product),
                tax_ids=taxes,
            )
            taxes._add_tax_details_in_base_line(base_line, company)
            taxes._round_base_lines_tax_details([base_line], company)
            details = base_line["tax_details"]
            self.totals[key] = details["total_included_currency"]
            if not taxes:
                self.same(
                    self.totals[key],
                    self.multiply(
                        currency.rounding, quantity, item.price_unit, item.discount
                    ),
                )
        return self.totals[key]

    def multiply(self, rounding, quantity, price, discount):
        """Multiply as people do on paper."""
        quantity, price, discount = (
            Decimal(repr(number)) for number in (quantity, price, discount)
        )
        # The last digits of a float are noise.
        exact = round(quantity * price * (100 - discount) / 100, 8)
        unit = Decimal(repr(rounding))
        return float((exact / unit).quantize(Decimal(1), ROUND_HALF_UP) * unit)

    def check_documents(self, item):
        """Compare an item with the documents it is on, but for its quantities."""
        charges = [
            line
            for line in self.seen.lines_by_item[item.id]
            if line.state == "posted" and self.is_charge(item, line)
        ]
        states = {line.payment_state for line in charges} or {None}
        if len(states) == 1:
            assert {item.payment_state} == states, f"{item.payment_state} is {states}"
        if item.credited:
            for line in charges:
                origins = self.seen.lines_by_item[item.credited]
                assert line.credited_move in {origin.move for origin in origins}

    def is_billable(self, line):
        """Whether a line is billed; a package is billed by what it includes."""
        if line.charge != "included" or line.is_package:
            return line.charge == "charged" and not line.is_package
        package = next(row for row in self.seen.visit_lines if row.id == line.parent)
        return package.is_package and package.charge == "charged"

    def check_visit_line(self, line):
        """Compare what is charged with what was done, or ordered."""
        items = self.seen.items_by_line[line.id]
        if self.is_billable(line):
            assert items, "charged, and without an item"
            billed = sum(item.quantity * item.share for item in items)
            is_begun = line.visit_state in ("in_progress", "signed")
            if line.policy == "ordered" and is_begun and not line.is_cancelled:
                self.same(billed, line.quantity)
            else:
                self.same(billed, line.done)
        else:
            assert not items, "not charged, and with an item"
