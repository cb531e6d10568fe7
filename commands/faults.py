"""What the terminal says when something is wrong: one sentence, in the reader's language."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Mapping, Sequence

import typer

from geo.errors import InputError, QuestionError
from geo.phrases import LANGUAGES, Language, phrase, sentence

WRONG_INPUT = 2  # the exit code of every sentence below, as shells know it from usage errors
STOPPED = 130  # Ctrl-C

# The common ancestor of typer's usage errors; typer itself only names some of its children.
UsageError: type[Exception] = typer.BadParameter.__mro__[1]


# By name, as typer keeps these classes to itself.
USAGE = {
    "MissingParameter": "error.usage.missing",
    "BadParameter": "error.usage.value",
    "BadOptionUsage": "error.usage.no_value",
    "NoSuchOption": "error.usage.option",
}


def reader_language(environment: Mapping[str, str] | None = None) -> Language:
    """Return the language the terminal speaks: Chinese, unless the environment says otherwise.

    Parameters
    ----------
    environment
        Variables to read; the process's own when left out. ``YIKE_LANGUAGE``
        comes first, then ``LC_ALL``, ``LC_MESSAGES`` and ``LANG``.
    """
    variables = os.environ if environment is None else environment
    if variables.get("YIKE_LANGUAGE") in LANGUAGES:
        return "en" if variables["YIKE_LANGUAGE"] == "en" else "zh"
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        spoken = variables.get(name, "").split("_")[0].split(".")[0]
        # "C" and "POSIX" are the absence of a choice, not a wish for English.
        if spoken and spoken not in ("C", "POSIX"):
            return "zh" if spoken == "zh" else "en"
    return "zh"


def without_language(arguments: Sequence[str]) -> tuple[list[str], str | None]:
    """Take ``--language zh|en`` out of `arguments`, wherever it stands.

    Returns
    -------
    The other arguments, and the language given last, or None.

    Raises
    ------
    QuestionError
        The language is neither ``zh`` nor ``en``, or none follows.
    """
    left: list[str] = []
    chosen: str | None = None
    words = iter(arguments)
    for word in words:
        if word == "--language":
            chosen = next(words, "")
        elif word.startswith("--language="):
            chosen = word.partition("=")[2]
        else:
            left.append(word)
    if chosen is not None and chosen not in LANGUAGES:
        raise QuestionError("error.language", given=chosen, known=", ".join(LANGUAGES))
    return left, chosen


def answered(run: Callable[[], int]) -> int:
    """Return the exit code of `run`; a fault of the input becomes a sentence on stderr.

    Faults of the programme itself are not caught: their traceback is what a
    maintainer needs.
    """
    try:
        return run()
    except InputError as error:
        return _say(sentence(error, reader_language()), WRONG_INPUT)
    except UsageError as error:
        words = phrase("error.usage", reader_language(), detail=_usage_detail(error))
        return _say(words, WRONG_INPUT)
    except BrokenPipeError:
        # The reader (`head`, a closed window) has seen enough. Python would complain
        # once more when it closes stdout, so stdout leads nowhere from here on.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        key = _system_fault(error)
        if key is None:
            raise
        return _say(phrase(key, reader_language(), file=str(error.filename or "")), WRONG_INPUT)
    except (KeyboardInterrupt, typer.Abort):
        return _say(phrase("note.stopped", reader_language()), STOPPED)


def _usage_detail(error: Exception) -> str:
    """Return what is wrong with a command line, in the reader's language where it is known."""
    key = USAGE.get(type(error).__name__)
    param = getattr(error, "param", None)
    name = getattr(error, "option_name", None)
    if param is not None:
        # An option reads as it is typed, an argument as its help calls it.
        name = max(param.opts, key=len)
    if key is None or not name:
        return str(getattr(error, "format_message", error.__str__)())
    return phrase(key, reader_language(), name=name)


def _system_fault(error: OSError) -> str | None:
    """Return the phrase of a fault that the reader can mend, or None."""
    if isinstance(error, PermissionError):
        return "error.file_locked"
    return "error.disk_full" if error.errno == errno.ENOSPC else None


def _say(words: str, code: int) -> int:
    print(words, file=sys.stderr)
    return code
