import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { CalendarController } from "@web/views/calendar/calendar_controller";
import { calendarView } from "@web/views/calendar/calendar_view";

import { MedicalCalendarModel } from "./medical_calendar_model";
import { MedicalCalendarRenderer } from "./medical_calendar_renderer";

export class MedicalCalendarController extends CalendarController {
    /** @override */
    get editRecordDefaultDisplayText() {
        return _t("New Visit");
    }

    /** @override */
    getQuickCreateFormViewProps() {
        return {
            ...super.getQuickCreateFormViewProps(...arguments),
            title: _t("New Visit"),
            onRecordSaved: () => this.model.load(),
        };
    }
}

export const medicalCalendarView = {
    ...calendarView,
    Controller: MedicalCalendarController,
    Model: MedicalCalendarModel,
    Renderer: MedicalCalendarRenderer,
};

registry.category("views").add("medical_calendar", medicalCalendarView);
