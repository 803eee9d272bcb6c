"""The screens have addresses of their own, beside all that Odoo can install."""

import re
from pathlib import Path

import odoo.addons

ADDRESS = re.compile(r'<field name="path">([^<]+)</field>')
OURS = Path(__file__).parents[1] / "addons"


def read_addresses(folder):
    """Return the addresses that the actions of the addons in a folder have."""
    return {
        address
        for file in folder.glob("*/*/*.xml")
        for address in ADDRESS.findall(file.read_text())
    }


def test_no_other_addon_has_an_action_with_the_same_address():
    # The second one of two could not be installed.
    odoo_folders = [Path(path) for path in odoo.addons.__path__]
    others = set().union(
        *(read_addresses(folder) for folder in odoo_folders if folder != OURS)
    )
    ours = read_addresses(OURS)
    assert "orders" in others
    assert "patients" in ours
    assert not ours & others
