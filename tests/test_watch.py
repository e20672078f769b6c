# test_watch.py
# Does trade-watch say what goes wrong, once, before a module gives up, and go on whatever ends
# tshark or fills the disk?
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import asyncio
import datetime
import json
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest

from conftest import NOBODY, ROOT
from live import scenarios
from test_incidents import play

sys.path.insert(0, str(ROOT / "tools"))

from watch.judge import NAMES, Judge, Snapshot  # noqa: E402

# How long anything may take that takes a moment: bounds the run, asserts nothing.
PATIENCE = 30
INTERVAL = 3  # seconds between the Pings of what is captured live


@pytest.fixture(scope="module", name="tool")
def fixture_tool(tshark):
    """trade-watch and trade-report, where tshark's user may read them."""
    if not os.path.isdir("/dev/fd"):
        pytest.skip("there is no /dev/fd, since /proc is not mounted")
    directory = tshark.make_directory()
    for name in ("trade-watch", "trade-report"):
        shutil.copy(ROOT / "tools" / name, directory)
    for name in ("watch", "report"):
        shutil.copytree(ROOT / "tools" / name, directory / name,
                        ignore=shutil.ignore_patterns("__pycache__"))
    subprocess.run(["chmod", "-R", "a+rX", directory], check=True)
    return directory / "trade-watch"


@pytest.fixture(name="home")
def fixture_home(tshark):
    """A directory of tshark's user's own."""
    directory = tshark.make_directory()
    if os.geteuid() == 0:
        os.chown(directory, NOBODY, NOBODY)
    return directory


def get_command(tshark, tool, *options, may_capture=False):
    """Returns how trade-watch is called, and its environment."""
    get = tshark.get_command if may_capture else tshark.get_tool
    command, environment = get("/usr/bin/python3")
    if may_capture and os.geteuid() == 0:
        command[-1:-1] = ["--inh-caps=+net_raw", "--ambient-caps=+net_raw"]
    return [*command, tool, *map(str, options)], environment


def watch(tshark, tool, home, *options):
    """Runs trade-watch to its end; returns its lines and what it says."""
    command, environment = get_command(tshark, tool, *options)
    done = subprocess.run(command, env=environment, cwd=home, capture_output=True, text=True,
                          timeout=120)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def split(tshark, path, frames):
    """Returns the files of a capture that is cut as a ring cuts it."""
    directory = tshark.make_directory()
    subprocess.run(["editcap", "-c", str(frames), path, directory / "part.pcapng"], check=True)
    subprocess.run(["chmod", "-R", "a+rX", directory], check=True)
    return sorted(directory.iterdir())


def summarize(lines):
    """Returns what was told: event, time, until, verdict and place of each line."""
    return [(line["event"], line["time"], line["until"], line["verdict"], line["where"])
            for line in lines]


# ---- -z trade,live ----


def read_rows(tshark, capture, *options):
    """Returns the rows of a capture's incident, without the names of columns."""
    path = tshark.make_directory() / "rows"
    path.parent.chmod(0o777)
    tshark.run("-q", "-r", capture, "-z", "trade,incidents", *options, "-z",
               f"trade,rows,{path}")
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
    return [row for row in rows if row[:2] != ["incidents", "incident"]]


def test_statistics_of_a_run_that_goes_on(tshark, captures):
    """The verdict is there 85 s before the RST, and lasts until then."""
    rows = read_rows(tshark, captures["incident"], "-z", "trade,live,1")
    ends = [number for number, row in enumerate(rows) if row[0] == "end"]
    first = next(number for number, row in enumerate(rows) if row[0] == "incidents")
    assert rows[first][2:4] + rows[first][5:6] == ["peer-not-reading", "multiplexer", "-"]
    when = int(next(row for row in rows[first:] if row[0] == "end")[2])
    assert when == 1401953447261000000
    assert [row for row in rows if row[0] == "incidents"][-1][5] == "2014-06-05 07:32:12"
    assert len(ends) > 30 and rows[-1][0] == "end"


def test_statistics_at_the_end_only(tshark, captures):
    assert [len(row) for row in read_rows(tshark, captures["incident"]) if row[0] == "end"] == [2]


@pytest.mark.parametrize("seconds", ("", ",0", ",x"))
def test_seconds_are_a_number(tshark, captures, seconds):
    """From 4.6 on, tshark then ends."""
    command, environment = tshark.get_command("tshark")
    done = subprocess.run([*command, "-q", "-r", captures["incident"], "-z",
                           f"trade,live{seconds}"],
                          env=environment, capture_output=True, text=True, timeout=60)
    assert "-z trade,live,SECONDS takes a number of seconds from 1 on." in done.stderr


# ---- Captures that are there ----


def test_incident(tshark, tool, home, captures):
    """It begins and ends, with the frames and the files of its time."""
    metrics = home / "trade.prom"
    lines, said = watch(tshark, tool, home, "--read", captures["incident"], "--metrics", metrics)
    assert summarize(lines) == [
        ("begin", "2014-06-05T07:30:17Z", None, "peer-not-reading", "multiplexer"),
        ("end", "2014-06-05T07:30:17Z", "2014-06-05T07:32:12Z", "peer-not-reading", "multiplexer")]
    for line in lines:
        assert line["connection"] == "Trader 10.0.0.1:1195 - 192.168.0.1:2107"
        assert line["frame"] == {"file": str(captures["incident"]), "number": 679}
        assert line["files"] == [str(captures["incident"])]
        assert line["cause"].startswith("Multiplexer's window was 0 for ")
    assert said == ""
    values = dict(re.findall(r"^(trade_watch_[^ ]+) (.+)$", metrics.read_text(), re.M))
    assert values['trade_watch_connections{verdict="ok"}'] == "11"
    assert values["trade_watch_incidents_total"] == "1"
    assert values["trade_watch_open_incidents"] == "0"
    assert values["trade_watch_frames_total"] == "1258"
    assert values["trade_watch_response_seconds_count"] == "300"
    assert values['trade_watch_response_seconds_bucket{le="0.5"}'] == "299"
    assert metrics.read_text().endswith("# EOF\n")


def test_frames_of_several_files(tshark, tool, home, captures):
    """A frame is named by its file, and its number there."""
    parts = split(tshark, captures["incident"], 500)
    lines, _ = watch(tshark, tool, home, "--read", *parts)
    assert [line["frame"] for line in lines] == 2 * [{"file": str(parts[1]), "number": 179}]
    assert lines[1]["files"] == [str(part) for part in parts]


TROUBLE = [{}, {"stopped": range(20, 24)}, {"unanswered": range(45, 50)},
           {"stopped": range(70, 75)}, {"module": "10.0.0.2", "stopped": range(73, 77)}]


@pytest.mark.parametrize("restart", (200, 300000))
def test_seams(tshark, tool, home, restart):
    """One tshark after another finds each once, by its module's name."""
    parts = split(tshark, tshark.save(play(TROUBLE, pings=100)), 100)
    metrics = home / "trade.prom"
    lines, said = watch(tshark, tool, home, "--read", *parts, "--restart", restart, "--metrics",
                        metrics)
    assert said == ""
    values = dict(re.findall(r"^(trade_watch_[^ ]+) (.+)$", metrics.read_text(), re.M))
    assert int(values["trade_watch_restarts_total"]) > 3
    assert values["trade_watch_response_seconds_count"] == str(5 * 100 - 4 - 5 - 5 - 4)
    assert values["trade_watch_frames_total"] == "989"  # all, each once
    told = {}
    for line in lines:
        told.setdefault(line["incident"], []).append(line)
    for events in told.values():
        assert [events[0]["event"], events[-1]["event"]] == ["begin", "end"]
        assert {event["event"] for event in events[1:-1]} <= {"change"}
    assert [(events[-1]["connection"].split(" ")[0], events[-1]["verdict"], events[-1]["time"],
             events[-1]["until"]) for events in told.values() if events[-1]["incident"] != 2] == [
        ("Module1", "ping-missing", "2014-06-05T08:09:30Z", "2014-06-05T08:12:00Z"),
        ("Module3", "ping-missing", "2014-06-05T08:34:30Z", "2014-06-05T08:37:30Z"),
        ("Module4", "ping-missing", "2014-06-05T08:36:00Z", "2014-06-05T08:38:30Z")]
    # No Pong tells when these were over.
    last = told[2][-1]
    assert (last["connection"].split(" ")[0], last["verdict"], last["time"]) == (
        "Module2", "ping-unanswered", "2014-06-05T08:22:30Z")
    assert "2014-06-05T08:25:00Z" < last["until"] < "2014-06-05T08:41:00Z"
    assert len(told) == 4


def test_again_and_again(tshark, tool, home):
    """What comes back soon is not told again, but summed up; later, it is a new one."""
    capture = play([{}, {"stopped": {20, 21, 26, 27, 32, 33, 62, 63}}], pings=90)
    lines, _ = watch(tshark, tool, home, "--read", tshark.save(capture))
    told = [(line["event"], line["incident"], line["times"]) for line in lines
            if line["event"] != "change"]
    assert told == [("begin", 1, 1), ("end", 1, 1), ("summary", 1, 3), ("begin", 2, 1),
                    ("end", 2, 1)]


def test_a_broken_file(tshark, tool, home, captures):
    """Is said, and those after it are read."""
    broken = home / "broken.pcapng"
    broken.write_bytes(b"\x0a\x0d\x0d\x0a" + 100 * b"x")
    lines, said = watch(tshark, tool, home, "--read", broken, captures["incident"])
    assert [line["event"] for line in lines] == ["begin", "end"]
    assert said.count(f"{broken} is no pcapng") == 1


def test_a_command(tshark, tool, home, captures):
    """Gets each line; that it fails is said."""
    lines, said = watch(tshark, tool, home, "--read", captures["incident"],
                        "--exec", "cat >>told; exit 3")
    assert [json.loads(line) for line in (home / "told").read_text().splitlines()] == lines
    assert said.count("cat >>told; exit 3 failed (status 3)") == 2


# ---- A week ----

WEEK = 7 * 24 * 120  # Pings
OUTAGES = 28         # in a week, each of one of four modules


def make_week():
    """Returns a capture of a week, and what of it is to be told: from when, until when, of whom."""
    chance = random.Random(7)
    connections, outages = [{"stopped": set()} for _ in range(4)], []
    for n in range(OUTAGES):
        first = 3 + int((n + 0.8 * chance.random()) * WEEK / OUTAGES)
        module, size = chance.randrange(4), chance.randrange(4, 9)
        connections[module]["stopped"].update(range(first, first + size))
        # From its last Ping before to its next.
        outages.append((write_turn(first - 1), write_turn(first + size), f"Module{module}"))
    return play(connections, pings=WEEK), sorted(outages)


def write_turn(turn):
    """Returns the time of the modules' Pings of a turn."""
    when = datetime.datetime(2014, 6, 5, 8) + datetime.timedelta(seconds=30 * turn)
    return f"{when.isoformat()}Z"


def read_memory(process):
    """Returns what a process has in memory, in kB; 0: there is none."""
    try:
        status = pathlib.Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0
    return int((re.search(r"VmRSS:\s*(\d+)", status) or [0, 0])[1])


@pytest.mark.long
def test_a_week(tshark, tool, home):
    """As fast as it goes: each outage is told once, also at the seams of 400 files and of each
    tshark with the next, and memory does not grow."""
    capture, outages = make_week()
    parts = split(tshark, tshark.save(capture), 400)
    metrics = home / "trade.prom"
    command, environment = get_command(tshark, tool, "--read", *parts, "--restart", 5000,
                                       "--metrics", metrics)
    week = LiveWatch(command, environment, home)
    own, others = [], []
    while week.process.poll() is None:
        own.append(read_memory(week.process.pid))
        others.append(read_memory(week.find_child("tshark")))
        time.sleep(0.2)
    week.stop()
    assert week.process.returncode == 0 and week.said == []
    values = dict(re.findall(r"^(trade_watch_[^ ]+) (.+)$", metrics.read_text(), re.M))
    assert int(values["trade_watch_restarts_total"]) > 30
    assert values["trade_watch_frames_total"] == str(len(capture.frames))
    told = {}
    for event in week.get_events():
        told.setdefault(event["incident"], []).append(event)
    for events in told.values():
        assert [event["event"] for event in events if event["event"] != "change"] == [
            "begin", "end"]
    assert sorted((events[-1]["time"], events[-1]["until"], events[-1]["connection"].split(" ")[0])
                  for events in told.values()) == outages
    # Python takes its time to have all that it needs.
    parts = [own[len(own) * n // 10] for n in range(1, 10)] + [own[-2]]
    third = len(others) // 3
    before, after = max(others[:third]), max(others[2 * third:])
    print(f"kB at each tenth: {parts}; tshark, in the first third and the last: {before}, {after}")
    assert parts[-1] < min(parts[0] + 6000, parts[3] + 2000)
    assert after < 1.5 * before


def test_names_are_bounded():
    """Those of the connections that were there last are kept."""
    judge = Judge.__new__(Judge)
    judge.names = {}

    def show(number, module):
        row = {"module_endpoint": f"10.0.0.1:{number}", "multiplexer_endpoint": "192.168.0.1:2107",
               "module": module, "cause": f"{module} did not ping", "stream": "0"}
        judge._name_modules(Snapshot(0, {"0": row}, [], [], None))
        return row["module"], row["cause"]

    for number in range(NAMES + 1):
        show(number, f"Module{number}")
        show(1, "Unknown (1)")
    assert len(judge.names) == NAMES
    assert show(0, "Unknown (0)") == ("Unknown (0)", "Unknown (0) did not ping")
    assert show(1, "Unknown (10.0.0.1:1)") == ("Module1", "Module1 did not ping")
    assert show(NAMES, "Unknown (9)") == (f"Module{NAMES}", f"Module{NAMES} did not ping")


# ---- Where it is told ----


def test_syslog(tshark, tool, home, captures):
    """Gets each line, what begins as a warning."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as log:
        log.bind(str(home / "log"))
        log.settimeout(PATIENCE)
        (home / "log").chmod(0o666)
        lines, said = watch(tshark, tool, home, "--read", captures["incident"], "--syslog",
                            home / "log")
        told = [log.recv(100000).decode() for _ in lines]
        log.setblocking(False)
        with pytest.raises(BlockingIOError):
            log.recv(1)
    assert said == "" and len(lines) == 2
    # daemon.warning, daemon.notice
    for line, text, level in zip(lines, told, (28, 29)):
        head, _, rest = text.partition(": ")
        assert re.fullmatch(
            rf"<{level}>[A-Z][a-z]{{2}} [ 0-9]\d [0-9:]{{8}} trade-watch\[\d+\]", head)
        assert json.loads(rest) == line


def test_no_syslog(tshark, tool, home, captures):
    """Is said, once; the watch goes on."""
    lines, said = watch(tshark, tool, home, "--read", captures["incident"], "--syslog", "none")
    assert [line["event"] for line in lines] == ["begin", "end"]
    assert said.count("syslog (none) takes nothing: No such file or directory") == 1


def test_files_are_kept(tshark, tool, home, captures):
    """With a report."""
    lines, said = watch(tshark, tool, home, "--read", captures["incident"], "--keep", "kept")
    directory = home / "kept" / "20140605T073017Z-1"
    assert {line["kept"] for line in lines} == {"kept/20140605T073017Z-1"}
    assert {path.name for path in directory.iterdir()} == {"incident.pcapng", "report.html"}
    assert (directory / "incident.pcapng").read_bytes() == captures["incident"].read_bytes()
    assert "peer-not-reading" in (directory / "report.html").read_text(encoding="utf-8")


@pytest.fixture(name="small_disk")
def fixture_small_disk(home):
    """A directory on a disk of half a megabyte."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount")
    directory = home / "disk"
    directory.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size=512k,uid={NOBODY}", "tmpfs",
                           directory], capture_output=True, text=True)
    if made.returncode:
        pytest.skip(f"this machine does not let root mount: {made.stderr.strip()}")
    yield directory
    subprocess.run(["umount", "--lazy", directory], check=True)


def test_a_full_disk(tshark, tool, home, captures, small_disk):
    """Neither files that would fill it nor figures end the watch."""
    (small_disk / "filler").write_bytes(bytes(500000))
    (small_disk / "more").write_bytes(bytes(8000))
    lines, said = watch(tshark, tool, home, "--read", captures["incident"], "--keep",
                        small_disk / "kept", "--metrics", small_disk / "trade.prom")
    assert [line["event"] for line in lines] == ["begin", "end"]
    assert {line["kept"] for line in lines} == {None}
    assert said.count("lacks files of the ring: they would fill the disk") == 2


def test_reading_is_ended(tshark, tool, home):
    """By a signal, without what was not read yet."""
    capture = play([{}, {}, {}, {}], pings=4000)
    path, metrics = tshark.save(capture), home / "trade.prom"
    command, environment = get_command(tshark, tool, "--read", path, "--metrics", metrics)
    reading = LiveWatch(command, environment, home)
    asyncio.run(reading.wait_for(lambda: reading.find_child("tshark")))
    reading.stop()
    assert reading.process.returncode == 0 and reading.said == []
    frames = re.search(r"^trade_watch_frames_total (\d+)$", metrics.read_text(), re.M)
    assert int(frames[1]) < len(capture.frames)


@pytest.mark.parametrize("options, said", (
    (("--read", "there-is-none.pcapng"), "there-is-none.pcapng cannot be read."),
    (("--ring", "1x1MB", "-i", "lo"), "1x1MB is no ring of two files or more: 20x100MB"),
    ((), "one of the arguments -i --read is required")))
def test_wrong_options(tshark, tool, home, options, said):
    command, environment = get_command(tshark, tool, *options)
    done = subprocess.run(command, env=environment, cwd=home, capture_output=True, text=True,
                          timeout=60)
    assert done.returncode in (1, 2) and said in done.stderr


def test_no_plugin(tshark, tool, home, captures):
    """Is said, not tried again and again."""
    command, environment = get_command(tshark, tool, "--read", captures["incident"])
    environment["WIRESHARK_PLUGIN_DIR"] = str(home)
    done = subprocess.run(command, env=environment, cwd=home, capture_output=True, text=True,
                          timeout=60)
    assert done.returncode == 1
    assert "tshark does not load the TRADE plugin" in done.stderr


def test_dumpcap_is_for_others(tshark, tool, home):
    """As after "dpkg-reconfigure wireshark-common": it is there, so installing would not help."""
    command, environment = get_command(tshark, tool, "-i", "lo")
    for name in ("setpriv", "tshark", "env"):
        (home / name).symlink_to(shutil.which(name))
    (home / "dumpcap").touch(0o640)
    environment["PATH"] = str(home)
    done = subprocess.run(command, env=environment, cwd=home, capture_output=True, text=True,
                          timeout=60)
    group = (home / "dumpcap").group()
    assert done.returncode == 1
    assert done.stderr == (f"trade-watch: {home}/dumpcap is not for this user, but for the group "
                           f"{group}\n")


# ---- Live ----


class LiveWatch:
    """trade-watch on loopback, and what it has written so far."""

    def __init__(self, command, environment, directory):
        self.lines, self.said = [], []
        self.process = subprocess.Popen(command, env=environment, cwd=directory, text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.readers = [threading.Thread(target=take.extend, args=(stream,)) for take, stream in
                        ((self.lines, self.process.stdout), (self.said, self.process.stderr))]
        for reader in self.readers:
            reader.start()

    def find_child(self, name):
        """Returns the process of a program that it runs; None: it runs none."""
        found = subprocess.run(["pgrep", "-x", "-P", str(self.process.pid), name],
                               capture_output=True, text=True)
        return int(found.stdout) if found.stdout.strip() else None

    def has_said(self, text):
        return any(text in line for line in self.said)

    async def wait_for(self, what):
        """Waits until something is so; fails where it takes too long."""
        end = time.monotonic() + PATIENCE
        while not what():
            assert time.monotonic() < end, "".join(self.lines + self.said)
            assert self.process.poll() is None, "".join(self.said)
            await asyncio.sleep(0.05)

    def get_events(self):
        return [json.loads(line) for line in self.lines]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(PATIENCE)
        finally:
            self.process.kill()
        for reader in self.readers:
            reader.join()


@pytest.fixture(name="start")
def fixture_start(tshark, tool, home, right_to_capture):
    """Starts trade-watch on loopback."""
    started = []

    def begin(port, *options):
        command, environment = get_command(
            tshark, tool, "-i", "lo", "-f", f"tcp port {port}", "--set", f"trade.tcp.port:{port}",
            "--interval", INTERVAL, *options, may_capture=True)
        started.append(LiveWatch(command, environment, home))
        return started[0]

    yield begin
    for one in started:
        if one.process.poll() is None:
            one.stop()


async def wait_for_begin(live, home):
    """Waits until dumpcap captures."""
    await live.wait_for(lambda: live.find_child("dumpcap") and any(
        path.stat().st_size for path in (home / "trade-watch").glob("*.pcapng")))
    await asyncio.sleep(0.5)


def test_live(start, home):
    """The Multiplexer stops reading from Trader. It is told while Trader's connection is up, once;
    and by another tshark, for the first was killed."""
    live = None

    async def run():
        nonlocal live

        async def started(port):
            nonlocal live
            live = start(port, "--ring", "4x1MB", "--keep", "kept", "--metrics", "trade.prom")
            await wait_for_begin(live, home)

        async with scenarios.installation(INTERVAL, started, scenarios.RECEIVE_BUFFER) as (
                multiplexer, _, trader, _):
            client = await multiplexer.open_client("XXXXXX0011", "194.134.005.011", "Trader")
            await scenarios.until(lambda: trader.pongs >= 2)
            os.kill(live.find_child("tshark"), signal.SIGKILL)
            await live.wait_for(lambda: live.has_said("tshark judges no more: it ended (SIGKILL)"))
            multiplexer.stop_reading("Trader")
            for _ in range(scenarios.FLOOD):
                trader.send_data(client.conn_id, bytes(scenarios.PAYLOAD))
            await live.wait_for(lambda: live.lines or trader.gave_up.is_set())
            assert live.lines and not trader.gave_up.is_set(), "".join(live.said)
            await trader.gave_up.wait()
            await live.wait_for(lambda: len(live.lines) > 1)

    asyncio.run(asyncio.wait_for(run(), 4 * PATIENCE))
    live.stop()
    assert live.process.returncode == 0, "".join(live.said)
    events = [event for event in live.get_events() if event["verdict"] == "peer-not-reading"]
    assert [event["event"] for event in events] == ["begin", "end"], "".join(live.lines)
    assert {event["where"] for event in events} == {"multiplexer"}
    assert all(re.match(r"Trader 127\.0\.0\.1:\d+ - 127\.0\.0\.1:\d+$", event["connection"])
               for event in events)
    assert re.search(r'^trade_watch_incidents_total{interface="lo"} [1-9]',
                     (home / "trade.prom").read_text(), re.M)
    kept = home / events[-1]["kept"]
    assert {pathlib.Path(path).name for path in events[-1]["files"]} <= {
        path.name for path in kept.iterdir()}
    assert "peer-not-reading" in (kept / "report.html").read_text(encoding="utf-8")


def test_a_ring_that_fills_the_disk(start, home, small_disk):
    """Capturing begins again, with what room there is."""
    (small_disk / "filler").write_bytes(bytes(300000))
    live = None

    async def run():
        nonlocal live

        async def started(port):
            nonlocal live
            live = start(port, "--ring", "9x100kB", "--dir", small_disk)
            await live.wait_for(lambda: list(small_disk.glob("*.pcapng")))
            await asyncio.sleep(1)

        async with scenarios.installation(INTERVAL, started) as (multiplexer, _, trader, _):
            client = await multiplexer.open_client("XXXXXX0011", "194.134.005.011", "Trader")

            def is_said():
                trader.send_data(client.conn_id, bytes(scenarios.PAYLOAD))
                return live.has_said("the disk is full")
            await live.wait_for(is_said)
            (small_disk / "filler").unlink()
            before = set(small_disk.glob("*.pcapng"))
            await live.wait_for(lambda: set(small_disk.glob("*.pcapng")) - before)

    asyncio.run(asyncio.wait_for(run(), 4 * PATIENCE))
    live.stop()
    assert live.process.returncode == 0, "".join(live.said)
    assert live.has_said("dumpcap ended (")
