# test_memory.py
# Do statistics survive that Wireshark frees what it remembers of a capture file? tshark does so
# in mid-run with -M and when a live capture begins its next file, sharkd (as the windows do) with
# each file that it loads.
#
# Freed memory is overwritten here at once, so that whoever reads it is found out.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import json
import signal
import socket
import subprocess
import time

import pytest

from conftest import capture_loopback
from ready import Ready
from trade_pdus import control

# How long anything may take that takes a moment, in seconds: bounds the run, asserts nothing.
PATIENCE = 10

PERTURBED = {"WIRESHARK_DEBUG_WMEM_OVERRIDE": "simple", "MALLOC_PERTURB_": "165"}
STATISTICS = ["trade,health", "trade,incidents", "trade,clients", "trade,tree", "trade,srt",
              "conv,trade", "endpoints,trade", "follow,trade,ascii,0", "expert"]


@pytest.fixture(name="perturbed", autouse=True)
def fixture_perturbed(monkeypatch):
    """Has the environment of what is started overwrite freed memory."""
    for name, value in PERTURBED.items():
        monkeypatch.setenv(name, value)


def get_command(tshark, program):
    """Returns how a program is called with the plugin, and its environment."""
    command, environment = tshark.get_command(program)
    return command, {**environment, "GLIBC_TUNABLES": "", **PERTURBED}


def start(tshark, command, **options):
    """Starts a program as an ordinary user, with the plugin."""
    (*user, program), environment = get_command(tshark, command[0])
    return subprocess.Popen([*user, program, *map(str, command[1:])], env=environment,
                            cwd=tshark.directory, text=True, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, **options)


def run(tshark, *command):
    """Runs tshark, which must succeed; returns what it prints."""
    process = start(tshark, ("tshark", *command))
    said, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    return said


@pytest.fixture(scope="module", name="run_ready")
def fixture_run_ready(tshark):
    """As run(tshark, "tshark", ...), but for the end, where all memory is freed."""
    if not tshark.ready:
        yield lambda *args: run(tshark, "tshark", *args)
        return
    ready = Ready(*get_command(tshark, "tshark"), tshark.directory)

    def run_ready(*args):
        done = ready.run([str(arg) for arg in args], "UTC", True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    yield run_ready
    ready.close()


def get_rows(text):
    return [line for line in text.splitlines() if line[:1].isdigit()]


def split(tshark, path, size):
    """Cuts a capture into parts of so many frames; returns their paths, in order."""
    directory = tshark.make_directory()
    subprocess.run(["editcap", "-c", str(size), path, directory / "part.pcapng"], check=True)
    return sorted(directory.iterdir())


# A large capture takes a fresh start of Wireshark's for each part.
PARTS = [("multi-pdu", 1), ("sessions", 7), ("faults", 40), ("incident", 300)]


@pytest.mark.parametrize("name, size", PARTS)
def test_rows_of_parts(tshark, run_ready, captures, name, size):
    """With -M, tables have the rows of all parts, as if each were a file."""
    parts = split(tshark, captures[name], size)
    whole = tshark.make_directory() / "rows"
    whole.parent.chmod(0o777)
    told = run_ready("-M", size, "-r", captures[name], "-q", "-z", "trade,health",
                     "-z", "trade,incidents", "-z", "trade,clients", "-z", f"trade,rows,{whole}")
    expected, rows = [], []
    for part in parts:
        path = tshark.make_directory() / "rows"
        path.parent.chmod(0o777)
        expected.append(run_ready("-r", part, "-q", "-z", "trade,health", "-z", "trade,incidents",
                                  "-z", "trade,clients", "-z", f"trade,rows,{path}"))
        rows += path.read_text().splitlines()[3:]
    assert sorted(get_rows(told)) == sorted(row for text in expected for row in get_rows(text))
    assert len(get_rows(told)) > len(parts) > 1
    assert name != "incident" or "Multiplexer's window was 0 for" in "".join(expected)
    kinds = ("pdu\t", "later\t", "connection\t")
    told_rows, part_rows = ([row for row in lines if row.startswith(kinds)] for lines in (
        whole.read_text().splitlines()[3:], rows))
    assert told_rows == part_rows != []


@pytest.mark.parametrize("name, size", PARTS)
def test_all_statistics_of_parts(tshark, captures, name, size):
    options = [option for statistic in STATISTICS for option in ("-z", statistic)]
    told = run(tshark, "-M", size, "-r", captures[name], "-q", *options, "--export-objects",
               f"trade,{tshark.directory / 'home' / 'objects'}")
    assert "TRADE" in told


def wait_for(condition):
    until = time.monotonic() + PATIENCE
    while not condition() and time.monotonic() < until:
        time.sleep(0.05)
    assert condition()


def test_ring_of_files(tshark, right_to_capture):
    """A live capture in several files goes on, and its tables have the rows of all of them."""
    directory = tshark.make_directory()
    directory.chmod(0o777)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        process = capture_loopback(
            tshark, "-f", f"tcp port {port}", "-o", f"trade.tcp.port:{port}", "-b", "packets:8",
            "-w", str(directory / "ring.pcapng"), "-q", "-z", "trade,health", "-z",
            "trade,clients", "-z", f"trade,rows,{directory / 'rows'}")
        try:
            assert "Capturing" in process.stderr.readline()
            for user in range(6):
                with socket.create_connection(("127.0.0.1", port)) as module:
                    peer, _ = server.accept()
                    with peer:
                        module.sendall(control(7, "Ping", b"1.0\0"))
                        peer.sendall(control(1, "New Connection", bytes((10, user, 127, 0, 0, 1))))
                        module.recv(100)
                        time.sleep(0.3)
                wait_for(lambda: len(list(directory.glob("ring*"))) > user // 2)
        finally:
            process.send_signal(signal.SIGINT)
            told, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert len(list(directory.glob("ring*"))) > 2
    assert len([row for row in get_rows(told) if "Tradesite" in row]) >= 4


class Sharkd:
    """One process that loads file after file."""

    TAPS = ["nstat:trade,health", "nstat:trade,incidents", "nstat:trade,clients", "stat:trade",
            "srt:trade", "conv:TRADE", "endpt:TRADE", "eo:trade", "expert"]

    def __init__(self, tshark):
        self.process = start(tshark, ("sharkd", "-"), stdin=subprocess.PIPE)
        self.count = 0

    def ask(self, method, **parameters):
        self.count += 1
        self.process.stdin.write(json.dumps({"jsonrpc": "2.0", "id": self.count, "method": method,
                                             "params": parameters}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, self.process.stderr.read()
        answer = json.loads(line)
        assert "result" in answer, (method, parameters, answer)
        return answer["result"]

    def open(self, path):
        """Loads a file; returns what all statistics say, each asked for twice."""
        self.ask("load", file=str(path))
        answers = [[self.ask("tap", tap0=tap) for tap in self.TAPS] for _ in range(2)]
        assert answers[0] == answers[1]
        return answers[0]

    def close(self):
        said = self.process.communicate(timeout=60)[1]
        assert self.process.returncode == 0, said


def test_file_after_file(tshark, captures):
    """All statistics say of a file what they say of it alone."""
    names = ["sessions", "faults", "talk", "multi-pdu", "incident", "sessions", "faults"]
    alone = {}
    for name in set(names):
        fresh = Sharkd(tshark)
        alone[name] = fresh.open(captures[name])
        fresh.close()
    process = Sharkd(tshark)
    for name in names:
        assert process.open(captures[name]) == alone[name]
    process.close()
