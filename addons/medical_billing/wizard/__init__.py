from . import base_partner_merge_automatic_wizard
from . import medical_billable_item_waive
from . import medical_build_invoice
from . import medical_configuration_check
from . import medical_statement
from . import medical_till_count
from . import medical_till_move
from . import medical_receipt_void
