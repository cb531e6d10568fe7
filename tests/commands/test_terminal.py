"""The terminal's frame: language, sentences, exit codes, progress, the two small commands."""

from __future__ import annotations

import errno
import io
import sys
import time

import pytest
import typer

from commands import app, dashboard, faults, progress
from commands import test as test_command
from geo.errors import FileError, QuestionError


@pytest.fixture(autouse=True)
def chinese(monkeypatch):
    for name in ("YIKE_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    # `main` notes the chosen language here; monkeypatch takes it away again.
    monkeypatch.setenv("YIKE_LANGUAGE", "")


@pytest.mark.parametrize(
    ("variables", "language"),
    [
        ({}, "zh"),
        ({"LANG": "C.UTF-8"}, "zh"),
        ({"LANG": "POSIX"}, "zh"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "en_GB.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LC_ALL": "en_US.UTF-8", "LANG": "zh_CN.UTF-8"}, "en"),
        ({"YIKE_LANGUAGE": "zh", "LANG": "en_US.UTF-8"}, "zh"),
        ({"YIKE_LANGUAGE": "en", "LANG": "zh_CN.UTF-8"}, "en"),
    ],
)
def test_chinese_unless_the_environment_says_otherwise(variables, language):
    assert faults.reader_language(variables) == language


@pytest.mark.parametrize(
    ("arguments", "left", "chosen"),
    [
        (["gaps", "x"], ["gaps", "x"], None),
        (["--language", "en", "gaps", "x"], ["gaps", "x"], "en"),
        (["gaps", "x", "--language=zh"], ["gaps", "x"], "zh"),
        (["--language", "zh", "gaps", "--language", "en"], ["gaps"], "en"),
    ],
)
def test_the_language_may_stand_anywhere(arguments, left, chosen):
    given = list(arguments)
    assert faults.without_language(arguments) == (left, chosen)
    assert arguments == given


@pytest.mark.parametrize("arguments", [["--language", "fr"], ["gaps", "--language"]])
def test_an_unknown_language_is_refused(arguments):
    with pytest.raises(QuestionError):
        faults.without_language(arguments)
    assert app.main(arguments) == faults.WRONG_INPUT


def refused(fault: BaseException):
    def run() -> int:
        raise fault

    return run


@pytest.mark.parametrize(
    ("fault", "code", "words"),
    [
        (FileError("error.file_missing", file="登记.csv"), 2, "找不到文件：登记.csv"),
        (PermissionError(errno.EACCES, "denied", "缺口.xlsx"), 2, "缺口.xlsx"),
        (OSError(errno.ENOSPC, "full", "缺口.xlsx"), 2, "磁盘空间不足"),
        (typer.BadParameter("minutes"), 2, "命令写法有误"),
        (KeyboardInterrupt(), 130, "已停止"),
        (typer.Abort(), 130, "已停止"),
    ],
)
def test_a_fault_is_one_sentence_on_stderr(capsys, fault, code, words):
    assert faults.answered(refused(fault)) == code
    said = capsys.readouterr()
    assert said.out == ""
    assert words in said.err
    assert len(said.err.strip().splitlines()) == 1


def test_the_sentence_is_in_the_readers_language(capsys, monkeypatch):
    monkeypatch.setenv("YIKE_LANGUAGE", "en")
    faults.answered(refused(FileError("error.file_missing", file="a.csv")))
    assert capsys.readouterr().err.startswith("The file a.csv does not exist.")


@pytest.mark.parametrize("fault", [ValueError("ours"), OSError(errno.EIO, "broken", "x")])
def test_faults_of_the_programme_keep_their_traceback(fault):
    with pytest.raises(type(fault)):
        faults.answered(refused(fault))


@pytest.mark.parametrize(
    "arguments", [["gap"], ["dashboard", "--port", "x"], ["dashboard", "--no"]]
)
def test_a_command_that_cannot_be_read_is_a_sentence(capsys, arguments):
    # Only the doors are built here; the other commands bring the whole house along.
    assert faults.answered(lambda: run_doors(arguments)) == 2
    assert "命令写法有误" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["dashboard", "--port", "x"], "--port 的值读不懂"),
        (["dashboard", "--port"], "--port 后面缺少值"),
        (["dashboard", "--no"], "没有 --no 这个选项"),
    ],
)
def test_what_is_wrong_with_a_command_is_said_in_chinese(capsys, arguments, words):
    assert faults.answered(lambda: run_doors(arguments)) == 2
    assert words in capsys.readouterr().err


def test_an_unknown_command_is_told_the_known_ones(capsys):
    assert app.main(["gap"]) == 2
    said = capsys.readouterr().err
    assert "gap" in said
    assert "gaps, new, sites" in said


def run_doors(arguments: list[str]) -> int:
    command = typer.main.get_command(app.build_app(["dashboard", "test"], "zh"))
    return command.main(args=arguments, prog_name="yike.py", standalone_mode=False)


def test_the_list_of_commands_is_in_the_readers_language(capsys):
    assert run_doors(["--help"]) == 0
    said = capsys.readouterr().out
    assert "在浏览器中打开一刻圈" in said
    assert "运行测试" in said


def test_the_help_of_options_is_a_phrase(capsys):
    assert app.main(["dashboard", "--help", "--language", "en"]) == 0
    said = capsys.readouterr().out
    assert "colleagues on the same network" in " ".join(said.split())
    assert "option." not in said


def test_every_command_file_holds_its_command():
    assert {"dashboard", "gaps", "test"} <= set(app.command_files())
    assert not set(app.HELPERS) & set(app.command_files())
    assert app.command_name("what_if") == "what-if"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], ["--server.address=127.0.0.1"]),
        (
            ["--port", "8600", "--address", "0.0.0.0", "--no-browser"],  # noqa: S104
            ["--server.address=0.0.0.0", "--server.port=8600", "--server.headless=true"],
        ),
    ],
)
def test_the_dashboard_is_streamlit_on_this_computer_only(monkeypatch, root, arguments, expected):
    seen = []
    monkeypatch.setattr(sys, "argv", [])
    monkeypatch.setattr("streamlit.web.cli.main", lambda: seen.extend(sys.argv))
    monkeypatch.setattr(dashboard.os, "chdir", seen.append)
    # The first place is got ready beside it; here no server comes that could use it.
    monkeypatch.setattr("dashboard.warm_up.begin", lambda: seen.append("warm up"))
    assert app.main(["dashboard", *arguments]) == 0
    started = ["streamlit", "run", str(root / "streamlit_app.py"), *expected]
    assert seen == ["warm up", root, *started]


def test_arguments_and_exit_code_are_pytests_own(monkeypatch):
    seen = []
    monkeypatch.setattr(test_command.os, "chdir", lambda folder: None)
    monkeypatch.setattr(pytest, "main", lambda arguments: seen.extend(arguments) or 5)
    assert app.main(["test", "-k", "walk", "--help", "tests/geo"]) == 5
    assert seen == ["-k", "walk", "--help", "tests/geo"]


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_short_work_says_nothing():
    log = io.StringIO()
    with progress.progress("计算", stream=log) as work:
        work.reached(1, 2)
    assert log.getvalue() == ""


def test_long_work_is_told_in_a_log_first_and_last(monkeypatch):
    monkeypatch.setattr(progress, "QUIET_SECONDS", 0.02)
    log = io.StringIO()
    with progress.progress("计算步行距离", stream=log) as work:
        time.sleep(0.1)
        work.reached(1500, 1500)
    first, last = log.getvalue().splitlines()
    assert first == "计算步行距离…… 0 秒"
    assert last == "计算步行距离…… 1,500/1,500，0 秒"


def test_a_screen_sees_one_line_that_changes(monkeypatch):
    monkeypatch.setattr(progress, "QUIET_SECONDS", 0.02)
    screen = Screen()
    with pytest.raises(RuntimeError), progress.progress("计算", stream=screen):
        time.sleep(0.1)
        raise RuntimeError
    assert screen.getvalue().count("\n") == 1
    assert screen.getvalue().count("\r") >= 2
