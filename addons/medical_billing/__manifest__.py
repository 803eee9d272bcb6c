{
    "name": "Medical Billing",
    "summary": "What was done in a visit becomes billable items, invoices and receipts",
    "version": "19.0.1.0.0",
    "category": "Services/Medical",
    "author": "Clinic Addons",
    "license": "LGPL-3",
    "depends": ["medical_records", "account"],
    "data": [
        # Rights come first: views and data name the groups.
        "security/medical_billing_groups.xml",
        "security/ir.model.access.csv",
        "security/medical_billing_rules.xml",
        "data/mail_activity_type_data.xml",
        "data/ir_cron_data.xml",
        "report/account_move_templates.xml",
        "wizard/medical_build_invoice_templates.xml",
        "wizard/medical_build_invoice_views.xml",
        "views/medical_billable_item_views.xml",
        "views/medical_consultation_views.xml",
        "views/medical_location_views.xml",
        "views/account_payment_views.xml",
        "views/res_partner_views.xml",
        "views/account_move_views.xml",
        "views/res_config_settings_views.xml",
        # Menus name the actions of all the others.
        "views/medical_billing_menus.xml",
    ],
    "demo": [
        "demo/product_product_demo.xml",
        "demo/res_users_demo.xml",
    ],
    "post_init_hook": "post_init_hook",
}
