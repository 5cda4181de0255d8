#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""break_net.py IN.vnx OUT.vnx - a legal program whose stage entries compute something else than its other entries.

The first MM of block1's stage entry gets its weights from another place of the segment, so resident and streamed runs
differ.  Checksums are made good again."""
import struct
import sys
import zlib

data = bytearray(open(sys.argv[1], "rb").read())
count, = struct.unpack_from("<I", data, 12)
table = {}
for i in range(count):
    at = 24 + 24 * i
    name, _, offset, size = struct.unpack_from("<4sIQQ", data, at)
    table[name] = (at, offset, size)

_, entries, size = table[b"ENTR"]
first = next(e[2] for e in (struct.unpack_from("<9I", data, entries + 36 * i) for i in range(size // 36))
             if e[0] == 2 and e[1] == 1)
at, desc, size = table[b"DESC"]
while data[desc + 64 * first] != 3:
    first += 1
weights = desc + 64 * first + 12
struct.pack_into("<I", data, weights, struct.unpack_from("<I", data, weights)[0] + 1)
struct.pack_into("<I", data, at + 4, zlib.crc32(data[desc:desc + size]))
struct.pack_into("<I", data, 16, 0)
struct.pack_into("<I", data, 16, zlib.crc32(data[:24 + 24 * count]))
open(sys.argv[2], "wb").write(data)
