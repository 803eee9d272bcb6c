import { is24HourFormat } from "@web/core/l10n/time";
import { CalendarCommonPopover } from "@web/views/calendar/calendar_common/calendar_common_popover";
import { CalendarCommonRenderer } from "@web/views/calendar/calendar_common/calendar_common_renderer";
import { CalendarRenderer } from "@web/views/calendar/calendar_renderer";

/** The popover of a visit: who has come and who is called in is said here. */
export class MedicalCalendarPopover extends CalendarCommonPopover {
    static subTemplates = {
        ...CalendarCommonPopover.subTemplates,
        footer: "medical_records.CalendarPopover.footer",
    };

    get isEventDeletable() {
        return super.isEventDeletable && this.props.record.rawRecord.state === "draft";
    }

    async onDiaryAction(action) {
        const { model, record, close } = this.props;
        close();
        await model.runDiaryAction(record, action);
    }
}

export class MedicalCalendarCommonRenderer extends CalendarCommonRenderer {
    static components = {
        ...CalendarCommonRenderer.components,
        Popover: MedicalCalendarPopover,
    };
    static eventTemplate = "medical_records.CalendarRenderer.event";

    /** @override */
    get options() {
        return {
            ...super.options,
            // Short visits keep a line of their own to be read in.
            slotDuration: { minutes: 15 },
            slotLabelInterval: { hours: 1 },
            scrollTime: "07:00:00",
            allDaySlot: false,
        };
    }

    /** @override */
    getStartTime(record) {
        // In the cells of a month each letter of the name counts.
        return record.isMonth
            ? record.start.toFormat(is24HourFormat() ? "HH:mm" : "h:mm")
            : super.getStartTime(...arguments);
    }

    /** @override */
    convertRecordToEvent(record) {
        return {
            ...super.convertRecordToEvent(...arguments),
            editable: this.props.model.canEdit && !record.isClosed,
        };
    }

    /** @override */
    eventClassNames({ event }) {
        const classes = super.eventClassNames(...arguments);
        const record = this.props.model.records[event.id];
        if (record) {
            classes.push(`o_medical_visit_${record.diaryState}`);
            if (record.isUnsigned) {
                classes.push("o_medical_visit_unsigned");
            }
        }
        return classes;
    }
}

export class MedicalCalendarRenderer extends CalendarRenderer {
    static components = {
        ...CalendarRenderer.components,
        day: MedicalCalendarCommonRenderer,
        week: MedicalCalendarCommonRenderer,
        month: MedicalCalendarCommonRenderer,
    };
}
