from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import MedicalRecordsCommon


@tagged("post_install", "-at_install")
class TestLocation(MedicalRecordsCommon):
    """Sites and their rooms."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.site = cls._create_location("Elm Street")
        cls.room = cls._create_location("Room 1", cls.site)

    def test_room_is_named_after_its_site(self):
        self.assertEqual(self.room.display_name, "Elm Street / Room 1")
        self.site.name = "Oak Street"
        self.assertEqual(self.room.display_name, "Oak Street / Room 1")
        self.assertRecordValues(
            self.site | self.room,
            [{"site_id": self.site.id}, {"site_id": self.site.id}],
        )

    def test_room_cannot_hold_another_room(self):
        message = self._assert_refused(
            ValidationError, self._create_location, "Closet", self.room
        )
        self.assertIn("a room belongs to a site", message)

    def test_site_with_rooms_cannot_become_a_room(self):
        other = self._create_location("Harbor")
        self._assert_refused(ValidationError, self.site.write, {"parent_id": other.id})
        self._assert_refused(
            ValidationError, self.room.write, {"parent_id": self.room.id}
        )

    def test_room_follows_the_company_of_its_site(self):
        other = self._create_company(name="Other clinic")
        site = self._create_location("Far away", company_id=other.id)
        room = self._create_location("Room 9", site)
        self.assertEqual(room.company_id, other)
        site.company_id = self.env.company
        self.assertEqual(room.company_id, self.env.company)
        self._assert_refused(ValidationError, room.write, {"company_id": other.id})

    def test_place_of_visits_stays_with_its_company(self):
        self._create_visit(location_id=self.room.id)
        other = self._create_company(name="Other clinic")
        for place in self.room, self.site:
            with self.subTest(place=place.name):
                self._assert_refused(
                    ValidationError, place.write, {"company_id": other.id}
                )

    def test_place_of_visits_cannot_be_deleted(self):
        self._create_visit(location_id=self.room.id)
        self._assert_refused(Exception, self.room.unlink)
        self.assertTrue(self.room.exists())

    def test_closing_a_site_closes_its_rooms(self):
        self.site.active = False
        self.assertFalse(self.room.active)

    def test_visit_cannot_take_place_in_another_company(self):
        other = self._create_company(name="Other clinic")
        site = self._create_location("Far away", company_id=other.id)
        self._assert_refused(UserError, self._create_visit, location_id=site.id)
        visit = self._create_visit(location_id=self.room.id)
        self._assert_refused(UserError, visit.write, {"location_id": site.id})

    def test_only_administrators_configure_places(self):
        for user in self.reception, self.assistant, self.medic:
            with self.subTest(user=user.login):
                self.assertEqual(self._as(user, self.room).name, "Room 1")
                self._assert_refused(
                    AccessError, self._call, user, self.room, "write", {"name": "x"}
                )
                self._assert_refused(AccessError, self._call, user, self.room, "unlink")
                self._assert_refused(
                    AccessError,
                    self.env["medical.location"].with_user(user).create,
                    {"name": "x"},
                )
        room = self._as(self.administrator, self.room)
        room.name = "Room 2"
        room.unlink()

    def test_places_of_other_companies_are_out_of_sight(self):
        other = self._create_company(name="Other clinic")
        site = self._create_location("Far away", company_id=other.id)
        self.env.invalidate_all()
        found = self.env["medical.location"].with_user(self.medic).search([])
        self.assertIn(self.site, found)
        self.assertNotIn(site, found)
        self._assert_refused(AccessError, self._as(self.medic, site).read, ["name"])
