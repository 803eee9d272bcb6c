{
    "name": "Medical Records",
    "summary": "Patients, consultations and what was done in them",
    "version": "19.0.1.0.0",
    "category": "Services/Medical",
    "author": "Clinic Addons",
    "license": "LGPL-3",
    "depends": ["product", "mail"],
    "data": [
        # Rights come first: views and data name the groups.
        "security/medical_records_groups.xml",
        "security/ir.model.access.csv",
        "security/medical_records_rules.xml",
        "data/ir_sequence_data.xml",
        "data/medical_code_system_data.xml",
        # The codes' action is used by the code systems, and every action by the menus.
        "views/medical_code_views.xml",
        "views/medical_code_system_views.xml",
        "views/medical_visit_type_views.xml",
        "views/product_template_views.xml",
        "views/medical_condition_views.xml",
        "views/medical_allergy_views.xml",
        "views/medical_consultation_views.xml",
        "views/res_partner_views.xml",
        "views/medical_consultation_line_views.xml",
        "views/medical_records_menus.xml",
    ],
    "demo": [
        "demo/res_company_demo.xml",
        "demo/medical_code_demo.xml",
        "demo/product_product_demo.xml",
        "demo/res_partner_demo.xml",
        "demo/res_users_demo.xml",
        "demo/medical_visit_type_demo.xml",
        "demo/medical_consultation_demo.xml",
    ],
    "assets": {
        "web.assets_backend": [
            "medical_records/static/src/scss/**/*",
            "medical_records/static/src/views/**/*",
        ],
    },
    "application": True,
}
