from long_walk import LongWalk
from plan_machine import PlanClinic, PlanMachine

from odoo.tests import tagged


@tagged("post_install", "-at_install")
class TestPlanMachineLong(LongWalk, PlanClinic):
    """Long walks over treatment plans, other ones each time."""

    def test_plans_are_billed_as_agreed_on_long_walks(self):
        self.walk_long(PlanMachine)
