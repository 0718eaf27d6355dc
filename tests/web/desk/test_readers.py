"""The desk's help for one reader: found by any number, seen whole, given money back once."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from broadsheet.apps.payments.models import Payment, Refund
from broadsheet.apps.subscriptions.models import Subscription
from broadsheet.plumbing.clock import now
from broadsheet.plumbing.models import AuditRow
from tests.factories.sale import Sale, gateway_of, lay_out_plans, make_reader

pytestmark = [pytest.mark.db, pytest.mark.django_db(databases="__all__")]
SignIn = Callable[[str], Client]
MEENAL = "meenal@example.org"


def _text(markup: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", markup).split())


@pytest.fixture
def manager(sign_in: SignIn, section: Any) -> Client:
    return sign_in("subscription-manager")


@pytest.fixture
def paid(db: None, bank: Any) -> Payment:
    """Meenal has bought three months."""
    lay_out_plans()
    sale = Sale(bank, gateway_of(bank), make_reader(MEENAL))
    sale.subscribe(now())
    return Payment.objects.get()


def _refund(client: Client, paid: Payment, **fields: Any) -> Any:
    given = {"amount": "900", "reason": "the app would not open", "left": "90000"}
    address = f"/desk/readers/{paid.reader_id}/payments/{paid.pk}/refund/"
    return client.post(address, given | fields)


@pytest.mark.parametrize("by", ["mail", "part", "receipt", "reference", "key", "name"])
def test_a_reader_is_found_by_whatever_the_letter_names(
    manager: Client, paid: Payment, by: str
) -> None:
    make_reader("somebody.else@example.org")
    user = paid.reader.user
    user.first_name, user.last_name = "Meenal", "Achari"
    user.save()
    words = {
        "mail": MEENAL.upper(),
        "part": "eenal@",
        "receipt": str(paid.number).lower(),
        "reference": str(paid.charge.gateway_reference),
        "key": paid.charge.key,
        "name": "meenal ach",
    }
    answer = manager.get("/desk/readers/", {"q": words[by]})
    assert (answer.status_code, answer["Location"]) == (302, f"/desk/readers/{paid.reader_id}/")


def test_several_are_listed_and_none_is_said(manager: Client, paid: Payment) -> None:
    make_reader("arjun@example.org")
    page = manager.get("/desk/readers/", {"q": "example.org"})
    assert [one.email for one in page.context["found"]] == ["arjun@example.org", MEENAL]
    assert [(one.plan, one.state) for one in page.context["found"]] == [
        ("", ""),
        ("Smart quarterly", "active"),
    ]
    assert "Nobody is found by “zzz”" in _text(manager.get("/desk/readers/?q=zzz").content.decode())
    assert "at least 3" in _text(manager.get("/desk/readers/?q=ab").content.decode())
    assert manager.get("/desk/readers/").context["found"] == []


def test_a_search_asks_the_same_number_of_queries_for_one_and_for_three(
    manager: Client, paid: Payment, django_assert_num_queries: Any
) -> None:
    make_reader("one@example.net")
    manager.get("/desk/readers/?q=nobody")
    from broadsheet.apps.subscriptions.queries.history import find_readers

    with django_assert_num_queries(6):
        assert len(find_readers("example.net")) == 1
    for name in ("two", "three"):
        make_reader(f"{name}@example.net")
    with django_assert_num_queries(6):
        assert len(find_readers("example.net")) == 3


def test_the_whole_life_stands_on_one_page(manager: Client, paid: Payment) -> None:
    told = _text(manager.get(f"/desk/readers/{paid.reader_id}/").content.decode())
    for words in (
        MEENAL,
        "Smart quarterly, 3 months",
        "₹900",
        str(paid.number),
        str(paid.charge.gateway_reference),
    ):
        assert words in told
    assert "Holds: ad-free, premium, unlimited." in told
    assert "Give back" in told


def test_nobody_else_looks_into_a_readers_life(
    sign_in: SignIn, section: Any, paid: Payment
) -> None:
    for role in ("editor", "reader", ""):
        client = sign_in(role)
        for address in ("", f"{paid.reader_id}/", f"{paid.reader_id}/payments/{paid.pk}/refund/"):
            answer = client.get(f"/desk/readers/{address}")
            assert answer.status_code == 302
            assert not answer["Location"].startswith("/desk/readers/")
        assert _refund(client, paid).status_code == 302
        client.post(f"/desk/readers/{paid.reader_id}/cancel/")
    assert Refund.objects.count() == 0
    assert Subscription.objects.get().cancelled_at is None


def test_no_such_reader_and_no_such_payment(manager: Client, paid: Payment) -> None:
    other = make_reader("other@example.org")
    assert manager.get("/desk/readers/99999/").status_code == 404
    wrong = f"/desk/readers/{other.pk}/payments/{paid.pk}/refund/"
    assert manager.get(wrong).status_code == 404
    assert manager.post(wrong, {"amount": "1", "reason": "x", "left": "90000"}).status_code == 404
    assert Refund.objects.count() == 0


def test_money_is_promised_back_once(manager: Client, paid: Payment) -> None:
    assert _refund(manager, paid, amount="450.50")["Location"] == f"/desk/readers/{paid.reader_id}/"
    refund = Refund.objects.get()
    assert (refund.amount_minor, refund.reason, refund.state) == (
        45_050,
        "the app would not open",
        "planned",
    )
    assert refund.actor == "subscription-manager@lantern.example"
    assert AuditRow.objects.filter(deed="plan_refund").count() == 1
    again = _refund(manager, paid, amount="450.50")
    assert "went back meanwhile" in _text(again.content.decode())
    assert Refund.objects.count() == 1
    assert Subscription.objects.get().state == "active"
    told = _text(manager.get(f"/desk/readers/{paid.reader_id}/").content.decode())
    assert "₹450.50 back, planned: the app would not open" in told


def test_the_form_offers_all_that_is_left(manager: Client, paid: Payment) -> None:
    address = f"/desk/readers/{paid.reader_id}/payments/{paid.pk}/refund/"
    assert 'name="amount" value="900"' in manager.get(address).content.decode()
    _refund(manager, paid, amount="0.95")
    assert 'name="amount" value="899.05"' in manager.get(address).content.decode()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"amount": "900.01"}, "Only ₹900 is left to give back."),
        ({"amount": "0"}, "Give back more than nought."),
        ({"amount": "-5"}, "Give back more than nought."),
        ({"amount": "10.005"}, "There is no smaller coin than that"),
        ({"amount": "all"}, "Enter a number."),
        ({"reason": " "}, "This field is required."),
        ({"left": "80000"}, "Money went back meanwhile."),
    ],
)
def test_what_cannot_go_back_is_refused_beside_the_field(
    manager: Client, paid: Payment, fields: dict[str, str], said: str
) -> None:
    answer = _refund(manager, paid, **fields)
    assert answer.status_code == 200
    assert said in _text(answer.content.decode())
    assert Refund.objects.count() == 0


def test_giving_back_may_end_it_at_once(manager: Client, paid: Payment) -> None:
    _refund(manager, paid, ends="on")
    assert Refund.objects.get().amount_minor == 90_000
    assert Subscription.objects.get().state == "ended"


def test_staff_stop_it_and_let_it_go_on(manager: Client, paid: Payment) -> None:
    address = f"/desk/readers/{paid.reader_id}"
    assert manager.get(f"{address}/cancel/").status_code == 405
    assert manager.post(f"{address}/cancel/")["Location"] == f"{address}/"
    assert Subscription.objects.get().cancelled_at is not None
    assert manager.post(f"{address}/undo/").status_code == 302
    assert Subscription.objects.get().cancelled_at is None
    deeds = AuditRow.objects.filter(actor="subscription-manager@lantern.example")
    assert list(deeds.order_by("pk").values_list("deed", flat=True)) == [
        "cancel_subscription",
        "undo_cancel",
    ]
