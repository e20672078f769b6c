# frames.py
# Frames and PDUs as the tests ask for them, read from tshark's PDML or from sharkd's JSON.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import collections
import re

# What a PDU has only because of others, before or after it.
LINKS = {f"trade.{name}" for name in (
    "response_in", "response_to", "response_time", "ping_interval", "unanswered_ping", "send_delay",
    "rtt_ping", "rtt_pong", "rtt_wire", "rtt_off_wire")}
LINK_EXPERTS = {f"trade.{name}" for name in (
    "ping.late", "ping.unanswered", "pong.unexpected", "keepalive.uncertain", "response.slow",
    "send_delay.high")}


# A line of the tree: the field's name, its value as tshark prints it, the text of the line, where
# its bytes are, and the lines below.
Node = collections.namedtuple("Node", "name show label start size children")


def read_pdml(element):
    """Returns the line of an element of tshark's PDML."""
    return Node(element.get("name"), element.get("show"),
                element.get("showname") or element.get("show"),
                int(element.get("pos", 0)), int(element.get("size", 0)),
                [read_pdml(child) for child in element])


def read_sharkd(item):
    """Returns the line of an item of sharkd's trees, which has the filter that selects it:
    'trade.keyword == "Ping"'. Dates are written in another way than in PDML."""
    name, _, value = item.get("f", "").partition(" == ")
    if name == "text" or name.startswith("frame["):  # a line that is no field
        name, value = "", item["l"]
    elif value.startswith('"'):
        value = _unquote(value)
    elif re.fullmatch(r"-?\d+\.\d{10,}(e[-+]?\d+)?", value):
        value = f"{float(value):.15g}"  # a double comes with all its digits
    elif re.fullmatch("[0-9a-f]{2}:", value):
        value = value[:2]  # as 4.4 writes a single byte
    return Node(name, value, item["l"], *item.get("h", (0, 0)),
                [read_sharkd(child) for child in item.get("n", ())])


def _unquote(text):
    """Returns the string that a display filter has between quotes, with control characters as
    PDML has them: \\x7 for BEL."""
    escaped = dict(zip("abfnrtv", "\a\b\f\n\r\t\v"))
    plain = re.sub(r"\\(?:x([0-9a-fA-F]{2})|(.))", lambda found: chr(int(found[1], 16))
                   if found[1] else escaped.get(found[2], found[2]), text[1:-1])
    return re.sub(r"[\x00-\x1f]", lambda found: f"\\x{ord(found[0]):x}", plain)


class Pdu:
    """One of the dissector's lines in the tree, with what is below it."""

    def __init__(self, proto):
        self.title = proto.label
        self.start = proto.start
        self.end = self.start + proto.size
        self.fields = []  # (name, show, label, start, size) in order of the tree
        self.experts = {}  # message by name
        self.severities = {}  # "warning", by name
        for node in proto.children:
            self._add(node)

    def _add(self, node):
        if node.name == "_ws.expert":
            first, *others = node.children
            told = {child.name: child for child in others}
            # sharkd leaves hidden lines out, of which this is one.
            message = told.get("_ws.expert.message")
            name = first.name
            self.experts[name] = message.show if message else first.label
            self.severities[name] = told["_ws.expert.severity"].label.removeprefix(
                "Severity level: ").lower()
            return
        self.fields.append(node[:5])
        for child in node.children:
            self._add(child)

    def __getitem__(self, name):
        """Returns the field's value as tshark prints it, or None."""
        return next((show for n, show, *_ in self.fields if n == name), None)

    def label(self, name):
        """Returns the field's line in the tree, or None."""
        return next((label for n, _, label, *_ in self.fields if n == name), None)

    @property
    def content(self):
        """All that the PDU says, without the places of its bytes."""
        return (self.title, tuple(field[:3] for field in self.fields),
                tuple(sorted(self.experts.items())))

    @property
    def alone(self):
        """What the PDU says of itself, whatever came before it or follows."""
        return (self.title, tuple(field[:3] for field in self.fields
                                  if field[0] not in LINKS and "session" not in field[0]),
                tuple(sorted(item for item in self.experts.items()
                             if item[0] not in LINK_EXPERTS)))

    @property
    def known_by_then(self):
        """All that the PDU says in one pass as in two: no links forward, no gap that later bytes
        fill, and no Ping that is late only until its side has shown its interval, or
        its clock that it was set."""
        forward = {"trade.response_in", "trade.unanswered_ping", "trade.gap_bytes",
                   "trade.verdict", "trade.where", "trade.send_delay"}
        return (self.title, tuple(field[:3] for field in self.fields if field[0] not in forward),
                tuple(sorted(item for item in self.experts.items()
                             if item[0] not in {"trade.ping.unanswered", "trade.gap",
                                                "trade.ping.missing", "trade.ping.late", "trade.send_delay.high",
                                                "trade.keepalive.uncertain"})))

    @property
    def uncovered(self):
        """The bytes of the PDU that no field shows."""
        covered = {i for *_, start, size in self.fields for i in range(start, start + size)}
        return sorted(set(range(self.start, self.end)) - covered)


class Frame:
    """One frame of a capture, as far as the tests ask."""

    def __init__(self, protos):
        self.pdus = [Pdu(proto) for proto in protos if proto.name == "trade"]
        # What the frame shows of its connection.
        self.findings = [Pdu(proto) for proto in protos if proto.name == "trade.judgement"]
        # Wireshark's own notes, as "_ws.malformed" for "Malformed Packet".
        self.notes = [proto.name for proto in protos if proto.name.startswith("_ws.")]
        top = {proto.name: {child.name: child.show for child in proto.children}
               for proto in protos if proto.name in ("frame", "tcp")}
        self.number = int(top["frame"]["frame.number"])
        self.stream = int(top["tcp"]["tcp.stream"])
        self.ports = {int(top["tcp"][f"tcp.{end}port"]) for end in ("src", "dst")}

    def get_values(self, name):
        """Returns the values of one of the plugin's fields; the frame's number; or what its
        expert infos say."""
        if name == "frame.number":
            return [str(self.number)]
        if name == "_ws.expert.message":
            return [text for pdu in (*self.pdus, *self.findings) for text in pdu.experts.values()]
        return [show for pdu in (*self.pdus, *self.findings)
                for field, show, *_ in pdu.fields if field == name]
