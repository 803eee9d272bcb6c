def post_init_hook(env):
    """Give the companies that exist what new ones get when they are made."""
    env["res.company"].search([])._create_missing_medical_locations()
