"""Check a loaded Synthea export against its files, without the loader or the addons.

What each consultation and each patient is to be charged is added up here from the CSV
files alone, and compared with the posted documents in the database, to the cent; and so
is what they use, with what the stock holds and with what came to it and left it.

By hand: ``synthea_check.py DIR DATABASE [PATIENTS]``, with the connection in the
``PG...`` variables; it prints what differs, and nothing else.
"""

import csv
import sys
from collections import Counter
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import psycopg2

CENT = Decimal("0.01")
CHARGED = ("procedures", "immunizations", "medications")
GOODS = {"medications": "DISPENSES", "supplies": "QUANTITY", "devices": None}
KINDS = {"medications": "medication", "supplies": "consumable", "devices": "consumable"}


class Expected:
    """What the files add up to; all rows must be sound."""

    def __init__(self, folder, patients=None):
        self.folder = Path(folder)
        ids = [row["Id"] for row in self.rows("patients")][:patients]
        self.patients = dict.fromkeys(ids, Decimal(0))
        self.visits = {}
        self.owners = {}
        self.items = 0
        self.units = Counter()
        # The same by kind and code of the goods.
        self.used = Counter()
        self.add_visits()
        for name in CHARGED:
            self.add_charges(name)
        for name, column in GOODS.items():
            for row in self.rows(name):
                if row["ENCOUNTER"] in self.visits:
                    quantity = Decimal(row[column] if column else 1)
                    self.units[name] += quantity
                    self.used[KINDS[name], row["CODE"]] += quantity
        for visit, amount in self.visits.items():
            self.patients[self.owners[visit]] += amount

    def rows(self, name):
        path = self.folder / f"{name}.csv"
        if not path.exists():
            return []
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))

    def add_visits(self):
        for row in self.rows("encounters"):
            if row["PATIENT"] in self.patients:
                self.items += 1
                self.owners[row["Id"]] = row["PATIENT"]
                self.visits[row["Id"]] = to_cents(row["BASE_ENCOUNTER_COST"])

    def add_charges(self, name):
        for row in self.rows(name):
            if row["ENCOUNTER"] in self.visits:
                self.items += 1
                quantity = Decimal(row.get("DISPENSES") or 1)
                self.visits[row["ENCOUNTER"]] += to_cents(row["BASE_COST"], quantity)

    @property
    def charged(self):
        return sum(self.visits.values(), Decimal(0))


def to_cents(price, quantity=1):
    return (Decimal(price) * quantity).quantize(CENT, ROUND_HALF_UP)


# The external ids of encounters and patients hold their Ids.
POSTED_BY_VISIT = """
    SELECT substr(ref.name, length('encounters_') + 1), sum(line.price_subtotal)::text
    FROM account_move_line line
    JOIN account_move move ON move.id = line.move_id AND move.state = 'posted'
    JOIN medical_billable_item item ON item.id = line.billable_item_id
    JOIN ir_model_data ref ON ref.module = '__synthea__'
        AND ref.model = 'medical.consultation' AND ref.res_id = item.consultation_id
    GROUP BY 1
"""
POSTED_BY_PATIENT = """
    SELECT substr(ref.name, length('patients_') + 1), sum(move.amount_total)::text
    FROM account_move move
    JOIN ir_model_data ref ON ref.module = '__synthea__'
        AND ref.model = 'res.partner' AND ref.res_id = move.partner_id
    WHERE move.state = 'posted' AND move.move_type IN ('out_invoice', 'out_receipt')
    GROUP BY 1
"""
BOOKED_BY_PATIENT = """
    SELECT substr(ref.name, length('patients_') + 1), sum(line.debit)::text
    FROM account_move_line line
    JOIN account_account account ON account.id = line.account_id
        AND account.account_type = 'asset_receivable'
    JOIN ir_model_data ref ON ref.module = '__synthea__'
        AND ref.model = 'res.partner' AND ref.res_id = line.partner_id
    WHERE line.parent_state = 'posted'
    GROUP BY 1
"""
UNITS = """
    SELECT COALESCE(sum(move.quantity), 0)::text FROM stock_move move
    JOIN stock_location source ON source.id = move.location_id
    JOIN stock_location place ON place.id = move.location_dest_id
    WHERE move.state = 'done' AND source.usage = 'internal'
    AND place.usage = 'production'
"""
RECEIVED = UNITS.replace("'internal'", "'supplier'").replace(
    "'production'", "'internal'"
)
# Where goods are: what the quants say, and what the done move lines add up to.
HELD = """
    SELECT quant.product_id, quant.lot_id, sum(quant.quantity) AS quantity
    FROM stock_quant quant
    JOIN stock_location place ON place.id = quant.location_id
    WHERE place.usage = 'internal' GROUP BY 1, 2
"""
MOVED = """
    SELECT line.product_id, line.lot_id,
           sum(line.quantity_product_uom)
               FILTER (WHERE place.usage = 'internal') AS received,
           sum(line.quantity_product_uom)
               FILTER (WHERE source.usage = 'internal') AS consumed
    FROM stock_move_line line
    JOIN stock_location source ON source.id = line.location_id
    JOIN stock_location place ON place.id = line.location_dest_id
    WHERE line.state = 'done' AND source.usage != place.usage GROUP BY 1, 2
"""
ON_HAND_BY_LOT = f"""
    SELECT COALESCE(held.product_id, moved.product_id)::text, lot.name,
           COALESCE(held.quantity, 0)::text, COALESCE(moved.received, 0)::text,
           COALESCE(moved.consumed, 0)::text
    FROM ({HELD}) held
    FULL JOIN ({MOVED}) moved ON held.product_id = moved.product_id
        AND COALESCE(held.lot_id, 0) = COALESCE(moved.lot_id, 0)
    LEFT JOIN stock_lot lot ON lot.id = COALESCE(held.lot_id, moved.lot_id)
"""
ON_HAND_BY_CODE = f"""
    SELECT template.medical_kind, product.default_code,
           COALESCE(sum(moved.received), 0)::text,
           COALESCE(sum((SELECT sum(held.quantity) FROM ({HELD}) held
                WHERE held.product_id = product.id)), 0)::text
    FROM product_product product
    JOIN product_template template ON template.id = product.product_tmpl_id
    JOIN ir_model_data ref ON ref.module = '__synthea__'
        AND ref.model = 'product.product' AND ref.res_id = product.id
    LEFT JOIN (SELECT product_id, sum(received) AS received FROM ({MOVED}) lines
        GROUP BY 1) moved ON moved.product_id = product.id
    WHERE template.is_storable GROUP BY 1, 2
"""
PAYMENTS = """
    SELECT count(*), sum(payment.amount)::text, count(DISTINCT link.invoice_id),
           sum((SELECT sum(line.balance) FROM account_move_line line
                JOIN account_account account ON account.id = line.account_id
                WHERE line.move_id = payment.move_id
                AND account.account_type != 'asset_receivable'))::text
    FROM account_payment payment
    JOIN account_move__account_payment link ON link.payment_id = payment.id
"""


def fetch(connection, query):
    # Sums come as text: inside Odoo, numbers of PostgreSQL become floats.
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


def find_differences(expected, connection):
    """Compare the database with what is expected of the whole of it.

    :return: a list of sentences, empty when all is right
    """
    differences = []
    for what, query, wanted in (
        ("encounter", POSTED_BY_VISIT, expected.visits),
        ("patient, documents of", POSTED_BY_PATIENT, expected.patients),
        ("patient, accounts of", BOOKED_BY_PATIENT, expected.patients),
    ):
        found = dict(fetch(connection, query))
        for key in sorted(wanted.keys() | found.keys()):
            posted, charged = Decimal(found.get(key, 0)), wanted.get(key, 0)
            if posted != charged:
                differences.append(f"{what} {key}: {posted} instead of {charged}")
    for what, query in (("used", UNITS), ("received", RECEIVED)):
        units = Decimal(fetch(connection, query)[0][0])
        if units != expected.units.total():
            differences.append(
                f"{units} units {what} instead of {expected.units.total()}"
            )
    return differences + find_stock_differences(expected, connection)


def find_stock_differences(expected, connection):
    """Compare what the stock holds with what came and left.

    Once by product and lot with the moves alone, and once by kind and code with what
    the files say that was used.
    """
    differences = []
    for product, lot, *quantities in fetch(connection, ON_HAND_BY_LOT):
        held, received, consumed = map(Decimal, quantities)
        if held != received - consumed:
            differences.append(
                f"product {product}, lot {lot}: {held} on hand, but {received} "
                f"received and {consumed} consumed"
            )
    found = {
        (kind, code): (Decimal(received), Decimal(held))
        for kind, code, received, held in fetch(connection, ON_HAND_BY_CODE)
    }
    for key in sorted(found.keys() | expected.used.keys()):
        received, held = found.get(key, (0, 0))
        if held != received - expected.used[key]:
            differences.append(
                f"{' '.join(key)}: {held} on hand, but {received} received and "
                f"{expected.used[key]} used according to the files"
            )
    return differences


def find_payment_differences(expected, connection, documents):
    """Compare the payments: one for each document with an amount, exact to the cent.

    What is compared are their number and sum, how many documents they pay, and what
    they brought to bank and cash.
    """
    count, amount, paid_documents, liquidity = fetch(connection, PAYMENTS)[0]
    wanted = (documents, expected.charged, documents, expected.charged)
    found = (count, Decimal(amount), paid_documents, Decimal(liquidity))
    return [] if found == wanted else [f"payments: {found} instead of {wanted}"]


def main(folder, database, patients=None):
    expected = Expected(folder, int(patients) if patients else None)
    connection = psycopg2.connect(dbname=database)
    try:
        differences = find_differences(expected, connection)
    finally:
        connection.close()
    sys.stdout.writelines(f"{line}\n" for line in differences)
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
