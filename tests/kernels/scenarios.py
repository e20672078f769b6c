# scenarios.py
# What happens between a module and a Multiplexer, whose fault it is, and what can be
# known of that at each place where it is captured.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

from dataclasses import dataclass, field

MODULE, MULTIPLEXER, NETWORK, HOSTS = "module", "multiplexer", "network", "hosts"
QUIET = "ok|idle -"
# What nft drops: near whom it is lost, and on its way to whom.
TO_MULTIPLEXER_NEAR_MODULE = 'iifname "to-m" drop'
TO_MULTIPLEXER_NEAR_MULTIPLEXER = 'oifname "to-x" drop'
TO_MODULE_NEAR_MULTIPLEXER = 'iifname "to-x" drop'
TO_MODULE_NEAR_MODULE = 'oifname "to-m" drop'
TO_MULTIPLEXER_RESET = 'iifname "to-m" meta l4proto tcp reject with tcp reset'
TO_MODULE_RESET = 'iifname "to-x" meta l4proto tcp reject with tcp reset'


@dataclass
class Scenario:
    """play: (second, who, what, arguments...): who is one of the ends and what one of its
    methods; or NETWORK and one of Network's; or HOSTS and "kill", an end and a signal, or
    "start" and an end. expect: verdicts, a blank and places, with | for "or", at all points
    or by point. faults: who may be accused."""
    name: str
    truth: str
    faults: set
    expect: object
    play: list = field(default_factory=list)
    interval: int = 1
    seconds: float = 9
    family: int = 4
    receive_buffer: dict = field(default_factory=dict)  # SO_RCVBUF by end
    snap: int = 0
    begin: float = 0    # of the captures
    again: bool = False  # the module connects again
    siblings: int = 0   # healthy modules beside it, on the same host
    port: int = 0       # the module's

    def expected(self, view):
        """Returns the verdicts and the places that are right at this point. At both hosts
        what is right at either is, and that it was the network where it was."""
        if isinstance(self.expect, str):
            return [set(part.split("|")) for part in self.expect.split()]
        if view == "both":
            verdicts, places = (either | other for either, other in
                                zip(self.expected(MODULE), self.expected(MULTIPLEXER)))
            return verdicts, places | self.faults & {NETWORK}
        return [set(part.split("|")) for part in self.expect[view].split()]


def healthy(name, truth, *play, expect=QUIET, **more):
    return Scenario(name, f"nobody: {truth}", set(), expect, list(play), **more)


def lost(name, truth, seen, *play, **more):
    """A fault of the network. seen: for each point, whose bytes are sent from there and not
    acknowledged; or "known" where the other side's retransmissions show that it lives."""
    more.setdefault("seconds", 15)
    more.setdefault("interval", 2)
    places = {"m": "network-or-multiplexer", "x": "network-or-module",
              "m!": "network|network-or-multiplexer", "x!": "network|network-or-module"}
    expect = {point: f"not-delivered|ping-missing|ping-unanswered {places[what]}"
              for point, what in zip(("module", "middle", "multiplexer"), seen.split())}
    return Scenario(name, f"network: {truth}", {"network"}, expect, list(play), **more)


def fault(who, name, truth, expect, *play, **more):
    return Scenario(name, f"{who}: {truth}", {who}, f"{expect} {who}", list(play), **more)


def drop(second, *rules):
    return (second, NETWORK, "filter", *rules)


def among_eight(who, name, truth, expect, *play, **more):
    """The module has eight siblings, whose connections go on throughout."""
    more.setdefault("interval", 2)
    more.setdefault("seconds", 18)
    return Scenario(name, f"{who}: {truth}; eight siblings", {who}, expect, list(play), siblings=8,
                    port=OWN_PORT, **more)


def pause_host(who, begin, end):
    """Its programs are stopped, and what comes for it waits, once what they sent last is
    acknowledged: its kernel runs on, and must have nothing to retransmit."""
    return ((begin, HOSTS, "kill", who, "STOP"), (begin + DELAYED_ACK, NETWORK, "hold", who),
            (end, NETWORK, "release", who), (end, HOSTS, "kill", who, "CONT"))


def seen_elsewhere(who):
    """Returns what is right of a host that paused: its own capture lacks the time."""
    elsewhere = ("late|ping-missing|not-delivered|answered-late|ping-unanswered "
                 f"{who}|network-or-{who}")
    return {point: "capture-hole cannot-tell" if point == who else elsewhere
            for point in (MODULE, "middle", MULTIPLEXER)}


LOST_PLACES = ("not-delivered|ping-missing|ping-unanswered|late|answered-late "
               "network|network-or-module|network-or-multiplexer")
# Where neither side is seen any more, which looks as if the capture had ended.
UNSEEN = f"ok|{LOST_PLACES}|cannot-tell|-"
OWN_PORT = 42107
ONE_FLOW = (f'oifname "to-x" tcp sport {OWN_PORT} drop', f'iifname "to-x" tcp dport {OWN_PORT} drop')
ONE_FLOW_REFUSED = (f'iifname "to-m" tcp sport {OWN_PORT} reject with icmp type host-prohibited',
                    f"tcp dport {OWN_PORT} drop")
ALL_UNREACHABLE = 'iifname "to-m" meta l4proto tcp reject with icmp type host-unreachable'
SMALL = 16384
DELAYED_ACK = 0.06  # seconds that an acknowledgement takes, at most
FLOOD = 8_000_000

SCENARIOS = [
    # ---- Nobody's fault ----
    healthy("healthy", "a quiet connection"),
    healthy("healthy-ipv6", "a quiet connection over IPv6", family=6),
    healthy("slow-wan", "90 ms each way, bursts of data",
            (0, NETWORK, "set_wire", {"delay": 0.09}), (4, MODULE, "send_data", 300_000),
            (6, MULTIPLEXER, "send_data", 300_000)),
    healthy("bursts", "megabytes each way",
            (3.5, MODULE, "send_data", 2_000_000), (3.6, MULTIPLEXER, "send_data", 2_000_000),
            (6.3, MODULE, "send_data", 2_000_000)),
    healthy("reordered", "10 ms each way, 5 % of the packets 30 ms late",
            (0, NETWORK, "set_wire", {"delay": 0.01, "late": 0.05}),
            (3, MODULE, "send_data", 200_000), (5, MULTIPLEXER, "send_data", 200_000)),
    healthy("doubled", "a fifth of the packets come twice",
            (0, NETWORK, "set_wire", {"doubled": 0.2}), (4, MODULE, "send_data", 100_000)),
    healthy("capture-late", "the capture begins in mid-connection",
            (6, MODULE, "send_data", 100_000), begin=4.5),
    healthy("snapshot", "68 bytes of each frame captured", (4, MODULE, "send_data", 100_000),
            (5, MULTIPLEXER, "send_data", 100_000), expect="ok|idle|capture-hole -|cannot-tell",
            snap=68),
    healthy("other-interval", "Pings each 2 s, where 1 s is the preference's",
            (0.5, MODULE, "change_interval", 2), (0.5, MULTIPLEXER, "change_interval", 2),
            seconds=13),
    healthy("changed-interval", "the module's Pings come each 2 s from the middle on",
            (6.5, MODULE, "change_interval", 2), seconds=14, expect="ok|late -|cannot-tell"),
    healthy("closed", "the module ends with a FIN", (7.4, MODULE, "close")),
    # ---- The network ----
    Scenario("loss", "network: 3 % of the packets lost, TCP makes up for it", {"network"},
             "ok|late|answered-late -|network|network-or-module|network-or-multiplexer|cannot-tell",
             [(0, NETWORK, "set_wire", {"delay": 0.02, "lost": 0.03}),
              (3, MODULE, "send_data", 200_000), (5, MULTIPLEXER, "send_data", 200_000)]),
    lost("to-multiplexer-near-module", "nothing to the Multiplexer comes through, near the module",
         "m! x x", drop(4.5, TO_MULTIPLEXER_NEAR_MODULE)),
    lost("to-multiplexer-near-multiplexer",
         "nothing to the Multiplexer comes through, near the Multiplexer", "m! m! x",
         drop(4.5, TO_MULTIPLEXER_NEAR_MULTIPLEXER)),
    lost("to-module-near-multiplexer", "nothing to the module comes through, near the Multiplexer",
         "m m x!", drop(4.5, TO_MODULE_NEAR_MULTIPLEXER)),
    lost("to-module-near-module", "nothing to the module comes through, near the module",
         "m x! x!", drop(4.5, TO_MODULE_NEAR_MODULE)),
    lost("cut-near-module", "nothing comes through, near the module", "m x x",
         drop(4.5, TO_MULTIPLEXER_NEAR_MODULE, TO_MODULE_NEAR_MODULE)),
    lost("cut-near-multiplexer", "nothing comes through, near the Multiplexer", "m m x",
         drop(4.5, TO_MULTIPLEXER_NEAR_MULTIPLEXER, TO_MODULE_NEAR_MULTIPLEXER)),
    # IPv6 looks for neighbours first, so that the SYN is sent twice, and the kernel then waits 3 s
    # before it sends anything again, until it knows better: later, when more Pings were seen.
    lost("cut-ipv6", "nothing comes through, near the Multiplexer, IPv6", "m m x",
         drop(10.5, TO_MULTIPLEXER_NEAR_MULTIPLEXER, TO_MODULE_NEAR_MULTIPLEXER), family=6,
         seconds=21),
    lost("cut-with-data", "the same while the module sends data", "m m x",
         (4.4, MODULE, "send_data", 3_000_000),
         drop(4.41, TO_MULTIPLEXER_NEAR_MULTIPLEXER, TO_MODULE_NEAR_MULTIPLEXER)),
    Scenario("outage", "network: nothing comes through for 4.2 s", {"network"},
             {"module": "not-delivered|late|answered-late|ping-missing "
                        "network|network-or-multiplexer",
              "middle": "not-delivered|late|answered-late|ping-missing "
                        "network|network-or-multiplexer",
              "multiplexer": "not-delivered|late|answered-late|ping-missing "
                             "network|network-or-module"},
             [drop(5.5, TO_MULTIPLEXER_NEAR_MULTIPLEXER, TO_MODULE_NEAR_MULTIPLEXER), drop(9.7)],
             interval=2, seconds=15),
    Scenario("slow-network", "network: from 5 ms to 1.2 s each way for 4 s", {"network"},
             "ok|late|answered-late|not-delivered|ping-missing|ping-unanswered|clocks-differ "
             "-|network|network-or-module|network-or-multiplexer|cannot-tell",
             [(0, NETWORK, "set_wire", {"delay": 0.005}),
              (4.5, NETWORK, "set_wire", {"delay": 1.2}),
              (8.5, NETWORK, "set_wire", {"delay": 0.005})], interval=1, seconds=13),
    Scenario("reset-to-module", "network: a firewall resets in the Multiplexer's name",
             {"network"},
             {"module": "reset-foreign network",
              # What the module's kernel sends for a connection that it has no more.
              "middle": "ok|reset-foreign|not-delivered -|cannot-tell|network|network-or-module",
              "multiplexer": "ok|reset-foreign|not-delivered "
                             "-|cannot-tell|network|network-or-module"},
             # As long as a Multiplexer must retransmit to show that it did not send the RST.
             [drop(4.5, TO_MULTIPLEXER_RESET)], seconds=14),
    Scenario("reset-to-both", "network: a firewall sends an RST claiming to be from either side", {"network"},
             {"module": "reset-foreign network",
              "middle": "ok|reset-foreign|not-delivered|ping-unanswered|ping-missing "
                        "-|cannot-tell|network|network-or-module|network-or-multiplexer",
              "multiplexer": "ok|reset-foreign|not-delivered "
                             "-|cannot-tell|network|network-or-module"},
             [drop(4.5, TO_MULTIPLEXER_RESET, TO_MODULE_RESET)],
             seconds=8),
    Scenario("reset-ignored", "network: somebody sends the Multiplexer's host a RST outside the "
             "window; then the Multiplexer is stopped", {"network", "multiplexer"},
             {"module": "ping-unanswered|ping-missing multiplexer",
              "middle": "ping-unanswered|ping-missing multiplexer",
              "multiplexer": "ping-unanswered|ping-missing|reset-foreign multiplexer|network"},
             [(3.5, NETWORK, "forge_reset"), (5.5, HOSTS, "kill", MULTIPLEXER, "STOP")],
             seconds=10),
    # ---- A host that is gone: from outside nothing tells it from a cut ----
    Scenario("module-gone", "module: its host is off", {"module"},
             {"module": QUIET, "middle": "not-delivered|ping-missing network-or-module",
              "multiplexer": "not-delivered|ping-missing network-or-module"},
             [(4.5, NETWORK, "end_captures", "module"), (4.5, NETWORK, "unplug", "to-m")],
             interval=2, seconds=14),
    Scenario("multiplexer-gone", "multiplexer: its host is off", {"multiplexer"},
             {"module": "not-delivered|ping-missing network-or-multiplexer",
              "middle": "not-delivered|ping-missing network-or-multiplexer",
              "multiplexer": QUIET},
             [(4.5, NETWORK, "end_captures", "multiplexer"), (4.5, NETWORK, "unplug", "to-x")],
             interval=2, seconds=14),
    # ---- The Multiplexer ----
    fault(MULTIPLEXER, "multiplexer-stopped", "kill -STOP, its kernel still acknowledges",
          "ping-unanswered|ping-missing", (4.5, HOSTS, "kill", MULTIPLEXER, "STOP")),
    fault(MULTIPLEXER, "multiplexer-stopped-ipv6", "the same, IPv6, 40 ms each way",
          "ping-unanswered|ping-missing", (0, NETWORK, "set_wire", {"delay": 0.04}),
          (4.5, HOSTS, "kill", MULTIPLEXER, "STOP"), family=6),
    fault(MULTIPLEXER, "multiplexer-paused", "kill -STOP for 2.3 s, then goes on",
          "late|answered-late|ping-missing|ping-unanswered",
          (4.5, HOSTS, "kill", MULTIPLEXER, "STOP"), (6.8, HOSTS, "kill", MULTIPLEXER, "CONT")),
    fault(MULTIPLEXER, "multiplexer-not-reading", "reads no more while data comes",
          "peer-not-reading", (4.5, MULTIPLEXER, "stop_reading"),
          (4.6, MODULE, "send_data", FLOOD), receive_buffer={MULTIPLEXER: SMALL}),
    fault(MULTIPLEXER, "multiplexer-not-reading-ipv6", "the same, IPv6", "peer-not-reading",
          (4.5, MULTIPLEXER, "stop_reading"), (4.6, MODULE, "send_data", FLOOD),
          receive_buffer={MULTIPLEXER: SMALL}, family=6),
    fault(MULTIPLEXER, "multiplexer-not-reading-late-capture",
          "reads no more, and the capture begins only then", "peer-not-reading",
          (4.5, MULTIPLEXER, "stop_reading"), (4.6, MODULE, "send_data", FLOOD),
          receive_buffer={MULTIPLEXER: SMALL}, interval=2, seconds=13, begin=5.5),
    fault(MULTIPLEXER, "multiplexer-slow-reader", "reads 2 kB in 0.2 s while data comes",
          "peer-not-reading", (4.5, MULTIPLEXER, "read_slowly", 2048, 0.2),
          (4.6, MODULE, "send_data", FLOOD), receive_buffer={MULTIPLEXER: SMALL}),
    fault(MULTIPLEXER, "multiplexer-flapping", "reads by fits and starts while data comes",
          "peer-not-reading", *[(4.5 + at / 2, MULTIPLEXER, ("stop_reading", "start_reading")
                                 [at % 2]) for at in range(8)],
          (4.6, MULTIPLEXER, "read_slowly", 8192, 0.05),
          (4.6, MODULE, "send_data", FLOOD), receive_buffer={MULTIPLEXER: SMALL}),
    fault(MULTIPLEXER, "multiplexer-without-answers", "sends Pings, but no Pongs",
          "ping-unanswered", (4.5, MULTIPLEXER, "stop_answers")),
    fault(MULTIPLEXER, "multiplexer-without-pings", "answers, but sends no Pings", "ping-missing",
          (4.5, MULTIPLEXER, "stop_pings")),
    fault(MULTIPLEXER, "multiplexer-slow-answers", "answers 1.8 s late, of the 3 that are waited",
          "answered-late", (4.5, MULTIPLEXER, "answer_after", 1.8), (8.5, MULTIPLEXER, "answer_after", 0),
          seconds=12),
    Scenario("multiplexer-restarted", "multiplexer: killed and started again", {"multiplexer"},
             "ok|ping-missing|ping-unanswered|late -|multiplexer",
             [(4.5, HOSTS, "kill", MULTIPLEXER, "KILL"), (5, HOSTS, "start", MULTIPLEXER)],
             again=True, seconds=11),
    Scenario("multiplexer-socket-killed", "multiplexer: ss -K at its host", {"multiplexer"},
             "ok -|multiplexer", [(4.7, NETWORK, "kill_socket", "multiplexer")], again=True),
    # ---- The module ----
    fault(MODULE, "module-stopped", "kill -STOP, its kernel still acknowledges",
          "ping-unanswered|ping-missing", (4.5, HOSTS, "kill", MODULE, "STOP")),
    fault(MODULE, "module-not-reading", "reads no more while data comes", "peer-not-reading",
          (4.5, MODULE, "stop_reading"), (4.6, MULTIPLEXER, "send_data", FLOOD),
          receive_buffer={MODULE: SMALL}),
    fault(MODULE, "module-without-answers", "sends Pings, but no Pongs", "ping-unanswered",
          (4.5, MODULE, "stop_answers")),
    fault(MODULE, "module-without-pings", "answers, but sends no Pings, and gives up",
          "ping-missing", (4.5, MODULE, "stop_pings")),
    fault(MODULE, "module-slow-answers", "answers 1.8 s late, of the 3 that are waited",
          "answered-late", (4.5, MODULE, "answer_after", 1.8), (8.5, MODULE, "answer_after", 0),
          seconds=12),
    Scenario("module-half-closed", "module: ends its half, and answers no more", {"module"},
             "ok|ping-unanswered|ping-missing -|module", [(4.5, MODULE, "half_close")]),
    Scenario("both-not-reading", "module and multiplexer: neither reads, both send data",
             {"module", "multiplexer"}, "peer-not-reading module|multiplexer|cannot-tell",
             [(4.5, MODULE, "stop_reading"), (4.5, MULTIPLEXER, "stop_reading"),
              (4.6, MODULE, "send_data", FLOOD), (4.6, MULTIPLEXER, "send_data", FLOOD)],
             receive_buffer={MODULE: SMALL, MULTIPLEXER: SMALL}),
    # ---- Eight siblings throughout ----
    among_eight(NETWORK, "one-flow-forgotten", "a firewall forgets one flow",
                LOST_PLACES, drop(6.5, *ONE_FLOW)),
    among_eight(NETWORK, "one-flow-outage", "a firewall drops one flow for 6 s",
                LOST_PLACES, drop(6.5, *ONE_FLOW), drop(12.5)),
    among_eight(NETWORK, "one-flow-prohibited", "a router drops one flow, and says so by ICMP",
                {"module": "not-delivered|ping-unanswered|ping-missing network",
                 "middle": UNSEEN, "multiplexer": LOST_PLACES}, drop(6.5, *ONE_FLOW_REFUSED)),
    among_eight(NETWORK, "unreachable", "a router drops all, and says so by ICMP",
                {"module": "not-delivered|ping-unanswered|ping-missing network",
                 "middle": UNSEEN, "multiplexer": LOST_PLACES},
                drop(6.5, ALL_UNREACHABLE, 'iifname "to-x" drop')),
    among_eight(MODULE, "module-host-pauses", "its host stands still for 6 s, what comes waits",
                seen_elsewhere(MODULE), *pause_host(MODULE, 7.1, 13.1)),
    among_eight(MULTIPLEXER, "multiplexer-host-pauses",
                "its host stands still for 6 s, what comes waits",
                seen_elsewhere(MULTIPLEXER), *pause_host(MULTIPLEXER, 7.1, 13.1), seconds=22),
    among_eight(MODULE, "module-stopped-among-eight", "all nine are stopped for 5 s",
                "late|ping-missing|ping-unanswered|answered-late module",
                (7.1, HOSTS, "kill", MODULE, "STOP"), (12.1, HOSTS, "kill", MODULE, "CONT")),
    among_eight(MULTIPLEXER, "multiplexer-refuses", "killed and not started again: SYNs refused",
                "ok|ping-missing|ping-unanswered|late|refused|ended-together "
                "-|multiplexer|cannot-tell", (7.1, HOSTS, "kill", MULTIPLEXER, "KILL"), again=True,
                seconds=12),
    among_eight(NETWORK, "syns-unanswered", "resets all, and drops all SYNs from then on",
                "ok|reset-foreign|not-delivered|connect-unanswered|ping-missing|ended-together "
                "-|network|network-or-multiplexer|network-or-module|cannot-tell",
                drop(6.5, 'tcp flags & syn == syn drop', TO_MULTIPLEXER_RESET), again=True),
    among_eight(MULTIPLEXER, "multiplexer-fails-over", "a standby with another TTL takes over",
                "ok|ping-missing|ping-unanswered|late|refused|ended-together|not-delivered "
                "-|multiplexer|cannot-tell|network-or-multiplexer",
                (7.1, NETWORK, "fail_over", 128), (9, HOSTS, "start", MULTIPLEXER), again=True),
    among_eight(MULTIPLEXER, "multiplexer-stopped-among-eight", "kill -STOP",
                "ping-unanswered|ping-missing multiplexer", (7.1, HOSTS, "kill", MULTIPLEXER, "STOP")),
]
