#!/usr/bin/python3
# on_dask.py SCHEDULER COMMAND <SHARDS
# Has the workers of a Dask scheduler run a command for each shard that SHARDS names, a line each,
# in the directory of this call, which is the same one for all of them. {} is the shard.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import argparse
import os
import subprocess
import sys


def run(command, directory):
    """On a worker: runs a command, which may fail."""
    subprocess.run(command, shell=True, cwd=directory, check=True)


def main():
    parser = argparse.ArgumentParser(description="Runs a command for each shard by Dask.")
    parser.add_argument("scheduler", metavar="SCHEDULER", help="its address: tcp://HOST:8786")
    parser.add_argument("command", metavar="COMMAND", help="for sh; {} is the shard")
    args = parser.parse_args()
    from distributed import Client, wait

    with Client(args.scheduler, timeout=10) as client:
        commands = [args.command.replace("{}", shard) for shard in sys.stdin.read().split()]
        # What a dead worker had goes to another one; a command that failed is tried again.
        jobs = client.map(run, commands, directory=os.getcwd(), retries=3, pure=False)
        wait(jobs)
        for command, job in zip(commands, jobs):
            if job.status != "finished":
                print(f"{command}: {job.exception()}", file=sys.stderr)


main()
