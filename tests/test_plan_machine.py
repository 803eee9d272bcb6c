from plan_machine import PlanClinic, PlanMachine

from odoo.tests import tagged


@tagged("post_install", "-at_install")
class TestPlanMachine(PlanClinic):
    """Short walks over plans, always the same; the long ones are in the proofs."""

    def test_plans_are_billed_as_agreed_after_every_step(self):
        taken, _refused = PlanMachine.run(self, examples=8, steps=40)
        self.assertGreater(sum(taken.values()), 200)
        # Walks as short as these need not come by every rule, but by these.
        for name in ("schedule", "do", "bill", "post", "extend", "close_early"):
            self.assertTrue(taken[name], name)
