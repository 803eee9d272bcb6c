from . import test_billable_item
from . import test_ledger
from . import test_pricing
