from . import test_partner
from . import test_product_component
from . import test_visit_type
