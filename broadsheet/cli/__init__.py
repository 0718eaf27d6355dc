"""The one command line: ``broadsheet <noun> <verb> [--json]``.

Exit 0: done. 1: some of it failed, and the JSON says what. 2: wrong usage or bad input.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys

import click

from broadsheet import __version__


class Nouns(click.Group):
    """One module of this package for each noun, loaded when asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return sorted(m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_"))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        group: click.Group = importlib.import_module(f"{__name__}.{cmd_name}").group
        return group

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self.list_commands(ctx):
            nouns = ", ".join(self.list_commands(ctx))
            ctx.fail(f"There is no noun {args[0]!r}. The nouns are: {nouns}.")
        return super().resolve_command(ctx, args)


@click.group(cls=Nouns, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="broadsheet")
def root() -> None:
    """Run a newspaper's digital business."""


def main() -> None:
    """Entry point of the ``broadsheet`` command."""
    # Not from ``settings``: importing that package reads them, and ``site init`` must choose first.
    from broadsheet.plumbing.paper import WrongSetting

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "broadsheet.settings")
    try:
        root.main(prog_name="broadsheet")
    except WrongSetting as error:
        print(f"broadsheet: {error}", file=sys.stderr)
        sys.exit(2)
