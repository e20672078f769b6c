# outputs.py
# Tells incidents: a line of JSON, syslog, a command, the files around it. What cannot be told is
# said, and does not end the watch.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import collections
import json
import os
import pathlib
import shutil
import socket
import subprocess
import syslog
import time

from .incidents import write_time
from .judge import list_rights_to_drop
from .ring import describe_status
from .say import say

LIMIT = 60          # seconds that a command may take
REPORT_LIMIT = 900  # seconds that a report may take
WAITING = 100       # commands that wait for the one before
SYSLOG_LIMIT = 1    # seconds that syslog may take for a line


def describe(event, incident, files):
    """Returns what is told of an incident."""
    found = incident.found
    until = incident.until
    return {
        "event": event, "incident": incident.number,
        "time": write_time(incident.first), "until": write_time(until),
        "connection": found.connection, "modules": found.modules, "hosts": found.hosts,
        "connections": found.count, "of": found.of,
        "verdict": found.verdict, "where": found.where, "cause": found.cause, "says": found.says,
        "times": incident.times,
        "frame": {"file": str(found.path), "number": found.frame} if found.path else None,
        "files": files}


class Commands:
    """Runs commands one after another, without waiting for them."""

    def __init__(self):
        self.left = collections.deque()  # (command, input, seconds)
        self.process = None

    def add(self, command, line, limit):
        if len(self.left) >= WAITING:
            say(f"{WAITING} commands wait already: {command[-1]} is not run")
            return
        self.left.append((command, line, limit))
        self.step()

    def step(self):
        """Looks after the one that runs, and begins the next."""
        if self.process:
            status = self.process.poll()
            if status is None and time.monotonic() < self.until:
                return
            if status is None:
                self.process.kill()
                status = self.process.wait()
            if status:
                say(f"{self.name} failed ({describe_status(status)})")
            self.process = None
        if not self.left:
            return
        command, line, limit = self.left.popleft()
        self.name, self.until = command[-1], time.monotonic() + limit
        try:
            self.process = subprocess.Popen([*list_rights_to_drop(), *command],
                                            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
            self.process.stdin.write(line.encode())
            self.process.stdin.close()
        except OSError as error:
            say(f"{self.name} cannot be run: {error.strerror}")

    def finish(self):
        """Waits for all."""
        while self.process or self.left:
            self.step()
            time.sleep(0.05)


class Syslog:
    """Writes to syslog's socket. C's function would lose lines without a word."""

    def __init__(self, path):
        self.path, self.is_broken = path, False

    def write(self, level, line):
        head = f"<{syslog.LOG_DAEMON | level}>{time.strftime('%b %e %H:%M:%S')}"
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as log:
                log.settimeout(SYSLOG_LIMIT)
                log.connect(self.path)
                log.send(f"{head} trade-watch[{os.getpid()}]: {line}".encode())
            self.is_broken = False
        except OSError as error:
            if not self.is_broken:
                say(f"syslog ({self.path}) takes nothing: {error.strerror or error}")
            self.is_broken = True


class Outputs:
    """Where incidents are told."""

    def __init__(self, arguments):
        self.arguments = arguments
        self.commands = Commands()
        self.is_out = False
        self.keep = pathlib.Path(arguments.keep) if arguments.keep else None
        # In the source, it is beside this program; in a package, where programs are.
        beside = pathlib.Path(__file__).resolve().parent.parent / "trade-report"
        self.report = str(beside) if beside.is_file() else "trade-report"
        self.syslog = Syslog(arguments.syslog) if arguments.syslog else None

    def tell(self, event, incident, files):
        """Tells of an incident. files: the ring's, that have its time."""
        told = describe(event, incident, files)
        if self.keep and event in ("begin", "end"):
            told["kept"] = self._keep(incident, files)
        line = json.dumps(told, ensure_ascii=False)
        self._print(line)
        if self.syslog:
            self.syslog.write(syslog.LOG_WARNING if event in ("begin", "change") else
                              syslog.LOG_NOTICE, line)
        if self.arguments.exec:
            self.commands.add(["sh", "-c", self.arguments.exec], line + "\n", LIMIT)

    def _print(self, line):
        try:
            print(line, flush=True)
            self.is_out = False
        except OSError as error:
            if not self.is_out:
                say(f"standard output takes nothing: {error.strerror}")
            self.is_out = True

    def _keep(self, incident, files):
        """Copies the files, and has a report made of them. Returns the directory; None: neither."""
        stamp = write_time(incident.first).replace(":", "").replace("-", "")
        directory = self.keep / f"{stamp}-{incident.number}"
        try:
            self._copy(directory, files)
        except OSError as error:
            say(f"{directory} lacks files of the ring: {error.strerror}")
            return str(directory) if directory.is_dir() else None
        captures = sorted(str(path) for path in directory.glob("*.pcapng"))
        if captures:
            command = [self.report, *captures, "--same-point", "-o", str(directory / "report.html"),
                       "--set", f"trade.interval:{self.arguments.interval}"]
            for setting in self.arguments.set:
                command += ["--set", setting]
            for rule in self.arguments.decode_as:
                command += ["--decode-as", rule]
            self.commands.add(command, "", REPORT_LIMIT)
        return str(directory)

    def _copy(self, directory, files):
        """Copies files that were not copied whole before; not where they would fill the disk."""
        self.keep.mkdir(parents=True, exist_ok=True)
        paths = [path for path in map(pathlib.Path, files) if path.exists()]
        size = sum(path.stat().st_size for path in paths)
        if shutil.disk_usage(self.keep).free < size + 2 * 1000 * self.arguments.ring[1]:
            raise OSError(0, "they would fill the disk")
        directory.mkdir(exist_ok=True)
        for path in paths:
            target = directory / path.name
            if target.exists() and target.stat().st_size == path.stat().st_size:
                continue
            part = directory / f".{path.name}"
            try:
                shutil.copyfile(path, part)
                part.replace(target)
            finally:
                part.unlink(missing_ok=True)


BOUNDS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)


class Metrics:
    """What node_exporter's textfile collector reads."""

    def __init__(self, path, interfaces):
        self.path = pathlib.Path(path) if path else None
        # Or two watches would have figures of the same names.
        self.labels = f'interface="{",".join(interfaces)}"' if interfaces else ""
        self.counts = [0] * (len(BOUNDS) + 1)
        self.sum = 0.0
        self.by_verdict = {}
        self.missing = 0
        self.is_broken = False

    def update(self, snapshot):
        """Counts what a snapshot has."""
        for seconds in snapshot.answers:
            place = next((i for i, bound in enumerate(BOUNDS) if seconds <= bound), len(BOUNDS))
            self.counts[place] += 1
            self.sum += seconds
        lasting = {row["incident"] for row in snapshot.incidents if row["until"] == "-"}
        self.by_verdict = collections.Counter(
            row["verdict"] if row["incident"] in lasting or row["verdict"] == "idle" else "ok"
            for row in snapshot.connections.values() if row["end"] == "open")
        self.missing = sum(int(row["missing_bytes"]) for row in snapshot.connections.values())

    def write(self, values):
        """Writes the file. values: further ones, name -> (type, value, help)."""
        if not self.path:
            return
        part = self.path.with_name(f".{self.path.name}.part")
        try:
            part.write_text("".join(f"{line}\n" for line in self._list_lines(values)))
            os.chmod(part, 0o644)
            part.replace(self.path)
            self.is_broken = False
        except OSError as error:
            if not self.is_broken:
                say(f"{self.path} is not written: {error.strerror}")
            self.is_broken = True

    def _label(self, name, label=""):
        """Returns a figure's name with its labels."""
        labels = ",".join(filter(None, (self.labels, label)))
        return f"trade_watch_{name}{{{labels}}}" if labels else f"trade_watch_{name}"

    def _list_lines(self, values):
        yield "# HELP trade_watch_connections Open connections by their verdict now."
        yield "# TYPE trade_watch_connections gauge"
        for verdict, count in sorted({"ok": 0, **self.by_verdict}.items()):
            label = f'verdict="{verdict}"'
            yield f"{self._label('connections', label)} {count}"
        yield "# HELP trade_watch_response_seconds Response times of Pings and Roundtrips."
        yield "# TYPE trade_watch_response_seconds histogram"
        total = 0
        for bound, count in zip((*BOUNDS, "+Inf"), self.counts):
            total += count
            label = f'le="{bound}"'
            yield f"{self._label('response_seconds_bucket', label)} {total}"
        yield f"{self._label('response_seconds_sum')} {self.sum:.6f}"
        yield f"{self._label('response_seconds_count')} {total}"
        values = {**values, "missing_bytes": (
            "gauge", self.missing, "Bytes of connections that the capture lacks.")}
        for name, (kind, value, meaning) in values.items():
            yield f"# HELP trade_watch_{name} {meaning}"
            yield f"# TYPE trade_watch_{name} {kind}"
            yield f"{self._label(name + ('_total' if kind == 'counter' else ''))} {value}"
        yield "# EOF"
