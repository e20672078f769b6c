# test_doctor.py
# Does tools/doctor.sh say what is wrong, in each situation that is known to keep
# Wireshark from loading or using the plugin? Each test makes one, in a home of its
# own, and asks the doctor; the real tshark answers. Where it can, it then does what
# the doctor says to type, and asks again.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import functools
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

import pytest

from conftest import NOBODY, QUICK, ROOT
from trade_pdus import TRADER, Capture, Conversation, data, ping, wall_time

DOCTOR = ROOT / "tools" / "doctor.sh"
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="is about what root's Wireshark does")
# A plugin for a Wireshark that is not here.
STRANGER = """
#define EXPORT __attribute__((visibility("default")))
EXPORT const char plugin_version[] = "1.0.0";
EXPORT const int plugin_want_major = %s;
EXPORT const int plugin_want_minor = %s;
EXPORT void plugin_register(void) {}
"""


# Lists of ports with 2107 in them.
PORTS = ("2107,2108", "2108, 2107", "2100-2110", "80, 2100 - 2107", "2000-", "-3000")
# A script in the manner of Lua's tutorials: it takes the port for itself.
SCRIPT = """
local mine = Proto("mine", "A protocol of mine")
function mine.dissector(buffer, packet, tree)
    tree:add(mine, buffer())
    return buffer:len()
end
DissectorTable.get("tcp.port"):add(2107, mine)
"""


def copy_tshark(tree):
    """Copies the installed tshark into a tree where it finds the plugins for all users below
    that tree, for root too; returns the variables that run this one."""
    programs, libraries = tree / "usr" / "bin", tree / "libraries"
    programs.mkdir(parents=True)
    libraries.mkdir()
    tshark = shutil.copy(shutil.which("tshark"), programs)
    # From 4.2 on it looks beside itself, before where one of its libraries says.
    needed = subprocess.run(["ldd", tshark], capture_output=True, text=True, check=True).stdout
    library = pathlib.Path(re.search(r"=> (.*/libwsutil\.so\.\d+)", needed).group(1))
    (libraries / library.name).write_bytes(re.sub(
        rb"\0/[^\0]*/wireshark/plugins(?=\0)", functools.partial(put_path, tree / "plugins"),
        library.read_bytes()))
    return {"PATH": f"{programs}:{os.environ['PATH']}", "LD_LIBRARY_PATH": str(libraries), **QUICK}


def put_path(path, match):
    """Returns bytes of a binary, where one path stands in place of a longer one."""
    assert len(str(path)) < len(match.group())
    return (b"\0" + str(path).encode()).ljust(len(match.group()), b"\0")


class Patient:
    """A user with a home, and a doctor, in a tree of files with a tshark of its own."""

    def __init__(self, tshark, tree, everybody=""):
        self.version = tshark.version
        self.tree = tree
        self.home = tree / "home" / "me"
        self.plugin = pathlib.Path(tshark.installed)
        self.doctor = tree / "doctor.sh"
        self.users = [("me", os.geteuid() or NOBODY, "/home/me")]
        self.environment = {"HOME": str(self.home), **copy_tshark(tree)}
        shutil.copy(DOCTOR, self.doctor)
        (self.config / "profiles" / "Mine").mkdir(parents=True)
        tree.chmod(0o755)
        self.everybody = tree / everybody

    @property
    def config(self):
        return self.home / ".config" / "wireshark"

    @property
    def personal(self):
        return self.home / ".local" / "lib" / "wireshark" / "plugins" / self.version / "epan"

    def put(self, directory, plugin=None):
        """Puts a copy of the plugin there; returns its path."""
        directory.mkdir(parents=True, exist_ok=True)
        return pathlib.Path(shutil.copy(plugin or self.plugin, directory / "trade.so"))

    def write(self, name, text):
        path = self.config / name
        path.write_text(text)
        return path

    def find_everybody(self):
        """Asks tshark where below the tree it finds the plugins for all users."""
        folders = self._run("tshark", "-G", "folders").stdout
        place = pathlib.Path(re.search(r"Global Plugins:\s*(.*)", folders).group(1))
        return (place / "epan").relative_to(self.tree)

    def _run(self, *command, root=False):
        if os.geteuid() == 0 and not root:
            command = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups",
                       *command)
            for path in (self.home, *self.home.rglob("*")):
                os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
        return subprocess.run([str(word) for word in command], env=self.environment,
                              cwd=self.home, capture_output=True, text=True, timeout=60)

    def ask(self, *files, root=False):
        """Returns the doctor's status and what it says, of a capture where one is given."""
        (self.tree / "etc").mkdir(exist_ok=True)
        (self.tree / "etc" / "passwd").write_text("".join(
            f"{name}:x:{number}:{number}::{home}:/bin/sh\n" for name, number, home in self.users))
        done = self._run("sh", self.doctor, "--root", self.tree, *files, root=root)
        assert done.stderr == ""
        print(done.stdout)  # which pytest shows where a test fails
        return done.returncode, done.stdout

    def obey(self, text):
        """Types what the doctor says; it must then find nothing wrong. Returns what it says then."""
        for command in re.findall(r"type: (.*)", text):
            done = self._run("sh", "-c", command)
            assert done.returncode == 0, f"{command}: {done.stderr}"
        status, after = self.ask()
        assert status == 0 and "WRONG" not in after, after
        return after


@pytest.fixture(scope="module", name="everybody")
def fixture_everybody(tshark):
    """Where below its tree each patient's tshark finds the plugins for all users."""
    with tempfile.TemporaryDirectory(dir="/tmp") as tree:
        return Patient(tshark, pathlib.Path(tree)).find_everybody()


@pytest.fixture(name="patient")
def fixture_patient(tshark, everybody):
    # In /tmp: put_path() takes short ones only.
    with tempfile.TemporaryDirectory(dir="/tmp") as tree:
        yield Patient(tshark, pathlib.Path(tree), everybody)


def test_well(patient):
    """Also with what is odd, but in nobody's way: another copy, a script that fails, other ports
    besides TRADE's."""
    installed = patient.put(patient.personal)
    other = patient.put(patient.personal.parent)
    script = patient.home / ".local/lib/wireshark/plugins/mine.lua"
    script.write_text('error("of mine")\n')
    for n, ports in enumerate(PORTS):
        (patient.config / "profiles" / str(n)).mkdir()
        patient.write(f"profiles/{n}/preferences", f"trade.tcp.port: {ports}\n")
    status, text = patient.ask()
    assert status == 0
    assert f"ok     The plugin is loaded: {installed}" in text
    assert f"Wireshark {patient.version}" in text
    assert f"note   Wireshark does not look at this copy: {other}" in text
    assert "note   tshark says, when it starts:" in text
    assert "mine.lua:1: of mine" in text


def test_not_installed(patient):
    status, text = patient.ask()
    assert status == 1
    assert "WRONG  The plugin is not installed" in text
    assert str(patient.personal) in text
    assert "type: sh tools/run.sh" in text


MISPLACED = (
    "home/me/.local/lib/wireshark/plugins",
    "home/me/.local/lib/wireshark/plugins/epan",
    "home/me/.local/lib/wireshark/plugins/{minor}",
    "home/me/.local/lib/wireshark/plugins/{dashed}/epan",
    "home/me/.local/lib/wireshark/plugins/9.8/epan",
    "home/me/.config/wireshark/plugins",
    "home/me/.wireshark/plugins/a place",
    "usr/local/lib/wireshark/plugins/{minor}/epan",
    "usr/lib64/wireshark/plugins/{minor}/epan",
    "opt/wireshark-4.6/lib/wireshark/plugins/{minor}/epan",
)


def test_wrong_directories(patient):
    """Each copy is named, and what moves it to where it is looked for."""
    copies = [patient.put(patient.tree / place.format(
        minor=patient.version, dashed=patient.version.replace(".", "-"))) for place in MISPLACED]
    status, text = patient.ask()
    assert status == 1
    found = re.findall(rf"WRONG  Wireshark {patient.version} does not look here: (.*)\n"
                       rf"       It looks in {patient.everybody}\n"
                       rf"            and in {patient.personal}\n"
                       rf"       type: mkdir -p \S+ && mv (.*) {patient.personal}/trade.so\n", text)
    assert sorted(copy for copy, _ in found) == sorted(map(str, copies)), text
    assert all(moved.strip("'") == copy for copy, moved in found)
    # Who asks may move what is at home.
    patient.obey("\n".join(line for line in text.splitlines() if re.search(rf"mv '?{patient.home}", line)))


@pytest.mark.long
def test_after_an_upgrade(patient):
    """What is there, for which Wireshark, and what to type: not to move it. The package's copy, and
    one of the user's own."""
    copies = [patient.put(place.parent.parent / "4.2" / "epan")
              for place in (patient.everybody, patient.personal)]
    for copy in copies:
        ask_library(copy, rb"libwireshark\.so\.\d\d", b"libwireshark.so.17")
    status, text = patient.ask()
    assert status == 1
    for copy in copies:
        assert (f"WRONG  This plugin is for Wireshark 4.2, but this is Wireshark {patient.version}: "
                f"{copy}\n") in text
    assert (f"Install the package for Wireshark {patient.version} "
            f"(+wireshark{patient.version} in its name)") in text
    assert set(re.findall("type: (.*)", text)) == {"sh tools/run.sh"}
    patient.put(patient.personal)
    assert patient.ask()[0] == 0


@pytest.mark.long
def test_two_copies(patient):
    first = patient.put(patient.everybody)
    second = patient.put(patient.personal)
    status, text = patient.ask()
    assert status == 0
    assert f"The plugin is loaded: {first}" in text
    assert f"note   Not used, since another copy comes first: {second}" in text
    assert f"rm {second}" in text


@pytest.mark.long
def test_copy_for_another_version_besides_one_that_is_loaded(patient):
    patient.put(patient.everybody)
    stranger = patient.put(patient.personal)
    ask_library(stranger, rb"libwireshark\.so\.\d\d", b"libwireshark.so.17")
    status, text = patient.ask()
    assert status == 0
    assert f"note   Not used, since built for Wireshark 4.2: {stranger}" in text
    assert f"type: rm {stranger}\n" in text
    patient.obey(text)
    assert not stranger.exists()


@pytest.mark.long
def test_another_name(patient):
    copy = patient.put(patient.personal)
    copy = copy.rename(copy.with_name("libtrade.so"))
    status, text = patient.ask()
    assert status == 0
    assert f"ok     The plugin is loaded: {copy}" in text
    assert "not installed" not in text


@pytest.mark.long
def test_plugin_directory_elsewhere(patient):
    patient.environment["WIRESHARK_PLUGIN_DIR"] = "/nonexistent"
    copy = patient.put(patient.everybody)
    status, text = patient.ask()
    assert status == 1
    assert f"does not look here: {copy}" in text
    assert re.findall("type: (.*)", text) == ["unset WIRESHARK_PLUGIN_DIR"]
    del patient.environment["WIRESHARK_PLUGIN_DIR"]
    assert patient.ask()[0] == 0


def build_stranger(directory, major, minor):
    """Compiles a plugin that says which Wireshark it wants; returns its path."""
    source = directory / "stranger.c"
    source.write_text(STRANGER % (major, minor))
    plugin = directory / "stranger.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", plugin, source], check=True)
    return plugin


def test_other_version(patient, tmp_path):
    """By what Wireshark says of a copy. And a program for windows that is of another one."""
    copy = patient.put(patient.personal, build_stranger(tmp_path, 3, 6))
    wireshark = patient.tree / "usr" / "bin" / "wireshark"
    wireshark.write_text("#!/bin/sh\necho Wireshark 9.8.7.\n")
    wireshark.chmod(0o755)
    status, text = patient.ask()
    assert status == 1
    assert (f"WRONG  Built for Wireshark 3.6, but this is Wireshark {patient.version}: {copy}"
            in text)
    assert "Wireshark says: " in text
    assert f"Install the package for Wireshark {patient.version}" in text
    assert f"WRONG  wireshark is 9.8 but tshark {patient.version}: a plugin fits one of them." in text


def ask_library(plugin, old, new):
    """Makes a plugin ask for another library of a name as long as the old one."""
    binary = plugin.read_bytes()
    found = re.search(old, binary)
    assert found, f"{plugin} does not ask for {old}"
    assert len(found.group()) == len(new)
    plugin.write_bytes(binary.replace(found.group(), new))


@pytest.mark.long
def test_libraries(patient):
    """One that is missing, and one of another version's."""
    copy = patient.put(patient.everybody)
    ask_library(copy, rb"libglib-2\.0\.so\.0", b"libglob-2.0.so.0")
    newer = patient.put(patient.personal)
    ask_library(newer, rb"libwireshark\.so\.\d\d", b"libwireshark.so.17")
    status, text = patient.ask()
    assert status == 1
    assert f"WRONG  A library is missing (libglob-2.0.so.0) that the plugin needs: {copy}" in text
    assert "apt-file search libglob-2.0.so.0" in text
    assert f"WRONG  Built for Wireshark 4.2, but this is Wireshark {patient.version}: {newer}" in text
    for path, library in (copy, "libglob-2.0.so.0"), (newer, "libwireshark.so.17"):
        said = re.search(re.escape(str(path)) + r"(?:\n .*)*?\n +Wireshark says: (.*)", text)
        assert library in said.group(1)


@pytest.mark.long
def test_unreadable(patient):
    """And a link that points nowhere, which is in nobody's way once another copy is loaded."""
    copy = patient.put(patient.personal)
    copy.chmod(0)
    patient.everybody.mkdir(parents=True)
    link = patient.everybody / "trade.so"
    link.symlink_to("/nonexistent/trade.so")
    status, text = patient.ask()
    assert status == 1
    assert f"WRONG  You may not read the plugin: {copy}" in text
    assert f"WRONG  A link that points nowhere: {link}" in text
    assert "There is no /nonexistent/trade.so" in text
    assert f"type: rm {link}\n" in text
    assert f"chmod a+r {link}" not in text
    copy.chmod(0o644)
    status, text = patient.ask()
    assert status == 0
    assert f"note   A link that points nowhere: {link}" in text


@pytest.mark.long
def test_no_home(patient):
    patient.put(patient.everybody)
    del patient.environment["HOME"]
    status, text = patient.ask()
    assert status == 0
    assert "Nothing else is in the way" in text


@pytest.mark.long
@as_root
def test_root_and_the_directory_of_who_became_root(patient):
    patient.users.append(("joe", 4711, "/home/joe"))
    patient.environment["SUDO_USER"] = "joe"
    home = patient.tree / "home" / "joe"
    copy = patient.put(home / ".local" / "lib" / "wireshark" / "plugins" / patient.version / "epan")
    status, text = patient.ask(root=True)
    assert status == 1
    assert f"does not look here: {copy}" in text
    # What root loads must not stay joe's.
    assert re.findall("type: (.*)", text) == [
        f"install -D -m 644 {copy} {patient.everybody}/trade.so"]


@pytest.mark.long
@as_root
def test_root_and_personal_directory(patient):
    copy = patient.put(patient.personal)
    status, text = patient.ask(root=True)
    assert status == 1
    assert "You are root" in text
    assert f"WRONG  Personal plugins are ignored when root runs Wireshark: {copy}" in text
    assert f"type: install -D -m 644 {copy} {patient.everybody}/trade.so" in text


@pytest.mark.long
@as_root
def test_root_with_a_copy_for_all_users(patient):
    installed = patient.put(patient.everybody)
    copy = patient.put(patient.personal)
    status, text = patient.ask(root=True)
    assert status == 0
    assert f"ok     The plugin is loaded: {installed}" in text
    assert f"note   Not used by root: {copy}" in text


def cut(path, part):
    """Leaves so much of a file: bytes, a share, or all but so many bytes."""
    size = path.stat().st_size
    os.truncate(path, int(size * part) if isinstance(part, float) else part % size)


@pytest.mark.long
def test_cut_short_anywhere(patient):
    """However much is left."""
    copies = [patient.put(patient.home / ".local/lib/wireshark/plugins" / str(part))
              for part in (0, 63, 100, 4096, 0.2, 0.7, -1)]
    for copy in copies:
        cut(copy, float(copy.parent.name) if "." in copy.parent.name else int(copy.parent.name))
    status, text = patient.ask()
    assert status == 1
    found = re.findall("WRONG  The plugin's file is cut short, as a full disk leaves it: (.*)\n"
                       "       type: rm (.*)\n", text)
    assert sorted(found) == sorted((str(copy), str(copy)) for copy in copies)


@pytest.mark.parametrize("part", (0, 0.7, -1), ids=("not loaded", "ends tshark", "loaded"))
def test_cut_short(patient, part):
    """tshark does not load such a file, is ended by it, or does not mind what is missing."""
    copy = patient.put(patient.personal)
    cut(copy, part)
    status, text = patient.ask()
    assert status == 1
    assert f"WRONG  The plugin's file is cut short, as a full disk leaves it: {copy}" in text
    assert re.findall("type: (.*)", text)[0] == f"rm {copy}"


@pytest.mark.long
def test_cut_short_besides_one_that_is_whole(patient):
    """It is named, and it alone."""
    patient.put(patient.home / ".local/lib/wireshark/plugins/9.8/epan")
    copy = patient.put(patient.personal)
    os.truncate(copy, 4096)
    status, text = patient.ask()
    assert status == 1
    assert re.findall("rm (.*)", text) == [str(copy)]


@pytest.mark.long
def test_two_names(patient):
    """Or more. Then tshark does not start."""
    copy = patient.put(patient.personal)
    others = [shutil.copy(copy, copy.with_name(name)) for name in ("libtrade.so", "trade-old.so")]
    status, text = patient.ask()
    assert status == 1
    assert "WRONG  The plugin is there twice, by two names. Keep one of these:" in text
    assert sorted(re.findall("type: (.*)", text)) == sorted(f"rm {path}" for path in (copy, *others))


@pytest.mark.long
def test_what_is_for_all_users(patient):
    """A protocol is disabled for all, and the user's profile is of an older version."""
    patient.put(patient.personal)
    patient.environment["WIRESHARK_DATA_DIR"] = str(patient.home)
    disabled = patient.home / "disabled_protos"
    disabled.write_text("trade\n")
    shared = patient.home / "profiles" / "TRADE" / "preferences"
    shared.parent.mkdir(parents=True)
    shared.write_text('gui.column.format:\n\t"Connection", "%Cus:trade.connection:0:R"\n')
    (patient.config / "profiles" / "TRADE").mkdir(parents=True)
    path = patient.write("profiles/TRADE/preferences", "gui.column.format:\n")
    status, text = patient.ask()
    assert status == 1
    assert f"WRONG  The protocol TRADE is disabled for all users, by {disabled}" in text
    assert "it has no columns of trade.connection." in text
    assert "has no columns" not in patient.obey(text)
    assert not path.exists()


def test_scripts_that_take_the_port(patient):
    patient.put(patient.personal)
    path = patient.home / ".local/lib/wireshark/plugins/mine.lua"
    path.write_text(SCRIPT)
    init = patient.write("init.lua", SCRIPT.replace("mine", "other"))
    status, text = patient.ask()
    assert status == 1
    assert re.search("WRONG  Port 2107 is dissected as eth:ethertype:ip:tcp:(mine|other), not as TRADE",
                     text)
    for script in (path, init):
        assert f"This Lua script takes port 2107, or mentions it: {script}" in text
    assert "is dissected as TRADE." not in text
    assert re.findall("type: (.*)", text) == [f"mv {path} {path}.off"]
    init.unlink()
    patient.obey(text)


@pytest.mark.long
def test_script_that_takes_a_port_it_does_not_name(patient):
    patient.put(patient.personal)
    path = patient.home / ".local/lib/wireshark/plugins/below/mine.lua"
    path.parent.mkdir(parents=True)
    path.write_text(SCRIPT.replace("2107", "2100 + 7"))
    other = path.with_name("other.lua")
    other.write_text('-- not Proto("mine", "")\nlocal port = 21070\n')
    status, text = patient.ask()
    assert status == 1
    assert f"This Lua script takes port 2107, or mentions it: {path}" in text
    assert str(other) not in text
    patient.obey(text)


@pytest.mark.long
def test_port_taken_by_something_unknown(patient):
    patient.put(patient.personal)
    path = patient.home / ".local/lib/wireshark/plugins/mine.lua"
    path.write_text(SCRIPT.replace("2107", "2100 + 7").replace('Proto("mine"', 'Proto("mi" .. "ne"'))
    status, text = patient.ask()
    assert status == 1
    assert "WRONG  Port 2107 is dissected as eth:ethertype:ip:tcp:mine" in text
    assert "Look at Analyze > Enabled Protocols" in text


SAME = ('Proto("trade",', "Proto.new('TRADE',", 'Proto("tra" .. "de",')


def test_scripts_of_the_same_protocol(patient):
    """As the talk's is: each prints an error at each start."""
    patient.put(patient.personal)
    scripts = [patient.home / f".local/lib/wireshark/plugins/{n}.lua" for n in range(len(SAME))]
    for script, call in zip(scripts, SAME):
        script.write_text(SCRIPT.replace('Proto("mine",', call))
    status, text = patient.ask()
    assert status == 1
    for script in scripts:
        assert ('WRONG  This Lua script makes a protocol "trade", as the plugin does, and fails: '
                f"{script}") in text
        assert f"type: mv {script} {script}.off" in text
    patient.obey(text)


@pytest.mark.long
def test_init_script_of_the_same_protocol(patient):
    """By what tshark says of it."""
    patient.put(patient.personal)
    path = patient.write("init.lua", SCRIPT.replace('Proto("mine",', SAME[2]))
    status, text = patient.ask()
    assert status == 1
    assert ('WRONG  This Lua script makes a protocol "trade", as the plugin does, and fails: '
            f"{path}") in text


def test_settings_of_each_profile(patient):
    """Protocols disabled: TRADE, and those below it. Another port, by preference, or decoded as
    another protocol. In one of them, the search is switched off."""
    patient.put(patient.personal)
    disabled = patient.write("disabled_protos", "smb\nip\ntcp\ntrade\ntcpros\n")
    mine = patient.write("profiles/Mine/disabled_protos", "smb\ntrade \n")
    paths = {name: [patient.write(f"{where}{file}", text) for file, text in (
        ("preferences", "trade.tcp.port: 2108,2110-2112\n"),
        ("decode_as_entries", "decode_as_entry: tcp.port,2107,TRADE,HTTP\n"))]
        for where, name in (("", "Default"), ("profiles/Mine/", "Mine"))}
    patient.write("profiles/Mine/heuristic_protos", "trade_tcp,0\n")
    status, text = patient.ask()
    assert status == 1
    for name in ("IP", "TCP", "TRADE"):
        assert f"WRONG  The protocol {name} is disabled in the profile Default, by {disabled}" in text
    assert f"WRONG  The protocol TRADE is disabled in the profile Mine, by {mine}" in text
    by_content = {"Default": "TRADE is recognised there only by what it looks like.",
                  "Mine": "TRADE is not recognised there, for heuristic_protos has its search"}
    for name, (preferences, entries) in paths.items():
        assert (f"WRONG  TRADE's port is 2108,2110-2112, not 2107, in the profile {name}, "
                f"by {preferences}\n       {by_content[name]}") in text
        assert f"WRONG  Port 2107 is decoded as HTTP in the profile {name}, by {entries}" in text
    patient.obey(text)
    assert (disabled.read_text(), mine.read_text()) == ("smb\ntcpros\n", "smb\n")


@pytest.mark.parametrize("ports", PORTS)
def test_ports_are_read_as_tshark_reads_them(tshark, ports):
    """By its port, TRADE is found even where its search is switched off."""
    capture = Capture()
    Conversation(capture, port=2107).module(ping(TRADER))
    assert tshark.infos(tshark.save(capture), "-o", f"trade.tcp.port:{ports}",
                        "--disable-heuristic", "trade_tcp")


def make_gap(capture, port):
    """A connection where bytes are missing before three segments of TRADE's."""
    talk = Conversation(capture, 5000, port=port).handshake()
    talk.module(data(TRADER, 2405, b"x")).skip("module", 10)
    for second in range(3):
        talk.module(data(TRADER, 2405, b"x") + ping(TRADER), at=wall_time(f"12:00:0{second + 1}.0"))
    return capture


def test_capture(patient, tshark):
    """Bytes that are missing are no fault of Wireshark's; TRADE on another port is not dissected."""
    patient.put(patient.personal)
    path = tshark.save(make_gap(Capture("12:00:00.000000"), 2107))
    _, text = patient.ask(path)
    assert "WRONG" not in text and "PDUs have trade.gap" in text
    patient.write("preferences", "tcp.reassemble_out_of_order: TRUE\n")
    capture = make_gap(Capture("12:00:00.000000"), 2107)
    talk = Conversation(capture, 5001, port=9999).handshake()
    for second in range(3):
        talk.module(data(TRADER, 2405, b"x") + ping(TRADER), at=wall_time(f"12:00:1{second}.0"))
    _, text = patient.ask(tshark.save(capture))
    assert "TCP holds bytes back in 3 frames" in text
    assert "3 frames that may be TRADE's are dissected as " in text
    assert "PDUs have trade.gap" not in text


@pytest.mark.long
def test_no_capture(patient):
    patient.put(patient.personal)
    status, text = patient.ask("nowhere.pcap")
    assert status == 1 and "WRONG  tshark cannot read nowhere.pcap" in text


def test_no_tshark(patient):
    done = subprocess.run(["/bin/sh", DOCTOR], env={"PATH": "/nowhere"}, capture_output=True,
                          text=True, timeout=60)
    assert done.returncode == 2
    assert "apt-get install tshark" in done.stdout
