"""A server's background work in a process that says how far it is, to be killed there.

What workers share that `processes.py` starts: it runs in Odoo.
"""

import sys
import time
from contextlib import suppress

from psycopg2 import OperationalError

# Who is to be killed inside waits there, longer than anybody needs to kill.
WAIT_FOR_DEATH = 600


def say(text):
    """Print a line for whoever started this process."""
    sys.stdout.write(text.replace("\n", " ") + "\n")
    sys.stdout.flush()


def say_inside(env, model_name, method_name, doomed):
    """Say of each call of a method that it begins, and that it has done its work.

    At the second nothing is committed yet.

    :param int doomed: the call at which to wait inside; 0 for none
    """
    model = type(env[model_name])
    method = getattr(model, method_name)
    calls = []

    def call_and_say(records, *args):
        say("begins")
        result = method(records, *args)
        records.env.flush_all()
        say("inside")
        calls.append(records)
        if len(calls) == doomed:
            time.sleep(WAIT_FOR_DEATH)
        return result

    setattr(model, method_name, call_and_say)


def serve(env, cron, is_open):
    """Run a scheduled job, as Odoo's own scheduler does, as long as there is work.

    :param cron: the `ir.cron`
    :param is_open: returns whether there is, asked in a new transaction each time
    """
    # Only now, when Odoo knows where the addons are.
    from odoo.addons.base.models.ir_cron import IrCron  # noqa: PLC0415

    cron_id, database = cron.id, env.cr.dbname
    env.cr.commit()
    while is_open():
        env.cr.commit()
        # Not when its turn comes, but at once; unless another server is at it.
        with suppress(OperationalError), env.registry.cursor() as cr:
            cr.execute(
                "UPDATE ir_cron SET nextcall = now() - interval '1 day' WHERE id = %s",
                [cron_id],
            )
        IrCron._process_jobs(database)
        env.cr.rollback()
        time.sleep(0.2)
    say("done")
