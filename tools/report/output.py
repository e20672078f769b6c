# output.py
# The page's file. What was there before stays until the new page is whole.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import contextlib
import errno
import os
import tempfile

from .capture import Problem


def refuse(name, number):
    raise Problem(f"{name} cannot be written: {os.strerror(number)}.")


def write_all(number, data):
    """Writes bytes to an open file."""
    while data:
        data = data[os.write(number, data):]


def write_parts(number, parts):
    """Writes parts, many small ones at a time."""
    waiting, size = [], 0
    for part in parts:
        waiting.append(part)
        size += len(part)
        if size > 1 << 20:
            write_all(number, b"".join(waiting))
            waiting, size = [], 0
    write_all(number, b"".join(waiting))


class Output:
    """Where the page goes: a file, or standard output for "-"."""

    def __init__(self, name, inputs):
        """Raises a Problem where the page could not be written there, or is one of the inputs."""
        self.name = name
        self.is_stdout = name == "-"
        self.is_nowhere = name == os.devnull    # as where only another output is wanted
        self.path = os.path.realpath(name)  # where the name is a link, it stays one
        self.is_replaced = False  # by another file, rather than written into
        if not self.is_stdout:
            self._check(inputs)

    def _check(self, inputs):
        directory = os.path.dirname(self.path)
        if os.path.isdir(self.path):
            refuse(self.name, errno.EISDIR)
        if not os.path.isdir(directory):
            refuse(self.name, errno.ENOENT)
        is_there = os.path.exists(self.path)
        if is_there and any(os.path.exists(path) and os.path.samefile(path, self.path)
                            for path in inputs):
            raise Problem(f"{self.name} is read for the report: name another file by -o.")
        if is_there and not os.access(self.path, os.W_OK):
            refuse(self.name, errno.EACCES)
        self.is_replaced = os.access(directory, os.W_OK | os.X_OK) and (
            not is_there or os.path.isfile(self.path))
        if not is_there and not self.is_replaced:
            refuse(self.name, errno.EACCES)

    def write(self, content):
        """Writes all of a text, or of parts in bytes, or nothing; raises a Problem."""
        parts = [content.encode("utf-8")] if isinstance(content, str) else content
        try:
            if self.is_stdout:
                write_parts(1, parts)
            elif self.is_replaced:
                self._replace(parts)
            else:
                with open(self.path, "wb", buffering=0) as file:
                    write_parts(file.fileno(), parts)
        except OSError as error:
            refuse("Standard output" if self.is_stdout else self.name, error.errno)

    def _replace(self, parts):
        """Writes another file beside, and gives that the name."""
        number, beside = tempfile.mkstemp(prefix=".trade-report-", dir=os.path.dirname(self.path))
        try:
            try:
                write_parts(number, parts)
                os.fsync(number)
                os.fchmod(number, self._get_mode())
            finally:
                os.close(number)
            os.replace(beside, self.path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(beside)
            raise

    def _get_mode(self):
        """Returns the permissions of the file that is there, or of a new one."""
        if os.path.exists(self.path):
            return os.stat(self.path).st_mode & 0o777
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask
