# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads from tshark's PDML what a dissector made of each frame."""
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field

NAMES = ("sender", "length", "receiver", "data", "keyword", "ping_clock", "roundtrip_clock",
         "rtt_time", "module", "conn_id", "client_ip", "username", "access", "module_count",
         "client_count", "status", "greeting")


@dataclass
class Unit:
    """One item of the protocol in the tree."""
    frame: int
    size: int
    pos: int
    key: tuple      # the fields of NAMES, as generator.Pdu.key
    others: dict    # the other fields, by name without the protocol's
    experts: list   # the abbreviated names and texts of expert infos
    title: str
    is_pdu: bool = field(default=False)


def read_pdml(stream, proto):
    """Yields the units of a PDML stream, frame after frame."""
    number = 0
    for _, packet in ET.iterparse(stream):
        if packet.tag != "packet":
            continue
        number = int(packet.find("proto[@name='geninfo']/field[@name='num']").get("show"))
        for item in packet.findall("proto[@name='%s']" % proto):
            yield read_unit(item, proto, number)
        packet.clear()


def read_unit(item, proto, number):
    key, others, experts = [], {}, []
    for child in item.iter("field"):
        name = child.get("name")
        if name.startswith("_ws.expert"):
            if name == "_ws.expert.message":
                experts.append(child.get("show"))
            continue
        if not name.startswith(proto + "."):
            continue
        name = name[len(proto) + 1:]
        if name not in NAMES:
            others[name] = child.get("show")
        elif name == "data":
            key.append((name, child.get("value")))
        elif name == "rtt_time":
            key.append((name, float(child.get("show"))))
        else:
            key.append((name, child.get("show")))
    return Unit(number, int(item.get("size")), int(item.get("pos")), tuple(key), others, experts,
                item.get("showname"), bool(key) and key[0][0] == "sender")
