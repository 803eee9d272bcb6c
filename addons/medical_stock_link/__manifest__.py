{
    "name": "Medical Stock Link",
    "summary": "What is used in a visit leaves the stock, at its true cost",
    "version": "19.0.1.0.0",
    "category": "Services/Medical",
    "author": "Clinic Addons",
    "license": "LGPL-3",
    "depends": ["medical_billing", "stock_account", "product_expiry"],
    "data": [],
    "demo": [],
    "post_init_hook": "post_init_hook",
}
