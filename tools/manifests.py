"""Read the manifests of addons: ``manifests.py dependencies ADDON_FOLDER...``.

Prints, comma separated, the modules that the given addons depend on, without
the addons themselves. ``contacts`` is always among them: it is the screen on
which a clinic sees its patients in Odoo's own way.
"""

import ast
import sys
from pathlib import Path


def dependencies(folders):
    """Return the sorted names of the modules that ``folders`` depend on."""
    needed = {"contacts"}
    for folder in folders:
        manifest = folder / "__manifest__.py"
        needed.update(ast.literal_eval(manifest.read_text())["depends"])
    return sorted(needed - {folder.name for folder in folders})


if __name__ == "__main__":
    folders = [Path(argument) for argument in sys.argv[2:]]
    sys.stdout.write(",".join(dependencies(folders)) + "\n")
