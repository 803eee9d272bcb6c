"""Databases of their own for tests that commit, kill or uninstall."""

import os
import time
from contextlib import closing, contextmanager

import psycopg2


def connect(database):
    """Return a connection, to be used in a `with`, that commits each statement."""
    connection = psycopg2.connect(dbname=database)
    connection.autocommit = True
    return closing(connection)


def query(database, text, *parameters):
    """Return the rows of a query."""
    with connect(database) as connection, connection.cursor() as cursor:
        cursor.execute(text, parameters or None)
        return cursor.fetchall()


def execute(text, database="postgres"):
    """Carry out a statement."""
    with connect(database) as connection, connection.cursor() as cursor:
        cursor.execute(text)


@contextmanager
def scratch_database(name, template=None):
    """Make a database with the addons, give its name, and drop it in the end.

    :param str name: what tells it from the others of this run
    :param str template: the database to copy; the one with the addons when empty
    """
    name = f"{os.environ['CLINIC_DATABASE']}_{name}"
    template = template or os.environ["CLINIC_ADDONS_TEMPLATE"]
    execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    for patience in range(20, -1, -1):
        try:
            execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
            break
        except psycopg2.errors.ObjectInUse:  # copied by another process just now
            if not patience:
                raise
            time.sleep(0.5)
    try:
        yield name
    finally:
        execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
