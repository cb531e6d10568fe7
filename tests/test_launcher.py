"""The launcher: what it decides, what it says, and once for real with a package made here."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from base64 import urlsafe_b64encode
from hashlib import sha256
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import pytest

import yike
from commands import environment
from commands.environment import Environment, StoppedError
from geo.phrases import phrase_table

ROOT = Path(yike.__file__).resolve().parent
LAUNCHER = (
    "yike.py",
    "commands/__init__.py",
    "commands/environment.py",
    "geo/__init__.py",
    "geo/errors.py",
    "geo/phrases.py",
)


@pytest.mark.parametrize(
    ("version", "largest", "said"),
    [
        ((3, 8, 10), 2**63 - 1, "3.8"),
        ((3, 10, 0), 2**63 - 1, "3.10"),
        ((3, 12, 1), 2**31 - 1, "32-bit"),
    ],
)
def test_an_unfit_python_is_named_in_both_languages(version, largest, said):
    chinese, english = yike.too_old(version, largest).splitlines()
    assert said in chinese
    assert "请安装" in chinese
    assert said in english
    assert "Install" in english


@pytest.mark.parametrize("version", [(3, 11, 0), (3, 13, 5), (4, 0, 0)])
def test_a_fit_python_passes(version):
    assert yike.too_old(version, 2**63 - 1) == ""


def test_an_unfit_python_stops_before_anything_else(monkeypatch, capsys):
    monkeypatch.setattr(yike.sys, "version_info", (3, 8, 10))
    assert yike.main([]) == 1
    assert "3.8" in capsys.readouterr().err


def test_an_old_python_can_read_the_door():
    ast.parse((ROOT / "yike.py").read_text("utf-8"), feature_version=(3, 8))


def test_the_oldest_python_is_the_one_pyproject_names():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["requires-python"] == ">={}.{}".format(*yike.OLDEST)


@pytest.mark.parametrize("file", LAUNCHER)
def test_the_launcher_needs_the_standard_library_only(file):
    own = {name.removesuffix("/__init__.py").removesuffix(".py") for name in LAUNCHER}
    # Only reached once the packages stand.
    own = {name.replace("/", ".") for name in own} | {"commands.app"}
    for node in ast.walk(ast.parse((ROOT / file).read_text("utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        for name in names:
            assert name.split(".")[0] in sys.stdlib_module_names or name in own, (file, name)


@pytest.mark.parametrize(
    ("older", "newer"),
    [("1.9", "1.10"), ("2.0", "2.0.1"), ("3", "3.1.0.261029"), ("1.4.0rc1", "1.5"), ("", "0.1")],
)
def test_versions_are_compared_as_numbers(older, newer):
    assert environment.numbers(older) < environment.numbers(newer)
    assert environment.numbers(newer + ".0") == environment.numbers(newer)


def test_what_the_running_python_lacks(monkeypatch):
    held = {"numpy": "2.4.6", "pandas": "2.1.0", "hollow": None}

    def version(name):
        if name not in held:
            raise metadata.PackageNotFoundError(name)
        return held[name]

    monkeypatch.setattr(environment.metadata, "version", version)
    wanted = ["numpy>=2.4", "pandas>=2.2", "osmium>=4.0", "hollow", "numpy"]
    assert environment.lacking(wanted) == ["pandas>=2.2", "osmium>=4.0", "hollow"]
    assert environment.lacking([]) == []


def test_requirements_are_of_the_kind_the_launcher_understands():
    pins = {
        name.lower().replace("_", "-"): version
        for name, version in re.findall(
            r"^([\w.-]+)==([\w.]+)$", (ROOT / "constraints.txt").read_text("utf-8"), re.MULTILINE
        )
    }
    for requirement in environment.requirements(ROOT, test=True):
        name, lowest = re.fullmatch(r"([a-z0-9-]+)>=([\d.]+)", requirement).groups()
        assert environment.numbers(pins[name]) >= environment.numbers(lowest), requirement


def test_constraints_are_exact_versions_in_two_parts():
    text = (ROOT / "constraints.txt").read_text("utf-8")
    runs, section, tests = text.partition(environment.TEST_SECTION)
    assert section
    for line in text.splitlines():
        assert re.fullmatch(r"(#.*|[\w.-]+==[\w.]+)?", line), line
    assert "streamlit==" in runs
    assert "pytest==" in tests
    assert "pytest==" not in runs


@pytest.mark.parametrize(
    ("said", "key"),
    [
        (
            "ERROR: Could not install packages due to an OSError: [Errno 28] No space left",
            "disk_full",
        ),
        ("OSError: [WinError 112] There is not enough space on the disk", "disk_full"),
        (
            "WARNING: Retrying after connection broken by 'NewConnectionError(...)'\n"
            "ERROR: No matching distribution found for numpy>=2.0",
            "no_network",
        ),
        ("HTTPSConnectionPool: Max retries exceeded", "no_network"),
        ("ERROR: No matching distribution found for numpy==2.4.6", "no_package"),
        (
            "The user requested pyproj>=3.7\n    The user requested (constraint) pyproj==3.7.2\n"
            "ERROR: ResolutionImpossible",
            "no_package",
        ),
        ("PermissionError: [Errno 13] Permission denied: 'x'", "no_access"),
        ("OSError: [WinError 5] Access is denied: 'x'", "no_access"),
        ("a thing nobody foresaw", "failed"),
    ],
)
def test_each_fault_of_pip_has_its_sentence(tmp_path, capsys, said, key):
    fault = environment.cause(Environment(tmp_path), said)
    assert fault.key == f"setup.{key}"
    environment.say(fault.key, **fault.values)
    spoken = capsys.readouterr().err
    assert "{" not in spoken
    if key == "no_package":
        assert "numpy==2.4.6" in spoken or "pyproj==3.7.2" in spoken


def test_a_wheelhouse_that_lacks_a_package_is_named_as_such(tmp_path):
    (tmp_path / "wheelhouse").mkdir()
    (tmp_path / "wheelhouse" / "numpy-2.4.6-cp311-x.whl").touch()
    said = "ERROR: No matching distribution found for pandas==3.1.1"
    fault = environment.cause(Environment(tmp_path), said)
    assert fault.key == "setup.wheelhouse_incomplete"
    assert fault.values["name"] == "pandas==3.1.1"


def test_every_sentence_of_the_launcher_can_be_said(capsys):
    values = {"detail": "d", "folder": "f", "name": "n", "python": "3.11", "wheelhouse": "w"}
    keys = [key for key in phrase_table() if key.startswith("setup.")]
    assert len(keys) > 10
    for key in keys:
        environment.say(key, **values)
    assert len(capsys.readouterr().err.strip().splitlines()) >= 2 * len(keys)


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("Collecting numpy>=2.0 (from -c constraints.txt (line 3))", "numpy"),
        ("Processing /srv/files/python_calamine-0.9.1-cp311-x.whl", "python_calamine"),
        ("Processing c:\\a b\\wheelhouse\\scikit_learn-1.9.1-x.whl", "scikit_learn"),
        ("Requirement already satisfied: python-dateutil<5 in x", "python-dateutil"),
    ],
)
def test_progress_reads_what_pip_collects(line, name):
    assert re.match(environment.COLLECTED, line)[1] == name


class Sandbox:
    """An environment whose making is only noted down."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.done: list[str] = []
        self.intact = True
        self.environment = Environment(root)
        monkeypatch.setattr(environment, "create", self.create)
        monkeypatch.setattr(environment, "install", self.install)
        monkeypatch.setattr(Environment, "whole", lambda *_, test: self.intact)

    def create(self, own: Environment) -> None:
        self.done.append("create")
        own.stamp.unlink(missing_ok=True)
        own.folder.mkdir(exist_ok=True)
        self.intact = True

    def install(self, own: Environment, *, test: bool) -> None:
        assert not own.stamp.exists()
        self.done.append("test" if test else "run")

    def settle(self, *, test: bool = False, newer_than: float = 0.0) -> list[str]:
        self.done = []
        environment.settle(self.environment, test=test, newer_than=newer_than)
        return self.done


@pytest.fixture
def sandbox(tmp_path, monkeypatch) -> Sandbox:
    project = '[project]\ndependencies = ["a>=1"]\noptional-dependencies.test = ["b>=1"]\n'
    (tmp_path / "pyproject.toml").write_text(project, "utf-8")
    (tmp_path / "constraints.txt").write_text("a==1\n# for the tests\nb==1\n", "utf-8")
    return Sandbox(tmp_path, monkeypatch)


def test_a_whole_environment_is_made_once(sandbox):
    assert sandbox.settle() == ["create", "run"]
    assert sandbox.settle() == []


def test_test_tools_are_added_and_serve_both(sandbox):
    sandbox.settle()
    assert sandbox.settle(test=True) == ["test"]
    assert sandbox.settle(test=True) == []
    assert sandbox.settle() == []


def test_a_half_made_environment_is_made_anew(sandbox):
    sandbox.settle()
    sandbox.environment.stamp.unlink()
    assert sandbox.settle() == ["create", "run"]


def test_a_damaged_environment_is_made_anew(sandbox):
    sandbox.settle()
    sandbox.intact = False
    assert sandbox.settle() == ["create", "run"]


@pytest.mark.parametrize("file", ["pyproject.toml", "constraints.txt"])
def test_other_versions_mean_another_environment(sandbox, file):
    sandbox.settle()
    path = sandbox.environment.root / file
    path.write_text(re.sub(r"\b1\b", "2", path.read_text("utf-8")), "utf-8")
    assert sandbox.settle() == ["create", "run"]


def test_fresh_means_made_since_this_start(sandbox):
    sandbox.settle()
    made = sandbox.environment.stamp.stat().st_mtime
    assert sandbox.settle(newer_than=made + 1) == ["create", "run"]
    # Of two fresh starts at once the second finds what the first has just made.
    assert sandbox.settle(newer_than=made - 1) == []


def test_an_environment_that_never_works_is_said_once(sandbox, monkeypatch):
    monkeypatch.setattr(Environment, "whole", lambda *_, test: False)
    with pytest.raises(StoppedError) as caught:
        sandbox.settle()
    assert caught.value.key == "setup.broken"
    assert not sandbox.environment.stamp.exists()


@pytest.mark.parametrize(
    ("fault", "code", "words"),
    [
        (StoppedError("setup.no_venv"), 1, "python3-venv"),
        (OSError(28, "No space left on device"), 1, "2 GB"),
        (PermissionError(13, "Permission denied"), 1, "Permission denied"),
        (KeyboardInterrupt(), 130, "Stopped"),
    ],
)
def test_a_fault_is_a_sentence_and_leaves_no_stamp(
    sandbox, monkeypatch, capsys, fault, code, words
):
    def install(*_: object, **__: object) -> None:
        raise fault

    monkeypatch.setattr(environment, "install", install)
    assert environment.settled(sandbox.environment, test=False, newer_than=0.0) == code
    assert words in capsys.readouterr().err
    assert not sandbox.environment.stamp.exists()


def test_a_python_without_venv_is_told_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    with pytest.raises(StoppedError) as caught:
        environment.create(Environment(tmp_path))
    assert caught.value.key == "setup.no_venv"


def test_only_one_start_sets_up(tmp_path):
    lock = tmp_path / ".venv.lock"
    with environment.alone(lock), lock.open("a") as second:
        assert not environment._taken(second.fileno())
    with lock.open("a") as third:
        assert environment._taken(third.fileno())


@pytest.mark.parametrize(
    ("record", "broken"),
    [
        ("there.py,sha256=x,5\nRECORD,,\n", False),
        ('"there.py",sha256=x,5\n', False),
        ("there.py,sha256=x,6\n", True),
        ("gone.py,sha256=x,5\n", True),
        (None, False),
    ],
)
def test_missing_and_cut_files_are_noticed(tmp_path, monkeypatch, record, broken):
    (tmp_path / "there.py").write_bytes(b"12345")
    package = SimpleNamespace(
        read_text=lambda name: record, locate_file=lambda name: tmp_path / name
    )
    monkeypatch.setattr(environment.metadata, "distributions", lambda: iter([package]))
    assert environment.damaged() is broken


def test_fresh_never_uses_the_running_environment(monkeypatch):
    asked = []
    monkeypatch.setenv("YIKE_FRESH", "1")
    monkeypatch.setattr(environment, "lacking", lambda wanted: [])
    monkeypatch.setattr(
        environment, "settled", lambda own, *, test, newer_than: asked.append(newer_than) or 0
    )
    monkeypatch.setattr(environment, "go_on_inside", lambda own, arguments: arguments)
    assert yike.main(["test", "-q"]) == ["test", "-q"]
    assert asked[0] > 0
    assert "YIKE_FRESH" not in os.environ


def test_the_running_environment_is_used_where_it_satisfies(monkeypatch):
    import commands.app

    monkeypatch.delenv("YIKE_FRESH", raising=False)
    monkeypatch.setattr(environment, "lacking", lambda wanted: [])
    monkeypatch.setattr(commands.app, "main", lambda arguments: arguments)
    assert yike.main([]) == ["dashboard"]
    assert yike.main(["gaps", "data/wuchang"]) == ["gaps", "data/wuchang"]


@pytest.fixture
def small_checkout(tmp_path) -> Path:
    """A checkout that needs one package, which lies in its wheelhouse, and prints what it got."""
    root = tmp_path / "一刻圈 checkout"
    for file in (*LAUNCHER, "data/phrases/doors.toml"):
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, root / file)
    lines = (
        "import yike_lamp",
        "def main(words):",
        "    print(yike_lamp.LIGHT, *words)",
        "    return 3",
    )
    (root / "commands/app.py").write_text("\n".join(lines), "utf-8")
    (root / "pyproject.toml").write_text(
        '[project]\ndependencies = ["yike-lamp>=1.0"]\noptional-dependencies.test = []\n', "utf-8"
    )
    (root / "constraints.txt").write_text("yike-lamp==1.2\n", "utf-8")
    (root / "wheelhouse").mkdir()
    about = "yike_lamp-1.2.dist-info"
    contents = {
        "yike_lamp.py": "LIGHT = 'on'\n",
        f"{about}/METADATA": "Metadata-Version: 2.1\nName: yike-lamp\nVersion: 1.2\n",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = [
        f"{name},sha256={urlsafe_b64encode(sha256(text.encode()).digest()).decode().rstrip('=')},{len(text)}\n"
        for name, text in contents.items()
    ]
    contents[f"{about}/RECORD"] = "".join([*record, f"{about}/RECORD,,\n"])
    with zipfile.ZipFile(root / "wheelhouse" / "yike_lamp-1.2-py3-none-any.whl", "w") as wheel:
        for name, content in contents.items():
            wheel.writestr(name, content)
    return root


def _start(root: Path, *arguments: str) -> subprocess.Popen[str]:
    # Nothing listens on the discard port: whoever asks the network is refused at once.
    no_network = {
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
        "PIP_EXTRA_INDEX_URL": "",
        "PIP_FIND_LINKS": "",
        "PIP_RETRIES": "1",
    }
    return subprocess.Popen(
        [getattr(sys, "_base_executable", sys.executable), str(root / "yike.py"), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, **no_network},
        cwd=root.parent,
        encoding="utf-8",
    )


@pytest.mark.slow
def test_a_new_user_starts_it_for_real(small_checkout):
    # Two starts at once: one sets up, the other waits, both go on.
    both = [_start(small_checkout, "gaps", "a b") for _ in range(2)]
    said = [one.communicate() for one in both]
    assert [one.returncode for one in both] == [3, 3], said
    assert [out for out, _ in said] == ["on gaps a b\n"] * 2
    assert sum("环境已就绪" in err for _, err in said) == 1

    again = _start(small_checkout)
    assert again.communicate() == ("on dashboard\n", "")

    # A deleted file: made anew, from the wheelhouse.
    installed = next((small_checkout / ".venv").rglob("yike_lamp.py"))
    installed.unlink()
    mended = _start(small_checkout)
    out, err = mended.communicate()
    assert out == "on dashboard\n"
    assert "without any network" in err

    # Half made, and this time without wheelhouse and without network: a sentence, no traceback.
    (small_checkout / ".venv" / "yike-complete").unlink()
    shutil.rmtree(small_checkout / "wheelhouse")
    refused = _start(small_checkout)
    out, err = refused.communicate()
    assert refused.returncode == 1
    assert out == ""
    assert "无法连接软件包服务器" in err
    assert "Traceback" not in err
