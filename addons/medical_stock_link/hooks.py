def post_init_hook(env):
    """Give the companies and warehouses that exist what new ones get when made."""
    companies = env["res.company"].search([])
    companies._create_missing_medical_locations()
    # Archived warehouses too: whoever brings one back expects it to work.
    warehouses = env["stock.warehouse"].with_context(active_test=False)
    for warehouse in warehouses.search([("medical_type_id", "=", False)]):
        warehouse._create_missing_medical_type()
