"""Who may do what in the records: written by hand from the table of the design.

=================  ==========================================================
Reception          demographics, diary
Assistant          vital signs, lines, fulfilment, results; reads the rest;
                   cannot sign, diagnose, tell the story
Medic              all of it; signs and amends own visits
Biller             demographics and diary, to read
Administrator      configuration, signs and amends any visit
Patient (portal)   nothing
=================  ==========================================================

Companies are separate, but for problems and allergies. These tables are the rule: the
access rights, field groups and checks of the addon are tested against them. A new
model, text field or public method needs a row here before the tests pass.
"""

PORTAL = "portal"
INTERNAL = "internal"
# The group of billers, without any other role of the clinic.
DEMOGRAPHICS = "demographics"
RECEPTION = "reception"
ASSISTANT = "assistant"
MEDIC = "medic"
ADMINISTRATOR = "administrator"
# For what no role may do, not even the administrator.
NOBODY = "nobody"

# Each may what those before may.
ROLES = (PORTAL, INTERNAL, DEMOGRAPHICS, RECEPTION, ASSISTANT, MEDIC, ADMINISTRATOR)

OPERATIONS = ("create", "read", "write", "unlink")

# Which records a right is for. The records of a test are told apart by whose they are:
# the user's own, a colleague's, a visit's that has begun, nobody's (no company), or of
# another company.
SCOPES = {
    "-": set(),
    "own": {"own"},
    "planned": {"own", "colleague"},
    "company": {"own", "colleague", "begun"},
    "shared": {"own", "colleague", "begun", "shared"},
    "all": {"own", "colleague", "begun", "shared", "foreign"},
}

# A row for each role: which records it may create, read, write and delete.
MODELS = {
    # --- Configuration: the whole clinic reads it, the administrator keeps it --- #
    "medical.code.system": """
        portal        -        -        -        -
        internal      -        -        -        -
        demographics  -        all      -        -
        reception     -        all      -        -
        assistant     -        all      -        -
        medic         -        all      -        -
        administrator all      all      all      all
    """,
    "medical.code": """
        portal        -        -        -        -
        internal      -        -        -        -
        demographics  -        all      -        -
        reception     -        all      -        -
        assistant     -        all      -        -
        medic         -        all      -        -
        administrator all      all      all      all
    """,
    "medical.code.import": """
        portal        -        -        -        -
        internal      -        -        -        -
        demographics  -        -        -        -
        reception     -        -        -        -
        assistant     -        -        -        -
        medic         -        -        -        -
        administrator all      all      all      all
    """,
    "medical.location": """
        portal        -        -        -        -
        internal      -        -        -        -
        demographics  -        company  -        -
        reception     -        company  -        -
        assistant     -        company  -        -
        medic         -        company  -        -
        administrator company  company  company  company
    """,
    "medical.product.component": """
        portal        -        -        -        -
        internal      -        -        -        -
        demographics  -        shared   -        -
        reception     -        shared   -        -
        assistant     -        shared   -        -
        medic         -        shared   -        -
        administrator shared   shared   shared   shared
    """,
    "medical.visit.type": """
        portal        -        -        -        -
        internal      -        -        -        -
        demographics  -        shared   -        -
        reception     -        shared   -        -
        assistant     -        shared   -        -
        medic         -        shared   -        -
        administrator shared   shared   shared   shared
    """,
    "medical.visit.type.fee": """
        portal        -        -        -        -
        internal      -        -        -        -
        demographics  -        shared   -        -
        reception     -        shared   -        -
        assistant     -        shared   -        -
        medic         -        shared   -        -
        administrator shared   shared   shared   shared
    """,
    "medical.configuration.check": """
        portal        -        -        -        -
        internal      -        -        -        -
        demographics  -        -        -        -
        reception     -        -        -        -
        assistant     -        -        -        -
        medic         -        -        -        -
        administrator company  company  -        company
    """,
    # --- Demographics and the diary: reception keeps them --- #
    "medical.partner.relation": """
        portal        -        -        -        -
        internal      -        -        -        -
        demographics  -        shared   -        -
        reception     shared   shared   shared   shared
        assistant     shared   shared   shared   shared
        medic         shared   shared   shared   shared
        administrator shared   shared   shared   shared
    """,
    "medical.consultation": """
        portal        -        -        -        -
        internal      -        -        -        -
        demographics  -        company  -        -
        reception     company  company  company  -
        assistant     company  company  company  -
        medic         company  company  company  planned
        administrator company  company  company  planned
    """,
    "medical.treatment.plan": """
        portal        -        -        -        -
        internal      -        -        -        -
        demographics  -        company  -        -
        reception     -        company  company  -
        assistant     -        company  company  -
        medic         company  company  company  company
        administrator company  company  company  company
    """,
    # --- The record: nothing for reception and billing --- #
    "medical.consultation.line": """
        portal        -        -        -        -
        internal      -        -        -        -
        demographics  -        -        -        -
        reception     -        -        -        -
        assistant     company  company  company  company
        medic         company  company  company  company
        administrator company  company  company  company
    """,
    "medical.diagnosis": """
        portal        -        -        -        -
        internal      -        -        -        -
        demographics  -        -        -        -
        reception     -        -        -        -
        assistant     -        company  -        -
        medic         company  company  company  company
        administrator company  company  company  company
    """,
    "medical.vital.sign": """
        portal        -        -        -        -
        internal      -        -        -        -
        demographics  -        -        -        -
        reception     -        -        -        -
        assistant     -        company  -        -
        medic         -        company  -        -
        administrator -        company  -        -
    """,
    "medical.condition": """
        portal        -        -        -        -
        internal      -        -        -        -
        demographics  -        -        -        -
        reception     -        -        -        -
        assistant     -        all      -        -
        medic         all      all      all      all
        administrator all      all      all      all
    """,
    "medical.allergy": """
        portal        -        -        -        -
        internal      -        -        -        -
        demographics  -        -        -        -
        reception     -        -        -        -
        assistant     -        all      -        -
        medic         all      all      all      all
        administrator all      all      all      all
    """,
    "medical.consultation.template": """
        portal        -        -        -        -
        internal      -        -        -        -
        demographics  -        -        -        -
        reception     -        -        -        -
        assistant     -        shared   -        -
        medic         own      shared   own      own
        administrator shared   shared   shared   shared
    """,
    "medical.consultation.template.line": """
        portal        -        -        -        -
        internal      -        -        -        -
        demographics  -        -        -        -
        reception     -        -        -        -
        assistant     -        shared   -        -
        medic         own      shared   own      own
        administrator shared   shared   shared   shared
    """,
    "medical.treatment.plan.line": """
        portal        -        -        -        -
        internal      -        -        -        -
        demographics  -        -        -        -
        reception     -        -        -        -
        assistant     -        company  -        -
        medic         company  company  company  company
        administrator company  company  company  company
    """,
    "medical.treatment.plan.template": """
        portal        -        -        -        -
        internal      -        -        -        -
        demographics  -        -        -        -
        reception     -        -        -        -
        assistant     -        shared   -        -
        medic         own      shared   own      own
        administrator shared   shared   shared   shared
    """,
    "medical.treatment.plan.template.line": """
        portal        -        -        -        -
        internal      -        -        -        -
        demographics  -        -        -        -
        reception     -        -        -        -
        assistant     -        shared   -        -
        medic         own      shared   own      own
        administrator shared   shared   shared   shared
    """,
    # --- What is kept as it was written: nobody changes or deletes it --- #
    "medical.consultation.amendment": """
        portal        -        -        -        -
        internal      -        -        -        -
        demographics  -        -        -        -
        reception     -        -        -        -
        assistant     -        company  -        -
        medic         -        company  -        -
        administrator -        company  -        -
    """,
    "medical.consultation.addendum": """
        portal        -        -        -        -
        internal      -        -        -        -
        demographics  -        -        -        -
        reception     -        -        -        -
        assistant     -        company  -        -
        medic         company  company  -        -
        administrator company  company  -        -
    """,
    "medical.consultation.line.event": """
        portal        -        -        -        -
        internal      -        -        -        -
        demographics  -        -        -        -
        reception     -        -        -        -
        assistant     -        company  -        -
        medic         -        company  -        -
        administrator -        company  -        -
    """,
    # --- Dialogs: each user has those of their own --- #
    "medical.consultation.amend": """
        portal        -        -        -        -
        internal      -        -        -        -
        demographics  -        -        -        -
        reception     -        -        -        -
        assistant     -        -        -        -
        medic         own      own      own      own
        administrator own      own      own      own
    """,
    "medical.consultation.cancel": """
        portal        -        -        -        -
        internal      -        -        -        -
        demographics  -        -        -        -
        reception     own      own      own      own
        assistant     own      own      own      own
        medic         own      own      own      own
        administrator own      own      own      own
    """,
    "medical.consultation.line.override": """
        portal        -        -        -        -
        internal      -        -        -        -
        demographics  -        -        -        -
        reception     -        -        -        -
        assistant     -        -        -        -
        medic         own      own      own      own
        administrator own      own      own      own
    """,
    "medical.consultation.line.record": """
        portal        -        -        -        -
        internal      -        -        -        -
        demographics  -        -        -        -
        reception     -        -        -        -
        assistant     own      own      own      own
        medic         own      own      own      own
        administrator own      own      own      own
    """,
    "medical.make.patient": """
        portal        -        -        -        -
        internal      -        -        -        -
        demographics  -        -        -        -
        reception     own      own      own      own
        assistant     own      own      own      own
        medic         own      own      own      own
        administrator own      own      own      own
    """,
    "medical.treatment.plan.accept": """
        portal        -        -        -        -
        internal      -        -        -        -
        demographics  -        -        -        -
        reception     own      own      own      own
        assistant     own      own      own      own
        medic         own      own      own      own
        administrator own      own      own      own
    """,
    "medical.treatment.plan.close": """
        portal        -        -        -        -
        internal      -        -        -        -
        demographics  -        -        -        -
        reception     own      own      own      own
        assistant     own      own      own      own
        medic         own      own      own      own
        administrator own      own      own      own
    """,
    "medical.treatment.plan.schedule": """
        portal        -        -        -        -
        internal      -        -        -        -
        demographics  -        -        -        -
        reception     own      own      own      own
        assistant     own      own      own      own
        medic         own      own      own      own
        administrator own      own      own      own
    """,
    "medical.treatment.plan.schedule.visit": """
        portal        -        -        -        -
        internal      -        -        -        -
        demographics  -        -        -        -
        reception     own      own      own      own
        assistant     own      own      own      own
        medic         own      own      own      own
        administrator own      own      own      own
    """,
}

# Every text, binary and JSON field of the addon, and every field of whatever kind that
# it adds to visits and to Odoo's own models, which people outside the record open too.
# Other fields may have a row as well.
# The least role that may read it, and the least role that may write it; "once:" stands
# for what is said when the record is made and never again.
FIELDS = {
    "medical.code.system": """
        name                     demographics   administrator
        uri                      demographics   administrator
        version                  demographics   administrator
    """,
    "medical.code": """
        code                     demographics   administrator
        name                     demographics   administrator
    """,
    "medical.code.import": """
        file                     administrator  administrator
        filename                 administrator  administrator
        error                    administrator  nobody
        checksum                 administrator  nobody
        message                  administrator  nobody
        source_problem           administrator  nobody
    """,
    "medical.location": """
        name                     demographics   administrator
        complete_name            demographics   administrator
    """,
    "medical.visit.type": """
        name                     demographics   administrator
    """,
    "medical.configuration.check": """
        key                      administrator  once:administrator
        name                     administrator  nobody
        message                  administrator  nobody
    """,
    "medical.partner.relation": """
        note                     demographics   reception
    """,
    "medical.consultation": """
        name                     demographics   nobody
        patient_id               demographics   reception
        patient_number           demographics   nobody
        patient_birthdate        demographics   nobody
        patient_age              demographics   nobody
        patient_sex              demographics   nobody
        practitioner_id          demographics   reception
        visit_type_id            demographics   reception
        location_id              demographics   reception
        site_id                  demographics   nobody
        company_id               demographics   reception
        date                     demographics   reception
        date_end                 demographics   reception
        date_planned_end         demographics   reception
        duration                 demographics   reception
        is_drawn                 demographics   nobody
        date_arrival             demographics   nobody
        date_start               demographics   nobody
        date_reminded            demographics   nobody
        date_signed              demographics   nobody
        signed_by_id             demographics   nobody
        state                    demographics   nobody
        diary_state              demographics   nobody
        waiting_since            demographics   nobody
        has_overlap              demographics   nobody
        overlap_warning          demographics   nobody
        can_sign                 demographics   nobody
        can_amend                demographics   nobody
        cancel_reason            demographics   nobody
        cancel_note              reception      nobody
        reason                   assistant      assistant
        history                  assistant      medic
        examination              assistant      medic
        conclusion               assistant      medic
        can_write_story          assistant      nobody
        diagnosis_ids            assistant      medic
        line_ids                 assistant      assistant
        template_id              assistant      nobody
        open_plan_count          assistant      nobody
        treatment_plan_count     demographics   nobody
        can_renew_plan           medic          nobody
        has_plan_sessions        assistant      nobody
        height                   assistant      assistant
        weight                   assistant      assistant
        temperature              assistant      assistant
        heart_rate               assistant      assistant
        respiratory_rate         assistant      assistant
        systolic_pressure        assistant      assistant
        diastolic_pressure       assistant      assistant
        oxygen_saturation        assistant      assistant
        body_mass_index          assistant      nobody
        vital_sign_warning       assistant      nobody
        last_height              assistant      nobody
        last_weight              assistant      nobody
        last_visit_id            assistant      nobody
        last_visit_summary       assistant      nobody
        problem_ids              assistant      nobody
        allergy_ids              assistant      nobody
        allergy_warning          assistant      nobody
        has_limited_lines        assistant      nobody
        allergy_decisions        assistant      nobody
        amendment_ids            assistant      nobody
        amendment_count          assistant      nobody
        addendum_ids             assistant      nobody
    """,
    "medical.consultation.line": """
        name                     assistant      assistant
        note                     assistant      assistant
        dosage                   assistant      assistant
        udi                      assistant      assistant
        result                   assistant      assistant
        qty_done                 assistant      assistant
        date_done                assistant      assistant
        company_id               assistant      nobody
        state                    assistant      nobody
        is_cancelled             assistant      nobody
        date_result              assistant      nobody
        included_note            assistant      nobody
        result_status            assistant      nobody
        reviewed_by_id           assistant      nobody
        date_reviewed            assistant      nobody
        attachment_ids           assistant      nobody
        event_ids                assistant      nobody
        plan_line_id             assistant      nobody
        plan_session             assistant      nobody
        plan_note                assistant      nobody
        allergy_alert            assistant      nobody
        allergy_status           assistant      nobody
        override_user_id         assistant      nobody
        date_override            assistant      nobody
        override_reason          assistant      nobody
        override_alert           assistant      nobody
        override_key             assistant      nobody
    """,
    "medical.consultation.line.event": """
        note                     assistant      nobody
    """,
    "medical.consultation.amendment": """
        reason                   assistant      nobody
        snapshot                 assistant      nobody
        comparison               assistant      nobody
    """,
    "medical.consultation.addendum": """
        text                     assistant      once:medic
    """,
    "medical.consultation.template": """
        name                     assistant      medic
    """,
    "medical.consultation.template.line": """
        name                     assistant      medic
        dosage                   assistant      medic
        note                     assistant      medic
    """,
    "medical.diagnosis": """
        name                     assistant      nobody
        note                     assistant      medic
    """,
    "medical.condition": """
        note                     assistant      medic
    """,
    "medical.allergy": """
        substance                assistant      medic
        reaction                 assistant      medic
    """,
    "medical.vital.sign": """
        unit                     assistant      nobody
    """,
    "medical.treatment.plan": """
        name                     demographics   nobody
        title                    assistant      medic
        note                     assistant      medic
        accepted_by              demographics   nobody
        close_note               reception      nobody
        date_proposed            demographics   nobody
        date_accepted            demographics   nobody
        date_closed              demographics   nobody
        state                    demographics   nobody
        practitioner_id          demographics   reception
        date_validity            demographics   reception
        date_reminded            demographics   nobody
        renewed_plan_id          demographics   nobody
        renewal_ids              demographics   nobody
    """,
    "medical.treatment.plan.line": """
        name                     assistant      medic
        note                     assistant      medic
        dosage                   assistant      nobody
        sessions_done            assistant      nobody
    """,
    "medical.treatment.plan.template": """
        name                     assistant      medic
    """,
    "medical.treatment.plan.template.line": """
        name                     assistant      medic
        note                     assistant      medic
        dosage                   assistant      nobody
    """,
    "medical.treatment.plan.accept": """
        accepted_by              reception      reception
    """,
    "medical.treatment.plan.close": """
        note                     reception      reception
    """,
    "medical.treatment.plan.schedule.visit": """
        warning                  reception      nobody
    """,
    "medical.consultation.amend": """
        reason                   medic          medic
    """,
    "medical.consultation.cancel": """
        note                     reception      reception
    """,
    "medical.consultation.line.override": """
        allergy_alert            medic          nobody
        reason                   medic          medic
    """,
    "medical.consultation.line.record": """
        dosage                   assistant      nobody
        previous_result          assistant      nobody
        result                   assistant      assistant
    """,
    # A patient with a portal user is told no more than other contacts.
    "res.partner": """
        is_patient               demographics   reception
        patient_number           demographics   reception
        former_patient_numbers   demographics   reception
        patient_words            demographics   nobody
        patient_search           demographics   nobody
        patient_match_key        demographics   nobody
        duplicate_patient_ids    demographics   nobody
        is_suspected_duplicate   demographics   nobody
        birthdate                demographics   reception
        age                      demographics   nobody
        sex                      demographics   reception
        guarantor_id             demographics   reception
        relation_ids             demographics   reception
        reverse_relation_ids     demographics   reception
        consultation_ids         demographics   reception
        consultation_count       demographics   nobody
        latest_consultation_ids  demographics   nobody
        treatment_plan_ids       demographics   medic
        treatment_plan_count     demographics   nobody
        condition_ids            assistant      medic
        allergy_ids              assistant      medic
        latest_prescription_ids  assistant      nobody
        is_practitioner          portal         reception
        license_number           portal         reception
        specialty                portal         reception
    """,
    # Whoever opens products sees which of them are medical.
    "product.template": """
        medical_kind             internal       administrator
        medical_code_id          internal       administrator
        medical_charge           internal       administrator
        atc_code_id              internal       administrator
        component_ids            demographics   administrator
    """,
    # Written in Odoo's own settings, by Odoo's own administrator.
    "res.company": """
        medical_unsigned_hours   portal         nobody
    """,
    "res.config.settings": """
        medical_unsigned_hours   nobody         nobody
    """,
}

# Every public method of the addon, which any client can call by name, with the least
# role that may. What Odoo lets everybody ask on any model is open from portal on.
# Creating, writing and deleting are not methods here: MODELS and FIELDS speak of them.
METHODS = {
    "medical.code": """
        name_search                  demographics
    """,
    "medical.code.system": """
        action_import_codes          administrator
    """,
    "medical.code.import": """
        default_get                  portal
        action_import                administrator
        action_refresh               administrator
        action_stop                  administrator
    """,
    "medical.configuration.check": """
        action_open_checklist        administrator
        action_configure             administrator
    """,
    "medical.partner.relation": """
        action_view_patient          demographics
        action_view_related_partner  demographics
    """,
    "medical.consultation": """
        get_import_templates         portal
        action_view_overlaps         demographics
        action_view_treatment_plans  demographics
        default_get                  portal
        action_arrive                reception
        action_undo_arrival          reception
        action_start                 reception
        action_cancel                reception
        action_reinstate             reception
        action_add_from_catalog      assistant
        action_mark_all_done         assistant
        action_repeat_last_visit     assistant
        action_add_plan_sessions     assistant
        action_view_amendments       assistant
        action_view_vital_signs      assistant
        action_print_prescription    assistant
        action_print_summary         assistant
        action_save_as_template      medic
        action_override_allergy      medic
        action_renew_plan            medic
        action_sign                  medic
        action_amend                 medic
        action_add_addendum          medic
    """,
    "medical.consultation.line": """
        default_get                  portal
        action_done                  assistant
        action_cancel                assistant
        action_record                assistant
        action_review                medic
        action_override_allergy      medic
    """,
    "medical.diagnosis": """
        default_get                  portal
        action_open_problem          medic
    """,
    "medical.consultation.line.event": """
        default_get                  portal
    """,
    "medical.consultation.amendment": """
        default_get                  portal
    """,
    "medical.consultation.addendum": """
        default_get                  portal
    """,
    "medical.condition": """
        get_import_templates         portal
    """,
    "medical.allergy": """
        get_import_templates         portal
    """,
    "medical.consultation.amend": """
        action_confirm               medic
    """,
    "medical.consultation.cancel": """
        action_confirm               reception
    """,
    "medical.consultation.line.override": """
        action_confirm               medic
    """,
    "medical.consultation.line.record": """
        action_confirm               assistant
    """,
    "medical.make.patient": """
        action_make_patients         reception
    """,
    "medical.treatment.plan": """
        default_get                  portal
        action_view_consultations    demographics
        action_view_renewals         demographics
        action_accept                reception
        action_ask_acceptance        reception
        action_schedule              reception
        action_propose               medic
        action_revise                medic
        action_close                 reception
        action_renew                 medic
    """,
    "medical.treatment.plan.line": """
        default_get                  portal
    """,
    "medical.treatment.plan.accept": """
        action_confirm               reception
    """,
    "medical.treatment.plan.close": """
        action_confirm               reception
    """,
    "medical.treatment.plan.schedule": """
        default_get                  portal
        action_confirm               reception
    """,
    "res.partner": """
        get_formview_id              portal
        get_import_templates         portal
        action_view_consultations    demographics
        action_view_prescriptions    assistant
        action_view_vital_signs      assistant
        action_new_treatment_plan    medic
        action_view_treatment_plans  demographics
    """,
    "product.template": """
        get_import_templates         portal
    """,
    "product.product": """
        name_search                  internal
    """,
}
