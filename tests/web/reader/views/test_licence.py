"""Reading through an organisation, from the reader's side."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core import mail

from broadsheet.apps.benefits.queries import list_benefits
from broadsheet.apps.licences.actions import Terms, create_licence
from broadsheet.apps.licences.actions.place import put_domains, put_ranges
from broadsheet.apps.licences.actions.poster import make_poster, revoke_poster
from broadsheet.apps.licences.actions.seat import invite_readers
from broadsheet.apps.licences.models import Licence, PosterDay
from broadsheet.apps.licences.queries import derive_token, write_poster_path
from broadsheet.plumbing.events import dispatch_outbox
from tests.factories.sale import lay_out_plans, make_reader

pytestmark = [pytest.mark.db, pytest.mark.django_db]


@pytest.fixture
def now():
    return datetime.now(UTC)


@pytest.fixture
def licence(now):
    lay_out_plans()
    terms = Terms(1, date(2026, 1, 1), date(2034, 1, 1), frozenset({"premium", "unlimited"}))
    return create_licence(
        organisation="Kadalpur University", contact="", terms=terms, actor="test", now=now
    )


@pytest.fixture
def reader(client):
    reader = make_reader("asha@example.org")
    client.force_login(reader.user, backend="django.contrib.auth.backends.ModelBackend")
    return reader


def test_on_campus_it_says_so_without_an_account(client, licence, now):
    put_ranges(code=licence.code, text="198.51.100.0/24", actor="t", now=now)
    here = client.get("/account/licence/", REMOTE_ADDR="198.51.100.9").content.decode()
    assert "You read through Kadalpur University" in here
    elsewhere = client.get("/account/licence/", REMOTE_ADDR="192.0.2.1").content.decode()
    assert "You read through" not in elsewhere
    said = client.get(
        "/account/licence/", REMOTE_ADDR="192.0.2.1", HTTP_X_FORWARDED_FOR="198.51.100.9"
    )
    assert "You read through" not in said.content.decode()


def test_an_invitation_asks_to_sign_in_and_is_spent_by_one_button(client, licence, now):
    [invite] = invite_readers(code=licence.code, emails="a@example.org", actor="t", now=now)
    path = f"/account/licence/{derive_token(invite)}/"
    shown = client.get(path)
    assert "Kadalpur University has a seat for you" in shown.content.decode()
    assert f"next={path}" in shown.content.decode()
    assert shown["Referrer-Policy"] == "no-referrer"
    client.post(path)
    assert Licence.objects.get().seats_taken == 0
    reader = make_reader()
    client.force_login(reader.user, backend="django.contrib.auth.backends.ModelBackend")
    client.get(path)
    assert Licence.objects.get().seats_taken == 0
    answer = client.post(path)
    assert (answer.status_code, answer["Location"]) == (303, "/account/licence/")
    assert list_benefits(reader.pk, datetime.now(UTC)) == {"premium", "unlimited"}
    assert (
        "You read through Kadalpur University" in client.get("/account/licence/").content.decode()
    )
    assert "Kadalpur University" in client.get("/account/").content.decode()


@pytest.mark.parametrize(("token", "status"), [("abc", 404), ("x" * 300, 404)])
def test_a_link_not_ours_is_told(client, licence, token, status):
    answer = client.get(f"/account/licence/{token}/")
    assert (answer.status_code, "not one of ours" in answer.content.decode()) == (status, True)


def test_a_full_licence_says_so(client, licence, now, reader):
    other = make_reader("b@example.org")
    first, second = invite_readers(code=licence.code, emails="a@x.org b@x.org", actor="t", now=now)
    from broadsheet.apps.licences.actions.seat import accept_invite

    accept_invite(token=derive_token(first), reader_id=other.pk, now=now)
    answer = client.post(f"/account/licence/{derive_token(second)}/").content.decode()
    assert "All 1 seats of Kadalpur University are taken" in answer


def test_an_address_of_the_domain_takes_a_seat_by_its_code(client, licence, now, reader):
    put_domains(code=licence.code, text="kadalpur.edu", actor="t", now=now)
    answer = client.post("/account/licence/", {"email": "asha@kadalpur.edu"}, follow=True)
    assert "The code from the letter" in answer.content.decode()
    dispatch_outbox(now=datetime.now(UTC))
    code = re.search(r"^ {4}(\d{6})$", mail.outbox[-1].body, re.MULTILINE)[1]
    wrong = client.post("/account/licence/", {"code": "12"}).content.decode()
    assert "This is not the code of the letter" in wrong
    done = client.post("/account/licence/", {"code": code}, follow=True).content.decode()
    assert "You read through Kadalpur University from now on" in done
    seat = licence.seat_rows.get()
    client.post(f"/account/licence/seat/{seat.pk}/leave/")
    assert (Licence.objects.get().seats_taken, list_benefits(reader.pk, datetime.now(UTC))) == (
        0,
        frozenset(),
    )


def test_a_confirmed_address_needs_no_code(client, licence, now, reader):
    put_domains(code=licence.code, text="kadalpur.edu", actor="t", now=now)
    EmailAddress.objects.create(user=reader.user, email="asha@kadalpur.edu", verified=True)
    client.post("/account/licence/", {"email": "asha@kadalpur.edu"})
    assert Licence.objects.get().seats_taken == 1


@pytest.mark.parametrize("email", ["", "asha", "asha@gmail.com", "a" * 400 + "@kadalpur.edu"])
def test_an_address_that_opens_nothing_is_told(client, licence, reader, email):
    answer = client.post("/account/licence/", {"email": email})
    assert 'role="alert"' in answer.content.decode()
    assert Licence.objects.get().seats_taken == 0


def test_a_posters_code_gives_the_device_a_day(client, licence, now):
    poster = make_poster(code=licence.code, label="", most_a_day=1, actor="t", now=now)
    path = write_poster_path(poster)
    for _look in range(3):
        assert "Open the paper for today" in client.get(path).content.decode()
    assert PosterDay.objects.count() == 0
    answer = client.post(path)
    assert (answer.status_code, answer["Location"]) == (303, path)
    assert "You read through Kadalpur University" in client.get(path).content.decode()
    client.post(path)
    assert PosterDay.objects.get().given == 1
    assert "You read through" in client.get("/account/licence/").content.decode()
    client.cookies.clear()
    late = client.post(path)
    assert (late.status_code, "All 1 passes of today are given" in late.content.decode()) == (
        429,
        True,
    )
    assert "bs_licence" not in late.cookies
    revoke_poster(code=licence.code, poster_id=poster.pk, actor="t", now=now)
    for method in (client.get, client.post):
        closed = method(path)
        assert (closed.status_code, "no longer in use" in closed.content.decode()) == (410, True)


def test_a_poster_not_ours_gives_nothing(client, licence, now):
    poster = make_poster(code=licence.code, label="", most_a_day=1, actor="t", now=now)
    path = write_poster_path(poster).replace("day-pass/", "day-pass/1")
    for method in (client.get, client.post):
        assert method(path).status_code == 404
    assert PosterDay.objects.count() == 0


def test_a_poster_ends_by_its_day(client, licence, now):
    poster = make_poster(
        code=licence.code, label="", most_a_day=5, days=1, actor="t", now=now - timedelta(days=3)
    )
    assert client.post(write_poster_path(poster)).status_code == 410
