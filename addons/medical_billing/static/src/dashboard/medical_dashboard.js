import { Component, onMounted, onWillStart, onWillUnmount, useRef, useState } from "@odoo/owl";
import { loadBundle } from "@web/core/assets";
import { formatCurrency } from "@web/core/currency";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

// Blue and green are told apart by the colour-blind, too.
const INVOICED = "#9ec5e8";
const COLLECTED = "#2a6f97";

/**
 * How the clinic stands, on one screen without scrolling: what was done, invoiced and
 * received this month, what is owed, and what is not billed and why. Every figure opens
 * the list it comes from.
 */
export class MedicalDashboard extends Component {
    static template = "medical_billing.Dashboard";
    static components = { Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.action = useService("action");
        this.orm = useService("orm");
        this.canvas = useRef("canvas");
        this.state = useState({ figures: null });
        this.display = { controlPanel: {} };
        onWillStart(async () => {
            const [figures] = await Promise.all([
                this.orm.call("medical.dashboard", "get_figures", []),
                loadBundle("web.chartjs_lib"),
            ]);
            this.state.figures = figures;
        });
        onMounted(() => this.drawMonths());
        onWillUnmount(() => this.chart?.destroy());
    }

    get tiles() {
        const { month, last_month: lastMonth, tiles } = this.state.figures;
        const before = (amount) =>
            _t("%(amount)s on the same days of %(month)s", {
                amount: this.format(amount),
                month: lastMonth,
            });
        return [
            {
                name: "done",
                title: _t("Done in %s", month),
                amount: tiles.done,
                note: before(tiles.done_before),
            },
            {
                name: "invoiced",
                title: _t("Invoiced in %s", month),
                amount: tiles.invoiced,
                note: before(tiles.invoiced_before),
            },
            {
                name: "received",
                title: _t("Received in %s", month),
                amount: tiles.received,
                note: before(tiles.received_before),
            },
            {
                name: "due",
                title: _t("Owed by Payers"),
                amount: tiles.due,
                note: _t("%s overdue", this.format(tiles.overdue)),
                isLate: tiles.overdue > 0,
            },
        ];
    }

    get hasRevenue() {
        return this.state.figures.months.some((month) => month.invoiced || month.collected);
    }

    format(amount) {
        return formatCurrency(amount, this.state.figures.currency_id, { digits: [0, 0] });
    }

    drawMonths() {
        if (!this.canvas.el) {
            return;
        }
        const { months } = this.state.figures;
        const bar = (label, name, color) => ({
            label,
            data: months.map((month) => month[name]),
            backgroundColor: color,
        });
        this.chart = new Chart(this.canvas.el, {
            type: "bar",
            data: {
                labels: months.map((month) => month.label),
                datasets: [
                    bar(_t("Invoiced"), "invoiced", INVOICED),
                    bar(_t("Collected of that"), "collected", COLLECTED),
                ],
            },
            options: {
                maintainAspectRatio: false,
                animation: false,
                scales: { y: { beginAtZero: true } },
            },
        });
    }

    openTile(name) {
        const actions = {
            done: "medical_billing.medical_billable_item_action_all",
            invoiced: "medical_billing.medical_revenue_action",
            received: "medical_billing.account_payment_action_medical",
            due: "medical_billing.account_move_action_medical_due",
        };
        return this.action.doAction(actions[name]);
    }

    openWaiting(reason) {
        return this.action.doAction("medical_billing.medical_unbilled_action_reason", {
            additionalContext: { [`search_default_${reason}`]: 1 },
        });
    }

    openBest(field, row) {
        return this.action.doAction("medical_billing.medical_revenue_action", {
            additionalContext: { [`search_default_${field}`]: row.id },
        });
    }
}

registry.category("actions").add("medical_billing.dashboard", MedicalDashboard);
