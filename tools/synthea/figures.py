"""What of an export is in the database: counted there, in exact numbers."""

from decimal import Decimal

from odoo.tools import SQL

from . import names


class Figures:
    """Counts the records of an export.

    What belongs to others, or to another export, does not count; so the same export
    gives the same figures however often it is loaded.
    """

    def __init__(self, env, external_ids, export):
        self.env = env
        self.digits = env.company.currency_id.decimal_places
        find = external_ids.find
        visits = export.visits.values()
        self.patient_ids = find(names.of_row(p.row) for p in export.patients.values())
        self.visit_ids = find(names.of_row(visit.row) for visit in visits)
        self.line_ids = find(
            names.of_deed(deed) for visit in visits for deed in visit.deeds
        )

    def count(self):
        """Return the figures that the last line shows, in its order.

        :rtype: dict
        """
        items, charged, left = self.fetch(
            """SELECT count(*), sum(price_total)::text,
                      count(*) FILTER (WHERE qty_to_bill != 0 OR qty_undecided != 0)
               FROM medical_billable_item WHERE consultation_line_id = ANY(%s)""",
            self.line_ids,
        )
        documents, invoiced = self.fetch(
            """SELECT count(*),
                      sum(CASE WHEN state != 'posted' THEN 0
                               WHEN move_type = 'out_refund' THEN -amount_total
                               ELSE amount_total END)::text
               FROM account_move WHERE state != 'cancel' AND id IN (
                   SELECT line.move_id FROM account_move_line line
                   JOIN medical_billable_item item ON item.id = line.billable_item_id
                   WHERE item.consultation_line_id = ANY(%s))""",
            self.line_ids,
        )
        moves, units = self.fetch(
            """SELECT count(*),
                      sum(CASE WHEN place.usage = 'production' THEN move.quantity
                               ELSE -move.quantity END)::text
               FROM stock_move move
               JOIN stock_location place ON place.id = move.location_dest_id
               WHERE move.consultation_line_id = ANY(%s) AND move.state = 'done'""",
            self.line_ids,
        )
        return {
            "patients": len(self.patient_ids),
            "consultations": len(self.visit_ids),
            "lines": len(self.line_ids),
            "items": items,
            "charged": self.to_amount(charged),
            "documents": documents,
            "invoiced": self.to_amount(invoiced),
            "paid": self.to_amount(self.sum_payments()),
            "left_to_bill": left,
            "stock_moves": moves,
            "units_consumed": to_number(units),
        }

    def sum_payments(self):
        """Return what payments and bank statements have settled of the documents."""
        return self.fetch(
            """SELECT sum(matched.amount)::text
               FROM account_partial_reconcile matched
               JOIN account_move_line due ON due.id = matched.debit_move_id
               JOIN account_move_line money ON money.id = matched.credit_move_id
               JOIN account_move entry ON entry.id = money.move_id
               WHERE (entry.origin_payment_id IS NOT NULL
                      OR entry.statement_line_id IS NOT NULL)
               AND due.move_id IN (
                   SELECT line.move_id FROM account_move_line line
                   JOIN medical_billable_item item ON item.id = line.billable_item_id
                   WHERE item.consultation_line_id = ANY(%s))""",
            self.line_ids,
        )[0]

    def fetch(self, query, ids):
        # Sums come as text: Odoo reads PostgreSQL's exact numbers as floats.
        return self.env.execute_query(SQL(query, ids))[0]

    def to_amount(self, number):
        """Return an exact amount as text, with all decimals of the currency."""
        return f"{Decimal(number or 0):.{self.digits}f}"


def to_number(number):
    """Return a quantity as a plain number; whole where it is whole."""
    number = Decimal(number or 0)
    return int(number) if number == number.to_integral() else float(number)
