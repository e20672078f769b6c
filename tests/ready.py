# ready.py
# A tshark that has registered its protocols and is forked for each run: see ready.c.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import contextlib
import os
import pathlib
import shutil
import signal
import socket
import subprocess

TIME_LIMIT = 120  # seconds for a run
STATUS_SIZE = 4
VERSIONS = {"4.0"}  # of Wireshark, that ready.c was tried with


def can_be_ready(version):
    """Is tshark the program itself, not a script that starts it with sanitizers, and is there a
    compiler?"""
    with open(shutil.which("tshark"), "rb") as program:
        return version in VERSIONS and program.read(4) == b"\x7fELF" and bool(shutil.which("cc"))


class Ready:
    """Stands for starts of one command, in one environment and directory."""

    def __init__(self, command, environment, directory):
        self.command = command
        library = pathlib.Path(directory) / "ready.so"
        if not library.exists():
            subprocess.run(["cc", "-shared", "-fPIC", "-Wl,-z,lazy", "-o", library,
                            pathlib.Path(__file__).with_suffix(".c")], check=True)
            library.chmod(0o755)
        self.channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.channel.settimeout(TIME_LIMIT)
        with theirs:
            self.process = subprocess.Popen(
                command, cwd=directory, stdin=subprocess.DEVNULL, pass_fds=(theirs.fileno(),),
                start_new_session=True, env={**environment, "LD_PRELOAD": str(library),
                                             "READY_CHANNEL": str(theirs.fileno())})
        assert self._wait() == 0

    def _wait(self):
        """Waits for the end of a run, or until it is ready for the first; returns the status."""
        try:
            status = self.channel.recv(STATUS_SIZE)
        except TimeoutError:
            os.killpg(self.process.pid, signal.SIGKILL)
            raise
        assert status, f"{self.command} ended: {self.process.wait()}"
        return os.waitstatus_to_exitcode(int.from_bytes(status, "little"))

    def run(self, args, timezone, text):
        """Runs it with arguments; returns what subprocess.run() would."""
        request = b"".join(os.fsencode(word) + b"\0" for word in (timezone, *args))
        with contextlib.ExitStack() as stack:
            files = [stack.enter_context(open(os.memfd_create(name), "r+" if text else "r+b"))
                     for name in ("stdout", "stderr")]
            socket.send_fds(self.channel, [request], [file.fileno() for file in files])
            status = self._wait()
            for file in files:
                file.seek(0)
            return subprocess.CompletedProcess([*self.command, *args], status,
                                               *(file.read() for file in files))

    def close(self):
        self.channel.close()
        self.process.wait(timeout=TIME_LIMIT)
