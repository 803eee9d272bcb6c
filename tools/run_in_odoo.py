"""Run a Python file inside Odoo: ``run_in_odoo.py DATABASE FILE [arguments]``.

The file defines ``main(env, argv) -> int``. It is called with the superuser's
environment of the database; what it returns is the exit code, and its work is
committed unless it raises (it may commit on its way, too). An error of Odoo
that is meant for people (``UserError``) is shown as one line.

``odoo shell`` could run a file as well, but it is fed through standard input,
which the file then cannot use, and it knows no arguments.
"""

import importlib
import sys
import traceback
from pathlib import Path

import odoo
from odoo import api
from odoo.exceptions import UserError
from odoo.modules.registry import Registry
from odoo.tools import config


def load(path):
    """Import ``path``; as part of its package, when it is in one."""
    folder, name = path.parent, path.stem
    while (folder / "__init__.py").is_file():
        name = f"{folder.name}.{name}"
        folder = folder.parent
    sys.path.insert(0, str(folder))
    return importlib.import_module(name)


def run(database, path, argv):
    """Call ``main`` of the file ``path``, and return its exit code."""
    module = load(path)
    options = ["--database", database, "--log-level=warn", "--max-cron-threads=0"]
    config.parse_config(options, setup_logging=True)
    with Registry(database).cursor() as cr:
        env = api.Environment(cr, api.SUPERUSER_ID, {})
        env = env(context=env["res.users"].context_get())
        try:
            code = module.main(env, argv) or 0
        except UserError as error:
            cr.rollback()
            sys.stderr.write(f"error: {error}\n")
            return 1
        cr.commit()
        return code


def main(argv):
    """Parse the command line, run, and return the exit code."""
    if len(argv) < 2:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    sys.stdout.reconfigure(line_buffering=True)
    database, path, *arguments = argv
    try:
        return run(database, Path(path).resolve(), arguments)
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        return 130
    except Exception:  # the last handler: show it, and fail
        traceback.print_exc()
        return 1
    finally:
        odoo.sql_db.close_all()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
