# SPDX-License-Identifier: Apache-2.0
"""Writes stages.bin: test cases with the outputs that the integer model in stage.py expects.

    make_vectors.py            write stages.bin beside this file, print the coverage table
    make_vectors.py --check    fail unless stages.bin already holds these bytes

File, little endian, unaligned: char magic[8] "VNVEC1\\0\\0", u32 version 1, u32 seed, u32 number of cases, then each case:
    u32 kind (0 requantise list, 1 stage, 2 fully connected), char name[32] zero padded,
    u32 cin, cout, k, stride, pad, in_h, in_w, conv_h, conv_w, out_h, out_w, pool_h, pool_w,
        act (0 none: int8 out; 1 depthwise; 2 weighted sum), n, cases (1 or 9)
    then arrays, each a u32 byte count followed by that many bytes, the last index fastest:
    kinds 1, 2: input int8 [cin][in_h][in_w], w int8 [cout][cin][k][k], b int32 [cases][cout], m1 u32 [cout], s1 u8 [cout],
        dw int8 [cout][2n+1][2n+1], b2 int32 [cout], m2 u32 [cout], s2 u8 [cout], g int8 [cout][out_h][out_w],
        map after the pool [cout][out_h][out_w] (int8 if act is 0, else uint8),
        output: int8 [cout][out_h][out_w], [cout] for the weighted sum; kind 2: int32 [cout]
    kind 0: acc int32[], m u32[], s u8[], is_u8 u8[], expected byte[]; its sixteen fields are 0
An array that does not apply has byte count 0.
"""
import itertools
import pathlib
import random
import struct
import sys
from dataclasses import dataclass

import stage
from stage import DEPTHWISE, INT8, NONE, UINT8, WEIGHTED_SUM, Stage

MAGIC, VERSION, SEED = b"VNVEC1\0\0", 1, 20240611
PATH = pathlib.Path(__file__).resolve().parent / "stages.bin"
ACC_MAX = 2**31 - 1
M_MAX = 131071
CHANNELS = (1, 3, 7, 8, 9, 17, 33)
MAPS = ((1, 1), (1, 5), (7, 7), (8, 8), (13, 9), (14, 14))
STEMS = ((4, 4, 0), (4, 3, 1), (4, 2, 1), (2, 2, 0), (3, 1, 1))     # k, stride, pad


@dataclass
class Requants:
    """A list of (acc, m, s, is_u8)."""
    rows: list


@dataclass
class Dense:
    """x [cin], w [classes][cin], b [classes]."""
    x: list
    w: list
    b: list


# ---- random parameters ----

def tensor(shape, draw):
    """Nested lists of the shape, filled by calls of draw()."""
    if not shape:
        return draw()
    return [tensor(shape[1:], draw) for _ in range(shape[0])]


def between(rng, low, high):
    return lambda: rng.randint(low, high)


def flat(value):
    """Nested lists -> one list, the last index fastest."""
    return [v for item in value for v in flat(item)] if isinstance(value, list) else [value]


def scale_for(rng, plane, low, high):
    """A (M, S) that takes the largest magnitude of an accumulator plane to somewhere in low..high, 17 bits kept."""
    peak = max(1, max(abs(a) for a in flat(plane)))
    target = rng.randint(low, high)
    s = max(s for s in range(1, 48) if (target << s) // peak <= M_MAX)
    return (target << s) // peak, s


def scales(rng, acc, low, high):
    """acc [c][h][w] -> (m [c], s [c])."""
    pairs = [scale_for(rng, plane, low, high) for plane in acc]
    return [m for m, _ in pairs], [s for _, s in pairs]


def shape_of(cin, cout, size, kernel=(1, 1, 0), pool="none", act=NONE, n=0):
    """A Stage without data. pool: "none", "half" (2x2, odd row or column dropped) or the adaptive (out_h, out_w)."""
    k, stride, pad = kernel
    st = Stage(cin, cout, *size, k=k, stride=stride, pad=pad, act=act, n=n)
    st.pool_h, st.pool_w = st.out_h, st.out_w = st.conv_h, st.conv_w
    if pool == "half":
        st.out_h, st.out_w = st.conv_h // 2, st.conv_w // 2
        st.pool_h, st.pool_w = 2 * st.out_h, 2 * st.out_w
    elif pool != "none":
        st.out_h, st.out_w = pool
    return st


def fill_random(rng, st):
    """Random data; the multipliers are chosen so that the results use their range and sometimes leave it."""
    st.x = tensor((st.cin, st.in_h, st.in_w), between(rng, *INT8))
    st.w = tensor((st.cout, st.cin, st.k, st.k), between(rng, -127, 127))
    swing = 6000 * st.k * (1 + st.cin // 8)
    st.b = tensor((st.cases, st.cout), between(rng, -swing, swing))
    goal = (100, 180) if st.act == NONE else (200, 400)
    st.m1, st.s1 = scales(rng, stage.convolve(st), *goal)
    if st.act == NONE:
        return st
    if st.act == DEPTHWISE:
        st.dw = tensor((st.cout, 2 * st.n + 1, 2 * st.n + 1), between(rng, -127, 127))
    else:
        st.g = tensor((st.cout, st.out_h, st.out_w), between(rng, -127, 127))
    st.b2 = tensor((st.cout,), between(rng, -20000, 20000))
    st.m2, st.s2 = scales(rng, stage.second_accumulator(st, stage.after_pool(st)), 100, 180)
    return st


# ---- stage cases ----

def stages_with_every_n(rng_of):
    """Every map with no depthwise (int8 out) and n = 0 .. 4, channel counts and pooling in rotation."""
    acts = [(NONE, 0)] + [(DEPTHWISE, n) for n in range(5)]
    for i, ((act, n), size) in enumerate(itertools.product(acts, MAPS)):
        cin, cout = CHANNELS[i % 7], CHANNELS[(3 * i + 1 + i // 7) % 7]
        pool = "half" if i % 4 == 3 and min(size) > 1 else "none"
        label = "int8" if act == NONE else f"n{n}"
        name = f"{label} {size[0]}x{size[1]} {cin}>{cout} {pool}"
        yield name, fill_random(rng_of(name), shape_of(cin, cout, size, pool=pool, act=act, n=n))


def stems(rng_of):
    """Every stem with 1 and 3 image channels, into a depthwise, int8 output, or a weighted sum."""
    follow = itertools.cycle([(DEPTHWISE, 1), (DEPTHWISE, 3), (NONE, 0), (DEPTHWISE, 2), (WEIGHTED_SUM, 0)])
    sizes = itertools.cycle([(17, 13), (16, 16), (12, 18)])
    for kernel, cin in itertools.product(STEMS, (1, 3)):
        act, n = next(follow)
        name = "stem k{} s{} p{} c{}".format(*kernel, cin)
        yield name, fill_random(rng_of(name), shape_of(cin, 9, next(sizes), kernel, act=act, n=n))


def small_stems(rng_of):
    """Padded stems whose convolution has one or two rows or columns, kernels larger than the image, and pooling."""
    for name, kernel, size, pool, act in (
            ("stem image smaller than k", (4, 2, 1), (2, 2), "none", NONE),
            ("stem one row of output", (4, 2, 1), (3, 10), "none", DEPTHWISE),
            ("stem one column of output", (4, 3, 1), (11, 4), "none", DEPTHWISE),
            ("stem two by two outputs", (3, 1, 1), (2, 2), "none", NONE),
            ("stem 3x3 image pixel 1x1", (3, 1, 1), (1, 1), "none", NONE),
            ("stem padded pool half", (3, 1, 1), (9, 8), "half", DEPTHWISE),
            ("stem padded pool adaptive", (4, 2, 1), (18, 14), (5, 4), DEPTHWISE)):
        yield name, fill_random(rng_of(name), shape_of(3, 8, size, kernel, pool, act, n=int(act == DEPTHWISE)))


def pools(rng_of):
    """2x2 windows on even and odd maps, uneven and overlapping adaptive windows, both axes independent."""
    for i, (size, pool) in enumerate((
            ((8, 8), "half"), ((14, 14), "half"), ((7, 7), "half"), ((13, 9), "half"), ((8, 7), "half"), ((2, 3), "half"),
            ((9, 9), (5, 5)), ((7, 7), (4, 4)), ((5, 5), (3, 3)), ((13, 13), (7, 7)), ((9, 7), (5, 4)), ((13, 5), (7, 3)),
            ((9, 8), (5, 4)), ((3, 3), (2, 2)), ((8, 10), (5, 7)), ((9, 9), (3, 3)), ((75, 75), (38, 38)))):
        large = size[0] > 20
        cin, cout = (1, 3) if large else (CHANNELS[i % 7], CHANNELS[(i + 3) % 7])
        act, n = ((DEPTHWISE, 1), (NONE, 0), (DEPTHWISE, 2))[i % 3]
        to = pool if pool == "half" else f"{pool[0]}x{pool[1]}"
        name = f"pool {size[0]}x{size[1]} {to}"
        yield name, fill_random(rng_of(name), shape_of(cin, cout, size, pool=pool, act=act, n=n))


def weighted_sums(rng_of):
    """The last stage, with and without pooling before the sum."""
    for i, (size, pool) in enumerate((((7, 7), "none"), ((10, 10), "none"), ((1, 1), "none"), ((3, 5), "none"),
                                      ((14, 14), "half"), ((13, 13), (7, 7)))):
        name = f"sum {size[0]}x{size[1]} {pool if isinstance(pool, str) else 'adaptive'}"
        yield name, fill_random(rng_of(name), shape_of(17, CHANNELS[i + 1], size, pool=pool, act=WEIGHTED_SUM))


def several_tiles(rng_of):
    """Many channels on a small map."""
    name = "wide 130>70"
    yield name, fill_random(rng_of(name), shape_of(130, 70, (5, 6), act=DEPTHWISE, n=1))


def constant_stage(x, w, act, n, d):
    """9 -> 4 channels on 7x7 with every input x; weights +w, -w, alternating signs, and 0; M = 131071."""
    st = shape_of(9, 4, (7, 7), act=act, n=n)
    rows = ([w] * 9, [-w] * 9, [w, -w] * 4 + [w], [0] * 9)
    st.x = tensor((9, 7, 7), lambda: x)
    st.w = [[[[v]] for v in row] for row in rows]
    st.b = [[0, 0, -5, 77]]
    st.m1, st.s1 = [M_MAX] * 4, [27, 27, 24, 17]
    if act != NONE:
        st.b2, st.m2, st.s2 = [0, -1, 3, 9], [M_MAX] * 4, [30, 30, 29, 24]
        signs = itertools.cycle((1, 1, -1))
        fill = (lambda: d), (lambda: -d), (lambda: d * next(signs)), (lambda: 1)
        extent = (2 * n + 1, 2 * n + 1) if act == DEPTHWISE else (st.out_h, st.out_w)
        taps = [tensor(extent, f) for f in fill]
        st.dw, st.g = (taps, []) if act == DEPTHWISE else ([], taps)
    return st


def extremes(_):
    """All inputs -128 or 127 with weights of +-127, through every kind of stage."""
    for act, n, label in ((NONE, 0, "int8"), (DEPTHWISE, 1, "n1"), (DEPTHWISE, 4, "n4"), (WEIGHTED_SUM, 0, "sum")):
        for x in INT8:
            yield f"extreme x={x} {label}", constant_stage(x, 127, act, n, 127)


def limits(_):
    """Accumulators of exactly -(2^31 - 1) and 2^31 - 1 in both requantisers."""
    for act, label in ((NONE, "int8"), (DEPTHWISE, "depthwise"), (WEIGHTED_SUM, "sum")):
        st = constant_stage(-128, 127, act, 1, 127)
        rest = ACC_MAX - 9 * 127 * 128
        st.b = [[-rest, rest, rest, -rest]]
        st.m1, st.s1 = [M_MAX] * 4, [41, 41 if act == NONE else 40, 40, 47]
        if act != NONE:
            rest = ACC_MAX - 255 * 127 * (9 if act == DEPTHWISE else 49)
            taps = st.dw if act == DEPTHWISE else st.g
            taps[2] = taps[0]
            st.b2, st.m2, st.s2 = [rest, -rest, rest, -rest], [M_MAX, M_MAX, 70000, M_MAX], [42, 41, 41, 47]
        yield f"limit of int32 {label}", st


def shifts(_):
    """M = 0, M = 131071, S = 1 and S = 47 in both requantisers, small accumulators included."""
    for act in (NONE, DEPTHWISE, WEIGHTED_SUM):
        st = shape_of(1, 6, (3, 5), act=act)
        st.x = [[[v - 7 for v in range(5 * y, 5 * y + 5)] for y in range(3)]]
        st.w = [[[[v]]] for v in (1, 100, 127, 1, -127, 127)]
        st.b = [[0, 50, 0, 0, 0, 1 << 30]]
        st.m1, st.s1 = [M_MAX, 0, 0, 1, M_MAX, M_MAX], [1, 1, 47, 1, 47, 47]
        if act == DEPTHWISE:
            st.dw = [[[v]] for v in (1, 1, 127, 1, -1, 1)]
        if act == WEIGHTED_SUM:
            st.g = [[[(x + y + o) % 7 - 3 for x in range(5)] for y in range(3)] for o in range(6)]
        if act != NONE:
            st.b2 = [-7, 3, -128, 4, -(1 << 30), 1 << 30]
            st.m2, st.s2 = [1, M_MAX, 1, 0, M_MAX, 65536], [1, 1, 1, 47, 47, 47]
        yield f"M and S ends act {act}", st


def ties(_):
    """Channel o multiplies a ramp by 2^-(o+1), so that ties of both signs abound in both requantisers."""
    for act in (NONE, DEPTHWISE, WEIGHTED_SUM):
        st = shape_of(1, 4, (16, 16), act=act)
        st.x = [[[16 * y + x - 128 for x in range(16)] for y in range(16)]]
        st.w = [[[[1]]], [[[-1]]], [[[5]]], [[[127]]]]
        st.b = [[0, 0, 0, 0]]
        st.m1, st.s1 = [1, 1 << 14, 3, 1 << 16], [1, 16, 4, 22]
        if act == DEPTHWISE:
            st.dw = [[[1]], [[-1]], [[3]], [[-127]]]
        if act == WEIGHTED_SUM:
            st.g = [[[1 if (x, y) == (15, 15 * (o % 2)) else 0 for x in range(16)] for y in range(16)] for o in range(4)]
        if act != NONE:
            st.b2, st.m2, st.s2 = [-40, 7, 0, 1], [1, 1 << 13, 3, 1 << 16], [1, 15, 3, 21]
        yield f"ties act {act}", st


# ---- requantise and fully connected cases ----

def requant_ties():
    """acc * M an odd multiple of 2^(S-1), and its neighbours, for every shift."""
    halves = (-200, -130, -129, -128, -3, -2, -1, 0, 1, 2, 126, 127, 128, 253, 254, 255, 256)
    rows = []
    for s, t, odd in itertools.product(range(1, 48), halves, (1, 3)):
        m = odd << min(16 - odd // 2, s - 1)
        half = (2 * t + 1) << (s - 1)
        rows += [(half // m + d, m, s, u) for d in (-1, 0, 1) for u in (0, 1)]
    return Requants(in_range(rows))


def requant_ends():
    """Ends of every operand, in all combinations."""
    accs = (-2**31, -ACC_MAX, -2**30, -65537, -2, -1, 0, 1, 2, 65537, 2**30, ACC_MAX - 1, ACC_MAX)
    multipliers, steps = (0, 1, 65535, 65536, M_MAX - 1, M_MAX), (1, 2, 16, 31, 32, 40, 41, 46, 47)
    return Requants(list(itertools.product(accs, multipliers, steps, (0, 1))))


def requant_random(rng):
    """Random results from a little below both ranges to a little above."""
    rows = []
    for s in range(1, 48):
        for _ in range(40):
            m = rng.randint(1, M_MAX)
            acc = (rng.randint(-140, 270) << s) // m + rng.randint(-1, 1)
            rows.append((acc, m, s, rng.randint(0, 1)))
    return Requants(in_range(rows))


def in_range(rows):
    """The rows whose accumulator is an int32."""
    return [row for row in rows if -2**31 <= row[0] < 2**31]


def dense(rng, cin, classes):
    return Dense(tensor((cin,), between(rng, *INT8)), tensor((classes, cin), between(rng, -127, 127)),
                 tensor((classes,), between(rng, -10**6, 10**6)))


def dense_limit():
    """Logits of exactly +-(2^31 - 1)."""
    rest = ACC_MAX - 33 * 128 * 127
    return Dense([-128] * 33, [[-127 if i % 2 else 127] * 33 for i in range(10)],
                 [rest if i % 2 else -rest for i in range(10)])


def rng_of(name):
    """A generator of its own per case, so that a new case changes no other."""
    return random.Random(f"{SEED}/{name}")


def all_cases():
    """-> [(name, Requants | Stage | Dense)]."""
    cases = [("requantise ties", requant_ties()), ("requantise ends", requant_ends()),
             ("requantise random", requant_random(rng_of("requantise random")))]
    for make in (stages_with_every_n, stems, small_stems, pools, weighted_sums, several_tiles,
                 extremes, limits, shifts, ties):
        cases += make(rng_of)
    for cin, classes in ((1, 10), (33, 10), (130, 65)):
        cases.append((f"fc {cin}>{classes}", dense(rng_of(f"fc {cin}>{classes}"), cin, classes)))
    cases.append(("fc limit of int32", dense_limit()))
    return cases


# ---- legality ----

def check_stage(st):
    """Refuse a case that a loaded program could not hold: a weight of -128, a sum that could leave int32, bad M or S."""
    assert all(-127 <= v <= 127 for v in flat(st.w) + flat(st.dw) + flat(st.g))
    assert all(0 <= m <= M_MAX for m in st.m1 + st.m2) and all(1 <= s <= 47 for s in st.s1 + st.s2)
    assert st.pool_h <= st.conv_h and st.pool_w <= st.conv_w
    for o in range(st.cout):
        bias = max(abs(b[o]) for b in st.b)
        assert bias + 128 * sum(map(abs, flat(st.w[o]))) <= ACC_MAX
        if st.act != NONE:
            taps = st.dw[o] if st.act == DEPTHWISE else st.g[o]
            assert abs(st.b2[o]) + 255 * sum(map(abs, flat(taps))) <= ACC_MAX


# ---- file ----

def pack(fmt, values):
    """An array: u32 byte count, then the values (nested lists allowed) as the struct type fmt."""
    data = struct.pack(f"<{len(flat(values))}{fmt}", *flat(values))
    return struct.pack("<I", len(data)) + data


def header(kind, name, fields):
    assert len(name) < 32 and len(fields) == 16
    return struct.pack("<I32s16I", kind, name.encode(), *fields)


def encode_requants(name, case):
    acc, m, s, is_u8 = map(list, zip(*case.rows))
    expected = [stage.requantise(a, m_, s_, *(UINT8 if u else INT8)) & 255 for a, m_, s_, u in case.rows]
    return header(0, name, [0] * 16) + pack("i", acc) + pack("I", m) + pack("B", s) + pack("B", is_u8) + pack("B", expected)


def encode_stage(name, st):
    check_stage(st)
    pooled, out = stage.run(st)
    fields = [st.cin, st.cout, st.k, st.stride, st.pad, st.in_h, st.in_w, st.conv_h, st.conv_w, st.out_h, st.out_w,
              st.pool_h, st.pool_w, st.act, st.n, st.cases]
    arrays = (("b", st.x), ("b", st.w), ("i", st.b), ("I", st.m1), ("B", st.s1), ("b", st.dw), ("i", st.b2),
              ("I", st.m2), ("B", st.s2), ("b", st.g), ("b" if st.act == NONE else "B", pooled), ("b", out))
    return header(1, name, fields) + b"".join(itertools.starmap(pack, arrays))


def encode_dense(name, case):
    cin, classes = len(case.x), len(case.b)
    fields = [cin, classes, 1, 1, 0] + [1] * 8 + [NONE, 0, 1]
    logits = stage.fully_connected(case.x, case.w, case.b)
    arrays = [("b", case.x), ("b", case.w), ("i", case.b)] + [("b", [])] * 8 + [("i", logits)]
    return header(2, name, fields) + b"".join(itertools.starmap(pack, arrays))


def encode(name, case):
    encoder = {Requants: encode_requants, Stage: encode_stage, Dense: encode_dense}[type(case)]
    return encoder(name, case)


def encode_all(cases):
    assert len({name for name, _ in cases}) == len(cases)
    head = MAGIC + struct.pack("<III", VERSION, SEED, len(cases))
    return head + b"".join(encode(name, case) for name, case in cases)


# ---- coverage ----

def requant_features(acc, m, s, low, high):
    """What one use of the requantiser exercises."""
    kind = "u8" if low == 0 else "int8"
    value = (acc * m + (1 << (s - 1))) >> s
    inside = low <= value <= high
    if (acc * m) % (1 << s) == 1 << (s - 1):
        if inside:
            yield f"{kind} tie, {'negative' if acc < 0 else 'positive'}"
        elif value in (low - 1, high + 1):
            yield f"{kind} tie just outside the range, {'low' if value < low else 'high'}"
    if not inside:
        yield f"{kind} saturates {'low' if value < low else 'high'}"
    if value in (low, high):
        yield f"{kind} reaches {value}"
    for text, hit in (("M = 0", m == 0), ("M = 131071", m == M_MAX), ("S = 1", s == 1), ("S = 47", s == 47),
                      ("acc = -(2^31 - 1)", acc == -ACC_MAX), ("acc = 2^31 - 1", acc == ACC_MAX)):
        if hit:
            yield f"{kind} {text}"


def map_features(prefix, acc, m, s, bounds):
    """requant_features of a whole map acc [c][h][w], prefixed."""
    return {f"{prefix}: {f}" for c, plane in enumerate(acc) for a in set(flat(plane))
            for f in requant_features(a, m[c], s[c], *bounds)}


def pool_feature(p, conv, out):
    """How one axis is pooled."""
    if p == out:
        return "none"
    if p == 2 * out:
        return "2x2 of an even map" if p == conv else "2x2 of an odd map"
    return f"adaptive {p} to {out}"


def stage_features(st):
    """The set of features that a stage case reaches."""
    acc = stage.convolve(st)
    found = map_features("requantise 1", acc, st.m1, st.s1, st.range1)
    if st.act != NONE:
        found |= map_features("requantise 2", stage.second_accumulator(st, stage.after_pool(st)), st.m2, st.s2, INT8)
    found |= {f"cin {st.cin}", f"cout {st.cout}", f"pool: {pool_feature(st.pool_h, st.conv_h, st.out_h)}",
              f"pool: {pool_feature(st.pool_w, st.conv_w, st.out_w)}"}
    if (st.k, st.stride, st.pad) != (1, 1, 0):
        found.add(f"stem k{st.k} s{st.stride} p{st.pad}, {st.cin} channels")
    else:
        found.add(f"block map {st.in_h}x{st.in_w}")
    if st.k > min(st.in_h, st.in_w):
        found.add("stem kernel larger than the image")
    if st.cases == 9:
        found |= {f"border case {3 * stage.border(y, st.conv_h) + stage.border(x, st.conv_w)}"
                  for y in range(st.conv_h) for x in range(st.conv_w)}
        assert all(len({b[o] for b in st.b}) == 9 for o in range(st.cout))
        if st.conv_h == 1 or st.conv_w == 1:
            found.add("border: first row or column is also the last")
    if st.act == NONE:
        found.add("int8 output")
    elif st.act == DEPTHWISE:
        found.add(f"depthwise n = {st.n}")
        if 2 * st.n + 1 > min(st.out_h, st.out_w):
            found.add("depthwise kernel larger than the map")
    else:
        found.add(f"weighted sum {st.out_h}x{st.out_w}")
    if set(flat(st.x)) == {-128} and set(flat(st.w)) >= {-127, 127}:
        found.add("all inputs -128, weights +-127")
    return found


def features(case):
    if isinstance(case, Requants):
        return {f"requantise list: {f}" for a, m, s, u in case.rows
                for f in requant_features(a, m, s, *(UINT8 if u else INT8))}
    if isinstance(case, Dense):
        return {f"fc {len(case.b)} classes"}
    return stage_features(case)


def required():
    """Every feature that the cases must reach."""
    def ends(kind):
        return [f"{kind} {f}" for f in ("saturates low", "saturates high", "M = 0", "M = 131071", "S = 1", "S = 47",
                                        "acc = -(2^31 - 1)", "acc = 2^31 - 1", "tie, positive",
                                        "tie just outside the range, high")]
    need = [f"requantise list: {f}" for f in ends("u8") + ends("int8")]
    need += ["requantise list: " + f for f in (
        "u8 tie, negative", "int8 tie, negative",
        "u8 tie just outside the range, low", "int8 tie just outside the range, low",
        "u8 reaches 0", "u8 reaches 255", "int8 reaches -128", "int8 reaches 127")]
    need += [f"requantise 1: {f}" for f in ends("u8")[:-1] + ends("int8")[:-1] + ["u8 tie, negative", "int8 tie, negative"]]
    need += [f"requantise 2: {f}" for f in ends("int8")[:-1] + ["int8 tie, negative"]]
    need += [f"cin {c}" for c in CHANNELS] + [f"cout {c}" for c in CHANNELS]
    need += [f"block map {h}x{w}" for h, w in MAPS]
    need += ["stem k{} s{} p{}, {} channels".format(*k, c) for k in STEMS for c in (1, 3)]
    need += ["stem kernel larger than the image", "border: first row or column is also the last"]
    need += [f"border case {i}" for i in range(9)]
    need += [f"pool: {p}" for p in ("none", "2x2 of an even map", "2x2 of an odd map", "adaptive 3 to 2", "adaptive 5 to 3",
                                    "adaptive 7 to 4", "adaptive 9 to 5", "adaptive 13 to 7", "adaptive 75 to 38",
                                    "adaptive 8 to 5", "adaptive 10 to 7", "adaptive 9 to 3")]
    need += ["int8 output"] + [f"depthwise n = {n}" for n in range(5)] + ["depthwise kernel larger than the map"]
    need += [f"weighted sum {s}" for s in ("7x7", "10x10", "1x1", "3x5")]
    return need + ["all inputs -128, weights +-127", "fc 10 classes", "fc 65 classes"]


def print_coverage(cases):
    """Print how many cases reach each required feature; return those that none reaches."""
    found = [features(case) for _, case in cases]
    count = {f: sum(f in s for s in found) for f in required()}
    for feature, number in count.items():
        print(f"{number:4d}  {feature}")
    return [f for f, number in count.items() if number == 0]


def main(arguments):
    cases = all_cases()
    missing = print_coverage(cases)
    if missing:
        sys.exit("not covered: " + "; ".join(missing))
    data = encode_all(cases)
    print(f"{len(cases)} cases, {len(data)} bytes")
    if "--check" not in arguments:
        PATH.write_bytes(data)
    elif PATH.read_bytes() != data:
        sys.exit(f"{PATH.name} is not what make_vectors.py writes")


if __name__ == "__main__":
    main(sys.argv[1:])
