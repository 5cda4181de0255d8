#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the host costs beside a compute unit, from the driver's own time line (timeline=FILE of a
device's URI) of a run on an emulated card.

The time of the simulated compute unit ("compute") is taken out and replaced by predicted cycles at
an assumed clock; transfers by their bytes at PCIe's rate.  What is left is measured: packing,
unpacking and the driver's calls.  Two figures: the sum of all host work and transfers beside the
kernel time, and how much of it the kernel has to wait for, since it is not hidden behind computing.
"""
import argparse
import json
from collections import defaultdict

TRANSFERS = ("write", "read", "weights", "status")
MEASURED = ("pack", "unpack", "start")
HOST, UNIT = 0, 1


def load(path, skip=0):
    """{unit: its events}, without those of the first `skip` batches (the self-test is one)."""
    with open(path) as f:
        events = [e for e in json.load(f)["traceEvents"] if e["ph"] == "X"]
    by_unit = defaultdict(list)
    for e in events:
        by_unit[e["pid"]].append(e)
    for unit, own in by_unit.items():
        packed = sorted(e["ts"] for e in own if e["name"] == "pack")
        begin = packed[min(skip, len(packed) - 1)]
        by_unit[unit] = [e for e in own if e["ts"] >= begin and e["name"] != "load"]
    return by_unit


def overlapped(events):
    """Of the transfers of records: bytes, and bytes of those that lie within some computing."""
    spans = [(e["ts"], e["ts"] + e["dur"]) for e in events if e["name"] == "compute"]
    total = hidden = 0
    for e in events:
        if e["name"] not in ("write", "read") or not e["args"]["bytes"]:
            continue
        total += e["args"]["bytes"]
        if any(a <= e["ts"] and e["ts"] + e["dur"] <= b for a, b in spans):
            hidden += e["args"]["bytes"]
    return total, hidden


def gaps(events):
    """Microseconds between the end of one computing and the start of the next."""
    spans = sorted((e["ts"], e["ts"] + e["dur"]) for e in events if e["name"] == "compute")
    return [b[0] - a[1] for a, b in zip(spans, spans[1:])]


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("timeline")
    p.add_argument("--cycles", type=float, required=True, help="predicted, of one batch")
    p.add_argument("--clock", type=float, default=300.0, help="MHz, assumed")
    p.add_argument("--pcie", type=float, default=11.6, help="GB/s, assumed")
    p.add_argument("--skip", type=int, default=1, help="first batches to leave out: the self-test")
    args = p.parse_args()
    kernel_us = args.cycles / args.clock
    for unit, events in sorted(load(args.timeline, args.skip).items()):
        batches = sum(e["name"] == "compute" for e in events)
        host_us = sum(e["dur"] for e in events if e["name"] in MEASURED) / batches
        moved = sum(e["args"]["bytes"] for e in events if e["name"] in TRANSFERS) / batches
        pcie_us = moved / args.pcie / 1e3
        total, hidden = overlapped(events)
        between = sorted(gaps(events))
        share = 100 * (host_us + pcie_us) / kernel_us
        print(f"unit {unit}: {batches} batches; a batch: kernel {kernel_us:.0f} us (predicted, "
              f"{args.clock:g} MHz assumed), host {host_us:.0f} us (measured), transfers "
              f"{moved:.0f} bytes = {pcie_us:.0f} us ({args.pcie:g} GB/s assumed)")
        print(f"unit {unit}: host and transfers are {share:.2f} % of the kernel time, "
              f"{100 * hidden / max(total, 1):.0f} % of the records' bytes moved while it computed")
        if between:
            print(f"unit {unit}: between two batches the unit waits {between[len(between) // 2]:.0f}"
                  f" us (measured, median; emulation's transport included), "
                  f"{100 * between[len(between) // 2] / kernel_us:.2f} % of the kernel time")


if __name__ == "__main__":
    main()
