"""Worked cases of goods used in a visit, with what an accountant expects of the books.

All amounts are worked out by hand; `docs/stock-entries.md` shows the same ones.

In each case two batches are received and billed by the vendor for 120.00:

* 10 pieces at 4.00,
* 10 pieces at 8.00.

Of these 20 pieces a visit uses 12. Where goods come back, 3 of these 12 do. A piece is
billed at 10.00; a procedure that includes all 12 at 120.00.

================  =======================  ==================  ======================
                  standard cost of 5.00    average cost        first in, first out
================  =======================  ==================  ======================
cost of 12 used   12 × 5.00 = 60.00        (10 × 4.00 + 10 ×   10 × 4.00 + 2 × 8.00
                                           8.00) / 20 = 6.00   = 56.00
                                           12 × 6.00 = 72.00
3 that come back  3 × 5.00 = 15.00         3 × 6.00 = 18.00    3 × 56.00 / 12 = 14.00
stock after use   8 × 5.00 = 40.00         8 × 6.00 = 48.00    8 × 8.00 = 64.00
... and return    11 × 5.00 = 55.00        11 × 6.00 = 66.00   64.00 + 14.00 = 78.00
================  =======================  ==================  ======================

What the closing books:

* *periodic*: the cost of what was used, less what came back, moves from stock to
  materials used. Then stock is brought to its value; the vendor's bill is on expenses,
  so that is the value of the stock + what was used - what came back. At standard cost
  40.00 + 60.00 = 100.00, at average cost 48.00 + 72.00 = 120.00, first in, first out
  64.00 + 56.00 = 120.00; with the return 55.00 + 60.00 - 15.00 = 100.00,
  66.00 + 72.00 - 18.00 = 120.00 and 78.00 + 56.00 - 14.00 = 120.00.
* *real time*: the bill is on stock and the use was booked at once. Only at standard
  cost something is left, for 20 pieces cost 120.00 and are worth 100.00:
  40.00 - (120.00 - 60.00) = -20.00, with the return
  55.00 - (120.00 - 60.00 + 15.00) = -20.00.
"""

from typing import NamedTuple

# What a case bills and credits: the totals of its documents, in their order.
DOCUMENTS = {
    "billed apart": [120.0],  # 12 × 10.00
    "included in the procedure": [120.0],  # the procedure alone
    "waived": [],
    "split by quantity": [80.0, 40.0],  # 8 × 10.00, 4 × 10.00
    "split by price": [84.0, 36.0],  # 120.00 × 70 %, 120.00 × 30 %
    "invoiced before use": [120.0],
    "credited without return": [120.0, -120.0],
    "returned with credit": [120.0, -30.0],  # 3 × 10.00
    "returned without credit": [120.0],
}


class Row(NamedTuple):
    """What the books say in one case, with one way to value goods."""

    case: str
    method: str
    income: float  # of all documents, less credit notes
    used: float  # materials used to stock, when the visit is signed
    returned: float  # and back, when goods come back
    materials: float  # on materials used after the closing
    periodic_variation: float  # stock to stock variation, at the closing
    real_time_variation: float  # the same, with perpetual valuation
    stock: float  # on stock valuation after the closing


ROWS = [
    Row("billed apart", "standard", 120, 60, 0, 60, 100, -20, 40),
    Row("billed apart", "average", 120, 72, 0, 72, 120, 0, 48),
    Row("billed apart", "fifo", 120, 56, 0, 56, 120, 0, 64),
    Row("included in the procedure", "standard", 120, 60, 0, 60, 100, -20, 40),
    Row("included in the procedure", "average", 120, 72, 0, 72, 120, 0, 48),
    Row("included in the procedure", "fifo", 120, 56, 0, 56, 120, 0, 64),
    Row("waived", "standard", 0, 60, 0, 60, 100, -20, 40),
    Row("waived", "average", 0, 72, 0, 72, 120, 0, 48),
    Row("waived", "fifo", 0, 56, 0, 56, 120, 0, 64),
    Row("split by quantity", "standard", 120, 60, 0, 60, 100, -20, 40),
    Row("split by quantity", "average", 120, 72, 0, 72, 120, 0, 48),
    Row("split by quantity", "fifo", 120, 56, 0, 56, 120, 0, 64),
    Row("split by price", "standard", 120, 60, 0, 60, 100, -20, 40),
    Row("split by price", "average", 120, 72, 0, 72, 120, 0, 48),
    Row("split by price", "fifo", 120, 56, 0, 56, 120, 0, 64),
    Row("invoiced before use", "standard", 120, 60, 0, 60, 100, -20, 40),
    Row("invoiced before use", "average", 120, 72, 0, 72, 120, 0, 48),
    Row("invoiced before use", "fifo", 120, 56, 0, 56, 120, 0, 64),
    # 120.00 - 120.00: the goods were used all the same.
    Row("credited without return", "standard", 0, 60, 0, 60, 100, -20, 40),
    Row("credited without return", "average", 0, 72, 0, 72, 120, 0, 48),
    Row("credited without return", "fifo", 0, 56, 0, 56, 120, 0, 64),
    # 120.00 - 30.00; 60.00 - 15.00, 72.00 - 18.00, 56.00 - 14.00.
    Row("returned with credit", "standard", 90, 60, 15, 45, 100, -20, 55),
    Row("returned with credit", "average", 90, 72, 18, 54, 120, 0, 66),
    Row("returned with credit", "fifo", 90, 56, 14, 42, 120, 0, 78),
    Row("returned without credit", "standard", 120, 60, 15, 45, 100, -20, 55),
    Row("returned without credit", "average", 120, 72, 18, 54, 120, 0, 66),
    Row("returned without credit", "fifo", 120, 56, 14, 42, 120, 0, 78),
]
