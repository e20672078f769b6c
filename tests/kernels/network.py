# network.py
# A module's host, a network and a Multiplexer's host, each a network namespace of
# the Linux kernel, and dumpcap at three places:
#
#   module's host            network                  Multiplexer's host
#     eth0  ---------  to-m  (router)  to-x  -------------  eth0
#   "module"                 wire "middle"              "multiplexer"
#
# The router sends all through a TUN device, the wire, where this process reads it, and gets
# it back from a second one. It delays, loses and doubles packets as tc netem would, which
# not every kernel has. What nft drops before the wire is lost between its sender and the
# middle, what it drops after, between the middle and its receiver.
#
# Namespaces live as long as the processes that are in them, so that nothing is left.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import asyncio
import contextlib
import ctypes
import fcntl
import os
import random
import shutil
import signal
import socket
import struct
import subprocess
import traceback

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
PR_SET_PDEATHSIG = 1
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 1, 0x1000
COMMANDS = {"ip": "iproute2", "ss": "iproute2", "nft": "nftables", "nsenter": "util-linux",
            "dumpcap": "wireshark-common", "mergecap": "wireshark-common"}
PATH = f"{os.environ['PATH']}:/usr/sbin:/sbin"
POINTS = ("module", "middle", "multiplexer")
VIEWS = (*POINTS, "both")  # hosts, merged
ADDRESSES = {4: {"module": "10.0.0.1", "multiplexer": "192.168.0.1", "prefix": 24,
                 "gateways": ("10.0.0.254", "192.168.0.254")},
             6: {"module": "fd00:a::1", "multiplexer": "fd00:b::1", "prefix": 64,
                 "gateways": ("fd00:a::fe", "fd00:b::fe")}}
MODULE_BYTES = socket.inet_aton(ADDRESSES[4]["module"])
libc = ctypes.CDLL(None, use_errno=True)


def call(function, *arguments):
    """Calls a function of the C library, which must succeed."""
    if getattr(libc, function)(*arguments) != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{function}: {os.strerror(error)}")


def become_root():
    """Lets an ordinary user make namespaces, where the kernel permits it."""
    if os.geteuid() == 0:
        return
    user, group = os.geteuid(), os.getegid()
    call("unshare", CLONE_NEWUSER)
    for name, value in (("setgroups", "deny"), ("uid_map", f"0 {user} 1"),
                        ("gid_map", f"0 {group} 1")):
        with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
            file.write(value)


def fork(function, *arguments):
    """Runs a function in a process of its own, which ends with this one; returns its id."""
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        call("prctl", PR_SET_PDEATHSIG, signal.SIGKILL)
        function(*arguments)
        status = 0
    except Exception:
        traceback.print_exc()
    finally:
        os._exit(status)


def run(*command, batch=None):
    """Runs a command, which must succeed; batch: what it reads."""
    done = subprocess.run(command, input=batch, capture_output=True, text=True,
                          env={"PATH": PATH}, check=False)
    if done.returncode:
        raise OSError(f"{' '.join(command)}: {done.stderr.strip()}")


def why_not():
    """Returns why this user can have no such network here, or None."""
    for command, package in COMMANDS.items():
        if not shutil.which(command, path=PATH):
            return f"there is no {command}: it is in Debian's package {package}"
    reader, writer = os.pipe()

    def make_one():
        try:
            become_root()
            call("unshare", CLONE_NEWNET)
            network = Network(4)
            network.filter()
            network.close()
        except OSError as error:
            os.write(writer, str(error).encode())

    child = fork(make_one)
    os.close(writer)
    os.waitpid(child, 0)
    with open(reader, encoding="utf-8") as file:
        said = file.read()
    return f"network namespaces cannot be had here: {said}" if said else None


def make_tun(name):
    """Makes a TUN device; returns its descriptor, for packets."""
    made = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(made, TUNSETIFF, struct.pack("16sH", name.encode(), IFF_TUN | IFF_NO_PI))
    return made


def checksum(raw):
    """Returns the checksum of IP and TCP over these bytes, of which there are an even number."""
    total = sum(struct.unpack(f">{len(raw) // 2}H", raw))
    total = (total & 0xFFFF) + (total >> 16)
    return struct.pack(">H", ~(total + (total >> 16)) & 0xFFFF)


class Network:
    """The two hosts and what is between them. This process is the router."""

    def __init__(self, family):
        self.addresses = ADDRESSES[family]
        self.family = family
        self.hosts = {who: self._make_host() for who in ("module", "multiplexer")}
        self.captures = {}
        self.wire, self.back = make_tun("wire"), make_tun("back")
        self._connect()
        # What the wire does: seconds of delay, shares of packets lost, late and doubled.
        self.delay = self.lost = self.late = self.doubled = 0
        self.random = random.Random(1)
        self.last = b""  # packet of the module's
        self.held = {}   # packets that wait for a host, by its address

    @staticmethod
    def _make_host():
        """Returns the id of a process in a network namespace of its own."""
        reader, writer = os.pipe()

        def wait():
            call("unshare", CLONE_NEWNET)
            os.write(writer, b".")
            signal.pause()

        host = fork(wait)
        os.close(writer)
        if not os.read(reader, 1):
            raise OSError("unshare: no network namespace")
        os.close(reader)
        return host

    def _connect(self):
        """Lays the links, and routes all through the wire."""
        run("ip", "-batch", "-", batch="link set lo up\nlink set wire up\nlink set back up")
        self._plug_in("module", "to-m")
        self._plug_in("multiplexer", "to-x")
        run("ip", f"-{self.family}", "route", "add", "default", "dev", "wire", "table", "10")
        for name in ("ipv4/conf/all/rp_filter:0", "ipv4/conf/back/rp_filter:0",
                     "ipv4/conf/to-m/rp_filter:0", "ipv4/conf/to-x/rp_filter:0",
                     "ipv4/ip_forward:1", "ipv6/conf/all/forwarding:1"):
            path, value = name.split(":")
            with contextlib.suppress(FileNotFoundError), \
                    open(f"/proc/sys/net/{path}", "w", encoding="ascii") as file:
                file.write(value)

    def _plug_in(self, who, link):
        """Lays a link from a host to the router."""
        host, family = self.hosts[who], f"-{self.family}"
        gateway = self.addresses["gateways"][who == "multiplexer"]
        address = f"{self.addresses[who]}/{self.addresses['prefix']}"
        run("ip", family, "-batch", "-", batch="\n".join([
            f"link add dev {link} type veth peer name eth0 netns {host}",
            f"addr add {gateway}/{self.addresses['prefix']} dev {link}{self._nodad}",
            f"link set {link} up", f"rule add iif {link} lookup 10"]))
        run(*self._inside(who), "ip", family, "-batch", "-", batch="\n".join([
            "link set lo up", f"addr add {address} dev eth0{self._nodad}",
            "link set eth0 up", f"route add default via {gateway}"]))

    @property
    def _nodad(self):
        return " nodad" if self.family == 6 else ""

    def _inside(self, who):
        return "nsenter", "-t", str(self.hosts[who]), "-n"

    def start(self, who, function, *arguments):
        """Runs a function on a host; returns its process."""
        def enter():
            with open(f"/proc/{self.hosts[who]}/ns/net", "rb") as namespace:
                call("setns", namespace.fileno(), CLONE_NEWNET)
            function(*arguments)
        return fork(enter)

    # ---- Capturing ----

    def capture(self, point, path, snap):
        """Begins a capture; snap: so many bytes a frame, 0: all."""
        where = () if point == "middle" else self._inside(point)
        self.captures[point] = subprocess.Popen(
            [*where, "dumpcap", "-q", "-i", "wire" if point == "middle" else "eth0", "-w", path,
             "-s", str(snap), "-f", "tcp or icmp or icmp6"],
            env={"PATH": PATH}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        said = ""
        for line in self.captures[point].stderr:
            said += line
            if line.startswith("File:"):
                return
        raise OSError(f"dumpcap at {point}: {said}")

    def end_captures(self, *points):
        """Ends the captures at these points, or all."""
        ended = [self.captures.pop(point) for point in points or list(self.captures)]
        for capture in ended:
            capture.send_signal(signal.SIGINT)
        for capture in ended:
            capture.communicate()

    def close(self):
        """Ends it all; after attend() the loop must still be there."""
        self.end_captures()
        with contextlib.suppress(RuntimeError):
            asyncio.get_running_loop().remove_reader(self.wire)
        os.close(self.wire)
        os.close(self.back)
        for host in self.hosts.values():
            os.kill(host, signal.SIGKILL)
            os.waitpid(host, 0)

    # ---- The wire ----

    def attend(self):
        """Carries packets from now on; needs a running loop."""
        loop = asyncio.get_running_loop()
        loop.add_reader(self.wire, self._carry, loop)

    def _carry(self, loop):
        with contextlib.suppress(BlockingIOError):
            for _ in range(64):
                packet = os.read(self.wire, 65536)
                if packet[0] >> 4 == 6 and packet[6] != 6 or self.random.random() < self.lost:
                    continue
                if packet[12:16] == MODULE_BYTES:
                    self.last = packet
                delay = self.delay + (0.03 if self.random.random() < self.late else 0)
                for _ in range(2 if self.random.random() < self.doubled else 1):
                    if delay:
                        loop.call_later(delay, self._deliver, packet)
                    else:
                        self._deliver(packet)

    def _deliver(self, packet):
        to = packet[16:20] if packet[0] >> 4 == 4 else None
        if to in self.held:
            self.held[to].append(packet)
            return
        with contextlib.suppress(OSError):  # no way to the host any more
            os.write(self.back, packet)

    # ---- Faults, as a scenario names them ----

    def set_wire(self, **what):
        """Sets delay, lost, late or doubled."""
        for name, value in what.items():
            setattr(self, name, value)

    def filter(self, *rules):
        """Has nft do this with what the router forwards, in place of what it did."""
        chain = "add chain inet t f { type filter hook forward priority 0; }"
        run("nft", "-f", "-", batch="\n".join(
            ["add table inet t", chain, "flush chain inet t f",
             *(f"add rule inet t f {rule}" for rule in rules)]))

    def forge_reset(self):
        """Sends the Multiplexer's host a RST in the module's name, outside its window: IPv4."""
        ports, seq, ack = self.last[20:24], self.last[24:28], self.last[28:32]
        far = struct.pack(">I", int.from_bytes(seq, "big") ^ 1 << 30)
        ends = self.last[12:20]
        tcp = ports + far + ack + b"\x50\x14" + bytes(6)
        total = checksum(ends + struct.pack(">HH", socket.IPPROTO_TCP, len(tcp)) + tcp)
        tcp = tcp[:16] + total + tcp[18:]
        ip = struct.pack(">BBHHHBBH", 0x45, 0, 40, 0, 0x4000, 200, socket.IPPROTO_TCP, 0) + ends
        self._deliver(ip[:10] + checksum(ip) + ip[12:] + tcp)

    def hold(self, who):
        """Lets what is for a host wait, as if it were paused: IPv4."""
        self.held[socket.inet_aton(self.addresses[who])] = []

    def release(self, who):
        for packet in self.held.pop(socket.inet_aton(self.addresses[who])):
            self._deliver(packet)

    def fail_over(self, ttl):
        """Another machine, with this TTL, takes the Multiplexer's address; nothing runs on it."""
        self.end_captures("multiplexer")
        run("ip", "link", "delete", "to-x")
        old = self.hosts["multiplexer"]
        self.hosts["standby"], self.hosts["multiplexer"] = old, self._make_host()
        self._plug_in("multiplexer", "to-x")
        run(*self._inside("multiplexer"), "sysctl", "-qw", f"net.ipv4.ip_default_ttl={ttl}")

    def unplug(self, link):
        run("ip", "link", "set", link, "down")

    def plug(self, link):
        run("ip", "link", "set", link, "up")

    def kill_socket(self, who):
        """Has a host's kernel end the connection, by ss -K."""
        run(*self._inside(who), "ss", "-K", "-t", "state", "established", "dport" if
            who == "module" else "sport", "=", "2107")
