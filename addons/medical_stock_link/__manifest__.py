{
    "name": "Medical Stock Link",
    "summary": "What is used in a visit leaves the stock, at its true cost",
    "description": """
When a line of a consultation is done, its goods leave the stock through Odoo's own
transfers: one per visit, first expiry first. The cost is booked when goods are used,
whatever billing does later. No transfer names a patient.
""",
    "version": "19.0.1.0.0",
    "category": "Services/Medical",
    "author": "Clinic Addons",
    "license": "LGPL-3",
    "depends": ["medical_billing", "stock_account", "product_expiry"],
    "data": [],
    "demo": [],
    "post_init_hook": "post_init_hook",
}
