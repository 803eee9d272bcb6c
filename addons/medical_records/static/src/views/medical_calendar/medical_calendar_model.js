import { serializeDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { CalendarModel } from "@web/views/calendar/calendar_model";

const CLOSED = ["signed", "cancelled"];
const FIRST_HOUR = 9;

/**
 * The diary names the patients: references say nothing to the person at the desk.
 */
export class MedicalCalendarModel extends CalendarModel {
    /** @override */
    get defaultFilterLabel() {
        return _t("Not set");
    }

    /** @override */
    normalizeRecord(rawRecord) {
        const record = super.normalizeRecord(...arguments);
        if (rawRecord.patient_id) {
            record.title = rawRecord.patient_id[1];
        }
        record.isDay = this.meta.scale === "day";
        record.diaryState = rawRecord.diary_state;
        record.isClosed = CLOSED.includes(rawRecord.state);
        // Its time has passed, and nobody has signed or cancelled it.
        record.isUnsigned = !record.isClosed && record.end < luxon.DateTime.now();
        record.hasOverlap = rawRecord.has_overlap && !record.isClosed;
        // The color tells the practitioner where there is little room.
        record.details = [
            "visit_type_id",
            record.isDay && "practitioner_id",
            "location_id",
        ]
            .map((name) => rawRecord[name] && rawRecord[name][1])
            .filter(Boolean)
            .join(", ");
        return record;
    }

    /**
     * A visit takes a day at most: with a lower bound too, the index on its time
     * finds a week among the visits of many years.
     *
     * @override
     */
    computeRangeDomain(data) {
        const { date_start: start, date_stop: stop } = this.meta.fieldMapping;
        return [
            [start, "<=", serializeDateTime(data.range.end)],
            [start, ">=", serializeDateTime(data.range.start.minus({ days: 1 }))],
            [stop, ">=", serializeDateTime(data.range.start)],
        ];
    }

    /** @override */
    getAllDayDates(start, end) {
        return [start.set({ hour: FIRST_HOUR }), end.set({ hour: FIRST_HOUR })];
    }

    /**
     * A click says when a visit begins, its type how long it takes; a slot that was
     * drawn says both.
     *
     * @override
     */
    makeContextDefaults(rawRecord) {
        const context = super.makeContextDefaults(...arguments);
        delete context.default_date_planned_end;
        delete context.default_allday;
        delete context.default_name;
        if (rawRecord.drawnHours) {
            context.default_duration = rawRecord.drawnHours;
            context.default_is_drawn = true;
        }
        return context;
    }

    /** @override */
    buildRawRecord(partialRecord) {
        const data = super.buildRawRecord(...arguments);
        const { id, start, end, isAllDay } = partialRecord;
        if (!id && end && end.isValid && !isAllDay) {
            data.drawnHours = end.diff(start, "hours").hours;
        }
        return data;
    }

    /**
     * What was refused goes back to its place.
     *
     * @override
     */
    async updateRecord() {
        try {
            await super.updateRecord(...arguments);
        } catch (error) {
            await this.load();
            throw error;
        }
    }

    async runDiaryAction(record, action) {
        await this.orm.call(this.resModel, action, [[record.id]]);
        await this.load();
    }
}
