from . import test_access_rights
from . import test_configuration_check
from . import test_consumption
from . import test_cost
from . import test_fifo_cost
from . import test_taking_over
