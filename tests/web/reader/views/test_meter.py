"""What counted, for strangers and readers; one story a month is given back; codes in plain words."""

from __future__ import annotations

import html
import re
import shutil
from datetime import UTC, datetime
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from broadsheet.apps.meter.actions import ensure_first_policy
from broadsheet.counters.contract import Tally
from broadsheet.counters.embedded import open_store
from broadsheet.domain.meter import Reason
from broadsheet.domain.reason_code import ReasonCode
from broadsheet.protocol import cookies, keys
from broadsheet.protocol.device import Device, write_device

pytestmark = [pytest.mark.db, pytest.mark.django_db]
BACKEND = "django.contrib.auth.backends.ModelBackend"


def text_of(response: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html.unescape(response.content.decode())))


@pytest.fixture
def month() -> Tally:
    from zoneinfo import ZoneInfo

    return Tally(f"{datetime.now(ZoneInfo(settings.PAPER.time_zone)):%Y-%m}")


@pytest.fixture
def store() -> Any:
    ensure_first_policy(actor="test", now=datetime(2020, 1, 1, tzinfo=UTC))
    store = open_store(settings.PLANT.home / "reads")
    yield store
    store.close()
    shutil.rmtree(settings.PLANT.home / "reads", ignore_errors=True)


@pytest.fixture
def device(client: Client) -> Device:
    """The device whose cookie the browser sends."""
    device = Device("cd" * 16, int(datetime.now(UTC).timestamp() // cookies.DAY_SECONDS))
    key = keys.derive_key(settings.PLANT.secret_key, keys.DEVICE)
    client.cookies[cookies.DEVICE] = write_device(key, device)
    return device


def test_a_stranger_sees_what_counted_and_gives_one_back(
    client: Client, store: Any, device: Device, month: Tally, write: Any
) -> None:
    first, second = write(1), write(2)
    for story in (first, second):
        store.consume(month, device.reader_key, story.pk, 5)
    page = text_of(client.get("/account/meter/"))
    assert "2 of 5 read this month" in page
    assert page.count("Give back") == 2
    assert "You may give one back each month." in page
    assert "by our rule M5" in page
    answer = client.post("/account/meter/give-back/", {"tally": month.name, "story": first.pk})
    assert (answer.status_code, answer["Location"]) == (303, "/account/meter/")
    page = text_of(client.get("/account/meter/"))
    assert "You have one free story more." in page
    assert "1 of 5 read this month" in page
    assert "Give back" not in page
    assert "You have given one back this month." in page
    client.post("/account/meter/give-back/", {"tally": month.name, "story": second.pk})
    assert "given one back this month already" in text_of(client.get("/account/meter/"))
    assert store.list_reads(month, device.reader_key) == (second.pk,)


def test_a_registered_reader_gives_one_back(
    client: Client, store: Any, device: Device, month: Tally, write: Any
) -> None:
    from tests.factories.sale import make_reader

    reader, story = make_reader(), write()
    client.force_login(reader.user, backend=BACKEND)
    store.consume(month, f"r{reader.pk}", story.pk, 8, device.reader_key)
    assert "1 of 8 read this month" in text_of(client.get("/account/meter/"))
    client.post("/account/meter/give-back/", {"tally": month.name, "story": story.pk})
    assert "0 of 8 read this month" in text_of(client.get("/account/meter/"))
    assert store.list_reads(month, device.reader_key) == ()


@pytest.mark.parametrize(
    "form", [{}, {"story": "x"}, {"story": "9" * 30}, {"story": "-1"}, {"story": "7"}]
)
def test_what_does_not_count_is_not_given_back(
    client: Client, store: Any, device: Device, month: Tally, write: Any, form: dict[str, str]
) -> None:
    story = write()
    store.consume(month, device.reader_key, story.pk, 5)
    client.post("/account/meter/give-back/", {"tally": month.name, **form})
    assert "so nothing was given back" in text_of(client.get("/account/meter/"))
    assert store.list_reads(month, device.reader_key) == (story.pk,)


def test_another_browsers_reads_are_not_touched(
    client: Client, store: Any, device: Device, month: Tally, write: Any
) -> None:
    story = write()
    store.consume(month, device.reader_key, story.pk, 5)
    for stranger in (Client(), Client()):
        stranger.cookies[cookies.DEVICE] = client.cookies[cookies.DEVICE].value[:-1] + "x"
        stranger.post("/account/meter/give-back/", {"tally": month.name, "story": story.pk})
    assert store.list_reads(month, device.reader_key) == (story.pk,)


def test_a_form_from_elsewhere_gives_nothing_back(
    client: Client, store: Any, device: Device, month: Tally, write: Any
) -> None:
    story = write()
    store.consume(month, device.reader_key, story.pk, 5)
    strict = Client(enforce_csrf_checks=True)
    strict.cookies[cookies.DEVICE] = client.cookies[cookies.DEVICE].value
    answer = strict.post("/account/meter/give-back/", {"tally": month.name, "story": story.pk})
    assert answer.status_code == 403
    assert client.get("/account/meter/give-back/").status_code == 405
    assert store.list_reads(month, device.reader_key) == (story.pk,)


@pytest.mark.usefixtures("store")
def test_a_code_is_put_into_plain_words(client: Client) -> None:
    code = ReasonCode("LN", "M5", Reason.ALLOWANCE_SPENT, 5, "2026-11").encode()
    page = text_of(client.get("/account/meter/", {"code": f" {code.lower()} "}))
    assert "The reader had opened the 5 free stories of November 2026" in page
    assert "miscopied" in text_of(client.get("/account/meter/", {"code": "LN-M5-XXXX"}))
    page = client.get("/account/meter/", {"code": "<script>alert(1)</script>"})
    assert "<script>alert" not in page.content.decode()
