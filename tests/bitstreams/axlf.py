# SPDX-License-Identifier: Apache-2.0
"""An .xclbin read and written with struct alone: the layout as XRT's documentation gives it, not our C."""
import struct
import sys

KINDS = {0: "BITSTREAM", 2: "EMBEDDED_METADATA", 6: "MEM_TOPOLOGY", 7: "CONNECTIVITY", 8: "IP_LAYOUT", 11: "CLOCK_FREQ_TOPOLOGY"}
HEAD, SECTION = 456, struct.Struct("<I16s4xQQ")


def text(raw):
    assert b"\0" in raw, "a string that does not end"
    return raw.split(b"\0")[0].decode("ascii")


def read(path):
    with open(path, "rb") as f:
        data = f.read()
    magic, signature = struct.unpack_from("<8si", data, 0)
    assert magic == b"xclbin2\0" and signature == -1
    assert data[12:40] == b"\xff" * 28 and data[40:296] == b"\xff" * 256
    length, _, _, _, major, minor, mode, _ = struct.unpack_from("<QQQHBBHH", data, 304)
    assert length == len(data) and length % 8 == 0 and (major, minor) == (2, 13)
    n = struct.unpack_from("<I", data, HEAD - 8)[0]
    x = {"mode": mode, "platform": text(data[352:416]), "uuid": data[416:432].hex(), "n": n}
    end = HEAD + SECTION.size * n
    for s in range(n):
        kind, _, offset, size = SECTION.unpack_from(data, HEAD + SECTION.size * s)
        assert offset % 8 == 0 and offset >= end and offset + size <= length, "section %d" % s
        end = offset + size
        x[KINDS[kind]] = data[offset:offset + size]
    return x


def memory(raw):
    n = struct.unpack_from("<i", raw)[0]
    assert len(raw) == 8 + 40 * n
    rows = [struct.unpack_from("<BB6xQQ16s", raw, 8 + 40 * i) for i in range(n)]
    return [{"type": t, "used": u, "kib": k, "base": b, "tag": text(tag)} for t, u, k, b, tag in rows]


def units(raw):
    n = struct.unpack_from("<i", raw)[0]
    assert len(raw) == 8 + 80 * n
    rows = [struct.unpack_from("<IIQ64s", raw, 8 + 80 * i) for i in range(n)]
    return [{"type": t, "properties": p, "base": b, "name": text(name)} for t, p, b, name in rows]


def connections(raw):
    n = struct.unpack_from("<i", raw)[0]
    assert len(raw) == 4 + 12 * n
    return [struct.unpack_from("<iii", raw, 4 + 12 * i) for i in range(n)]


def clocks(raw):
    n = struct.unpack_from("<h", raw)[0]
    assert len(raw) == 2 + 136 * n
    return [(text(name), kind, mhz) for mhz, kind, name in (struct.unpack_from("<HB5x128s", raw, 2 + 136 * i) for i in range(n))]


def write(path, platform, names, mhz, mode=1):
    """As v++ would: IP_LAYOUT and CLOCK_FREQ_TOPOLOGY, and a UUID of the name."""
    ip = struct.pack("<i4x", len(names)) + b"".join(
        struct.pack("<IIQ64s", 1, 0x100, 0x800000 + 0x10000 * i, name.encode()) for i, name in enumerate(names))
    clock = struct.pack("<h", 2) + struct.pack("<HB5x128s", 500, 2, b"KERNEL_CLK") + struct.pack("<HB5x128s", mhz, 1, b"DATA_CLK")
    at = HEAD + 2 * SECTION.size
    length = at + len(ip) + len(clock)
    uuid = bytes((7 * i + len(path)) & 255 for i in range(16))
    head = struct.pack("<8si", b"xclbin2\0", -1) + b"\xff" * 284 + struct.pack("<Q", 1)
    head += struct.pack("<QQQHBBHH16x64s16s16sI4x", length, 0, 0, 0, 2, 14, mode, 0, platform.encode(), uuid, b"", 2)
    assert len(head) == HEAD
    with open(path, "wb") as f:
        f.write(head + SECTION.pack(8, b"ip", at, len(ip)) + SECTION.pack(11, b"clock", at + len(ip), len(clock)) + ip + clock)


if __name__ == "__main__":  # axlf.py OUT PLATFORM MHZ UNIT...
    write(sys.argv[1], sys.argv[2], sys.argv[4:], int(sys.argv[3]))
