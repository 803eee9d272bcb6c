from . import medical_configuration_check
