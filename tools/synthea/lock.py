"""One load at a time in a database."""

import time

from odoo.exceptions import UserError

# Any number that nobody else uses, and how long to wait for it in seconds.
NUMBER = 7_968_433
PATIENCE = 60


def lock_database(env, show):
    """Wait until no other load works on this database, and keep others out.

    The lock lives as long as the connection. The database may take a moment to notice
    that a load was killed; until then that load's last step might still be committed.

    :raise UserError: when another load goes on and on
    """
    for attempt in range(PATIENCE):
        env.cr.execute("SELECT pg_try_advisory_lock(%s)", [NUMBER])
        locked = env.cr.fetchone()[0]
        # The next transaction sees what the other load has committed.
        env.cr.commit()
        if locked:
            return
        if not attempt:
            show("waiting for another load of this database to end ...")
        time.sleep(1)
    raise UserError("Another ./clinic synthea works on this database.")
