from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.http import request, route

from odoo.addons.portal.controllers.portal import CustomerPortal


class TreatmentPlanPortal(CustomerPortal):
    """The offers and plans of whoever is logged in, as patient or payer."""

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "treatment_plan_count" in counters:
            values["treatment_plan_count"] = (
                request.env["medical.treatment.plan"]
                .sudo()
                .search_count(self._get_own_plans_domain())
            )
        return values

    @route("/my/treatment_plans", type="http", auth="user", website=True)
    def portal_my_treatment_plans(self, **kw):
        # In sudo mode: portal users have no right to plans; these are their own.
        plans = (
            request.env["medical.treatment.plan"]
            .sudo()
            .search(self._get_own_plans_domain())
        )
        return request.render(
            "medical_billing.portal_my_treatment_plans",
            {
                **self._prepare_portal_layout_values(),
                "page_name": "treatment_plan",
                "plans": plans,
            },
        )

    @route("/my/treatment_plans/<int:plan_id>", type="http", auth="user", website=True)
    def portal_my_treatment_plan(self, plan_id, message=None, **kw):
        plan = self._get_own_plan(plan_id)
        if not plan:
            return request.redirect("/my/treatment_plans")
        return request.render(
            "medical_billing.portal_my_treatment_plan",
            {
                **self._prepare_portal_layout_values(),
                "page_name": "treatment_plan",
                "plan": plan,
                "reader": request.env.user.partner_id.sudo(),
                "message": message,
            },
        )

    @route(
        "/my/treatment_plans/<int:plan_id>/accept",
        type="jsonrpc",
        auth="user",
        website=True,
    )
    def portal_accept_treatment_plan(self, plan_id, name=None, signature=None):
        plan = self._get_own_plan(plan_id)
        if not plan:
            return {"error": request.env._("There is no such treatment plan.")}
        try:
            # What is refused leaves nothing behind.
            with request.env.cr.savepoint():
                # The form of Odoo's portal says name and signature, and no more.
                mark = request.httprequest.args.get("mark")
                plan._accept_in_portal(name, signature, mark)
        except UserError as error:
            return {"error": str(error)}
        return {
            "force_refresh": True,
            "redirect_url": f"/my/treatment_plans/{plan.id}?message=accepted",
        }

    @route(
        "/my/treatment_plans/<int:plan_id>/refuse",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
    )
    def portal_refuse_treatment_plan(self, plan_id, note=None, mark=None, **kw):
        plan = self._get_own_plan(plan_id)
        if not plan:
            return request.redirect("/my/treatment_plans")
        message = "refused"
        try:
            with request.env.cr.savepoint():
                plan._refuse_in_portal(note, mark)
        except UserError:
            message = "changed" if plan.state == "proposed" else "not_open"
        return request.redirect(f"/my/treatment_plans/{plan.id}?message={message}")

    @route(
        "/my/treatment_plans/<int:plan_id>/download",
        type="http",
        auth="user",
        website=True,
    )
    def portal_download_treatment_plan(self, plan_id, **kw):
        plan = self._get_own_plan(plan_id)
        if not plan:
            return request.redirect("/my/treatment_plans")
        # In sudo mode: as above.
        reports = request.env["ir.actions.report"].sudo()
        pdf, _kind = reports._render_qweb_pdf(
            "medical_billing.report_medical_treatment_plan", plan.ids
        )
        return request.make_response(
            pdf,
            [
                ("Content-Type", "application/pdf"),
                ("Content-Length", len(pdf)),
                ("Content-Disposition", f'attachment; filename="{plan.name}.pdf"'),
            ],
        )

    def _get_own_plans_domain(self):
        """Return the domain of what was offered to the user, as patient or as payer."""
        partner = request.env.user.partner_id
        return Domain("state", "!=", "draft") & (
            Domain("patient_id", "=", partner.id) | Domain("payer_id", "=", partner.id)
        )

    def _get_own_plan(self, plan_id):
        """Return a plan of the user, in superuser mode; nothing when it is not theirs.

        :param int plan_id: the id that the address names
        """
        # In sudo mode: portal users have no right to plans; the domain says whose.
        return (
            request.env["medical.treatment.plan"]
            .sudo()
            .search(self._get_own_plans_domain() & Domain("id", "=", plan_id))
        )
