import { registry } from "@web/core/registry";
import { CalendarModel } from "@web/views/calendar/calendar_model";
import { calendarView } from "@web/views/calendar/calendar_view";

/**
 * The diary names the patients: references say nothing to the person at the desk.
 */
export class MedicalCalendarModel extends CalendarModel {
    /** @override */
    normalizeRecord(rawRecord) {
        const record = super.normalizeRecord(...arguments);
        if (rawRecord.patient_id) {
            record.title = rawRecord.patient_id[1];
        }
        return record;
    }
}

export const medicalCalendarView = { ...calendarView, Model: MedicalCalendarModel };

registry.category("views").add("medical_calendar", medicalCalendarView);
