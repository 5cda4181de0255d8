#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""make_data.py DIR - the good and the bad files that the tests of the program read."""
import gzip
import os
import random
import struct
import sys
import zlib

random.seed(1)
root = sys.argv[1]


def path(*parts):
    full = os.path.join(root, *parts)
    os.makedirs(os.path.dirname(full), exist_ok=True)
    return full


def put(name, data):
    with open(path(*name.split("/")), "wb") as f:
        f.write(data)


def noise(n):
    return bytes(random.getrandbits(8) for _ in range(n))


def idx(dims, data, magic=0x800):
    return struct.pack(">I", magic | len(dims)) + b"".join(struct.pack(">I", d) for d in dims) + data


def png(width, height, channels, data=None, depth=8, declare=None):
    kind = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    line = width * channels * depth // 8
    data = noise(line * height) if data is None else data
    raw = b"".join(b"\0" + data[y * line:(y + 1) * line] for y in range(height))

    def chunk(tag, body):
        return struct.pack(">I", len(body)) + tag + body + struct.pack(">I", zlib.crc32(tag + body))

    w, h = declare or (width, height)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", w, h, depth, kind, 0, 0, 0)) +
            chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b""))


N = 24
images = noise(N * 784)
labels = bytes(i % 10 for i in range(N))
put("data/train-images-idx3-ubyte", idx([N, 28, 28], images))
put("data/t10k-images-idx3-ubyte", idx([N, 28, 28], images))
put("data/t10k-labels-idx1-ubyte", idx([N], labels))
put("zipped/t10k-images-idx3-ubyte.gz", gzip.compress(idx([N, 28, 28], images)))
put("zipped/t10k-labels-idx1-ubyte.gz", gzip.compress(idx([N], labels)))
put("pair/pictures", idx([N, 28, 28], images))
put("pair/classes", idx([N], labels))

put("good/grey.png", png(28, 28, 1))
put("named/caf\udce9.png", png(28, 28, 1))  # a name that is not UTF-8
put("named/thin.png", png(3000, 1, 1))
put("good/grey_alpha.png", png(28, 28, 2))
put("good/rgb.png", png(28, 28, 3))
put("good/rgba.png", png(28, 28, 4))
put("good/deep.png", png(28, 28, 1, depth=16))
for c in range(10):
    for i in range(2):
        put("classes/%02d/%d.png" % (c, i), png(28, 28, 1))

put("bad/empty", b"")
put("bad/text.txt", b"hello, world\n")
put("bad/short.png", png(28, 28, 1)[:60])
put("bad/head.png", b"\x89PNG\r\n\x1a\n")
put("bad/huge.png", png(28, 28, 1, declare=(100000, 100000)))
put("bad/large.png", png(28, 28, 1, declare=(20000, 20000)))
put("bad/zero.png", png(28, 28, 1, declare=(0, 28)))
put("bad/wide.png", png(56, 28, 1))
put("bad/crc.png", png(28, 28, 1).replace(b"IDAT", b"IDAT\1", 1))
put("bad/head.jpg", b"\xff\xd8\xff\xe0")
put("bad/noise.jpg", b"\xff\xd8" + noise(500))
put("bad/magic.idx", idx([N, 28, 28], images, magic=0xd00))
put("bad/five.idx", struct.pack(">I", 0x805) + b"\0" * 40)
put("bad/head.idx", idx([N, 28, 28], images)[:10])
put("bad/lying.idx", idx([4000000000, 28, 28], images))
put("bad/tall.idx", idx([1, 4000000000, 28], images))
put("bad/none.idx", idx([0, 28, 28], b""))
put("bad/short.idx", idx([N, 28, 28], images[:-1]))
put("bad/long.idx", idx([N, 28, 28], images + b"x"))
put("bad/small.idx", idx([N, 14, 14], images[:N * 196]))
put("bad/labels.idx", idx([N], labels))
put("bad/cut.idx.gz", gzip.compress(idx([N, 28, 28], images))[:2000])
broken = bytearray(gzip.compress(idx([N, 28, 28], images)))
broken[3000:3010] = noise(10)
put("bad/broken.idx.gz", bytes(broken))

put("fewer/t10k-images-idx3-ubyte", idx([N, 28, 28], images))
put("fewer/t10k-labels-idx1-ubyte", idx([N - 1], labels[:-1]))
put("range/t10k-images-idx3-ubyte", idx([N, 28, 28], images))
put("range/t10k-labels-idx1-ubyte", idx([N], labels[:-1] + b"\x0a"))
put("alone/t10k-images-idx3-ubyte", idx([N, 28, 28], images))
put("swapped/t10k-images-idx3-ubyte", idx([N], labels))
put("swapped/t10k-labels-idx1-ubyte", idx([N, 28, 28], images))
put("two/a/1.png", png(28, 28, 1))
put("two/b/1.png", png(28, 28, 1))
os.makedirs(os.path.join(root, "nothing"), exist_ok=True)
for c in range(10):
    os.makedirs(os.path.join(root, "hollow", str(c)), exist_ok=True)

put("labels.txt", "".join("thing %d\n" % i for i in range(10)).encode())
put("nine.txt", "".join("thing %d\n" % i for i in range(9)).encode())
put("gap.txt", b"a\n\nb\n")
put("latin.txt", b"caf\xe9\n" + b"x\n" * 9)
put("zero.txt", b"a\0b\n" + b"x\n" * 9)
put("mark.txt", b"\xef\xbb\xbffirst\n" + b"x\n" * 9)
