import json
import time
from unittest.mock import patch

from odoo.tests import HttpCase, tagged
from odoo.tests.common import ChromeBrowser

from .common import MedicalRecordsCommon

# What a keyboard says for keys that are no letters: key, code, key code, text.
KEYS = {
    "enter": ("Enter", "Enter", 13, "\r"),
    "tab": ("Tab", "Tab", 9, ""),
    "escape": ("Escape", "Escape", 27, ""),
}
ALT = 1
OFFERS = (
    "document.querySelectorAll("
    "'.o-autocomplete--dropdown-item:not(.o_m2o_dropdown_option)')"
)
FORM = "document.querySelector('.o_form_view')"


class Keyboard:
    """Hands on the keyboard of a browser: real key events, and nothing else.

    There is no method that clicks: whoever needs a mouse cannot use this.
    """

    def __init__(self, browser, test):
        self.browser = browser
        self.test = test
        self.strokes = 0

    def press(self, key, modifiers=0):
        name, code, key_code, text = KEYS.get(key) or (
            key,
            f"Key{key.upper()}",
            ord(key.upper()),
            key,
        )
        event = {
            "key": name,
            "code": code,
            "windowsVirtualKeyCode": key_code,
            "modifiers": modifiers,
        }
        down = {"type": "keyDown", "text": text} if text and not modifiers else {}
        self._send({**event, "type": "rawKeyDown", **down})
        self._send({**event, "type": "keyUp"})
        self.strokes += 1

    def hotkey(self, key):
        self.press(key, ALT)

    def type(self, words):
        for letter in words:
            self._send({"type": "char", "text": letter})
            self.strokes += 1

    def tab_to(self, name, at_most):
        """Go forward with Tab until a field, or something in it, has the focus."""
        for _tab in range(at_most):
            self.evaluate("void (window.lastFocus = document.activeElement)")
            self.press("tab")
            self.wait_for("document.activeElement !== window.lastFocus")
            if self.get_focus() == name:
                return
        self.test.fail(f"{at_most} tabs lead to {self.get_focus()}, not to {name}")

    def choose(self, words, name):
        """Type words into a many2one field and take the one it offers."""
        self.type(words)
        self.wait_for(
            f"{OFFERS}.length === 1"
            f" && {OFFERS}[0].innerText.includes({json.dumps(name)})"
        )
        self.press("enter")
        self.wait_for(f"document.activeElement.value?.includes({json.dumps(name)})")

    def get_focus(self):
        """Return the name of the field that has the focus."""
        return self.evaluate(
            "document.activeElement.closest('[name]:not(input):not(textarea)')"
            "?.getAttribute('name')"
        )

    def wait_for(self, condition, seconds=20):
        end = time.time() + seconds
        while time.time() < end:
            if self.evaluate(f"Boolean({condition})"):
                return
            time.sleep(0.05)
        self.browser.take_screenshot("keyboard_")
        self.test.fail(f"In vain waited for {condition}; focus: {self.get_focus()}")

    def evaluate(self, expression):
        answer = self.browser._websocket_request(
            "Runtime.evaluate",
            params={"expression": expression, "returnByValue": True},
        )
        return answer["result"].get("value")

    def _send(self, event):
        self.browser._websocket_request("Input.dispatchKeyEvent", params=event)


@tagged("post_install", "-at_install")
class TestKeyboard(MedicalRecordsCommon, HttpCase):
    """A visit with a diagnosis, three lines and a prescription needs no mouse."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.visit_type = cls.env["medical.visit.type"].create(
            {"name": "First contact", "product_id": cls.fee.id}
        )

    def _work(self, hands, url, login):
        """Let hands work in a browser instead of a script in the page."""

        def work(browser, *_args, **_kwargs):
            hands(Keyboard(browser, self))
            self.assertFalse(browser.had_failure, "The page complained")

        with patch.object(ChromeBrowser, "_wait_code_ok", work):
            self.browser_js(
                url,
                "",
                ready="Boolean(document.querySelector('.o_list_button_add'))",
                login=login,
            )
        self.env.invalidate_all()

    def _record_visit(self, keyboard):
        keyboard.hotkey("c")
        keyboard.wait_for(FORM)
        keyboard.wait_for(
            "document.activeElement.closest('.o_field_widget[name=patient_id]')"
        )
        keyboard.choose("Ada", "Ada Patient")
        keyboard.tab_to("visit_type_id", at_most=1)
        keyboard.choose("First c", "First contact")
        keyboard.tab_to("reason", at_most=1)
        keyboard.type("Cough for a week")
        keyboard.tab_to("history", at_most=1)
        keyboard.type("No fever")

        keyboard.tab_to("diagnosis_ids", at_most=10)
        keyboard.press("enter")
        keyboard.wait_for(
            "document.activeElement.closest('.o_selected_row [name=code_id]')"
        )
        keyboard.choose("J11", "J11 Influenza")
        keyboard.press("enter")
        self._leave_list(keyboard, "diagnosis_ids", 1)

        keyboard.tab_to("line_ids", at_most=11)
        keyboard.press("enter")
        for number, (words, name, quantity) in enumerate(
            (
                ("Sutu", "Suture", "1"),
                ("Tabl", "Tablet", "20"),
                ("Swa", "Swab", "4"),
            ),
            start=1,
        ):
            keyboard.wait_for(
                "document.activeElement.closest('.o_selected_row [name=product_id]')"
                " && document.querySelectorAll("
                f"'[name=line_ids] .o_data_row').length === {number}"
            )
            keyboard.choose(words, name)
            keyboard.tab_to("quantity", at_most=1)
            keyboard.type(quantity)
            if name == "Tablet":
                keyboard.tab_to("dosage", at_most=2)
                keyboard.type("1 in the morning")
            keyboard.press("enter")
        self._leave_list(keyboard, "line_ids", 3)

        keyboard.tab_to("line_ids", at_most=1)
        keyboard.press("enter")
        keyboard.wait_for(
            "document.activeElement.closest('.o_selected_row [name=product_id]')"
        )
        keyboard.type("Cough syrup")
        keyboard.tab_to("dosage", at_most=4)
        keyboard.type("5 ml at night")
        keyboard.press("enter")
        self._leave_list(keyboard, "line_ids", 4)

        keyboard.hotkey("g")
        keyboard.wait_for(
            "document.querySelector("
            "'.o_arrow_button_current[data-value=signed]') !== null"
        )

    def _leave_list(self, keyboard, name, rows):
        """Give up the empty row that Enter has begun, and stand below the list."""
        keyboard.wait_for(
            f"document.querySelectorAll('[name={name}] .o_data_row').length"
            f" === {rows + 1} && document.activeElement.closest('.o_selected_row')"
        )
        keyboard.press("escape")
        keyboard.wait_for(
            f"document.querySelectorAll('[name={name}] .o_data_row').length"
            f" === {rows} && document.activeElement.closest("
            f"'[name={name}] .o_field_x2many_list_row_add')"
        )

    def test_visit_needs_no_mouse(self):
        self._work(
            self._record_visit,
            "/odoo/action-medical_records.medical_consultation_action",
            self.medic.login,
        )
        visit = self.env["medical.consultation"].search(
            [("patient_id", "=", self.patient.id)]
        )
        self.assertRecordValues(
            visit,
            [
                {
                    "state": "signed",
                    "signed_by_id": self.medic.id,
                    "visit_type_id": self.visit_type.id,
                    "reason": "Cough for a week",
                    "history": "No fever",
                }
            ],
        )
        self.assertRecordValues(
            visit.line_ids[-1],
            [
                {
                    "name": "Cough syrup",
                    "kind": "medication",
                    "dispensing": "external",
                    "charge": "none",
                }
            ],
        )
        self.assertRecordValues(
            visit.diagnosis_ids, [{"code_id": self.code_flu.id, "rank": "principal"}]
        )
        self.assertRecordValues(
            visit.line_ids,
            [
                {"product_id": self.fee.id, "quantity": 1.0, "dosage": False},
                {"product_id": self.procedure.id, "quantity": 1.0, "dosage": False},
                {
                    "product_id": self.drug.id,
                    "quantity": 20.0,
                    "dosage": "1 in the morning",
                },
                {"product_id": self.swab.id, "quantity": 4.0, "dosage": False},
                {"product_id": False, "quantity": 1.0, "dosage": "5 ml at night"},
            ],
        )
