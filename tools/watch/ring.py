# ring.py
# Has dumpcap write a ring of files, and says which there are, in order. Begins again if dumpcap
# ends.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import pathlib
import re
import signal
import subprocess
import threading
import time

from .say import say

NAME = "trade.pcapng"
PAUSE = 2           # seconds before dumpcap begins again
LONGEST_PAUSE = 60  # at most


class Ring:
    """The files of the ring, the oldest first."""

    def __init__(self, arguments):
        self.directory = pathlib.Path(arguments.dir)
        self.count, self.size = arguments.ring
        self.command = ["dumpcap", "-q", "-f", arguments.filter]
        for interface in arguments.interfaces:
            self.command += ["-i", interface]
        self.command += ["-b", f"filesize:{self.size}", "-b", f"files:{self.count}", "-w",
                         str(self.directory / NAME)]
        self.files = sorted(self.directory.glob("trade_*.pcapng"),
                            key=lambda path: path.stat().st_mtime)
        self.begun = len(self.files)  # how many files were there before
        self.dropped = 0
        self.said = []
        self.lock = threading.Lock()
        self.process = self.reader = None
        self.pause, self.again_at, self.is_over = PAUSE, 0.0, False
        self.started_at = 0.0

    def list_files(self):
        """Returns the files so far, in the order in which they were begun."""
        with self.lock:
            return list(self.files)

    def keep_running(self):
        """Starts dumpcap where it does not run, after a pause."""
        if self.process and self.process.poll() is None or self.is_over:
            return
        if self.process:
            self._explain_end()
        if time.monotonic() < self.again_at:
            return
        self._remove_oldest()
        self.said = []
        self.started_at = time.monotonic()
        self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                        text=True, errors="replace")
        self.reader = threading.Thread(target=self._read, args=(self.process.stderr,), daemon=True)
        self.reader.start()

    def _explain_end(self):
        """Says why dumpcap ended, and when it begins again."""
        self.reader.join()
        status, self.process = self.process.returncode, None
        # One that ran for long had no trouble to begin.
        if time.monotonic() - self.started_at > LONGEST_PAUSE:
            self.pause = PAUSE
        say(f"dumpcap ended ({describe_status(status)}): "
            f"{' '.join(self.said) or 'it said nothing'}; again in {self.pause} s")
        if any("space" in line.lower() for line in self.said):
            self._make_room()
        self.again_at = time.monotonic() + self.pause
        self.pause = min(2 * self.pause, LONGEST_PAUSE)

    def _make_room(self):
        """Removes the oldest file of a full disk, but not the one that is written last."""
        with self.lock:
            oldest = self.files[0] if len(self.files) > 1 else None
        if oldest:
            say(f"the disk is full: {oldest} is removed")
            oldest.unlink(missing_ok=True)

    def _remove_oldest(self):
        """Forgets files that are gone, and removes those of before dumpcap last began, which it
        does not know, where there are too many."""
        with self.lock:
            self.files = [path for path in self.files if path.exists()]
            while len(self.files) > self.count:
                self.files.pop(0).unlink(missing_ok=True)

    def _read(self, stream):
        """Reads what dumpcap says."""
        for line in stream:
            new = re.match(r"File: (.+)", line)
            drops = re.match(r"Packets received/dropped on .*: \d+/(\d+) ", line)
            if new:
                with self.lock:
                    self.files.append(pathlib.Path(new.group(1)))
                self._remove_oldest()
            elif drops:
                self.dropped += int(drops.group(1))
            elif not re.match(r"Capturing on|Packets captured", line) and line.strip():
                self.said = [*self.said, line.strip()][-5:]

    def stop(self):
        """Ends dumpcap, which then has written all."""
        self.is_over = True
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.reader.join()


class Files:
    """Captures that are there already, in place of a ring."""

    dropped = 0
    begun = 0
    is_over = True

    def __init__(self, arguments):
        self.files = [pathlib.Path(path) for path in arguments.read]

    def list_files(self):
        return self.files

    def keep_running(self):
        pass

    def stop(self):
        pass


def describe_status(status):
    """Returns a process's exit status in words."""
    if status >= 0:
        return f"status {status}"
    try:
        return signal.Signals(-status).name
    except ValueError:
        return f"signal {-status}"
