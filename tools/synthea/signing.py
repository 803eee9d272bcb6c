"""Signing visits: what was done becomes billable, and the goods leave the stock."""


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
        lambda ids: model.browse(ids).action_sign(),
        refused,
    )
