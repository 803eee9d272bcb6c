{
    "name": "Medical Stock Link",
    "summary": "What is used in a visit leaves the stock, at its true cost",
    "version": "19.0.1.0.0",
    "category": "Services/Medical",
    "author": "Clinic Addons",
    "license": "LGPL-3",
    "depends": ["medical_billing", "stock_account", "product_expiry"],
    "data": [
        "security/ir.model.access.csv",
        "security/medical_stock_link_rules.xml",
        "data/mail_activity_type_data.xml",
        "wizard/medical_consultation_line_return_views.xml",
        "views/medical_consultation_views.xml",
        "views/medical_consultation_line_views.xml",
        "views/stock_picking_views.xml",
        "views/res_config_settings_views.xml",
        "views/product_template_views.xml",
        "wizard/medical_expected_margin_views.xml",
        "views/medical_stock_link_menus.xml",
    ],
    "demo": [
        "demo/res_company_demo.xml",
        "demo/product_product_demo.xml",
        "demo/stock_quant_demo.xml",
        "demo/res_users_demo.xml",
    ],
    "assets": {
        "web.assets_tests": [
            "medical_stock_link/static/tests/tours/**/*",
        ],
    },
    "post_init_hook": "post_init_hook",
}
