# conftest.py
# What the tests share: the real tshark and sharkd with the plugin in a directory of its own.
#
# usage: pytest [--plugin=PATH/trade.so] [--all] [--rewrite-golden]
#
# Mind the "=": with a blank, pytest takes the path for that of the tests. Where
# pytest-xdist is installed, "-n 2 --dist loadfile" runs two files' tests at a time.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import collections
import contextlib
import functools
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET

import pytest

TESTS = pathlib.Path(__file__).resolve().parent
ROOT = TESTS.parent
sys.path.insert(0, str(ROOT / "captures"))

import screen  # noqa: E402
from frames import Frame, read_pdml  # noqa: E402
from reader import Reader  # noqa: E402
from ready import Ready, can_be_ready  # noqa: E402
from sharkd import Sharkd  # noqa: E402

NOBODY = 65534
# screen.py's, and WIRESHARK_DATA_DIR, which a Tshark adds: that halves the time of a start again.
QUICK = dict(screen.QUICK)
# The files of vendors', services' and enterprises' names, which Wireshark 4.0 reads anew for each
# capture. Nothing of TRADE's is in them.
NAMES = {"manuf", "services", "enterprises", "enterprises.tsv"}


def pytest_addoption(parser):
    parser.addoption("--plugin", type=pathlib.Path, default=ROOT / "build" / "trade.so",
                     help="the trade.so to test (default: ../build/trade.so)")
    parser.addoption("--all", action="store_true", help="the cases that take long, too")
    parser.addoption("--rewrite-golden", action="store_true",
                     help="write what tshark says now to tests/golden/")


def pytest_configure(config):
    config.addinivalue_line("markers", "long: is left to --all")


# The files that take longest, which begin first, so that no process is left with one at the end.
FIRST = ("test_scale.py", "test_watch.py", "test_doctor.py", "test_points.py",
         "test_kernels.py", "test_oracle.py", "test_report.py", "test_run.py", "test_unit.py",
         "test_package.py", "test_framing.py", "test_ways.py", "test_live.py", "test_health.py",
         "test_report_outputs.py", "test_captures.py", "test_ends.py")


def pytest_collection_modifyitems(config, items):
    items.sort(key=lambda item: FIRST.index(item.path.name) if item.path.name in FIRST
               else len(FIRST))
    if not config.getoption("--all"):
        left = [item for item in items if item.get_closest_marker("long")]
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if not item.get_closest_marker("long")]


def few(cases, *default):
    """Returns a test's cases, of which --all alone takes those that are not among these."""
    assert set(default) <= set(cases)
    return [case if case in default else pytest.param(case, marks=pytest.mark.long)
            for case in cases]


# One of the plugin's fields or, where type is FT_NONE, expert infos.
Field = collections.namedtuple("Field", "name label type meaning")


class Tshark:
    """The installed tshark, with the plugin and nothing else of the user's."""

    def __init__(self, plugin, directory):
        self.directory = directory
        self.ready = None  # what is forked for each run; without it, each run is a start
        self.path = os.environ["PATH"]  # with a tshark that is forked, too
        self.version = re.search(r"(\d+\.\d+)\.\d+", self._call(["--version"]).stdout).group(1)
        epan = directory / "plugins" / self.version / "epan"
        epan.mkdir(parents=True)
        (directory / "home").mkdir()
        self.installed = shutil.copy(plugin, epan / "trade.so")
        for path in (directory, *directory.rglob("*")):
            path.chmod(0o755)
        if os.geteuid() == 0:
            os.chown(directory / "home", NOBODY, NOBODY)
        self._link_data()
        self._pdml = functools.lru_cache(maxsize=None)(self._read_pdml)
        self._columns = functools.lru_cache(maxsize=None)(self._read_columns)
        self.files = 0

    def _link_data(self):
        """Has Wireshark's programs find its data, but for NAMES, where they are as usual."""
        whole = pathlib.Path(shutil.which("tshark")).resolve().parent.parent / "share" / "wireshark"
        if whole.is_dir():
            data = self.directory / "data"
            data.mkdir()
            data.chmod(0o755)
            for path in whole.iterdir():
                if path.name not in NAMES:
                    (data / path.name).symlink_to(path)
            QUICK["WIRESHARK_DATA_DIR"] = str(data)

    def get_command(self, program, timezone="UTC"):
        """Returns how a program of Wireshark's is called with the plugin, and its environment."""
        home = str(self.directory / "home")
        env = {"PATH": os.environ["PATH"], "HOME": home, "XDG_CONFIG_HOME": home,
               "WIRESHARK_PLUGIN_DIR": str(self.directory / "plugins"), "TZ": timezone,
               "LC_ALL": "C.UTF-8", "WIRESHARK_ABORT_ON_DISSECTOR_BUG": "1", **QUICK}
        # Wireshark ignores WIRESHARK_PLUGIN_DIR, without a word, when root runs it.
        user = (["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
                if os.geteuid() == 0 else [])
        return [*user, program], env

    def get_tool(self, program, timezone="UTC"):
        """Returns the same for a program that starts tshark itself."""
        command, env = self.get_command(program, timezone)
        return command, {**env, "PATH": self.path}

    def get_ready(self):
        """Has one start of tshark serve all runs, where that is known to work; also those of
        programs with this path."""
        if can_be_ready(self.version):
            command, environment = self.get_command("tshark")
            self.ready = Ready(command, environment, self.directory)
            programs = self.ready.write_program(environment["WIRESHARK_PLUGIN_DIR"])
            self.path = f"{programs}:{self.path}"

    def close(self):
        if self.ready:
            self.ready.close()

    def _call(self, args, timezone="UTC", text=True):
        if self.ready and "-X" not in args:  # Lua's scripts are read at a start
            return self.ready.run(args, timezone, text)
        return self.start(args, timezone, text)

    def start(self, args, timezone="UTC", text=True):
        """Starts tshark for one run; returns the finished process."""
        command, env = self.get_command("tshark", timezone)
        return subprocess.run([*command, *args], env=env, cwd=self.directory,
                              capture_output=True, text=text, timeout=120)

    def print_bytes(self, *args):
        """Runs tshark, which must succeed; returns the bytes that it prints, errors included."""
        done = self._call([str(arg) for arg in args], text=False)
        assert done.returncode == 0, f"tshark {args}: status {done.returncode}\n{done.stderr}"
        return done.stdout + done.stderr

    def run(self, *args, timezone="UTC"):
        """Runs tshark, which must succeed; returns what it prints."""
        done = self._call([str(arg) for arg in args], timezone)
        assert done.returncode == 0, f"tshark {args}: status {done.returncode}\n{done.stderr}"
        return done.stdout

    @functools.cache
    def fields(self):
        """Returns all fields and expert infos of the plugin's, in order."""
        rows = (line.split("\t") for line in self.run("-G", "fields").splitlines())
        return [Field(row[2], row[1], row[3], row[-1]) for row in rows
                if row[0] == "F" and row[4] == "trade"]

    def save(self, capture):
        """Writes a capture to where tshark may read it; returns the path."""
        self.files += 1
        return self._readable(capture.write(self.directory / f"{self.files}.pcapng"))

    def keep(self, path):
        """Copies a capture file to where tshark may read it; returns the path."""
        return self._readable(pathlib.Path(shutil.copy(path, self.directory)))

    def make_directory(self):
        """Makes a directory that its user can get to, which one of pytest's is not: each
        pytest that starts closes the directory above. Returns its path."""
        directory = pathlib.Path(tempfile.mkdtemp(dir=self.directory))
        directory.chmod(0o755)
        return directory

    @staticmethod
    def _readable(path):
        path.chmod(0o644)
        return path

    def _read_pdml(self, args, timezone):
        protocols = "frame tcp trade trade.judgement _ws.malformed _ws.short _ws.unreassembled"
        xml = self.run(*args, "-T", "pdml", "-J", protocols, timezone=timezone)
        return [Frame([read_pdml(proto) for proto in packet])
                for packet in ET.fromstring(xml).iter("packet")]

    def _read_columns(self, args):
        columns = 'gui.column.format:"No.","%m","Info","%i"'
        lines = self.run("-o", columns, *args).splitlines()
        return {int(number): info for number, info in (line.split(None, 1) for line in lines)}

    def frames(self, path, *options, timezone="UTC"):
        """Returns all frames of a capture."""
        return self._pdml(("-r", path, *options), timezone)

    def pdus(self, path, *options, timezone="UTC"):
        """Returns all lines of the dissector's, in order."""
        return [pdu for frame in self.frames(path, *options, timezone=timezone)
                for pdu in frame.pdus]

    def infos(self, path, *options):
        """Returns the Info column of each frame that has TRADE in it, by number."""
        return dict(self._columns(("-r", path, "-Y", "trade", *options)))

    def values(self, path, *fields, options=()):
        """Returns a tuple for each frame: the fields' values as -T fields prints them, but for
        backslashes, which are doubled from Wireshark 4.4 on."""
        args = [arg for field in fields for arg in ("-e", field)]
        text = self.run("-r", path, *options, "-T", "fields", *args)
        if self.version != "4.0":
            text = text.replace("\\\\", "\\")
        return [tuple(line.split("\t")) for line in text.splitlines()]

    def table(self, path, name, *options):
        """Returns the rows of one of the plugin's tables that begin with a number, each a list
        of texts."""
        text = self.run("-r", path, "-q", *options, "-z", name)
        rows = [[cell.strip() for cell in line.split("|")] for line in text.splitlines()]
        return [row[:-1] for row in rows if row[0].isdigit()]


@contextlib.contextmanager
def make_tshark(config):
    """The tshark for a run with these options."""
    with tempfile.TemporaryDirectory(prefix="trade-tests-") as directory:
        yield Tshark(config.getoption("--plugin").resolve(), pathlib.Path(directory))


def pytest_sessionstart(session):
    """Ends the run at once where tshark does not load the plugin."""
    # pytest-xdist's workers may not end a run; who starts them has asked before.
    if hasattr(session.config, "workerinput") or session.config.getoption("--collect-only"):
        return
    plugin = session.config.getoption("--plugin").resolve()
    if not plugin.is_file():
        pytest.exit(f"no plugin at {plugin}: build it, or say --plugin=PATH", returncode=1)
    with make_tshark(session.config) as tool:
        if tool.installed.as_posix() not in tool.run("-G", "plugins"):
            pytest.exit(f"tshark {tool.version} does not load {plugin}", returncode=1)


@pytest.fixture(scope="session")
def tshark(request):
    """The real tshark, one for each process that runs tests."""
    with make_tshark(request.config) as tool:
        tool.get_ready()
        yield tool
        tool.close()


@pytest.fixture(scope="session")
def sharkd(tshark):
    """The real sharkd with the same plugin, one for each process that runs tests."""
    tool = Sharkd(tshark)
    yield tool
    tool.close()


@pytest.fixture(scope="session")
def reader(tshark, sharkd):
    """Reads captures as tshark does, but asks sharkd what a second pass shows."""
    return Reader(tshark, sharkd)


def capture_loopback(tshark, *options):
    """Starts tshark on loopback with these options."""
    home = str(tshark.directory / "home")
    env = {"PATH": os.environ["PATH"], "HOME": home, "XDG_CONFIG_HOME": home, "LC_ALL": "C.UTF-8",
           "WIRESHARK_PLUGIN_DIR": str(tshark.directory / "plugins"),
           "WIRESHARK_ABORT_ON_DISSECTOR_BUG": "1", **QUICK}
    # An ordinary user, for root's tshark takes no plugin from there; but one
    # whose dumpcap may open interfaces.
    user = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups",
            "--inh-caps=+net_raw", "--ambient-caps=+net_raw"] if os.geteuid() == 0 else []
    return subprocess.Popen([*user, "tshark", "-i", "lo", "-p", *options], env=env, text=True,
                            cwd=tshark.directory, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


@pytest.fixture(scope="session", name="right_to_capture")
def fixture_right_to_capture(tshark):
    """Skips where this user lacks the right to capture, as a short capture tells: dumpcap -D
    lists loopback all the same."""
    trial = capture_loopback(tshark, "-a", "duration:1", "-w", os.devnull)
    _, said = trial.communicate(timeout=60)
    refusal = re.search(".*(?:ermission|not permitted).*", said)
    if refusal:
        pytest.skip("this user may not capture on loopback (Debian: group wireshark; in a "
                    f"container: CAP_NET_RAW): {refusal.group()}")
    assert trial.returncode == 0, said


@pytest.fixture(scope="session")
def captures(tshark):
    """The files of captures/ by name, where tshark may read them."""
    return {path.stem: tshark.keep(path) for path in sorted((ROOT / "captures").glob("*.pcapng"))}
