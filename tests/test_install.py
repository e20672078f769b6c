# test_install.py
# Does what installs the plugin put it where Wireshark looks, whole or not at all? A full disk
# is one on which files may have only so many bytes.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import os
import re
import resource
import shutil
import subprocess

import pytest

from conftest import NOBODY, QUICK, ROOT

pytestmark = [pytest.mark.long,
              pytest.mark.skipif(not shutil.which("cmake") or not shutil.which("ninja"),
                                 reason="needs CMake and Ninja")]
# run.sh but for its building, which takes long; it has the plugin.
BUILD = "install_packages() { :; }\nbuild_plugin() { :; }\n"


def call(*command, cwd, limit=None, **environment):
    """Runs a command as tshark's user; limit: the bytes that a file may have."""
    user = (["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
            if os.geteuid() == 0 else [])

    def set_limit():
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    return subprocess.run([*user, *command], cwd=cwd, text=True, capture_output=True, timeout=300,
                          env={"PATH": os.environ["PATH"], **QUICK, **environment}, preexec_fn=set_limit,
                          check=False)


def own(directory):
    if os.geteuid() == 0:
        for path in (directory, *directory.rglob("*")):
            os.chown(path, NOBODY, NOBODY)


@pytest.fixture(name="checkout")
def fixture_checkout(tshark):
    """A checkout of tshark's user's with what run.sh takes, and a home beside it."""
    directory = tshark.make_directory()
    checkout = directory / "checkout"
    (checkout / "build").mkdir(parents=True)
    (directory / "home").mkdir()
    for room in ("tools", "profile", "captures"):
        shutil.copytree(ROOT / room, checkout / room,
                        ignore=shutil.ignore_patterns("__pycache__"))
    with open(checkout / "tools" / "setup.sh", "a", encoding="ascii") as setup:
        setup.write(BUILD)
    shutil.copy(tshark.installed, checkout / "build" / "trade.so")
    own(directory)
    return checkout


class TestRun:
    """tools/run.sh, run by a user."""

    @staticmethod
    def run(checkout, limit=None):
        # Also where a plugin is installed for all users.
        return call("sh", "tools/run.sh", "--version", cwd=checkout, limit=limit,
                    HOME=str(checkout.parent / "home"), WIRESHARK_PLUGIN_DIR="/nonexistent")

    @staticmethod
    def find(checkout, name):
        return sorted((checkout.parent / "home").rglob(name))

    def test_full_disk_leaves_no_plugin(self, checkout):
        done = self.run(checkout, 4096)
        assert done.returncode == 1 and "the plugin cannot be written to " in done.stderr
        assert self.find(checkout, "trade*") == []

    def test_full_disk_leaves_the_plugin_of_before(self, checkout):
        assert self.run(checkout).returncode == 0
        plugin, = self.find(checkout, "trade*")
        before = plugin.read_bytes()
        with open(checkout / "build" / "trade.so", "ab") as new:
            new.write(b"newer")
        assert self.run(checkout, 4096).returncode == 1
        assert self.find(checkout, "trade*") == [plugin] and plugin.read_bytes() == before

    def test_full_disk_leaves_no_profile(self, checkout):
        assert self.run(checkout).returncode == 0
        profile, = self.find(checkout, "TRADE")
        names = sorted(path.name for path in profile.iterdir())
        shutil.rmtree(profile)
        done = self.run(checkout, 1800)
        assert done.returncode == 1 and "the profile cannot be written to " in done.stderr
        assert self.find(checkout, "TRADE*") == []
        assert self.run(checkout).returncode == 0
        assert sorted(path.name for path in profile.iterdir()) == names

    def test_what_is_loaded_is_not_written_into(self, checkout):
        """A Wireshark that runs has the file of before, not bytes of both."""
        assert self.run(checkout).returncode == 0
        plugin, = self.find(checkout, "trade.so")
        with open(plugin, "rb") as loaded:
            before = loaded.read()
            with open(checkout / "build" / "trade.so", "ab") as new:
                new.write(b"newer")
            assert self.run(checkout).returncode == 0
            loaded.seek(0)
            assert loaded.read() == before
        assert plugin.read_bytes() == before + b"newer"


@pytest.fixture(scope="module", name="build")
def fixture_build(tshark):
    """A directory that is configured as on a machine where wireshark-dev came later, with the
    plugin as if it had been built."""
    directory = tshark.make_directory()
    own(directory)
    said = []
    for is_missing in ("ON", "OFF"):
        done = call("cmake", "-G", "Ninja", "-S", ROOT, "-B", directory / "build",
                    "-DBUILD_TESTING=OFF", f"-DCMAKE_DISABLE_FIND_PACKAGE_Wireshark={is_missing}",
                    cwd=directory, HOME=str(directory))
        # CMake 4 asks for the machine's memory, where /proc may not be mounted.
        said.append((done.returncode, re.sub("Problem opening /proc/.*\n", "", done.stderr)))
    assert said[0][0] != 0 and "wireshark-dev" in said[0][1]
    assert said[1] == (0, "")
    shutil.copy(tshark.installed, directory / "build" / "trade.so")
    own(directory / "build")
    return directory / "build"


class TestCmake:
    """cmake --install."""

    @staticmethod
    def install(build, to, *options, limit=None):
        to.mkdir(exist_ok=True)
        own(to)
        return call("cmake", "--install", build, "--component", "wireshark", *options, cwd=build,
                    limit=limit, DESTDIR=str(to), HOME=str(build.parent))

    def test_goes_where_wireshark_looks(self, build, tshark):
        """Though the first time CMake had found none."""
        # Without the tests' plugin directory, which the fixture's tshark is told of.
        folders = call("tshark", "-G", "folders", cwd=build, HOME=str(build.parent)).stdout
        place = re.search(r"Global Lua Plugins:\s*(.*)", folders).group(1)
        to = build.parent / "looks"
        done = self.install(build, to)
        assert (done.returncode, done.stderr) == (0, "")
        files = sorted("/" + str(path.relative_to(to)) for path in to.rglob("*") if path.is_file())
        profile = sorted(path.name for path in (ROOT / "profile" / "TRADE").iterdir())
        assert files == [f"{place}/{tshark.version}/epan/trade.so",
                         *(f"/usr/share/wireshark/profiles/TRADE/{name}" for name in profile)]
        assert not [path for path in to.rglob(".new")]

    def test_says_where_wireshark_does_not_look(self, build):
        done = self.install(build, build.parent / "astray", "--prefix", "/usr/local")
        said = " ".join(done.stderr.split())
        assert done.returncode == 0
        assert "Wireshark does not look for plugins in /usr/local/lib" in said
        assert "cmake --install BUILD --prefix /usr" in said

    def test_full_disk_leaves_the_plugin_of_before(self, build):
        to = build.parent / "full"
        assert self.install(build, to).returncode == 0
        files = {path: path.read_bytes() for path in to.rglob("*") if path.is_file()}
        plugin = build / "trade.so"
        before = plugin.read_bytes()
        plugin.write_bytes(before + b"newer")
        assert self.install(build, to, limit=4096).returncode != 0
        plugin.write_bytes(before)
        assert {path: path.read_bytes() for path in files} == files
        # What is left is where Wireshark does not look.
        assert all(".new" in path.parts for path in set(to.rglob("*")) - set(files)
                   if path.is_file())
        assert self.install(build, to).returncode == 0
        assert {path for path in to.rglob("*") if path.is_file()} == set(files)
