from . import test_access_rights
from . import test_consultation
from . import test_consultation_line
from . import test_freezing
from . import test_partner
from . import test_product_component
from . import test_signing
from . import test_visit_type
