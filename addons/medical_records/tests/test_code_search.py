import re

from odoo.tests import tagged

from odoo.addons.medical_records.models.medical_code_system import DIAGNOSIS_CODES

from .common import MedicalRecordsCommon

# As many, and about as varied, as in the large terminologies.
INSERT_MANY = """
    INSERT INTO medical_code (system_id, code, name, active)
    SELECT %(system)s,
           chr(65 + n %% 26) || lpad((n / 26 %% 100)::text, 2, '0') || '.' || n / 2600,
           concat_ws(
               ' ',
               (%(first)s::text[])[1 + n %% 7],
               (%(second)s::text[])[1 + n / 7 %% 11],
               'type ' || n %% 3,
               'of the ' || (%(third)s::text[])[1 + n / 5 %% 13],
               'q' || md5(n::text)
           ),
           TRUE
      FROM generate_series(0, 99999) n
"""
WORDS = {
    "first": ["acute", "chronic", "diabetic", "benign", "open", "old", "toxic"],
    "second": [
        "nephropathy",
        "fracture",
        "wound",
        "neoplasm",
        "infection",
        "effect",
        "migraine",
        "burn",
        "ulcer",
        "edema",
        "cough",
    ],
    "third": [
        "left eye",
        "right eye",
        "femur",
        "thumb",
        "heart",
        "liver",
        "skin",
        "spine",
        "jaw",
        "nose",
        "hip",
        "foot",
        "hand",
    ],
}


@tagged("post_install", "-at_install")
class TestCodeSearch(MedicalRecordsCommon):
    """What a medic types finds the code at once, among a hundred thousand."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.system = cls.env["medical.code.system"].create(
            {"name": "Searched", "purpose": "diagnosis"}
        )
        cls.neph, cls.dia, cls.dia_ext, cls.dia_word = cls.env["medical.code"].create(
            [
                {"system_id": cls.system.id, "code": code, "name": name}
                for code, name in (
                    ("X11.21", "Type 2 diabetes mellitus with diabetic nephropathy"),
                    ("Z9", "Zebra bite"),
                    ("Z9.1", "Zebra bite of arm"),
                    ("A77.7", "Fear of z9 robots"),
                )
            ]
        )

    def _search(self, name, domain=None, user=None, **kwargs):
        """Search within the codes of this class, as the form of a visit does."""
        found = (
            self.env["medical.code"]
            .with_user(user or self.medic)
            .name_search(
                name, [("system_id", "=", self.system.id), *(domain or [])], **kwargs
            )
        )
        return self.env["medical.code"].browse(code_id for code_id, _name in found)

    # === WHAT IS FOUND === #

    def test_words_match_in_any_order_and_in_part(self):
        for text in (
            "diab type 2 neph",
            "neph DIAB",
            "x11 neph",
            "X11.21 Type 2 diabetes",
            "diabetic mellitus 2",
        ):
            with self.subTest(text=text):
                self.assertEqual(self._search(text), self.neph)
        self.assertFalse(self._search("diab type 1 neph"))

    def test_exact_code_comes_first_then_its_beginning_then_words(self):
        self.assertEqual(
            self._search("z9").ids, [self.dia.id, self.dia_ext.id, self.dia_word.id]
        )

    def test_code_is_found_without_its_dot(self):
        self.assertEqual(self._search("x1121"), self.neph)
        self.assertEqual(self._search("X112"), self.neph)

    def test_short_input_finds_beginnings_of_words(self):
        self.assertEqual(self._search("ze"), self.dia + self.dia_ext)
        self.assertEqual(self._search("ro"), self.dia_word)
        self.assertFalse(self._search("eb"))

    def test_limit_is_kept_over_all_steps(self):
        self.assertEqual(self._search("z9", limit=2), self.dia + self.dia_ext)
        self.assertEqual(self._search("z9", limit=1), self.dia)
        self.assertEqual(len(self._search("z9", limit=None)), 3)

    def test_wildcards_are_plain_characters(self):
        self.assertFalse(self._search("%"))
        self.assertFalse(self._search("Z_"))

    def test_archived_codes_are_not_offered(self):
        self.dia.active = False
        self.assertNotIn(self.dia, self._search("z9"))
        self.assertNotIn(self.dia, self._search("zebra"))

    def test_list_is_searched_in_the_same_way(self):
        codes = self.env["medical.code"].with_user(self.medic)
        mine = [("system_id", "=", self.system.id)]
        self.assertEqual(
            codes.search([*mine, ("display_name", "ilike", "neph type 2")]), self.neph
        )
        self.assertEqual(
            codes.search([*mine, ("display_name", "not ilike", "zebra")]),
            self.dia_word + self.neph,
        )

    def test_diagnoses_offer_only_codes_of_diagnoses(self):
        self.assertEqual(
            self._search("zebra", DIAGNOSIS_CODES), self.dia + self.dia_ext
        )
        for purpose, offered in (
            ("any", True),
            ("drug", False),
            ("act", False),
            ("laboratory", False),
        ):
            with self.subTest(purpose=purpose):
                self.system.purpose = purpose
                self.assertEqual(bool(self._search("zebra", DIAGNOSIS_CODES)), offered)
        for model in ("medical.diagnosis", "medical.condition"):
            self.assertEqual(self.env[model]._fields["code_id"].domain, DIAGNOSIS_CODES)

    # === A HUNDRED THOUSAND CODES === #

    def test_search_among_a_hundred_thousand_codes_uses_an_index(self):
        self.env.flush_all()
        many = self.system.copy({"name": "Large"})
        self.env.cr.execute(INSERT_MANY, {"system": many.id, **WORDS})
        self.env.cr.execute("ANALYZE medical_code")
        codes = self.env["medical.code"].with_user(self.medic)
        for text, limit in (
            ("X11.21", 8),
            ("x1121", 8),
            ("f07", 8),
            ("f0", 8),
            ("f", 8),
            ("ne", 8),
            ("zq", 8),
            ("diab type 2 neph", 8),
            ("neph femur", 8),
            ("f07 neph", 8),
            ("fracture", 8),
            ("no such thing", 80),
            ("fracture of the right eye", 80),
        ):
            for domain in ([], DIAGNOSIS_CODES):
                with self.subTest(text=text, domain=domain):
                    plans = self._get_plans(
                        lambda text=text, limit=limit, domain=domain: codes.name_search(
                            text, domain, limit=limit
                        ),
                        "medical_code",
                    )
                    self.assertTrue(plans)
                    for plan in plans:
                        self.assertNotRegex(
                            plan, re.compile(r"Seq Scan on medical_code\b")
                        )
                        self.assertIn("Index", plan)
        plans = self._get_plans(
            lambda: codes.name_search("diab type 2 neph", DIAGNOSIS_CODES, limit=8),
            "medical_code",
        )
        self.assertIn("medical_code__name_index", plans[-1])
        plans = self._get_plans(
            lambda: codes.name_search("f07", limit=8), "medical_code"
        )
        self.assertIn("medical_code_code_prefix_idx", plans[-1])
        self.assertEqual(self._search("diab type 2 neph")[0], self.neph)
