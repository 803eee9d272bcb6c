import { _t } from "@web/core/l10n/translation";
import { patch } from "@web/core/utils/patch";
import { ProductCatalogKanbanController } from "@product/product_catalog/kanban_controller";
import { ProductCatalogOrderLine } from "@product/product_catalog/order_line/order_line";

const VISIT = "medical.consultation";

patch(ProductCatalogKanbanController.prototype, {
    _defineButtonContent() {
        if (this.orderResModel === VISIT) {
            this.buttonString = _t("Back to Visit");
        } else {
            super._defineButtonContent();
        }
    },
});

patch(ProductCatalogOrderLine.prototype, {
    // What is recorded in a visit knows no prices: billing finds them later.
    get showPrice() {
        return super.showPrice && this.env.orderResModel !== VISIT;
    },
});
