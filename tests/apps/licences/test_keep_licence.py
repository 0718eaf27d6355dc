"""Licences are made, changed, paid and ended; what cannot be so is refused whole."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from broadsheet.apps.benefits.queries import list_benefits
from broadsheet.apps.licences.actions import (
    CannotChange,
    Terms,
    change_licence,
    close_licences,
    create_licence,
    end_licence,
    record_licence_payment,
)
from broadsheet.apps.licences.actions.place import put_domains, put_ranges
from broadsheet.apps.licences.actions.seat import accept_invite, invite_readers
from broadsheet.apps.licences.models import Invite, Licence, Seat
from broadsheet.apps.licences.queries import derive_token, list_licences_in_force
from broadsheet.apps.payments.models import Payment
from broadsheet.apps.payments.queries import check_ledger
from broadsheet.domain.licence import WrongLicence
from broadsheet.domain.money import Money
from broadsheet.plumbing.models import AuditRow
from tests.apps.licences.conftest import NOW
from tests.factories.sale import make_reader

pytestmark = pytest.mark.db
END = datetime(2027, 10, 31, 18, 30, tzinfo=UTC)


def seat_one(licence, email="asha@example.org"):
    reader = make_reader(email)
    [invite] = invite_readers(code=licence.code, emails=email, actor="test", now=NOW)
    accept_invite(token=derive_token(invite), reader_id=reader.pk, now=NOW)
    return reader


def change(licence, **how):
    given = {"seats": licence.seats, "ends_on": licence.ends_on, "remember_days": 0, **how}
    return change_licence(code=licence.code, actor="test", now=given.pop("now", NOW), **given)


def test_a_licence_is_made_with_a_code_of_its_own(make_licence):
    first, second = make_licence(), make_licence("Kadalpur  University")
    assert (first.code, second.code) == ("kadalpur-university", "kadalpur-university-2")
    assert {benefit.code for benefit in first.benefits.all()} == {"premium", "unlimited"}
    deed = AuditRow.objects.get(deed="create_licence", subject="licences.licence:" + first.code)
    assert (deed.actor, deed.detail["seats"]) == ("test", 2)


def test_a_plans_benefits_may_be_taken(make_licence):
    licence = make_licence(benefits=frozenset(), plan_code="super-saver")
    codes = {benefit.code for benefit in licence.benefits.all()}
    assert codes == {"premium", "unlimited", "ad-free"}


@pytest.mark.parametrize(
    ("field", "terms"),
    [
        ("seats", {"seats": -1}),
        ("seats", {"seats": 100_001}),
        ("benefits", {"benefits": frozenset()}),
        ("benefits", {"benefits": frozenset({"gold"})}),
        ("plan", {"plan_code": "gold"}),
        ("ends_on", {"ends_on": date(2026, 11, 1)}),
        ("ends_on", {"ends_on": date(2026, 11, 26)}),
        ("ends_on", {"ends_on": date(2040, 1, 1)}),
        ("remember_days", {"remember_days": 181}),
    ],
)
def test_terms_no_licence_can_have_are_refused(make_licence, field, terms):
    with pytest.raises(WrongLicence) as refused:
        make_licence(**terms)
    assert (refused.value.field, Licence.objects.count()) == (field, 0)


@pytest.mark.parametrize("name", ["", "   ", "x" * 121, "a\x00b"])
def test_a_name_is_needed(db, name):
    terms = Terms(1, date(2026, 1, 1), date(2027, 1, 1), frozenset({"premium"}))
    with pytest.raises(WrongLicence):
        create_licence(organisation=name, contact="", terms=terms, actor="test", now=NOW)


def test_it_holds_from_its_first_day_to_its_last_in_the_papers_zone(licence):
    told = list_licences_in_force(NOW).licences
    assert [(one.id, one.ends_at) for one in told] == [(licence.pk, int(END.timestamp()))]
    assert datetime.fromtimestamp(told[0].starts_at, UTC) == datetime(
        2026, 10, 31, 18, 30, tzinfo=UTC
    )
    assert list_licences_in_force(END).licences == ()


def test_a_later_end_moves_what_seats_hold(licence):
    reader = seat_one(licence)
    assert list_benefits(reader.pk, END - timedelta(seconds=1)) == {"premium", "unlimited"}
    assert list_benefits(reader.pk, END) == frozenset()
    change(licence, ends_on=date(2028, 11, 1))
    assert list_benefits(reader.pk, END) == {"premium", "unlimited"}


def test_fewer_seats_than_are_taken_are_refused(licence):
    seat_one(licence)
    with pytest.raises(CannotChange, match="1 seats are taken"):
        change(licence, seats=0)
    assert Licence.objects.get().seats == 2
    assert change(licence, seats=1).seats == 1


def test_calling_marks_in_is_told_to_the_gate(licence):
    change(licence, remember_days=30)
    assert list_licences_in_force(NOW).licences[0].marks_since == 0
    change(licence, remember_days=30, call_marks_in=True)
    [told] = list_licences_in_force(NOW).licences
    assert (told.remember_days, told.marks_since) == (30, int(NOW.timestamp()))


def test_an_end_takes_everything_back_at_once(licence):
    reader = seat_one(licence)
    put_ranges(code=licence.code, text="198.51.100.0/24", actor="test", now=NOW)
    put_domains(code=licence.code, text="kadalpur.edu", actor="test", now=NOW)
    [open_one] = invite_readers(code=licence.code, emails="b@example.org", actor="test", now=NOW)
    later = NOW + timedelta(days=3)
    end_licence(code=licence.code, actor="test", now=later)
    assert list_benefits(reader.pk, later) == frozenset()
    assert not list_licences_in_force(later)
    assert list_licences_in_force(later).ranges == ()
    row = Licence.objects.get()
    assert (row.seats_taken, row.domains.count()) == (0, 0)
    assert Seat.objects.get().left_at == later
    assert Invite.objects.get(pk=open_one.pk).revoked_at == later
    with pytest.raises(CannotChange, match="is over"):
        end_licence(code=licence.code, actor="test", now=later)


def test_the_duty_closes_what_ended_by_its_day(licence, make_licence, django_assert_num_queries):
    other = make_licence("Varai College", ends_on=date(2030, 1, 1))
    for number in range(2):
        seat_one(licence, f"r{number}@example.org")
    seat_one(other, "c@example.org")
    put_domains(code=licence.code, text="kadalpur.edu", actor="test", now=NOW)
    assert close_licences(now=END - timedelta(seconds=1)) == 0
    assert close_licences(now=END) == 2
    assert Seat.objects.filter(left_at=END).count() == 2
    assert Licence.objects.get(pk=licence.pk).seats_taken == 0
    assert Licence.objects.get(pk=other.pk).seats_taken == 1
    assert close_licences(now=END) == 0


def test_a_transfer_is_recorded_and_invoiced_to_the_payers_account(licence):
    payer = make_reader("library@kadalpur.edu")
    payment = record_licence_payment(
        code=licence.code,
        payer="Library@kadalpur.edu",
        amount=Money(12_500_000, "INR"),
        reference="NEFT 4711",
        actor="test",
        now=NOW,
    )
    assert (payment.reader_id, payment.amount) == (payer.pk, Money(12_500_000, "INR"))
    assert Licence.objects.get().order_id == payment.order_id
    assert [one.name for one in check_ledger(NOW) if not one.ok] == []


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ({"payer": "nobody@example.org"}, "Nobody has an account"),
        ({"amount": Money(0, "INR")}, "above nought"),
        ({"reference": "  "}, "statement's reference"),
    ],
)
def test_a_transfer_that_cannot_be_so_leaves_nothing(licence, how, says):
    make_reader("library@kadalpur.edu")
    given = {"payer": "library@kadalpur.edu", "amount": Money(5, "INR"), "reference": "N1", **how}
    with pytest.raises(CannotChange, match=says):
        record_licence_payment(code=licence.code, actor="test", now=NOW, **given)
    assert (Payment.objects.count(), Licence.objects.get().order_id) == (0, None)


def test_a_second_transfer_is_refused(licence):
    make_reader("library@kadalpur.edu")
    for reference in ("N1", "N2"):
        given = {"payer": "library@kadalpur.edu", "amount": Money(5, "INR"), "reference": reference}
        if reference == "N2":
            with pytest.raises(CannotChange, match="recorded for this licence already"):
                record_licence_payment(code=licence.code, actor="test", now=NOW, **given)
        else:
            record_licence_payment(code=licence.code, actor="test", now=NOW, **given)
    assert Payment.objects.count() == 1
