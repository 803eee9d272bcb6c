from . import medical_build_invoice
