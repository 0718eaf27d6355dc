"""Seats by invitation and by an address of the organisation's own, never more than there are."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.db import connection, connections

from broadsheet.apps.benefits.queries import list_benefits
from broadsheet.apps.licences.actions.place import put_domains
from broadsheet.apps.licences.actions.seat import (
    CannotTake,
    accept_invite,
    claim_address,
    invite_readers,
    leave_seat,
    prove_address,
    revoke_invite,
)
from broadsheet.apps.licences.models import AddressClaim, Invite, Licence, Seat
from broadsheet.apps.licences.queries import derive_token, find_seat_licence, list_seats_of
from broadsheet.domain.licence import WrongLicence
from broadsheet.plumbing.events import dispatch_outbox
from broadsheet.plumbing.models import OutboxRow
from tests.apps.licences.conftest import NOW
from tests.factories.sale import make_reader

pytestmark = pytest.mark.db
LATER = NOW + timedelta(minutes=5)


def invite(licence, *emails):
    return invite_readers(code=licence.code, emails=" ".join(emails), actor="test", now=NOW)


def taken(licence):
    return (
        Licence.objects.get(pk=licence.pk).seats_taken,
        Seat.objects.filter(left_at=None).count(),
    )


@pytest.fixture
def domain(licence):
    put_domains(code=licence.code, text="kadalpur.edu", actor="test", now=NOW)
    return licence


def read_code():
    dispatch_outbox(now=NOW)
    return re.search(r"^ {4}(\d{6})$", mail.outbox[-1].body, re.MULTILINE)[1]


def test_an_invitation_is_a_letter_with_a_link_that_gives_the_seat(licence):
    invites = invite(licence, "Asha@example.org,", "<ben@example.org>", "asha@example.org")
    assert [one.email for one in invites] == ["asha@example.org", "ben@example.org"]
    dispatch_outbox(now=NOW)
    assert [letter.to for letter in mail.outbox] == [["asha@example.org"], ["ben@example.org"]]
    token = re.search(r"/account/licence/([a-z2-7]+)/", mail.outbox[0].body)[1]
    reader = make_reader()
    seat = accept_invite(token=token, reader_id=reader.pk, now=LATER)
    assert list_benefits(reader.pk, LATER) == {"premium", "unlimited"}
    assert find_seat_licence(reader.pk, LATER) == licence.pk
    assert [one.organisation for one in list_seats_of(reader.pk, LATER)] == ["Kadalpur University"]
    assert (seat.by, taken(licence)) == ("asha@example.org", (1, 1))


def test_no_token_and_no_code_stands_in_the_database(domain):
    [one] = invite(domain, "a@example.org")
    claim_address(reader_id=make_reader().pk, email="asha@kadalpur.edu", now=NOW)
    code = read_code()
    kept = str(
        [*Invite.objects.values(), *AddressClaim.objects.values(), *OutboxRow.objects.values()]
    )
    assert derive_token(one) not in kept
    assert f"'{code}'" not in kept


def test_an_invitation_works_once(licence):
    token = derive_token(invite(licence, "a@example.org")[0])
    first, second = make_reader("a@example.org"), make_reader("b@example.org")
    seat = accept_invite(token=token, reader_id=first.pk, now=NOW)
    assert accept_invite(token=token, reader_id=first.pk, now=NOW) == seat
    with pytest.raises(CannotTake, match="has been used"):
        accept_invite(token=token, reader_id=second.pk, now=NOW)
    assert (taken(licence), list_benefits(second.pk, NOW)) == ((1, 1), frozenset())


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda one: "abc", "not one of ours"),
        (lambda one: derive_token(one)[:-1] + "a", "not one of ours"),
        (
            lambda one: revoke_invite(code=one.licence.code, invite_id=one.pk, actor="t", now=NOW),
            "taken back",
        ),
        (lambda one: invite(one.licence, one.email) and None, "taken back, or a newer"),
        (
            lambda one: Invite.objects.update(made_at=NOW - timedelta(days=22), expires_at=NOW),
            "is over",
        ),
    ],
)
def test_a_link_that_is_not_good_gives_nothing(licence, spoil, says):
    [one] = invite(licence, "a@example.org")
    token = derive_token(one)
    answer = spoil(one)
    reader = make_reader()
    with pytest.raises(CannotTake, match=says):
        accept_invite(
            token=answer if isinstance(answer, str) else token, reader_id=reader.pk, now=NOW
        )
    assert (taken(licence), list_benefits(reader.pk, NOW)) == ((0, 0), frozenset())


@pytest.mark.parametrize("text", ["", "asha", "a@b", "a@b@c.org", "a b c"])
def test_what_is_no_address_is_told(licence, text):
    with pytest.raises(WrongLicence):
        invite(licence, text)
    assert Invite.objects.count() == 0


def test_a_full_licence_refuses_and_keeps_the_invitation(licence):
    invites = invite(licence, "a@example.org", "b@example.org", "c@example.org")
    readers = [make_reader(one.email) for one in invites]
    for one, reader in zip(invites[:2], readers[:2], strict=True):
        accept_invite(token=derive_token(one), reader_id=reader.pk, now=NOW)
    last = {"token": derive_token(invites[2]), "reader_id": readers[2].pk}
    with pytest.raises(CannotTake, match="All 2 seats of Kadalpur University are taken"):
        accept_invite(**last, now=NOW)
    assert taken(licence) == (2, 2)
    leave_seat(seat_id=Seat.objects.first().pk, actor="test", now=LATER)
    accept_invite(**last, now=LATER)
    assert taken(licence) == (2, 2)


def test_a_seat_given_back_gives_nothing_more(licence):
    reader, stranger = make_reader(), make_reader("b@example.org")
    seat = accept_invite(
        token=derive_token(invite(licence, "a@example.org")[0]), reader_id=reader.pk, now=NOW
    )
    assert not leave_seat(seat_id=seat.pk, reader_id=stranger.pk, actor="x", now=LATER)
    assert list_benefits(reader.pk, LATER) == {"premium", "unlimited"}
    assert leave_seat(seat_id=seat.pk, reader_id=reader.pk, actor="x", now=LATER)
    assert not leave_seat(seat_id=seat.pk, reader_id=reader.pk, actor="x", now=LATER)
    assert (taken(licence), list_benefits(reader.pk, LATER)) == ((0, 0), frozenset())


def test_a_confirmed_address_of_the_domain_takes_a_seat_at_once(domain):
    reader = make_reader("asha@kadalpur.edu")
    EmailAddress.objects.create(user=reader.user, email="Asha@kadalpur.edu", verified=True)
    seat = claim_address(reader_id=reader.pk, email=" asha@Kadalpur.edu", now=NOW)
    assert (seat.by, taken(domain), AddressClaim.objects.count()) == ("@kadalpur.edu", (1, 1), 0)
    assert claim_address(reader_id=reader.pk, email="asha@kadalpur.edu", now=NOW) == seat


def test_an_unconfirmed_or_anothers_address_needs_the_code(domain):
    reader = make_reader("asha@kadalpur.edu")
    EmailAddress.objects.create(user=reader.user, email="asha@kadalpur.edu", verified=False)
    owner = make_reader("dev@kadalpur.edu")
    EmailAddress.objects.create(user=owner.user, email="dev@kadalpur.edu", verified=True)
    for address in ("asha@kadalpur.edu", "dev@kadalpur.edu"):
        assert claim_address(reader_id=reader.pk, email=address, now=NOW) is None
    assert (taken(domain), read_code().isdigit(), mail.outbox[-1].to) == (
        (0, 0),
        True,
        ["dev@kadalpur.edu"],
    )


def test_the_code_gives_the_seat(domain):
    reader = make_reader()
    claim_address(reader_id=reader.pk, email="asha@kadalpur.edu", now=NOW)
    code = read_code()
    seat = prove_address(reader_id=reader.pk, code=f" {code[:3]} {code[3:]} ", now=LATER)
    assert (seat.by, taken(domain), AddressClaim.objects.count()) == ("@kadalpur.edu", (1, 1), 0)


def test_five_wrong_codes_and_the_right_one_is_worth_nothing(domain):
    reader = make_reader()
    claim_address(reader_id=reader.pk, email="asha@kadalpur.edu", now=NOW)
    code = read_code()
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    for _try in range(5):
        with pytest.raises(CannotTake, match="not the code"):
            prove_address(reader_id=reader.pk, code=wrong, now=NOW)
    with pytest.raises(CannotTake, match="This code is over"):
        prove_address(reader_id=reader.pk, code=code, now=NOW)
    assert taken(domain) == (0, 0)


def test_a_code_is_good_for_its_reader_and_twenty_minutes(domain):
    reader, thief = make_reader(), make_reader("b@example.org")
    claim_address(reader_id=reader.pk, email="asha@kadalpur.edu", now=NOW)
    code = read_code()
    for who, instant in ((thief, NOW), (reader, NOW + timedelta(minutes=20))):
        with pytest.raises(CannotTake, match="This code is over"):
            prove_address(reader_id=who.pk, code=code, now=instant)
    assert taken(domain) == (0, 0)


def test_four_letters_an_hour_and_no_more(domain):
    reader = make_reader()
    for _letter in range(4):
        claim_address(reader_id=reader.pk, email="asha@kadalpur.edu", now=NOW)
    with pytest.raises(CannotTake, match="Wait an hour"):
        claim_address(reader_id=reader.pk, email="asha@kadalpur.edu", now=NOW)
    claim_address(reader_id=reader.pk, email="asha@kadalpur.edu", now=NOW + timedelta(hours=1))
    assert OutboxRow.objects.filter(event__endswith="AddressClaimed").count() == 5


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("asha", "no e-mail address"),
        ("asha@varai.edu", "No organisation"),
        ("a@x.kadalpur.edu", "No organisation"),
    ],
)
def test_another_address_takes_none(domain, address, says):
    with pytest.raises(CannotTake, match=says):
        claim_address(reader_id=make_reader().pk, email=address, now=NOW)
    assert AddressClaim.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_at_the_same_moment_no_more_sit_down_than_there_are_seats(make_licence):
    if connection.vendor == "sqlite":
        pytest.skip("the tests' SQLite in memory has one connection; see test_seats_at_once")
    licence = make_licence(seats=3)
    invites = invite(licence, *(f"r{n}@example.org" for n in range(12)))
    readers = [make_reader(one.email) for one in invites]
    ready = Barrier(12)

    def sit(pair):
        one, reader = pair
        ready.wait(10)
        try:
            accept_invite(token=derive_token(one), reader_id=reader.pk, now=NOW)
        except CannotTake:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(12) as pool:
        assert sum(pool.map(sit, zip(invites, readers, strict=True))) == 3
    assert taken(licence) == (3, 3)
    held = [reader for reader in readers if list_benefits(reader.pk, NOW)]
    assert len(held) == 3
