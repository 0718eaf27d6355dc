"""Who may do what at the desk: three groups with their permissions, and the review workflow."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Q
from wagtail.models import (
    Collection,
    GroupApprovalTask,
    GroupCollectionPermission,
    GroupPagePermission,
    Page,
    Workflow,
    WorkflowContentType,
    WorkflowTask,
)

from broadsheet.apps.newsroom.models import Story

EDITOR = "editor"
SUBSCRIPTION_MANAGER = "subscription-manager"
OPERATOR = "operator"

OPEN_DESK = ("wagtailadmin.access_admin",)
NEWSROOM = (
    "newsroom.add_story",
    "newsroom.change_story",
    "newsroom.delete_story",  # drafts; the desk refuses what readers have seen
    "newsroom.publish_story",
    "newsroom.lock_story",
    "newsroom.unlock_story",
    "newsroom.add_topic",
    "newsroom.change_topic",
    "newsroom.add_author",
    "newsroom.change_author",
    "newsroom.add_storyline",
    "newsroom.change_storyline",
    "newsroom.delete_storyline",
    "newsroom.change_front",
)
HOUSE = (
    "newsroom.add_section",
    "newsroom.change_section",
    "newsroom.delete_topic",
    "newsroom.delete_author",
    "newsroom.delete_section",
)
TUNING = (
    "meter.view_meterpolicy",
    "meter.add_meterpolicy",
    "meter.change_meterpolicy",
)
SELLING = (
    "advertising.view_housead",
    "advertising.add_housead",
    "advertising.change_housead",
    "advertising.delete_housead",
    "plans.view_plan",
    "plans.add_plan",
    "plans.change_plan",
)
SERVING = (
    "subscriptions.view_subscription",
    "subscriptions.change_subscription",
    "payments.add_refund",
    "licences.view_licence",
    "licences.add_licence",
    "licences.change_licence",
)
"""Helping a reader: finding, cancelling, giving money back."""
ROLES: dict[str, tuple[str, ...]] = {
    EDITOR: (*OPEN_DESK, *NEWSROOM, *TUNING),
    SUBSCRIPTION_MANAGER: (*OPEN_DESK, *TUNING, *SELLING, *SERVING),
    OPERATOR: (
        *OPEN_DESK,
        *NEWSROOM,
        *HOUSE,
        *TUNING,
        *SELLING,
        *SERVING,
        "accounts.view_user",
        "accounts.add_user",
        "accounts.change_user",
        "wagtailcore.view_log",
    ),
}
# Wagtail asks for its own picture model's permissions, whichever model keeps the pictures.
PICTURES = ("wagtailimages.add_image", "wagtailimages.change_image", "wagtailimages.choose_image")
PAGES = ("wagtailcore.change_page", "wagtailcore.publish_page")
HOUSE_PAGES = (*PAGES, "wagtailcore.add_page")


def ensure_roles() -> dict[str, Group]:
    """The three groups with exactly the permissions of ``ROLES``; those not yet there are passed
    over and given by the next call, so a later room only adds its names here.
    """
    with transaction.atomic():
        groups = {name: Group.objects.get_or_create(name=name)[0] for name in ROLES}
        for name, wanted in ROLES.items():
            groups[name].permissions.set(_permissions(wanted))
        root = Collection.get_first_root_node()
        tree = Page.get_first_root_node()
        for name, pages in ((EDITOR, PAGES), (OPERATOR, HOUSE_PAGES)):
            for permission in _permissions(PICTURES):
                GroupCollectionPermission.objects.get_or_create(
                    group=groups[name], collection=root, permission=permission
                )
            for permission in _permissions(pages):
                GroupPagePermission.objects.get_or_create(
                    group=groups[name], page=tree, permission=permission
                )
    return groups


def ensure_workflow() -> Workflow:
    """Writer submits, an editor approves: the workflow of every story until the desk changes it."""
    with transaction.atomic():
        kind = ContentType.objects.get_for_model(Story)
        found = WorkflowContentType.objects.filter(content_type=kind).first()
        if found is not None:
            return found.workflow
        editors, _made = Group.objects.get_or_create(name=EDITOR)
        task, _made = GroupApprovalTask.objects.get_or_create(name="An editor approves")
        task.groups.add(editors)
        workflow, _made = Workflow.objects.get_or_create(name="Review")
        WorkflowTask.objects.get_or_create(workflow=workflow, task=task, sort_order=0)
        WorkflowContentType.objects.create(content_type=kind, workflow=workflow)
    return workflow


def _permissions(names: Iterable[str]) -> list[Permission]:
    wanted = Q(pk__in=[])
    for name in names:
        room, _, codename = name.partition(".")
        wanted |= Q(content_type__app_label=room, codename=codename)
    return list(Permission.objects.filter(wanted))
