"""Many rows by one statement, on whichever database the tests stand on."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from broadsheet.apps.accounts.models import Reader, User
from broadsheet.apps.payments.models import Mandate, NumberSeries, Order
from broadsheet.plumbing.audit import Deed, record_deeds
from broadsheet.plumbing.many_rows import (
    insert_numbered_rows,
    insert_rows,
    put_rows,
    update_rows,
)
from broadsheet.plumbing.models import AuditRow, OutboxRow

pytestmark = [pytest.mark.db, pytest.mark.django_db]
NOW = datetime(2026, 11, 26, 6, 30, 15, 123456, tzinfo=UTC)
ODD = ["plain", "", 'a "quoted" word', "back\\slash", "{braces}, NULL", "line\nbreak", "₹ ′ 'x' %s"]


def test_odd_words_come_back_as_they_were():
    record_deeds(
        [
            Deed(actor=word, deed="test", subject="a", detail={word: [word, None, 1.5]})
            for word in ODD
        ],
        now=NOW,
    )
    found = list(AuditRow.objects.order_by("pk").values_list("at", "actor", "detail"))
    assert found == [(NOW, word, {word: [word, None, 1.5]}) for word in ODD]


def test_numbers_come_in_the_order_of_the_rows():
    codes = [f"S-{n:03d}" for n in (7, 3, 9, 1)]
    first = insert_numbered_rows(NumberSeries, ["code", "next"], [(code, 1) for code in codes])
    again = insert_numbered_rows(NumberSeries, ["code", "next"], [("again", 5)])
    assert list(NumberSeries.objects.order_by("pk").values_list("pk", "code", "next")) == [
        *[(pk, code, 1) for pk, code in zip(first, codes, strict=True)],
        (again[0], "again", 5),
    ]
    made = NumberSeries.objects.create(code="by Django")
    assert made.pk > again[0]


def test_every_kind_of_value():
    user = User.objects.create_user("meenal@example.org")
    reader = Reader.objects.create(user=user, created_at=NOW)
    uid = uuid.uuid4()
    mandate = (reader.pk, "test", "m-1", "card", "ending 4242", None, "INR", date(2028, 2, 29), NOW)
    columns = ["reader_id", "gateway", "token", "kind", "label", "max_minor", "currency"]
    insert_rows(Mandate, [*columns, "valid_until", "given_at"], [mandate])
    found = Mandate.objects.get()
    assert (found.max_minor, found.valid_until, found.given_at) == (None, date(2028, 2, 29), NOW)
    columns = ["uid", "reader_id", "source", "purpose", "state", "description", "parts"]
    columns += ["amount_minor", "currency", "gateway", "continue_to", "created_at"]
    part = {"description": "print", "amount_minor": 5, "tax_class": "print"}
    order = (uid, reader.pk, "a", "renewal", "open", "x", [part], 5, "INR", "test", "", NOW)
    insert_rows(Order, columns, [order])
    assert Order.objects.values_list("uid", "parts").get() == (uid, [part])


def test_what_is_not_named_gets_its_default():
    reader = Reader.objects.create(
        user=User.objects.create_user("meenal@example.org"), created_at=NOW
    )
    columns = ["reader_id", "source", "purpose", "amount_minor", "created_at"]
    rows = [(reader.pk, source, "renewal", 5, NOW) for source in "ab"]
    ids = insert_numbered_rows(Order, columns, rows)
    insert_rows(Order, columns, [(reader.pk, "c", "renewal", 5, NOW)])
    found = list(Order.objects.order_by("source"))
    assert [order.pk for order in found[:2]] == ids
    assert {(one.state, one.continue_to, one.expires_at) for one in found} == {("open", "", None)}
    assert [one.parts for one in found] == [[], [], []]
    assert len({order.uid for order in found}) == 3


def test_a_thousand_rows_change_in_one_statement(django_assert_num_queries):
    ids = insert_numbered_rows(OutboxRow, OUTBOX, [outbox(n) for n in range(1000)])
    later = [NOW + timedelta(minutes=n) for n in range(1000)]
    with django_assert_num_queries(1):
        update_rows(
            OutboxRow,
            ["done_at", "last_error"],
            [(pk, at, f"no {n}") for n, (pk, at) in enumerate(zip(ids, later, strict=True))],
        )
    assert list(OutboxRow.objects.order_by("pk").values_list("done_at", "last_error", "event")) == [
        (at, f"no {n}", f"e{n}") for n, at in enumerate(later)
    ]


def test_put_twice_stands_once():
    put_rows(NumberSeries, ["code", "next"], [("a", 1), ("b", 1)], unique=["code"])
    put_rows(NumberSeries, ["code", "next"], [("b", 9), ("c", 4)], unique=["code"])
    assert list(NumberSeries.objects.order_by("code").values_list("code", "next")) == [
        ("a", 1),
        ("b", 9),
        ("c", 4),
    ]


def test_one_wrong_row_and_none_is_written():
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_rows(NumberSeries, ["code", "next"], [("a", 1), ("b", 1), ("a", 2)])
    assert NumberSeries.objects.count() == 0


def test_nothing_asks_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        insert_rows(NumberSeries, ["code", "next"], [])
        put_rows(NumberSeries, ["code", "next"], [], unique=["code"])
        update_rows(NumberSeries, ["next"], [])
        assert insert_numbered_rows(NumberSeries, ["code", "next"], []) == []


OUTBOX = ["event", "handler", "payload", "created_at", "due_at"]


def outbox(n: int) -> tuple[object, ...]:
    return (f"e{n}", "h", {"n": n}, NOW, NOW)
