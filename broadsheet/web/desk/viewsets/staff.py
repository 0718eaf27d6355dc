"""Those who make the paper; readers’ sign-ins are not the desk's to leaf through."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import Column
from wagtail.users.views.users import EditView, IndexView, UserViewSet

from broadsheet.apps.accounts.models import User
from broadsheet.web.desk.viewsets.naming import PlainListMixin


def staff_only(users: QuerySet[User]) -> QuerySet[User]:
    """Whoever holds a role, or everything."""
    return users.filter(Q(groups__isnull=False) | Q(is_superuser=True)).distinct()


def say_roles(user: User) -> str:
    """The roles somebody holds, as the list shows them."""
    if user.is_superuser:
        return str(_("everything"))
    return ", ".join(sorted(group.name for group in user.groups.all()))


class StaffIndexView(PlainListMixin, IndexView):
    page_title = _("Staff")
    add_item_label = _("Add somebody")

    @cached_property
    def columns(self) -> list[Any]:
        columns = [column for column in super().columns if column.name != "is_superuser"]
        columns.insert(2, Column("roles", label=_("Role"), accessor=say_roles))
        return columns

    def get_base_queryset(self) -> QuerySet[User]:
        users: QuerySet[User] = super().get_base_queryset()
        return staff_only(users).prefetch_related("groups")


class StaffEditView(EditView):
    def get_queryset(self) -> Any:
        return staff_only(User.objects.all())


class StaffViewSet(UserViewSet):
    menu_label = _("Staff")
    index_view_class = StaffIndexView
    edit_view_class = StaffEditView
    copy_view_enabled = False
