"""Licences at the desk: made, filled, reported and ended by the subscription manager."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from broadsheet.apps.licences.actions.seat import accept_invite
from broadsheet.apps.licences.models import Licence, Poster, UsageHour
from broadsheet.apps.licences.queries import derive_token
from tests.factories.sale import lay_out_plans, make_reader

pytestmark = [pytest.mark.db, pytest.mark.django_db(databases="__all__")]


@pytest.fixture
def desk(sign_in):
    lay_out_plans()
    return sign_in("subscription-manager")


NEW = {
    "organisation": "Kadalpur University",
    "contact": "library@kadalpur.edu",
    "plan": "super-saver",
    "seats": "2",
    "starts_on": "2026-01-01",
    "ends_on": "2034-01-01",
    "remember_days": "30",
}


@pytest.fixture
def licence(desk):
    desk.post(reverse("desk_licence_new"), NEW)
    return Licence.objects.get()


def post(desk, licence, do, **fields):
    sent = {f"{do}-{name}": value for name, value in fields.items()}
    return desk.post(reverse("desk_licence", args=[licence.code]), {"do": do, **sent})


def page(desk, licence):
    return desk.get(reverse("desk_licence", args=[licence.code])).content.decode()


def test_a_licence_is_made_and_listed(desk, licence):
    assert (licence.code, licence.seats, licence.remember_days) == ("kadalpur-university", 2, 30)
    assert licence.benefits.count() == 3
    listed = desk.get(reverse("desk_licences")).content.decode()
    assert "Kadalpur University" in listed
    assert "0 / 2" in listed


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"organisation": " "}, "This is needed."),
        ({"plan": ""}, "Choose at least one benefit"),
        ({"ends_on": "2026-01-01"}, "It must end after the day on which it begins."),
        ({"ends_on": "2026-02-30"}, "Choose a day."),
        ({"seats": "many"}, "Write a whole number."),
        ({"contact": "library"}, "This is no e-mail address."),
    ],
)
def test_what_cannot_be_comes_back_with_a_sentence(desk, wrong, says):
    answer = desk.post(reverse("desk_licence_new"), NEW | wrong)
    assert (answer.status_code, says in answer.content.decode()) == (200, True)
    assert Licence.objects.count() == 0


def test_people_networks_and_domains_are_kept(desk, licence):
    assert (
        post(desk, licence, "invite", text="asha@example.org\nben@example.org").status_code == 303
    )
    post(desk, licence, "ranges", text="198.51.100.0/24\n2001:db8:7::/48")
    post(desk, licence, "domains", text="@kadalpur.edu")
    shown = page(desk, licence)
    for said in ("asha@example.org", "198.51.100.0/24\n2001:db8:7::/48", "kadalpur.edu"):
        assert said in shown
    invite = licence.invites.get(email="asha@example.org")
    accept_invite(
        token=derive_token(invite), reader_id=make_reader("a@b.org").pk, now=datetime.now(UTC)
    )
    shown = page(desk, licence)
    assert "<b>1</b> of 2 seats are taken." in shown
    seat = licence.seat_rows.get()
    desk.post(reverse("desk_licence", args=[licence.code]), {"do": "leave", "id": seat.pk})
    assert Licence.objects.get().seats_taken == 0


@pytest.mark.parametrize(
    ("do", "text", "says"),
    [
        ("invite", "nobody", "“nobody” is no e-mail address."),
        ("ranges", "10.0.0.0/24", "is private"),
        ("ranges", "the library", "is no range of addresses"),
        ("domains", "gmail.com", "names no organisation"),
    ],
)
def test_a_slip_of_the_pen_is_shown_as_it_was_written(desk, licence, do, text, says):
    answer = post(desk, licence, do, text=text).content.decode()
    assert says in answer
    assert f">\n{text}</textarea>" in answer
    assert (licence.ranges.count(), licence.domains.count(), licence.invites.count()) == (0, 0, 0)


def test_a_poster_is_printed_with_its_code_and_taken_back(desk, licence):
    post(desk, licence, "poster", label="Reading room", most_a_day="50", days="7")
    poster = Poster.objects.get()
    address = reverse("desk_poster", args=[licence.code, poster.pk])
    shown = desk.get(address).content.decode()
    assert re.search(r"http://[^<]*/account/day-pass/[0-9a-f-]+/", shown)
    assert "<svg" in shown
    desk.post(reverse("desk_licence", args=[licence.code]), {"do": "unposter", "id": poster.pk})
    assert "gives nothing any more" in desk.get(address).content.decode()


def test_use_is_shown_and_downloaded(desk, licence):
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    UsageHour.objects.create(licence=licence, hour_at=hour, host="h", total=7, unique=5)
    month = f"{hour + timedelta(hours=5, minutes=30):%Y-%m}"
    answer = desk.get(
        reverse("desk_licence_use", args=[licence.code]), {"from": month, "to": month}
    )
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert f"TR_J1-kadalpur-university-{month}-{month}.csv" in answer["Content-Disposition"]
    lines = answer.content.decode().splitlines()
    assert lines[14].startswith("Title,Publisher,Publisher_ID,Platform,DOI,Proprietary_ID,")
    assert [line.split(",")[-3:] for line in lines[15:]] == [
        ["Total_Item_Requests", "7", "7"],
        ["Unique_Item_Requests", "5", "5"],
    ]


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"from": "x", "to": "y"},
        {"from": "2026-05", "to": "2026-04"},
        {"from": "2001-01", "to": "2026-01"},
    ],
)
def test_a_report_of_no_period_is_refused(desk, licence, asked):
    answer = desk.get(reverse("desk_licence_use", args=[licence.code]), asked)
    assert (answer.status_code, answer["Location"]) == (302, f"/desk/licences/{licence.code}/")


def test_ended_it_is_over_and_says_so(desk, licence):
    desk.post(reverse("desk_licence", args=[licence.code]), {"do": "end"})
    shown = page(desk, licence)
    assert "over since" in shown
    assert "Send the invitations" not in shown
    assert "end_licence" in shown
    answer = post(desk, licence, "invite", text="a@example.org").content.decode()
    assert "This licence is over" in answer or licence.invites.count() == 0


def test_another_licences_seat_is_not_taken_back_here(desk, licence):
    desk.post(reverse("desk_licence_new"), NEW | {"organisation": "Varai College"})
    other = Licence.objects.get(code="varai-college")
    post(desk, other, "invite", text="a@example.org")
    accept_invite(
        token=derive_token(other.invites.get()), reader_id=make_reader().pk, now=datetime.now(UTC)
    )
    seat = other.seat_rows.get()
    for text in (str(seat.pk), "x", "9" * 30, ""):
        desk.post(reverse("desk_licence", args=[licence.code]), {"do": "leave", "id": text})
    assert Licence.objects.get(pk=other.pk).seats_taken == 1


def test_an_editor_sees_nothing_of_it(sign_in, licence):
    editor = sign_in("editor")
    for address in (
        reverse("desk_licences"),
        reverse("desk_licence", args=[licence.code]),
        reverse("desk_licence_use", args=[licence.code]),
    ):
        assert editor.get(address).status_code == 302
    assert (
        editor.post(reverse("desk_licence", args=[licence.code]), {"do": "end"}).status_code == 302
    )
    assert Licence.objects.get().ended_at is None


def test_a_page_of_many_seats_costs_no_more_queries(desk, licence, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    post(desk, licence, "change", seats="30", ends_on="2034-01-01", remember_days="30")

    def count(names):
        post(desk, licence, "invite", text="\n".join(f"{name}@example.org" for name in names))
        for name in names:
            invite = licence.invites.get(email=f"{name}@example.org")
            accept_invite(
                token=derive_token(invite),
                reader_id=make_reader(f"{name}@b.org").pk,
                now=datetime.now(UTC),
            )
        with CaptureQueriesContext(connection) as counted:
            page(desk, licence)
        return len(counted)

    assert count(["a"]) == count(["b", "c"])
