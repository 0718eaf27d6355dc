"""The meter's rules are set at the desk, with errors beside the fields."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from broadsheet.apps.meter.models import MeterPolicy
from broadsheet.domain.meter import Reason
from broadsheet.domain.reason_code import ReasonCode
from broadsheet.plumbing.models import AuditRow

pytestmark = [pytest.mark.db, pytest.mark.django_db(databases="__all__")]
SignIn = Callable[[str], Client]
WORDS = "You have read {{free_limit}}. They come back on {{resets_on}}."


def _rule(**fields: str) -> dict[str, str]:
    return {
        "anonymous_allowance": "4",
        "registered_allowance": "6",
        "message": WORDS,
        "starts_at": "",
        "do": "save",
        **fields,
    }


def test_a_rule_is_adopted_at_once(sign_in: SignIn) -> None:
    client = sign_in("subscription-manager")
    answer = client.post("/desk/meter/new/", _rule())
    assert (answer.status_code, answer["Location"]) == (302, "/desk/meter/")
    policy = MeterPolicy.objects.get()
    assert (policy.code, policy.anonymous_allowance, policy.registered_allowance) == ("M4", 4, 6)
    assert AuditRow.objects.get().actor == "subscription-manager@lantern.example"
    assert client.get("/desk/meter/").context["in_force"] == policy


@pytest.mark.parametrize(
    ("fields", "beside"),
    [
        ({"anonymous_allowance": ""}, "anonymous_allowance"),
        ({"anonymous_allowance": "101"}, "anonymous_allowance"),
        ({"registered_allowance": "3"}, "registered_allowance"),
        ({"message": ""}, "message"),
        ({"message": "You read {{used_up}}."}, "message"),
        ({"starts_at": "2020-01-01T00:00"}, "starts_at"),
        ({"starts_at": "tomorrow"}, "starts_at"),
    ],
)
def test_a_wrong_rule_is_refused_beside_its_field(
    sign_in: SignIn, fields: dict[str, str], beside: str
) -> None:
    answer = sign_in("subscription-manager").post("/desk/meter/new/", _rule(**fields))
    assert answer.status_code == 200
    assert list(answer.context["form"].errors) == [beside]
    assert answer.context["form"]["anonymous_allowance"].value() == fields.get(
        "anonymous_allowance", "4"
    )
    assert (MeterPolicy.objects.count(), AuditRow.objects.count()) == (0, 0)


def test_the_message_is_shown_before_it_is_kept(sign_in: SignIn) -> None:
    client = sign_in("subscription-manager")
    answer = client.post("/desk/meter/new/", _rule(do="show"))
    assert answer.context["sample"].startswith("You have read 4. They come back on 1 ")
    wrong = client.post("/desk/meter/new/", _rule(do="show", message="{{limit}}"))
    assert wrong.context["sample"] == ""
    assert list(wrong.context["form"].errors) == ["message"]
    assert MeterPolicy.objects.count() == 0


def test_a_rule_is_reworded(sign_in: SignIn) -> None:
    client = sign_in("subscription-manager")
    client.post("/desk/meter/new/", _rule())
    path = "/desk/meter/M4/"
    assert client.get(path).context["form"]["message"].value() == WORDS
    refused = client.post(path, {"message": "{{", "do": "save"})
    assert list(refused.context["form"].errors) == ["message"]
    client.post(path, {"message": "Come back on {{resets_on}}.", "do": "save"})
    assert MeterPolicy.objects.get().message == "Come back on {{resets_on}}."
    assert client.get("/desk/meter/M9/").status_code == 404


def test_a_stop_code_is_put_into_words(sign_in: SignIn) -> None:
    client = sign_in("subscription-manager")
    code = ReasonCode("LN", "M5", Reason.ALLOWANCE_SPENT, 5, "2026-11").encode()
    said: Any = client.get("/desk/meter/", {"code": code}).context["explanation"]
    assert (said.policy, said.limit, said.window) == ("M5", 5, "2026-11")
    page = client.get("/desk/meter/", {"code": "LN-M5-0000"})
    assert page.status_code == 200
    assert page.context["unreadable"]


def test_the_first_page_tells_those_who_sell(sign_in: SignIn) -> None:
    client = sign_in("subscription-manager")
    assert "No rule is in force" in client.get("/desk/").content.decode()
    client.post("/desk/meter/new/", _rule())
    page = client.get("/desk/").content.decode()
    assert "6 with an account" in page
    assert "You have read 4. They come back on 1" in page
    assert "Being written" not in page
