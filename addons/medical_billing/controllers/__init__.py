from . import statement
from . import treatment_plan
