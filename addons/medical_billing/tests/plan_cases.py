"""Three treatment plans in the books, worked out by hand.

Each row is one entry: what it adds to the accounts named in `ACCOUNTS`, debit above
zero and credit below. `docs/plan-entries.md` shows the same rows to accountants.
"""

ACCOUNTS = ("receivable", "down payments", "tax", "income", "bank")

# Ten sessions of 100.00 and 10 % tax: 1000.00 and 100.00.
PACKAGE = [
    ("accepted and invoiced", (1100.0, -1000.0, -100.0, 0.0, 0.0)),
    ("paid", (-1100.0, 0.0, 0.0, 0.0, 1100.0)),
    ("first session", (0.0, 100.0, 0.0, -100.0, 0.0)),
    ("second session", (0.0, 100.0, 0.0, -100.0, 0.0)),
    ("closed early: credit note", (-880.0, 800.0, 80.0, 0.0, 0.0)),
    ("paid back", (880.0, 0.0, 0.0, 0.0, -880.0)),
]

# Six sessions of 50.00: 300.00, in three installments of 100.00. Five are done.
INSTALLMENTS = [
    ("first installment", (100.0, -100.0, 0.0, 0.0, 0.0)),
    ("paid", (-100.0, 0.0, 0.0, 0.0, 100.0)),
    ("three sessions", (0.0, 150.0, 0.0, -150.0, 0.0)),
    ("second installment, not paid", (100.0, -100.0, 0.0, 0.0, 0.0)),
    ("two sessions", (0.0, 100.0, 0.0, -100.0, 0.0)),
    ("closed early: the rest", (50.0, -50.0, 0.0, 0.0, 0.0)),
]

# Four sessions of 80.00; after two of them 70.00 are agreed on. One is not done.
PER_SESSION = [
    ("first session", (80.0, 0.0, 0.0, -80.0, 0.0)),
    ("second session", (80.0, 0.0, 0.0, -80.0, 0.0)),
    ("third session, at the new price", (70.0, 0.0, 0.0, -70.0, 0.0)),
]
