"""The environment that Yike makes for itself, with the standard library only.

The folder ``.venv`` beside ``yike.py`` belongs to the launcher alone. It holds the exact
versions of ``constraints.txt``, from ``wheelhouse/`` without any network where there is one.
A stamp, written last, marks it complete; an environment that was broken off, damaged or made
for other versions is made anew.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from geo.phrases import LANGUAGES, phrase

PROBE = "--whole"
NEXT_TO_NOTHING = 50_000_000  # bytes; an empty environment takes 15 million
TEST_SECTION = "# for the tests"
DISK_FULL = r"No space left on device|not enough space on the disk|Errno 28\b"
# pip names a package it downloads or finds, or the file of one that lies in a folder.
COLLECTED = (
    r"(?:Collecting |Requirement already satisfied: |Processing .*[/\\])"
    r"([A-Za-z0-9_.]+(?:-[A-Za-z][A-Za-z0-9_.]*)*)"
)
# What pip says, in the words of its several versions, and the sentence for it.
CAUSES = (
    ("setup.disk_full", DISK_FULL),
    ("setup.no_network", r"NewConnectionError|NameResolutionError|ConnectTimeout|ReadTimeout"),
    ("setup.no_network", r"ConnectionError|ProxyError|Failed to establish|Max retries|SSLError"),
    ("setup.no_package", r"No matching distribution found for (\S+)"),
    ("setup.no_package", r"The user requested \(constraint\) (\S+)"),
    ("setup.no_access", r"(.*(?:Permission denied|Access is denied|WinError (?:5|32)\b).*)"),
)


class StoppedError(Exception):
    """The environment cannot be made; a phrase says why and what to do."""

    def __init__(self, key: str, **values: Any) -> None:
        super().__init__(key)
        self.key = key
        self.values = values


class Environment:
    """The folder ``.venv`` beside ``yike.py``, and what it is made from."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / ".venv"
        self.wheelhouse = root / "wheelhouse"
        self.python = self.folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        self.stamp = self.folder / "yike-complete"
        self.lock = root / ".venv.lock"
        self.pins = root / "constraints.txt"

    def offline(self) -> bool:
        """Return whether a local folder of packages stands in for the network."""
        return any(self.wheelhouse.glob("*.whl"))

    def fingerprint(self, *, test: bool) -> str:
        """Return what the stamp of a complete environment says."""
        wanted = [*requirements(self.root, test=test), self.pins.read_text("utf-8")]
        return hashlib.sha256("\n".join(wanted).encode()).hexdigest()

    def whole(self, *, test: bool) -> bool:
        """Return whether it starts, and no installed file is missing or cut short."""
        door = str(self.root / "yike.py")
        command = [str(self.python), "-I", door, PROBE, "test" if test else "run"]
        with contextlib.suppress(OSError):
            return subprocess.run(command, capture_output=True, check=False).returncode == 0
        return False


def requirements(root: Path, *, test: bool) -> list[str]:
    """Return what ``pyproject.toml`` asks for, with the test tools when `test`."""
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    return [*project["dependencies"], *(project["optional-dependencies"]["test"] if test else ())]


def numbers(version: str) -> tuple[int, ...]:
    """Return the leading numbers of `version`, without closing zeros: 1.10.0 is (1, 10)."""
    found = [int(part) for part in re.split(r"[^\d.]", version)[0].split(".") if part]
    while found and found[-1] == 0:
        found.pop()
    return tuple(found)


def lacking(wanted: Sequence[str]) -> list[str]:
    """Return those of `wanted` (``name`` or ``name>=version``) that the running Python lacks."""
    missing = []
    for requirement in wanted:
        name, _, lowest = requirement.partition(">=")
        try:
            # A package whose own description was deleted has no version.
            held = metadata.version(name) or ""
        except (metadata.PackageNotFoundError, KeyError):
            held = ""
        if not held or numbers(held) < numbers(lowest):
            missing.append(requirement)
    return missing


def damaged() -> bool:
    """Return whether a file installed into the running Python is missing or cut short."""
    for package in metadata.distributions():
        base = Path(str(package.locate_file("")))
        for line in (package.read_text("RECORD") or "").splitlines():
            name, _, size = (part.strip('"') for part in line.rsplit(",", 2))
            try:
                if size and (base / name).stat().st_size != int(size):
                    return True
            except OSError:
                return True
    return False


def probe(root: Path, *, test: bool) -> int:
    """Return 0 when the running Python is whole: what `Environment.whole` starts to ask."""
    return int(bool(lacking(requirements(root, test=test))) or damaged())


def settled(environment: Environment, *, test: bool, newer_than: float) -> int:
    """Make `environment` whole, or say why not.

    Parameters
    ----------
    environment
        Where it stands.
    test
        Whether it needs the test tools as well.
    newer_than
        One that was finished before this time (seconds) is made anew.

    Returns
    -------
    0, or the exit code.
    """
    try:
        with alone(environment.lock):
            settle(environment, test=test, newer_than=newer_than)
    except StoppedError as fault:
        say(fault.key, **fault.values)
        return 1
    except OSError as fault:
        full = fault.errno == errno.ENOSPC
        key = "setup.disk_full" if full else "setup.no_access"
        say(key, folder=environment.root, detail=fault)
        return 1
    except KeyboardInterrupt:
        say("setup.stopped")
        return 130
    return 0


def settle(environment: Environment, *, test: bool, newer_than: float) -> None:
    """Make `environment` whole; the caller holds its lock."""
    stamp = environment.stamp
    held = stamp.read_text("utf-8") if stamp.is_file() else ""
    if held and stamp.stat().st_mtime < newer_than:
        held = ""
    if held == environment.fingerprint(test=True) and environment.whole(test=True):
        return
    runs = held == environment.fingerprint(test=False) and environment.whole(test=False)
    if runs and not test:
        return
    if runs:
        say("setup.add_tests", folder=environment.folder)
        stamp.unlink()
    else:
        say("setup.begin", folder=environment.folder)
        create(environment)
    install(environment, test=test)
    if not environment.whole(test=test):
        raise StoppedError("setup.broken", folder=environment.folder)
    # Written last: without it the next start knows that this one was broken off.
    stamp.write_text(environment.fingerprint(test=test), "utf-8")
    say("setup.ready")


def create(environment: Environment) -> None:
    """Make an empty environment in the place of whatever stands there."""
    try:
        import ensurepip  # noqa: F401, PLC0415  (Debian ships them as a package of their own)
        import venv  # noqa: F401, PLC0415
    except ImportError as fault:
        raise StoppedError("setup.no_venv") from fault
    folder = environment.folder
    if folder.is_symlink() or folder.is_file():
        folder.unlink()
    elif folder.exists():
        # The stamp goes first: a removal that is broken off must not look complete.
        environment.stamp.unlink(missing_ok=True)
        shutil.rmtree(folder)
    # The base Python also when this one is itself inside a virtual environment.
    base = getattr(sys, "_base_executable", None) or sys.executable
    made = subprocess.run(
        [base, "-I", "-m", "venv", folder],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if made.returncode:
        # venv keeps what ensurepip said to itself, so the disk is asked as well.
        full = re.search(DISK_FULL, made.stdout) or shutil.disk_usage(folder).free < NEXT_TO_NOTHING
        key = "setup.disk_full" if full else "setup.venv_failed"
        raise StoppedError(key, folder=folder, detail=made.stdout.strip()[-300:])


def install(environment: Environment, *, test: bool) -> None:
    """Install the exact versions, and say how far it has come."""
    pins = environment.pins.read_text("utf-8")
    total = (pins if test else pins.partition(TEST_SECTION)[0]).count("==")
    if environment.offline():
        say("setup.from_wheelhouse", folder=environment.wheelhouse)
        local = ["--no-index", "--find-links", str(environment.wheelhouse)]
        source = ["--isolated", "install", *local]
    else:
        source = ["install"]
    # Ready-made packages only: an office PC has no compiler, and its errors help nobody.
    options = ["--only-binary=:all:", "--no-input", "--progress-bar=off"]
    wanted = ["--constraint", str(environment.pins), *requirements(environment.root, test=test)]
    pip = subprocess.Popen(
        [str(environment.python), "-I", "-X", "utf8", "-m", "pip", *source, *options, *wanted],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "PIP_USER": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
        encoding="utf-8",
        errors="replace",
    )
    said: list[str] = []
    seen: set[str] = set()
    for line in pip.stdout or ():
        said.append(line)
        collected = re.match(COLLECTED, line)
        name = collected[1].replace("_", "-") if collected else ""
        if name and name.lower() not in seen:
            seen.add(name.lower())
            print(f"  {len(seen)}/{total}  {name}", file=sys.stderr, flush=True)
        elif line.startswith("Installing collected"):
            say("setup.unpacking")
    if pip.wait():
        raise cause(environment, "".join(said))


def cause(environment: Environment, said: str) -> StoppedError:
    """Return the error whose sentence fits what pip `said` before it gave up."""
    values = {
        "folder": environment.root,
        "wheelhouse": environment.wheelhouse,
        "python": "{}.{}".format(*sys.version_info),
    }
    for key, pattern in CAUSES:
        found = re.search(pattern, said)
        if found and key == "setup.no_package":
            lacks = "setup.wheelhouse_incomplete" if environment.offline() else key
            return StoppedError(lacks, name=found[1], **values)
        if found:
            return StoppedError(key, detail=found[0].strip(), **values)
    return StoppedError("setup.failed", detail=said.strip()[-1500:], **values)


def say(key: str, **values: Any) -> None:
    """Say one sentence of the phrase table in both languages, on stderr."""
    for language in LANGUAGES:
        print(phrase(key, language, **values), file=sys.stderr, flush=True)


@contextlib.contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Hold the file `lock`, so that of two starts one sets up and the other waits.

    The system lets go of it when the process ends, however it ends.
    """
    with lock.open("a") as handle:
        waiting = False
        while not _taken(handle.fileno()):
            if not waiting:
                say("setup.waiting")
            waiting = True
            time.sleep(0.5)
        yield


def _taken(descriptor: int) -> bool:
    try:
        if os.name == "nt":
            import msvcrt  # noqa: PLC0415

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        else:
            import fcntl  # noqa: PLC0415

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as fault:
        if fault.errno not in (errno.EACCES, errno.EAGAIN, errno.EDEADLK):
            raise
        return False
    return True


def go_on_inside(environment: Environment, arguments: Sequence[str]) -> int:
    """Run `arguments` in `environment`, without packages from elsewhere on the path."""
    command = [str(environment.python), str(environment.root / "yike.py"), *arguments]
    outside = ("PYTHONPATH", "PYTHONHOME")
    variables = {name: value for name, value in os.environ.items() if name not in outside}
    if os.name != "nt":
        os.execve(command[0], command, variables)  # noqa: S606  (no shell is meant)
    # On Windows execve returns to the prompt before the command has ended.
    try:
        return subprocess.run(command, env=variables, check=False).returncode
    except KeyboardInterrupt:
        return 130
