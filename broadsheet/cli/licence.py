"""``broadsheet licence …``"""

from __future__ import annotations

from datetime import datetime

import click

from broadsheet.cli._print import answer, open_house, with_json

MONTH = click.DateTime(formats=["%Y-%m", "%Y-%m-%d"])


@click.group()
def group() -> None:
    """Licences of organisations: seats, networks, use."""


@group.command("list")
@with_json
def list_command(*, as_json: bool) -> None:
    """Every licence with its code, its end and its seats."""
    open_house()
    from broadsheet.apps.licences.queries import list_licences
    from broadsheet.plumbing import clock

    now = clock.now()
    rows = [
        {
            "code": row.code,
            "organisation": row.organisation,
            "starts_on": row.starts_on.isoformat(),
            "ends_on": row.ends_on.isoformat(),
            "in_force": row.is_in_force(now),
            "seats": row.seats,
            "seats_taken": row.seats_taken,
        }
        for row in list_licences(now)
    ]
    words = "\n".join(
        f"{one['code']}  {one['organisation']}  {one['starts_on']} to {one['ends_on']}  "
        f"{one['seats_taken']}/{one['seats']} seats" + ("" if one["in_force"] else "  not in force")
        for one in rows
    )
    answer({"licences": rows}, as_json=as_json, words=words or "There is none.")


@group.command()
@click.argument("code")
@click.option("--from", "first", type=MONTH, required=True, help="The first month, YYYY-MM.")
@click.option("--to", "last", type=MONTH, required=True, help="The last month, YYYY-MM.")
@with_json
def usage(code: str, *, first: datetime, last: datetime, as_json: bool) -> None:
    """What CODE's people read, as COUNTER's TR_J1 in comma-separated values."""
    open_house()
    from broadsheet.apps.licences.formats import WrongPeriod, make_report, write_tr_j1
    from broadsheet.apps.licences.models import Licence
    from broadsheet.apps.licences.queries import get_licence
    from broadsheet.plumbing import clock

    try:
        licence = get_licence(code).licence
        report = make_report(licence, first.date(), last.date(), clock.now())
    except Licence.DoesNotExist as error:
        raise click.UsageError(
            f"There is no licence {code!r}. See broadsheet licence list."
        ) from error
    except WrongPeriod as wrong:
        raise click.UsageError(str(wrong)) from wrong
    months = [
        {"month": f"{one.month:%Y-%m}", "total": one.total, "unique": one.unique}
        for one in report.months
    ]
    facts = {"licence": licence.code, "organisation": licence.organisation, "months": months}
    answer(facts, as_json=as_json, words=write_tr_j1(report).rstrip())
