"""Coupons: made within bounds, found by few tries, used once a reader and never once too often."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from broadsheet.apps.plans.actions import (
    CouponRefused,
    TooManyTries,
    look_up_coupon,
    put_coupon,
    reserve_coupon,
    withdraw_coupon,
)
from broadsheet.apps.plans.models import CodeTries, Coupon, Redemption
from broadsheet.domain.coupon import Reduction, WrongCoupon
from broadsheet.domain.money import Money
from broadsheet.plumbing.models import AuditRow
from tests.factories.sale import lay_out_plans, make_reader

pytestmark = [pytest.mark.db, pytest.mark.django_db]
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
QUARTER = Reduction(share=2_500)


@pytest.fixture(autouse=True)
def plans(db):
    lay_out_plans()


@pytest.fixture
def reader():
    return make_reader()


def put(code="SPRING-25", **more):
    asked = {
        "reduction": QUARTER,
        "starts_at": NOW,
        "ends_at": None,
        "limit": None,
        "plans": [],
        "actor": "devan",
        "now": NOW,
    }
    return put_coupon(code=code, **{**asked, **more})


def look(reader, code="SPRING-25", now=NOW, address="192.0.2.7", plan="smart-quarterly"):
    return look_up_coupon(
        code=code,
        plan_code=plan,
        currency="INR",
        reader_id=reader.pk if reader else None,
        address=address,
        now=now,
    )


def test_a_coupon_is_made_and_found(reader):
    put("spring-25", plans=["smart-quarterly"], limit=3)
    found = look(reader, "spring-25")
    assert (found.code, found.reduction) == ("SPRING-25", QUARTER)
    row = AuditRow.objects.get(deed="put_coupon")
    assert (row.actor, row.subject) == ("devan", "plans.coupon:SPRING-25")
    with pytest.raises(CouponRefused, match="another plan"):
        look(reader, plan="super-saver")


@pytest.mark.parametrize(
    "wrong",
    [
        {"code": "x"},
        {"limit": 0},
        {"limit": 10**8},
        {"ends_at": NOW},
        {"starts_at": NOW + timedelta(2), "ends_at": NOW + timedelta(1)},
        {"plans": ["gold"]},
        {"reduction": Reduction(amount=Money(10**13, "INR"))},
    ],
)
def test_what_cannot_stand_is_refused_before_it_is_kept(wrong):
    with pytest.raises(WrongCoupon):
        put(**wrong)
    assert Coupon.objects.count() == 0


def test_a_code_is_given_once():
    put()
    with pytest.raises(WrongCoupon, match="already"):
        put("Spring-25")


def test_the_database_refuses_what_the_door_does():
    for wrong in ({"share": 0}, {"share": 10_001}, {"share": 5, "amount_minor": 5}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Coupon.objects.create(code="X", starts_at=NOW, created_at=NOW, **wrong)


def test_before_its_day_after_its_end_and_withdrawn(reader):
    put(starts_at=NOW + timedelta(days=1), ends_at=NOW + timedelta(days=3))
    with pytest.raises(CouponRefused, match="no code like this"):
        look(reader)
    assert look(reader, now=NOW + timedelta(days=1)).code == "SPRING-25"
    with pytest.raises(CouponRefused, match="over"):
        look(reader, now=NOW + timedelta(days=3))
    withdraw_coupon(code="SPRING-25", actor="devan", now=NOW)
    with pytest.raises(CouponRefused, match="no code like this"):
        look(reader, now=NOW + timedelta(days=1))


def test_the_limit_holds_and_a_reader_has_one(reader):
    coupon = put(limit=2)
    others = [make_reader(f"r{n}@example.org") for n in range(3)]
    reserve_coupon(coupon_id=coupon.pk, reader_id=reader.pk, order_id=None, now=NOW)
    with pytest.raises(CouponRefused, match="used this code before"):
        reserve_coupon(coupon_id=coupon.pk, reader_id=reader.pk, order_id=None, now=NOW)
    coupon.refresh_from_db()
    assert coupon.taken == 1
    reserve_coupon(coupon_id=coupon.pk, reader_id=others[0].pk, order_id=None, now=NOW)
    for other in others[1:]:
        with pytest.raises(CouponRefused, match="used up"):
            reserve_coupon(coupon_id=coupon.pk, reader_id=other.pk, order_id=None, now=NOW)
        with pytest.raises(CouponRefused, match="used up"):
            look(other)
    assert Redemption.objects.count() == 2


def test_ten_wrong_codes_of_a_reader_and_thirty_of_an_address(reader):
    put()
    for n in range(10):
        with pytest.raises(CouponRefused, match="no code"):
            look(reader, f"WRONG-{n}")
    with pytest.raises(TooManyTries):
        look(reader)
    assert look(make_reader("zoya@example.org")).code == "SPRING-25"
    for n in range(20):
        with pytest.raises(CouponRefused, match="no code"):
            look(None, f"WRONG-{n}")
    with pytest.raises(TooManyTries):
        look(make_reader("arjun@example.org"))
    assert look(None, address="192.0.2.8").code == "SPRING-25"
    assert look(reader, now=NOW + timedelta(hours=1)).code == "SPRING-25"


def test_an_address_is_not_kept_and_old_tries_are_forgotten(reader):
    with pytest.raises(CouponRefused):
        look(reader, "WRONG")
    assert not CodeTries.objects.filter(who__contains="192.0.2.7").exists()
    with pytest.raises(CouponRefused):
        look(None, "WRONG", now=NOW + timedelta(hours=2), address="192.0.2.9")
    assert CodeTries.objects.count() == 1
