{
    "name": "Medical Records",
    "summary": "Patients, consultations and what was done in them",
    "description": """
The clinical record of a small clinic: patients and practitioners, visits with
diagnoses, and every procedure, drug, test and consumable as a line that billing
and stock can follow.
""",
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
    ],
    "demo": [],
    "application": True,
}
