"""The house keeps its order: who may know whom, which names are taken, what is written down."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from commands.app import command_files, command_name

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("geo", "coverage", "dashboard", "commands")

# coverage.py, whose folder name ours shadows: its modules must not be found in ours.
COVERAGE_PY = re.findall(
    r"\w+",
    "annotate bytecode cmdline collector config context control core data debug disposition env "
    "exceptions execfile files html inorout jsonreport lcovreport misc multiproc numbits parser "
    "patch phystokens plugin plugin_support python pytracer regions report report_core results "
    "sqldata sqlitedb sysmon templite tomlconfig types version xmlreport",
)
VAGUE = ("utils", "util", "helpers", "common", "misc", "manager", "handler", "process", "data2")


def modules() -> list[Path]:
    paths = [path for room in ROOMS for path in (ROOT / room).rglob("*.py")]
    doors = [ROOT / "yike.py", ROOT / "streamlit_app.py"]
    return sorted(paths + [path for path in doors if path.is_file()])


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(path: Path) -> set[str]:
    """Return every module that `path` imports, as ``room.module`` where that is one."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports by dots; rooms are named in full"
            origin = node.module or ""
            found.add(origin)
            below = ROOT / origin.replace(".", "/")
            found.update(
                f"{origin}.{a.name}" for a in node.names if (below / f"{a.name}.py").exists()
            )
    return found


IMPORTS = {name_of(path): imports_of(path) for path in modules()}


def within(name: str, room: str) -> bool:
    return name == room or name.startswith(f"{room}.")


def trespasses(who: str, forbidden: tuple[str, ...], *, but: tuple[str, ...] = ()) -> list[str]:
    return [
        f"{name} imports {other}"
        for name, others in IMPORTS.items()
        if within(name, who) and not any(within(name, one) for one in but)
        for other in sorted(others)
        if any(within(other, room) for room in forbidden)
    ]


def tracked() -> list[Path]:
    """Return the files of the checkout that git keeps or would keep."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:  # an unpacked archive has no git
        ours = (ROOT.rglob("*"), ROOT.glob(".ci/*"))
        paths = [path for some in ours for path in some]
        return [path for path in paths if path.is_file() and ".venv" not in path.parts]
    return [ROOT / name for name in listed.stdout.decode("utf-8").split("\0") if name]


@pytest.mark.parametrize(
    ("who", "forbidden", "but"),
    [
        ("geo", ("coverage", "dashboard", "commands", "streamlit_app", "yike"), ()),
        ("coverage", ("dashboard", "commands", "streamlit_app", "yike"), ()),
        ("coverage", ("coverage.papers",), ("coverage.papers",)),
        ("dashboard", ("commands", "streamlit_app", "yike"), ()),
        # The command that serves the screens gets their first answer ready.
        ("commands", ("dashboard", "streamlit_app", "yike"), ("commands.dashboard",)),
        ("geo", ("streamlit", "folium", "streamlit_folium", "typer"), ()),
        # The import desk's own forms: a template to fill in, a report to correct and load again.
        ("geo", ("xlsxwriter",), ("geo.check_workbook", "geo.template")),
        ("coverage", ("streamlit", "streamlit_folium", "typer"), ()),
        ("coverage", ("folium", "xlsxwriter"), ("coverage.papers",)),
    ],
)
def test_imports_run_one_way(who, forbidden, but):
    assert not trespasses(who, forbidden, but=but)


def test_the_walks_know_nothing_of_sites_and_scenarios():
    later = ("coverage.siting", "coverage.scenario", "coverage.proposals")
    reached, waiting = set(), ["coverage.walking"]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting.extend(IMPORTS.get(name, ()))
    assert not [name for name in reached for one in later if within(name, one)]


def test_the_searches_load_no_readers():
    """A search costs tens of megabytes and a second less without what only reading needs."""
    heavy = ("pandas", "pyarrow", "geopandas", "pyogrio", "osmium", "shapely", "pyproj")
    script = (
        "import sys; import coverage.search, coverage.search_pairs; "
        f"print(*[name for name in {heavy} if name in sys.modules])"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, check=True, text=True
    )
    assert not loaded.stdout.split()


def test_siting_sees_only_matrices():
    places = ("geo.place", "geo.streets", "geo.tables", "coverage.walking", "coverage.reach")
    siting = [name for name in IMPORTS if re.match(r"coverage\.siting", name)]
    assert not [line for one in siting for line in trespasses(one, (*places, "geopandas"))]


@pytest.mark.parametrize("door", ["dashboard", "commands", "streamlit_app"])
def test_doors_do_no_arithmetic(door):
    assert not trespasses(door, ("numpy", "scipy", "sklearn", "highspy", "shapely", "math"))


@pytest.mark.parametrize("package", ["numba", "pytest_cov", "coverage.types", "networkx", "igraph"])
def test_packages_that_the_name_or_the_engine_forbids(package):
    assert not [name for name, others in IMPORTS.items() for o in others if within(o, package)]
    for file in ("pyproject.toml", "constraints.txt"):
        text = (ROOT / file).read_text("utf-8").lower()
        assert not re.search(rf'^\W*{package.replace("_", "-")}\b[=><"]', text, re.MULTILINE)


def test_names_are_neither_taken_nor_vague():
    taken = [
        name for name in IMPORTS if within(name, "coverage") and name.split(".")[-1] in COVERAGE_PY
    ]
    assert not taken, f"coverage.py has modules of these names: {taken}"
    vague = [name for name in IMPORTS if name.split(".")[-1] in VAGUE]
    assert not vague, f"a room is named for what it does: {vague}"
    for path in (ROOT / "coverage").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            assert not (isinstance(node, ast.ClassDef) and node.name == "Coverage"), path


def test_the_checkout_is_never_a_wheel():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert project["tool"]["setuptools"] == {"packages": [], "py-modules": []}
    assert project["tool"]["pytest"]["ini_options"]["pythonpath"] == ["."]
    ignored = (ROOT / ".gitignore").read_text("utf-8").split()
    assert not {"coverage", "coverage/", "/coverage/", "data/"} & set(ignored)


@pytest.mark.parametrize("file", command_files())
def test_every_command_stands_in_both_halves_of_the_readme(file):
    said = (ROOT / "README.md").read_text("utf-8")
    assert len(re.findall(rf"yike\.py {command_name(file)}\b", said)) >= 2


def test_the_readme_names_no_command_that_does_not_exist():
    said = (ROOT / "README.md").read_text("utf-8")
    named = set(re.findall(r"python3? yike\.py ([a-z][a-z-]*)", said))
    assert named == {command_name(file) for file in command_files()}


def test_readme_lines_can_be_typed_on_windows():
    said = (ROOT / "README.md").read_text("utf-8")
    for block in re.findall(r"```\w*\n(.*?)```", said, re.DOTALL):
        assert "&&" not in block
        assert "sudo pip" not in block


def test_nothing_tells_where_it_was_made():
    # Put together here, so that this file does not hold what it looks for.
    registries = ["py" + "pi.org", "python" + "hosted", "py" + "pi.tuna", "mirrors." + "aliyun"]
    pattern = re.compile(
        "|".join([*map(re.escape, registries), r"(?<![\w.~}/-])/(?:work|root|home)/\w+"])
    )
    found = []
    for path in tracked():
        if "vendor" in path.parts or not path.is_file() or path.stat().st_size > 2_000_000:
            continue
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{path.relative_to(ROOT)}: {one[0]}" for one in pattern.finditer(text)]
    assert not found


@pytest.mark.parametrize("file", ["constraints.txt", "pyproject.toml", "yike.py", ".ci/run"])
def test_doors_name_no_host(file):
    assert "://" not in (ROOT / file).read_text("utf-8")


def test_every_package_folder_says_what_it_is_for():
    for room in (*ROOMS, "coverage/papers"):
        tree = ast.parse((ROOT / room / "__init__.py").read_text("utf-8"))
        assert ast.get_docstring(tree), room
        assert len(tree.body) == 1, f"{room}/__init__.py does work on import"


def test_test_files_have_names_of_their_own():
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py")]
    assert not sorted({name for name in names if names.count(name) > 1})
