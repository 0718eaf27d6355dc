"""``docs/reference/commands.md`` says what the command line does.

After a change to a command run ``python -m tests.docs.rewrite``: it writes the part between
the marks anew. The table of JSON keys stays by hand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from broadsheet.cli import root

pytestmark = pytest.mark.pure
ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "reference" / "commands.md"
REWRITE = "docs/reference/commands.md is behind the code: run python -m tests.docs.rewrite"
HIDDEN = {"help", "as_json"}


def list_commands() -> Iterator[tuple[str, str, click.Command]]:
    """Noun, verb and command, in the order of ``--help``."""
    context = click.Context(root)
    for noun in root.list_commands(context):
        group = root.get_command(context, noun)
        assert isinstance(group, click.Group)
        inside = click.Context(group, parent=context)
        for verb in group.list_commands(inside):
            command = group.get_command(inside, verb)
            assert command is not None
            if not command.hidden:
                yield noun, verb, command


def make_reference() -> str:
    """Every command with its words, arguments and options."""
    lines: list[str] = []
    told = ""
    for noun, verb, command in list_commands():
        if noun != told:
            lines += [f"## {noun}", ""]
            told = noun
        arguments = [_write_argument(p) for p in command.params if isinstance(p, click.Argument)]
        lines += [f"### `{' '.join(['broadsheet', noun, verb, *arguments])}`", ""]
        lines += [" ".join((command.help or "").split()).replace("``", "`"), ""]
        options = [
            p
            for p in command.params
            if isinstance(p, click.Option) and p.name not in HIDDEN and not p.hidden
        ]
        rows = [_write_option(option) for option in options]
        if rows:
            lines += [*rows, ""]
    return "\n".join(lines).strip()


def _write_argument(argument: click.Argument) -> str:
    name = (argument.metavar or argument.name or "").upper()
    return name + ("…" if argument.nargs == -1 else "")


def _write_option(option: click.Option) -> str:
    takes = "" if option.is_flag else f" {_write_values(option)}"
    default = option.default
    shown = default is not None and default != "" and not option.is_flag and not callable(default)
    says = f": {option.help.rstrip('.')}" if option.help else ""
    tail = f" (default: {default})" if shown and option.show_default else ""
    more = " Can be given more than once." if option.multiple else ""
    return f"- `{', '.join(option.opts)}{takes}`{says}{tail}.{more}"


def _write_values(option: click.Option) -> str:
    if isinstance(option.type, click.Choice):
        return "|".join(str(choice) for choice in option.type.choices)
    return (option.metavar or option.name or "").upper()


def rewrite_page(text: str) -> str:
    """The page with the reference made anew."""
    made = make_reference()
    return re.sub(
        r"(<!-- commands -->\n).*?(<!-- /commands -->)",
        lambda found: f"{found[1]}\n{made}\n\n{found[2]}",
        text,
        flags=re.DOTALL,
    )


def test_every_command_is_on_the_page() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert [
        f"{noun} {verb}"
        for noun, verb, _ in list_commands()
        if f"`broadsheet {noun} {verb}" not in text
    ] == []


def test_the_page_is_what_the_commands_say() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert rewrite_page(text) == text, REWRITE


def test_every_command_says_what_it_does() -> None:
    assert [
        f"{noun} {verb}"
        for noun, verb, command in list_commands()
        if not (command.help or "").strip()
    ] == []


def test_the_keys_of_every_json_answer_are_on_the_page() -> None:
    rows = set(
        re.findall(r"^\| `([a-z]+ [a-z]+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    )
    speaking = {
        f"{noun} {verb}"
        for noun, verb, command in list_commands()
        if any("--json" in parameter.opts for parameter in command.params)
    }
    assert rows == speaking


def test_the_documents_name_only_commands_and_options_that_are() -> None:
    """Every ``broadsheet noun verb --option`` in a code span or block of the documents."""
    known = {(noun, verb): command for noun, verb, command in list_commands()}
    wrong = []
    for path in [*ROOT.glob("*.md"), *sorted((ROOT / "docs").rglob("*.md"))]:
        for line in _find_commands(path.read_text(encoding="utf-8")):
            words = line.split()
            if (
                len(words) < 3
                or not re.fullmatch(r"[a-z]+", words[1])
                or not re.fullmatch(r"[a-z]+", words[2])
            ):
                continue
            command = known.get((words[1], words[2]))
            options = {word.partition("=")[0] for word in words[3:] if word.startswith("--")}
            taken = (
                {opt for p in command.params for opt in p.opts} | {"--help"} if command else set()
            )
            if command is None or options - taken:
                wrong.append(f"{path.relative_to(ROOT)}: {line}")
    assert wrong == []


def _find_commands(text: str) -> Iterator[str]:
    blocks = re.findall(r"```\w*\n(.*?)```", text, re.DOTALL)
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    for line in [line for block in blocks for line in block.splitlines()] + spans:
        bare = re.sub(r"\s*(#|\||&&|<|>).*", "", line.strip().removeprefix("$ "))
        bare = re.sub(r"^(?:sudo |[A-Z_]+=\S+ |-u \S+ )*", "", bare).removeprefix(".venv/bin/")
        if bare.startswith("broadsheet "):
            yield bare
