"""The terminal: one file a command; no arithmetic.

A file ``commands/what_if.py`` holds a function ``what_if``, which the terminal
knows as ``python yike.py what-if``; `commands.app` finds it by that name. What
the command is for stands in the phrase table under ``command.what-if``; the
``help`` of an option or argument is a phrase key too, such as ``option.minutes``.

Faults of the input leave a command as the errors of `geo.errors`;
`commands.faults` turns them into one sentence and exit code 2. A command that
wants another exit code raises ``typer.Exit(code)``; one whose arguments are not
typer's to read declares ``CONTEXT_SETTINGS``. Anything that can take over a
second stands inside ``with commands.progress.progress(...)``.
"""
