# scenarios.py
# What the live test captures; by hand, in tests/, something for Wireshark to look at:
# /usr/bin/python3 -m live.scenarios blocked
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import argparse
import asyncio
import contextlib
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "captures"))
from trade_pdus import BACKOFFICE, TRADER, TRADESITE  # noqa: E402

from .module import Module  # noqa: E402
from .multiplexer import Multiplexer  # noqa: E402

# In seconds; whole ones, as the preference has it.
INTERVALS = {"healthy": 2, "blocked": 1}
# A scenario that takes longer fails.
LIMIT = 15
# Small, so that it is soon full.
RECEIVE_BUFFER = 16384
# More data PDUs than all buffers of the kernel take, each small enough for one.
FLOOD = 4000
PAYLOAD = 4000


@contextlib.asynccontextmanager
async def installation(interval, started, receive_buffer=None):
    """A Multiplexer and three modules; started(port) is awaited before they connect."""
    multiplexer = Multiplexer(interval, receive_buffer)
    modules = [Module(*who, interval) for who in
               ((TRADESITE, "Tradesite"), (TRADER, "Trader"), (BACKOFFICE, "BackOffice"))]
    connected = []
    await multiplexer.start()
    try:
        await started(multiplexer.port)
        for module in modules:
            await module.connect(multiplexer.port)
            connected.append(module)
        await until(lambda: all(module.pongs for module in modules))
        yield multiplexer, *modules
    finally:
        for module in connected:
            await module.stop()
        await asyncio.sleep(0.2)  # to close connections from both sides
        await multiplexer.stop()


async def until(what):
    while not what():
        await asyncio.sleep(0.02)


async def healthy(started):
    """A client comes and goes; all connections live for four Pings and more."""
    async with installation(INTERVALS["healthy"], started) as (multiplexer, *modules):
        client = await multiplexer.open_client("XXXXXX0011", "194.134.005.011", "Trader")
        multiplexer.send_from_client(client, b"GET QUOTE")
        await client.received.get()
        multiplexer.close_client(client)
        await until(lambda: min(module.pongs for module in modules) >= 4)


async def blocked(started):
    """The Multiplexer stops reading from Trader, which has much to say."""
    async with installation(INTERVALS["blocked"], started, RECEIVE_BUFFER) as (
            multiplexer, _, trader, _):
        client = await multiplexer.open_client("XXXXXX0011", "194.134.005.011", "Trader")
        await until(lambda: trader.pongs >= 3)
        multiplexer.stop_reading("Trader")
        for _ in range(FLOOD):
            trader.send_data(client.conn_id, bytes(PAYLOAD))
        await trader.gave_up.wait()


SCENARIOS = {"healthy": healthy, "blocked": blocked}


async def play(name, started):
    """Plays a scenario to its end. started(port): awaited before modules connect."""
    await asyncio.wait_for(SCENARIOS[name](started), LIMIT)


def main():
    parser = argparse.ArgumentParser(prog="python3 -m live.scenarios",
                                     description="Plays an installation on loopback, to capture.")
    parser.add_argument("scenario", choices=SCENARIOS)
    name = parser.parse_args().scenario

    async def announce(port):
        print(f"capture on loopback with the filter: tcp port {port}; "
              f"Pings come each {INTERVALS[name]} s: -o trade.interval:{INTERVALS[name]}",
              file=sys.stderr)
        await asyncio.sleep(3)

    asyncio.run(play(name, announce))


if __name__ == "__main__":
    main()
