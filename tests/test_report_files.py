# test_report_files.py
# Does trade-report harm no file: none that it reads, none of before, none of another name? And
# does it leave none behind, however it ends?
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import os
import resource
import shutil
import signal
import subprocess
import time

import pytest

from conftest import NOBODY
from test_report import Page, Reporter

# Is at work until somebody ends it.
STUCK = """#!/bin/sh
case " $* " in *" -r "*) touch "$HOME/stuck"; exec sleep 60 ;; esac
exec {real} "$@"
"""
# Tells that it was called.
CALLED = """#!/bin/sh
touch "$HOME/called"
exec {real} "$@"
"""


class Desk(Reporter):
    """trade-report in a directory of its user's, with a capture and other files there."""

    def __init__(self, tshark, capture):
        super().__init__(tshark)
        self.home = self.make("home")
        self.temporary = self.make("temporary")
        self.desk = self.make("desk")
        shutil.copy(capture, self.desk / "a.pcapng")
        self.command, environment = tshark.get_tool(self.directory / "trade-report")
        self.environment = {**environment, "HOME": str(self.home),
                            "XDG_CONFIG_HOME": str(self.home), "TMPDIR": str(self.temporary)}
        self.own()

    def make(self, name):
        (self.directory / name).mkdir()
        return self.directory / name

    def own(self):
        """Gives all to the user."""
        if os.geteuid() == 0:
            for path in (self.directory, *self.directory.rglob("*")):
                os.chown(path, NOBODY, NOBODY, follow_symlinks=False)

    def put_tshark(self, script):
        """Has a script stand for tshark."""
        path = self.make("stand-in") / "tshark"
        real = shutil.which("tshark", path=self.tshark.path)
        path.write_text(script.format(real=real), encoding="ascii")
        path.chmod(0o755)
        self.environment["PATH"] = f"{path.parent}:{self.environment['PATH']}"
        self.own()

    def start(self, *args, **options):
        return subprocess.Popen([*self.command, *args], text=True, env=self.environment,
                                cwd=self.desk, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                start_new_session=True, **options)

    def ask(self, *args, **options):
        """Returns the status, and what it writes to stdout and, but for progress, to stderr."""
        with self.start(*args, **options) as process:
            out, said = process.communicate(timeout=120)
        return process.returncode, out, "".join(line for line in said.splitlines(True)
                                                if not line.startswith("Reading "))

    def list_files(self):
        return sorted(path.name for place in (self.desk, self.temporary)
                      for path in place.iterdir())


@pytest.fixture(name="desk")
def fixture_desk(tshark, captures):
    return Desk(tshark, captures["talk"])


def is_one_line(said):
    return said.startswith("trade-report: ") and said.count("\n") == 1


@pytest.mark.parametrize("name", ("a.pcapng", "link", "hard link", "b.log"))
def test_what_is_read_is_not_written(desk, name):
    (desk.desk / "b.log").write_text("2014-06-05 10:00:00,000 INFO - Text\n", encoding="ascii")
    (desk.desk / "link").symlink_to("a.pcapng")
    os.link(desk.desk / "a.pcapng", desk.desk / "hard link")
    desk.own()
    before = {path.name: path.read_bytes() for path in desk.desk.iterdir()}
    status, _, said = desk.ask("a.pcapng", "--log", "b.log", "-o", name)
    assert status == 1 and is_one_line(said) and "another file" in said
    assert {path.name: path.read_bytes() for path in desk.desk.iterdir()} == before


def test_a_full_disk_keeps_the_page_of_before(desk):
    status, _, _ = desk.ask("a.pcapng")
    assert status == 0
    before = (desk.desk / "report.html").read_bytes()
    status, _, said = desk.ask("a.pcapng", preexec_fn=lambda: resource.setrlimit(
        resource.RLIMIT_FSIZE, (10_000, 10_000)))
    assert status == 1 and is_one_line(said) and "report.html cannot be written" in said
    assert (desk.desk / "report.html").read_bytes() == before
    assert desk.list_files() == ["a.pcapng", "report.html"]


def test_a_link_and_permissions_stay(desk):
    (desk.desk / "page").symlink_to("elsewhere.html")
    (desk.desk / "elsewhere.html").write_text("old", encoding="ascii")
    (desk.desk / "elsewhere.html").chmod(0o640)
    desk.own()
    assert desk.ask("a.pcapng", "-o", "page")[0] == 0
    assert (desk.desk / "page").is_symlink()
    assert "<html" in (desk.desk / "elsewhere.html").read_text(encoding="utf-8")
    assert (desk.desk / "elsewhere.html").stat().st_mode & 0o777 == 0o640


def test_names_that_look_like_options(desk):
    """-w is mergecap's, "-" standard input to tshark."""
    for name in ("precious.pcapng", "-wprecious.pcapng", "-"):
        shutil.copy(desk.desk / "a.pcapng", desk.desk / name)
    desk.own()
    before = (desk.desk / "precious.pcapng").read_bytes()
    for files in (("./-wprecious.pcapng", "a.pcapng", "./-"), ("./-wprecious.pcapng",), ("./-",)):
        status, page, said = desk.ask(*files, "--same-point", "-o", "-", stdin=subprocess.DEVNULL)
        assert (status, said) == (0, "")
        assert (desk.desk / "precious.pcapng").read_bytes() == before
        commands = Page(page).text.split("what the page was made of: ")[1]
        assert all(name in commands or "./" not in name for name in files)
        frames = f"{3 * len(files)} frames" if len(files) > 1 else "frames from"
        assert frames in Page(page).text or "frames from" in Page(page).text
    assert desk.ask("./-wprecious.pcapng", "--output=-x.html")[0] == 0
    assert desk.list_files() == ["-", "-wprecious.pcapng", "-x.html", "a.pcapng",
                                 "precious.pcapng"]


@pytest.mark.parametrize("number", (signal.SIGINT, signal.SIGTERM, signal.SIGKILL))
def test_a_signal_leaves_nothing(desk, number):
    """Of several captures: what they are merged to would stay."""
    if number == signal.SIGKILL and not os.path.isdir("/dev/fd"):
        pytest.skip("what is merged has a name here, since /proc is not mounted")
    shutil.copy(desk.desk / "a.pcapng", desk.desk / "b.pcapng")
    desk.put_tshark(STUCK)
    # What runs in the background ignores SIGINT, and so would what it starts.
    with desk.start("a.pcapng", "b.pcapng", "--same-point", preexec_fn=lambda: signal.signal(
            signal.SIGINT, signal.SIG_DFL)) as process:
        for _ in range(300):
            if (desk.home / "stuck").exists():
                break
            time.sleep(0.1)
        assert (desk.home / "stuck").exists()
        os.kill(process.pid, number)
        # As a terminal does; what is killed cannot end its tshark.
        if number != signal.SIGTERM:
            os.killpg(process.pid, number)
        said = process.communicate(timeout=30)[1]
    said = [line for line in said.splitlines() if not line.startswith("Reading ")]
    if number == signal.SIGKILL:
        assert process.returncode == -number
    else:
        assert process.returncode == 128 + number
        assert said == [f"trade-report: ended by {number.name}."]
    assert desk.list_files() == ["a.pcapng", "b.pcapng"]


def test_standard_output(desk):
    status, page, said = desk.ask("a.pcapng", "-o", "-")
    assert (status, said) == (0, "") and page.startswith("<!DOCTYPE html>")
    assert Page(page).text and page.endswith("</html>\n")
    assert desk.list_files() == ["a.pcapng"]


def test_standard_output_that_is_full(desk):
    with open("/dev/full", "w", encoding="ascii") as full:
        done = subprocess.run(
            [*(["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
               if os.geteuid() == 0 else []), desk.directory / "trade-report", "a.pcapng", "-o", "-"],
            env=desk.environment, cwd=desk.desk, stdout=full, stderr=subprocess.PIPE, text=True,
            timeout=120, check=False)
    said = [line for line in done.stderr.splitlines() if not line.startswith("Reading ")]
    assert done.returncode == 1
    assert said == ["trade-report: Standard output cannot be written: No space left on device."]


@pytest.mark.parametrize("output", ("none/page.html", ".", "locked/page.html", "locked.html"))
def test_what_cannot_be_written_is_noticed_first(desk, output):
    desk.put_tshark(CALLED)
    (desk.desk / "locked").mkdir()
    (desk.desk / "locked.html").write_text("old", encoding="ascii")
    for name in ("locked", "locked.html"):
        (desk.desk / name).chmod(0o500 if name == "locked" else 0o400)
    desk.own()
    status, _, said = desk.ask("a.pcapng", "-o", output)
    assert status == 1 and is_one_line(said) and f"{output} cannot be written: " in said
    assert not (desk.home / "called").exists()


def test_a_file_in_a_locked_directory_is_written(desk):
    (desk.desk / "locked").mkdir()
    (desk.desk / "locked" / "page.html").write_text("old", encoding="ascii")
    (desk.desk / "locked").chmod(0o500)
    desk.own()
    assert desk.ask("a.pcapng", "-o", "locked/page.html")[0] == 0
    assert "<html" in (desk.desk / "locked" / "page.html").read_text(encoding="utf-8")


def test_a_connection_that_is_not_there(desk):
    status, _, said = desk.ask("a.pcapng", "--stream", "99")
    assert (status, said) == (1, "trade-report: no TRADE connection here is tcp.stream 99.\n")
    assert desk.list_files() == ["a.pcapng"]
    for option in ("--stream", "--drawn"):
        status, _, said = desk.ask("a.pcapng", option, "-1")
        assert status == 2 and "-1 is no number from 0" in said


@pytest.mark.parametrize("files", (("empty.pcapng",), ("a.pcapng", "empty.pcapng")))
def test_an_empty_file(desk, files):
    desk.put_tshark(CALLED)
    (desk.desk / "empty.pcapng").touch()
    desk.own()
    status, _, said = desk.ask(*files)
    assert (status, said) == (1, "trade-report: empty.pcapng is empty: it has no byte.\n")
    assert not (desk.home / "called").exists()


def test_a_file_that_may_not_be_read(desk):
    shutil.copy(desk.desk / "a.pcapng", desk.desk / "secret.pcapng")
    desk.own()
    (desk.desk / "secret.pcapng").chmod(0)
    status, _, said = desk.ask("a.pcapng", "secret.pcapng")
    assert (status, said) == (
        1, "trade-report: secret.pcapng cannot be read: Permission denied.\n")
