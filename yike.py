#!/usr/bin/env python3
"""Open Yike 一刻圈: set up what is missing, then hand over to `commands`.

``python3 yike.py`` opens the dashboard, ``python3 yike.py test`` passes the tests, anything
else is a command (``python3 yike.py --help``). Where the running Python already holds what
`pyproject.toml` asks for, it is used; else `commands.environment` makes ``.venv`` beside this
file and everything goes on inside it. ``YIKE_FRESH=1`` never uses packages that happen to lie
around: ``.venv`` is made anew.

Everything up to the hand-over needs the standard library only, and an old Python must be able
to read this file far enough to say that it is too old.
"""

import os
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent
OLDEST = (3, 11)


def too_old(version, largest):
    """Return why a Python of `version` with `largest` integers cannot run Yike, or nothing."""
    wanted = "{}.{}".format(*OLDEST)
    if tuple(version[:2]) < OLDEST:
        given = "{}.{}".format(*version)
    elif largest < 2**32:
        given = "32-bit / 32 位"
    else:
        return ""
    return (
        f"一刻圈需要 64 位的 Python {wanted} 或更新版本，当前为 {given}。"
        f"请安装后用新的 Python 运行 yike.py。\n"
        f"Yike needs a 64-bit Python {wanted} or newer; this is {given}. "
        f"Install one and run yike.py with it."
    )


def main(arguments):
    """Bring the environment about, run the command in it, and return its exit code."""
    started = time.time()
    fault = too_old(sys.version_info, sys.maxsize)
    if fault:
        print(fault, file=sys.stderr)
        return 1
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # an old console shows ? rather than nothing
    # `-I`, `-P` and PYTHONSAFEPATH leave out the script's own folder, where our rooms are.
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
    from commands import environment  # noqa: PLC0415  (not readable to a Python that is too old)

    test = arguments[:1] == ["test"]
    if arguments[:1] == [environment.PROBE]:
        return environment.probe(ROOT, test=arguments[1:] == ["test"])
    fresh = os.environ.pop("YIKE_FRESH", "0") not in ("", "0")
    if fresh or environment.lacking(environment.requirements(ROOT, test=test)):
        own = environment.Environment(ROOT)
        code = environment.settled(own, test=test, newer_than=started if fresh else 0.0)
        return code or environment.go_on_inside(own, arguments)
    from commands.app import main as command  # noqa: PLC0415  (from here on the packages stand)

    return command(arguments or ["dashboard"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
