"""Signing visits: what was done becomes billable, and the goods leave the stock."""

# An export holds drugs that were given in spite of an allergy it holds, too.
OVERRIDE_REASON = "Given according to the imported record"


def sign(env, steps, visit_ids, refused):
    """Sign the visits that are not.

    :param list visit_ids: the ids of consultations
    :param refused: called with the id of one that cannot be signed, and the reason
    """
    model = env["medical.consultation"]
    unsigned = model.search(
        [("id", "in", visit_ids), ("state", "in", ("draft", "in_progress"))],
        order="id",
    )
    steps.run(
        "visits signed",
        unsigned.ids,
        lambda ids: sign_some(model.browse(ids)),
        refused,
    )


def sign_some(visits):
    """Sign visits; what the patient does not tolerate was given all the same."""
    visits.line_ids.filtered(
        lambda line: line.allergy_status == "alert"
    )._action_override_allergy(OVERRIDE_REASON)
    visits.action_sign()
