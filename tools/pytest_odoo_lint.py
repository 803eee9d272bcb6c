"""A pytest plugin: run Odoo's own ``test_lint`` on the addons of this repository.

Odoo's linters look at every addon on the path, six hundred of them; this one
shows them ours alone. Loaded with ``-p pytest_odoo_lint``; the environment
variable ``CLINIC_LINT_ADDONS`` holds the names, comma separated.
"""

import os
import subprocess

import odoo.modules
from odoo.modules.module import Manifest
from odoo.tools import config as odoo_config

ADDONS = os.environ["CLINIC_LINT_ADDONS"].split(",")


def our_manifests():
    return [Manifest.for_addon(name) for name in ADDONS]


def our_modules():
    return list(ADDONS)


def run_pylint(command, env, **options):
    """Run pylint without the folder of Odoo, which the test adds by itself.

    pytest has put folders of addons on the path, where Odoo's addon ``calendar``
    would hide Python's module of that name from pylint.
    """
    command = [part for part in command if part != odoo_config.root_path]
    folders = env["PYTHONPATH"].split(os.pathsep)
    folders = [path for path in folders if not os.path.isdir(f"{path}/calendar")]
    env = {**env, "PYTHONPATH": os.pathsep.join(folders)}
    return subprocess.run(command, check=False, env=env, **options)


class Subprocess:
    """What ``test_pylint`` uses of the module ``subprocess``."""

    run = staticmethod(run_pylint)


def pytest_configure(config):
    Manifest.all_addon_manifests = staticmethod(our_manifests)
    # test_eslint and test_pofile import the name at their own start.
    odoo.modules.get_modules = our_modules
    odoo.modules.module.get_modules = our_modules


def pytest_collection_finish(session):
    for item in session.items:
        if item.module.__name__.endswith("test_pylint"):
            item.module.subprocess = Subprocess
