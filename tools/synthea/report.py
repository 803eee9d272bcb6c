"""What is printed in the end: a table for people, one line of JSON for programs."""

import json

LABELS = {
    "patients": "Patients",
    "consultations": "Consultations",
    "lines": "Lines",
    "items": "Billable items",
    "charged": "Charged",
    "documents": "Documents",
    "invoiced": "Invoiced",
    "paid": "Paid",
    "left_to_bill": "Items left to bill",
    "stock_moves": "Stock moves",
    "units_consumed": "Units consumed",
    "rejected": "Rows rejected",
}
SECONDS = {
    "load": "Load",
    "sign": "Sign",
    "build": "Build documents",
    "post": "Post",
    "pay": "Pay",
}


def format_table(figures):
    """Return the figures as lines of text.

    :rtype: str
    """
    rows = [(label, f"{figures[key]}") for key, label in LABELS.items()]
    seconds = figures["seconds"]
    rows += [(label, f"{seconds[key]:.1f} s") for key, label in SECONDS.items()]
    width = max(len(value) for _label, value in rows)
    return "\n".join(f"{label:<20}{value:>{width}}" for label, value in rows)


def format_json(figures):
    """Return the figures as one line of JSON."""
    return json.dumps(figures, separators=(",", ":"))
