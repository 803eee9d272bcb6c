import re
import time
from ast import literal_eval

from lxml import etree

from odoo.tools import SQL

from .common import MedicalBillingCommon

TABLE = "medical_billable_item"
COUNT = re.compile(r"Aggregate .*\n *->  Limit .*\n *->  (Seq|Index Only) Scan")
VISITS = 1000
PATIENTS = 500
# One in fifty is open, as in a clinic that bills every week or two, and one in 2 500
# is blocked.
OPEN_EVERY = 50
BLOCKED_EVERY = 2500
# The filters of the list that a clerk works with.
FILTERS = ("to_bill", "blocked", "undecided", "drafted", "due", "not_due", "unpaid")


class ManyItemsCommon(MedicalBillingCommon):
    """As many items as a clinic has after years, made of one by SQL."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.item = cls._create_items(cls.procedure)
        cls.patients = cls.env["res.partner"].create(
            [{"name": f"Patient {n}", "is_patient": True} for n in range(PATIENTS)]
        )
        cls.busy = cls.patients[0]

    # === ROWS === #

    @classmethod
    def _fill(cls, count):
        """Copy the item so many times: most are billed, of all days of six years."""
        cls.env.flush_all()
        patient = SQL("(%s::int[])[1 + n %% %s]", cls.patients.ids, PATIENTS)
        visits = cls._copy_rows(
            cls.item.consultation_id,
            VISITS,
            {"name": SQL("'COPY' || n"), "patient_id": patient},
        )
        is_open = SQL("n %% %s = 0", OPEN_EVERY)
        is_blocked = SQL("n %% %s = 0", BLOCKED_EVERY)
        # A visit for each item would only slow the test down, a line as well.
        cls._copy_rows(
            cls.item,
            count,
            {
                "consultation_line_id": SQL("NULL::int"),
                "consultation_id": SQL("(%s::int[])[1 + n %% %s]", visits, VISITS),
                "patient_id": patient,
                "payer_id": patient,
                "date": SQL("date '2020-01-01' + n %% 2200"),
                "state": SQL("CASE WHEN %s THEN 'to_bill' ELSE 'billed' END", is_open),
                "qty_to_bill": SQL("CASE WHEN %s THEN 1 ELSE 0 END", is_open),
                "qty_posted": SQL("CASE WHEN %s THEN 0 ELSE 1 END", is_open),
                "amount_to_bill": SQL("CASE WHEN %s THEN 120 ELSE 0 END", is_open),
                "payment_state": SQL("CASE WHEN %s THEN NULL ELSE 'paid' END", is_open),
                "blocking_reason": SQL("CASE WHEN %s THEN 'no_price' END", is_blocked),
            },
        )
        for record in (cls.item, cls.item.consultation_id):
            cls.env.cr.execute(SQL("ANALYZE %s", SQL.identifier(record._table)))
        cls.env.invalidate_all()

    @classmethod
    def _copy_rows(cls, record, count, changed):
        """Copy the row of a record so many times; return the new ids.

        :param dict changed: column to SQL, in which `n` counts from 0
        """
        columns = [
            name
            for name, field in record._fields.items()
            if field.store and field.column_type and name != "id"
        ]
        table = SQL.identifier(record._table)
        cls.env.cr.execute(
            SQL(
                """
                INSERT INTO %(table)s (%(names)s)
                SELECT %(values)s
                  FROM %(table)s, generate_series(0, %(last)s) AS n
                 WHERE %(table)s.id = %(id)s
                RETURNING id""",
                table=table,
                names=SQL(", ").join(map(SQL.identifier, columns)),
                values=SQL(", ").join(
                    changed.get(name) or SQL.identifier(record._table, name)
                    for name in columns
                ),
                last=count - 1,
                id=record.id,
            )
        )
        return [row_id for (row_id,) in cls.env.cr.fetchall()]

    # === DEEDS === #

    def _get_deeds(self):
        """Return what a biller does all day: a dict of name to function."""
        items = self.env["medical.billable.item"].with_user(self.biller)
        view = items.get_view(view_type="search")
        domains = {
            node.get("name"): literal_eval(node.get("domain"))
            for node in etree.fromstring(view["arch"]).iter("filter")
            if node.get("name") in FILTERS
        }
        fields = items.get_view(view_type="list")["models"][items._name]
        specification = {
            name: {"fields": {"display_name": {}}}
            if items._fields[name].type == "many2one"
            else {}
            for name in fields
            if items._has_field_access(items._fields[name], "read")
        }

        def read_list(domain):
            # With the count, as the web client asks for it.
            return lambda: items.web_search_read(
                domain, specification, limit=80, count_limit=10001
            )

        deeds = {"list": read_list([])}
        deeds |= {name: read_list(domains[name]) for name in FILTERS}
        deeds["items of a patient"] = read_list([("patient_id", "=", self.busy.id)])
        deeds["to bill of a patient"] = read_list(
            [*domains["to_bill"], ("patient_id", "=", self.busy.id)]
        )
        partners = self.busy.with_user(self.biller)
        deeds["balance of a patient"] = lambda: partners.read(
            ["amount_to_bill", "medical_unbilled", "medical_due"]
        )
        return deeds

    def _measure(self, deed, times=7):
        """Return the best of some times that a deed took, in milliseconds."""
        spent = []
        for _index in range(times):
            self.env.invalidate_all()
            begin = time.perf_counter()
            deed()
            spent.append((time.perf_counter() - begin) * 1000)
        return min(spent)

    # === ASSERTIONS === #

    def _assert_indexes(self):
        """Assert that nothing a biller does all day reads the table of items."""
        for name, deed in self._get_deeds().items():
            with self.subTest(deed=name):
                plans = self._get_plans(deed, TABLE)
                self.assertTrue(plans)
                for plan in plans:
                    # The count of all ends at its limit, wherever it reads.
                    if name == "list" and COUNT.match(plan):
                        continue
                    self.assertNotIn(f"Seq Scan on {TABLE}", plan)
                    self.assertIn("Index", plan)
