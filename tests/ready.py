# ready.py
# A tshark that has registered its protocols and is forked for each run: see ready.c, and tshark.c.
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
import tempfile

TIME_LIMIT = 120  # seconds for a run
STATUS_SIZE = 4
KILLED = -signal.SIGABRT  # for whatever signal ended a run
VERSIONS = {"4.0", "4.4", "4.6"}  # of Wireshark, that ready.c was tried with


def can_be_ready(version):
    """Is tshark the program itself, not a script that starts it with sanitizers, and is there a
    compiler?"""
    with open(shutil.which("tshark"), "rb") as program:
        return version in VERSIONS and program.read(4) == b"\x7fELF" and bool(shutil.which("cc"))


def compile_c(name, output, *options):
    """Compiles a source of this directory's, where tshark's user can get to."""
    source = pathlib.Path(__file__).with_name(name)
    subprocess.run(["cc", "-I", source.parent.parent, *options, "-o", output, source], check=True)
    output.chmod(0o755)


class Ready:
    """Stands for starts of one command, in one environment and directory."""

    def __init__(self, command, environment, directory):
        self.command = command
        self.directory = pathlib.Path(directory)
        library = self.directory / "ready.so"
        if not library.exists():
            compile_c("ready.c", library, "-shared", "-fPIC", "-Wl,-z,lazy")
        self.socket = pathlib.Path(tempfile.mktemp(dir=directory))
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as channel:
            channel.bind(str(self.socket))
            self.socket.chmod(0o777)
            channel.listen(socket.SOMAXCONN)
            self.process = subprocess.Popen(
                command, cwd=directory, stdin=subprocess.DEVNULL, pass_fds=(channel.fileno(),),
                start_new_session=True, env={**environment, "LD_PRELOAD": str(library),
                                             "READY_CHANNEL": str(channel.fileno())})
        self.run(["--version"], "UTC", True)  # which waits until it is ready

    def write_program(self, plugins):
        """Puts a tshark that asks this one, where the plugins are the same, into a directory;
        returns that."""
        programs = self.directory / "programs"
        programs.mkdir()
        programs.chmod(0o755)
        compile_c("tshark.c", programs / "tshark", *(f'-D{name}="{value}"' for name, value in (
            ("SOCKET", self.socket), ("READY_PLUGINS", plugins), ("TSHARK", shutil.which("tshark")))))
        return programs

    def run(self, args, timezone, text):
        """Runs it with arguments; returns what subprocess.run() would."""
        with contextlib.ExitStack() as stack:
            files = [stack.enter_context(open(os.memfd_create(name), "r+" if text else "r+b"))
                     for name in ("stdout", "stderr")]
            channel = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET))
            channel.settimeout(TIME_LIMIT)
            channel.connect(str(self.socket))
            request = (timezone, self.directory, "1", "2", "", *args)
            socket.send_fds(channel, [b"".join(os.fsencode(word) + b"\0" for word in request)],
                            [file.fileno() for file in files])
            status = channel.recv(STATUS_SIZE)
            for file in files:
                file.seek(0)
            return subprocess.CompletedProcess(
                [*self.command, *args], int.from_bytes(status, "little") if status else KILLED,
                *(file.read() for file in files))

    def close(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(timeout=TIME_LIMIT)
