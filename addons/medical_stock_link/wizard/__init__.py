from . import medical_configuration_check
from . import medical_consultation_line_record
from . import medical_consultation_line_return
from . import medical_consultation_line_waste
from . import medical_expected_consumption
from . import medical_expected_margin
from . import medical_recall
