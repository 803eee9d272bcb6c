def post_init_hook(env):
    """Make billable items of what was recorded before billing was installed."""
    lines = env["medical.consultation.line"].search(
        [("charge", "in", ("charged", "included"))]
    )
    lines._sync_billable_items()
