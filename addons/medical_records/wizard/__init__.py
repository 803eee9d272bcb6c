from . import base_partner_merge_automatic_wizard
from . import medical_configuration_check
from . import medical_consultation_amend
from . import medical_consultation_cancel
from . import medical_consultation_line_override
from . import medical_consultation_line_record
from . import medical_make_patient
