from . import base_partner_merge_automatic_wizard
from . import medical_build_invoice
