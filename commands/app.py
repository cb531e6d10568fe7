"""The terminal's front door: finds the command, speaks the reader's language."""

from __future__ import annotations

import os
import pkgutil
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import typer

from commands.faults import answered, reader_language, without_language
from geo.errors import QuestionError
from geo.phrases import Language, phrase, phrase_table

HELPERS = ("app", "environment", "faults", "progress")


def command_files() -> tuple[str, ...]:
    """Return the names of the files in ``commands/`` that hold a command."""
    found = pkgutil.iter_modules([str(Path(__file__).parent)])
    return tuple(sorted(one.name for one in found if one.name not in HELPERS))


def command_name(file: str) -> str:
    """Return what a reader types for the command in `file`: ``what_if`` is ``what-if``."""
    return file.replace("_", "-")


def build_app(files: Sequence[str], language: Language) -> typer.Typer:
    """Return the terminal app with the commands of `files`, its help in `language`."""
    app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)

    # Without a callback typer would make a single command the whole app.
    @app.callback(help=phrase("command.yike", language))
    def yike() -> None:
        pass

    for file in files:
        module = import_module(f"commands.{file}")
        told = f"command.{command_name(file)}"
        app.command(
            name=command_name(file),
            help=phrase(told, language) if told in phrase_table() else None,
            context_settings=getattr(module, "CONTEXT_SETTINGS", None),
        )(getattr(module, file))
    return app


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that `arguments` name and return its exit code."""
    _readable_streams()
    return answered(lambda: _run(list(sys.argv[1:] if arguments is None else arguments)))


def _run(arguments: list[str]) -> int:
    arguments, chosen = without_language(arguments)
    if chosen is not None:
        # Also for what a command starts in a process of its own.
        os.environ["YIKE_LANGUAGE"] = chosen
    language = reader_language()
    files = command_files()
    wanted = [file for file in files if arguments[:1] == [command_name(file)]]
    if arguments and not wanted and not arguments[0].startswith("-"):
        known = ", ".join(command_name(file) for file in files)
        raise QuestionError("error.usage.command", given=arguments[0], known=known)
    # Only the wanted command is imported: the others bring seconds of libraries along.
    command = typer.main.get_command(build_app(wanted or files, language))
    _translate_options(command, language)
    code = command.main(
        args=arguments or ["--help"],
        prog_name="yike.py",
        standalone_mode=False,
        # A command that declares `language` itself hears the same answer.
        default_map={command_name(file): {"language": language} for file in files},
    )
    return code if isinstance(code, int) else 0


def _translate_options(command: object, language: Language) -> None:
    """Put words in the place of the phrase keys that stand as help of options."""
    known = phrase_table()
    for one in getattr(command, "commands", {}).values():
        for option in one.params:
            if getattr(option, "help", None) in known:
                option.help = phrase(option.help, language)


def _readable_streams() -> None:
    """Keep Chinese whole: files and pipes get UTF-8, an old console a question mark at worst."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(
                encoding=stream.encoding if stream.isatty() else "utf-8", errors="replace"
            )
