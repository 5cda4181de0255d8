#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How busy the array is for each stage of a whole-network run: cycles in which it took a pixel /
cycles from the stage's first to its last issue, waits and other stages' tiles in between included.

EVENTS is what `--device 'rtl:;events=EVENTS'` wrote; NET.vnx the program.
"""
import argparse
import csv
import struct

OP_MM = 3


def descriptors(path):
    """The DESC section, a tuple of 16 words each (docs/program-format.md)."""
    with open(path, "rb") as f:
        data = f.read()
    for i in range(struct.unpack_from("<I", data, 12)[0]):
        name, _, offset, size = struct.unpack_from("<4sIQQ", data, 24 + 24 * i)
        if name == b"DESC":
            return list(struct.iter_unpack("<16I", data[offset:offset + size]))
    raise SystemExit(f"{path}: no section DESC")


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("events")
    p.add_argument("program")
    p.add_argument("--drain", type=int, default=60, help="cycles from the last pixel to done")
    args = p.parse_args()
    desc, stages = descriptors(args.program), {}
    with open(args.events, newline="") as f:
        for row in csv.DictReader(f):
            if row["engine"] != "ARRAY":
                continue
            d = desc[int(row["descriptor"])]
            assert d[0] & 255 == OP_MM
            pixels = (d[7] & 65535) * (d[7] >> 16) * (d[8] & 65535)
            first, last, busy = stages.get(d[0] >> 16 & 255, (1 << 62, 0, 0))
            stages[d[0] >> 16 & 255] = (min(first, int(row["start"])),
                                        max(last, int(row["end"]) - args.drain),
                                        busy + pixels * (d[6] & 65535))
    for stage, (first, last, busy) in sorted(stages.items()):
        print(f"stage {stage}: {first}..{last}, {busy} cycles with a pixel, "
              f"{100 * busy / (last - first):.2f} %")


if __name__ == "__main__":
    main()
