from . import base_partner_merge_automatic_wizard
from . import medical_billable_item_waive
from . import medical_build_invoice
from . import medical_configuration_check
from . import medical_statement
