# names.py
# Puts other names in place of addresses, users, modules and files: the same for the same,
# wherever it stands.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import re

from .capture import as_list, name_argument
from .finder import Finder
from .logs import LEVELS, UNDERSTOOD

IPV4 = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.]*\d)")
# What modules and their Multiplexer are called whoever they are.
ROLES = {"", "Multiplexer", "Control"}
NAMED = {"module": "module", "sender_name": "module", "greeting": "module",
         "session_module": "module", "username": "user", "session_username": "user",
         "client_addr": "address", "session_client_addr": "address"}


def get_letters(n):
    """Returns A, B … Z, AA, AB …"""
    letters = ""
    while n >= 0:
        letters, n = chr(ord("A") + n % 26) + letters, n // 26 - 1
    return letters


class Names:
    """The names that were replaced, and by what."""

    def __init__(self):
        self.known = {}
        self.counts = {"module": 0, "user": 0, "address": 0}
        self.finder = None

    def add(self, kind, name):
        """Gives a name another, unless it has one; returns that."""
        if name in ROLES:
            return name
        if name not in self.known:
            n = self.counts[kind]
            self.counts[kind] += 1
            self.known[name] = {"module": f"Module {get_letters(n)}", "user": f"user{n + 1}",
                                "address": f"host{n + 1}"}[kind]
            self.finder = None
        return self.known[name]

    def _add_address(self, address):
        """Adds an address, unless it is IPv4: those are found by their form."""
        if not IPV4.search(address):
            self.add("address", address)

    def _replace_ipv4(self, match):
        return self.add("address", ".".join(str(int(part)) for part in match.group().split(".")))

    def replace(self, text, likely=None):
        """Returns a text with all names that are known, whole or cut, and all IPv4 addresses,
        replaced. likely: the name to take where a cut one may be of several."""
        self.finder = self.finder or Finder(self.known)
        # Names may have addresses in them. What is put in their place has none.
        text = self.finder.replace(text, lambda name, _: self.known[name], likely)
        return IPV4.sub(self._replace_ipv4, text)

    def _replace_value(self, value):
        if isinstance(value, list):
            return [self._replace_value(part) for part in value]
        return self.replace(value) if isinstance(value, str) else value

    def _collect(self, capture, logs):
        for row in capture.rows:
            self.add("module", row["Module"])
            for title in ("Module endpoint", "Multiplexer endpoint"):
                address = row[title].rpartition(":")[0].strip("[]")
                self._add_address(address)
        for event in capture.events:
            for field, kind in NAMED.items():
                for name in as_list(event.fields.get(field, "")):
                    self._add_name(kind, name)
        for log in logs:
            self.add("module", log.owner)
            for line in log.lines:
                for kind, name in self._read_names(line.text):
                    self._add_name(kind, name)

    def _add_name(self, kind, name):
        if kind == "address":
            self._add_address(name)
        else:
            self.add(kind, name)

    @staticmethod
    def _read_names(text):
        for pattern in UNDERSTOOD:
            match = pattern.fullmatch(text)
            for group, name in (match.groupdict() if match else {}).items():
                yield ("module" if group == "name" else group), name.strip()

    def anonymise(self, capture, logs):
        """Replaces all names in what was read. Of logs, only texts that are understood stay."""
        self._collect(capture, logs)
        for row in capture.rows:
            module = row["Module"]
            row.cells = [(title, self.replace(cell, module)) for title, cell in row.cells]
        for row in [*capture.incidents, *capture.clients]:
            row.cells = [(title, self.replace(cell)) for title, cell in row.cells]
        for event in capture.events:
            event.fields = {field: self._replace_value(value)
                            for field, value in event.fields.items()}
        for log in logs:
            log.owner = self.replace(log.owner)
            for line in log.lines:
                is_understood = any(p.fullmatch(line.text) for p in UNDERSTOOD)
                line.text = self.replace(line.text) if is_understood else "(text withheld)"
                line.module = self.replace(line.module)
                line.level = line.level if line.level in LEVELS else ""

    @staticmethod
    def rename_files(capture, logs, start=1):
        """Replaces the names of files, and what may have such: tshark's options and words. start:
        the number of the first capture."""
        stand_ins = {name_argument(path.name): f"capture{i}"
                     for i, path in enumerate(capture.paths, start)}
        capture.shown_names = [stand_ins[name_argument(path.name)] for path in capture.paths]
        for i, log in enumerate(logs, 1):
            log.name = f"log{i}"
        capture.commands = [[stand_ins.get(part, part) for part in command]
                            for command in capture.commands]
        if capture.options:
            capture.options = ["(withheld)"]
            capture.commands = [[command[0], "(options withheld)", *command[command.index("-r"):]]
                                if "-r" in command else command for command in capture.commands]
        capture.complaints = ["(withheld)" for _ in capture.complaints]
