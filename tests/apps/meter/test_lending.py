"""Links that lend a story: made, opened, counted, taken back."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings as django_settings
from django.db import IntegrityError, transaction

from broadsheet.apps.meter.actions.lending import (
    CannotLend,
    LinkClosed,
    give_story,
    lend_story,
    open_link,
    revoke_link,
)
from broadsheet.apps.meter.jobs import drop_links
from broadsheet.apps.meter.models import Link, LinkOpening
from broadsheet.apps.meter.queries import get_snapshot
from broadsheet.apps.meter.queries.lending import (
    describe_link,
    find_story_of_link,
    get_gift_quota,
    list_gifts,
    list_staff_links,
    read_link_token,
)
from broadsheet.apps.newsroom.actions import free_story
from broadsheet.apps.newsroom.models import Section, Story
from broadsheet.domain.lending import LinkKind, Refusal, Standing, WrongName, WrongTerms
from broadsheet.plumbing.models import AuditRow
from broadsheet.protocol.snapshot import RevokedLink

pytestmark = [pytest.mark.db, pytest.mark.django_db]
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


@pytest.fixture
def write():
    section = Section.objects.create(name="City", slug="city", position=1)

    def write(access="metered", **fields):
        return Story.objects.create(
            **{
                "section": section,
                "slug": "night-ferries",
                "headline": "Night ferries",
                "origin": "staff",
                "access": access,
                "live": True,
                "version": 1,
                "published_at": datetime(2026, 11, 20, tzinfo=UTC),
                **fields,
            }
        )

    return write


@pytest.fixture
def giver(sale):
    """A reader whose plan gives away five stories a month."""
    sale.subscribe(datetime.now(UTC).replace(microsecond=0))
    return sale.reader


@pytest.fixture
def give(giver, now):
    def give(story, *, shown_as="Meenal", now=now, reader=giver):
        return give_story(reader_id=reader.pk, story_id=story.pk, shown_as=shown_as, now=now)

    return give


@pytest.fixture
def lend(now):
    def lend(story, **fields):
        given = {
            "kind": LinkKind.NEWSLETTER,
            "story_id": story.pk,
            "devices": 3,
            "days": 7,
            "actor": "lata",
            "now": now,
            "label": "Slow  Coast ",
        }
        return lend_story(**{**given, **fields})

    return lend


def _open(link, device, now):
    return open_link(link_id=link.pk, device_id=device, now=now)


def test_a_gift_is_for_ten_devices_and_fourteen_days(write, give, giver, now):
    story = write()
    link = give(story, shown_as="  Meenal  K. ")
    assert (link.kind, link.story, link.giver, link.shown_as) == ("gift", story, giver, "Meenal K.")
    assert (link.most_opens, link.opens, link.expires_at) == (10, 0, now + 14 * DAY)
    given = describe_link(link, now)
    token = read_link_token(given.token)
    assert (token.kind, token.link_id, token.story_id) == (LinkKind.GIFT, link.pk, story.pk)
    assert token.expires_at == link.expires_at.timestamp()
    assert given.path == f"/gift/{given.token}/"
    assert find_story_of_link(token) == story
    assert AuditRow.objects.get(deed="lend_story").actor == f"reader:{giver.pk}"


def test_giving_again_gives_the_same_link(write, give, giver, now):
    story = write()
    first = give(story)
    again = give(story, shown_as="M.", now=now + DAY)
    assert (again.pk, again.shown_as, again.expires_at) == (first.pk, "M.", first.expires_at)
    assert get_gift_quota(giver.pk, now).given == 1
    revoke_link(link_id=first.pk, giver_id=giver.pk, actor="reader", now=now)
    assert give(story).pk != first.pk


def test_the_plan_says_how_many_a_month(write, give, giver, now):
    for number in range(5):
        give(write(slug=f"s-{number}"))
    quota = get_gift_quota(giver.pk, now)
    assert (quota.quota, quota.given, quota.remaining) == (5, 5, 0)
    assert str(quota.resets_on) == "2026-12-01"
    sixth = write(slug="sixth")
    with pytest.raises(CannotLend) as refused:
        give(sixth)
    assert refused.value.refusal is Refusal.QUOTA_SPENT
    assert Link.objects.count() == 5
    next_month = datetime(2026, 11, 30, 18, 30, tzinfo=UTC)
    with pytest.raises(CannotLend):
        give(sixth, now=next_month - SECOND)
    assert give(sixth, now=next_month).pk


def test_a_gift_nobody_opened_comes_back_when_it_is_revoked(write, give, giver, now):
    unopened, opened = give(write()), give(write(slug="other"))
    _open(opened, "a" * 32, now)
    for link in (unopened, opened):
        revoke_link(link_id=link.pk, giver_id=giver.pk, actor="reader", now=now)
    assert get_gift_quota(giver.pk, now).given == 1


@pytest.mark.parametrize(
    ("access", "live", "refusal"),
    [
        ("free", True, Refusal.ALREADY_FREE),
        ("premium", True, Refusal.PREMIUM),
        ("metered", False, Refusal.NOT_PUBLISHED),
    ],
)
def test_what_cannot_be_given(write, give, access, live, refusal):
    with pytest.raises(CannotLend) as refused:
        give(write(access, live=live))
    assert refused.value.refusal is refusal
    assert Link.objects.count() == 0


def test_a_story_free_for_all_needs_no_gift(write, give, now):
    story = write()
    free_story(story_id=story.pk, actor=None, now=now)
    with pytest.raises(CannotLend) as refused:
        give(story)
    assert refused.value.refusal is Refusal.ALREADY_FREE


def test_premium_is_lent_where_the_paper_says_so(write, give, settings, now):
    settings.PAPER = dataclasses.replace(settings.PAPER, lend_premium="yes")
    assert give(write("premium")).pk
    assert get_snapshot(now).lend_premium is True


def test_without_a_subscription_nothing_is_given(write, give, now):
    from tests.factories.sale import make_reader

    arjun = make_reader("arjun@example.org")
    assert get_gift_quota(arjun.pk, now).quota == 0
    with pytest.raises(CannotLend) as refused:
        give(write(), reader=arjun)
    assert refused.value.refusal is Refusal.NO_GIFTS


def test_a_wrong_name_gives_nothing(write, give):
    with pytest.raises(WrongName):
        give(write(), shown_as="https://evil.example")
    assert Link.objects.count() == 0


def test_staff_lend_to_as_many_as_they_say(write, lend, now):
    link = lend(write())
    assert (link.kind, link.giver, link.label) == ("newsletter", None, "Slow Coast")
    assert (link.most_opens, link.expires_at) == (3, now + 7 * DAY)
    assert [row.link for row in list_staff_links(now)] == [link]
    assert list_staff_links(now + 7 * DAY) == []


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"devices": 0}, WrongTerms),
        ({"days": 367}, WrongTerms),
        ({"kind": LinkKind.GIFT}, ValueError),
    ],
)
def test_staff_cannot_lend_without_end(write, lend, fields, error):
    with pytest.raises(error):
        lend(write(), **fields)
    assert Link.objects.count() == 0


@pytest.mark.parametrize(
    ("access", "refusal"), [("free", Refusal.ALREADY_FREE), ("premium", Refusal.PREMIUM)]
)
def test_staff_lend_what_may_be_lent(write, lend, access, refusal):
    with pytest.raises(CannotLend) as refused:
        lend(write(access), kind=LinkKind.CAMPAIGN)
    assert refused.value.refusal is refusal


def test_each_device_counts_once_and_the_last_place_is_the_last(write, lend, now):
    link = lend(write())
    for device in ("a", "b", "a", "c", "c", "a"):
        assert _open(link, device * 32, now).story == link.story
    with pytest.raises(LinkClosed) as closed:
        _open(link, "d" * 32, now)
    assert closed.value.standing is Standing.SPENT
    assert _open(link, "b" * 32, now).pk == link.pk
    link.refresh_from_db()
    assert (link.opens, link.openings.count()) == (3, 3)
    assert not link.openings.filter(opener__in=["a" * 32, "b" * 32]).exists()


def test_a_link_ends(write, lend, now):
    link = lend(write())
    _open(link, "a" * 32, now + 7 * DAY - SECOND)
    for device in ("a", "b"):
        with pytest.raises(LinkClosed) as closed:
            _open(link, device * 32, now + 7 * DAY)
        assert closed.value.standing is Standing.EXPIRED


def test_a_revoked_link_opens_nothing_and_the_gate_is_told(
    write, lend, now, gate_folder, django_capture_on_commit_callbacks
):
    link, other = lend(write()), lend(write())
    _open(link, "a" * 32, now)
    with django_capture_on_commit_callbacks(execute=True):
        for _twice in range(2):
            revoke_link(link_id=link.pk, actor="lata", now=now)
    with pytest.raises(LinkClosed) as closed:
        _open(link, "a" * 32, now)
    assert closed.value.standing is Standing.REVOKED
    told = json.loads((gate_folder / "snapshot.json").read_text())
    assert [row["link"] for row in told["revoked_links"]] == [link.pk]
    assert get_snapshot(now).revoked_links == (RevokedLink(link.pk, link.expires_at),)
    assert get_snapshot(link.expires_at).revoked_links == ()
    assert AuditRow.objects.filter(deed="revoke_link").count() == 1
    assert _open(other, "a" * 32, now).pk == other.pk


def test_nobody_else_revokes_a_gift(write, give, now):
    from tests.factories.sale import make_reader

    link = give(write())
    with pytest.raises(Link.DoesNotExist):
        revoke_link(
            link_id=link.pk, giver_id=make_reader("a@example.org").pk, actor="reader", now=now
        )
    link.refresh_from_db()
    assert link.revoked_at is None


def test_a_link_that_is_no_more_is_revoked(now):
    with pytest.raises(LinkClosed) as closed:
        open_link(link_id=999, device_id="a" * 32, now=now)
    assert closed.value.standing is Standing.REVOKED


def test_the_givers_list(write, give, giver, now):
    first, second = give(write()), give(write(slug="second"), now=now + DAY)
    _open(first, "a" * 32, now)
    revoke_link(link_id=second.pk, giver_id=giver.pk, actor="reader", now=now + DAY)
    rows = list_gifts(giver.pk, now + 2 * DAY)
    assert [(row.link.pk, row.link.opens, row.standing) for row in rows] == [
        (second.pk, 0, Standing.REVOKED),
        (first.pk, 1, Standing.OPEN),
    ]
    assert list_gifts(giver.pk + 1, now) == []


def test_who_opened_is_forgotten_when_the_link_is_over(write, lend, now):
    short, long = lend(write(), days=1), lend(write())
    for link in (short, long):
        _open(link, "a" * 32, now)
    assert drop_links(now=now + DAY - SECOND) == 0
    assert drop_links(now=now + DAY) == 1
    assert LinkOpening.objects.get().link == long
    short.refresh_from_db()
    assert short.opens == 1
    drop_links(now=now + 7 * DAY + timedelta(days=365) - SECOND)
    assert Link.objects.get() == long


def test_the_table_refuses_what_no_action_does(write, lend):
    link = lend(write())
    for wrong in ({"opens": 4}, {"kind": "gift"}, {"expires_at": link.made_at}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Link.objects.filter(pk=link.pk).update(**wrong)


def test_the_secret_is_this_houses(write, lend, now, settings):
    text = describe_link(lend(write()), now).token
    settings.PLANT = dataclasses.replace(django_settings.PLANT, secret_key="another")
    assert read_link_token(text) is None
