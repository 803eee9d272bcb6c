import logging
import os

from odoo.tests import tagged

from odoo.addons.medical_billing.tests.many_items import ManyItemsCommon

_logger = logging.getLogger(__name__)

FEW = 1_000
MANY = int(os.environ.get("CLINIC_PROVE_ITEMS", "1000000"))


@tagged("post_install", "-at_install")
class TestMillionItems(ManyItemsCommon):
    """A clerk of a clinic with a million items waits no longer than in a new one."""

    def test_lists_and_balances_of_a_million_items(self):
        self._fill(FEW)
        few = {name: self._measure(deed) for name, deed in self._get_deeds().items()}
        self._fill(MANY - FEW)
        self._assert_indexes()
        for name, deed in self._get_deeds().items():
            many = self._measure(deed)
            _logger.info(
                "%s: %.1f ms with %s items, %.1f ms with %s, ratio %.2f",
                name,
                few[name],
                FEW,
                many,
                MANY,
                many / few[name],
            )
            with self.subTest(deed=name):
                # A page of 80 rows with its count, up to 10 000.
                self.assertLess(many, 500)
