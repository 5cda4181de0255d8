# SPDX-License-Identifier: Apache-2.0
"""Integer model of one stage, written from docs/number-formats.md in plain Python ints.

Maps are nested lists indexed [channel][row][column]. Nothing here is fast and nothing can overflow.
"""
from dataclasses import dataclass, field

INT8 = (-128, 127)
UINT8 = (0, 255)
NONE, DEPTHWISE, WEIGHTED_SUM = 0, 1, 2     # what follows the max pool


@dataclass
class Stage:
    """Shape, parameters and input of one stage.

    x [cin][in_h][in_w]; w [cout][cin][k][k]; b [cases][cout]; m1, s1 [cout];
    dw [cout][2n+1][2n+1] (DEPTHWISE); g [cout][out_h][out_w] (WEIGHTED_SUM); b2, m2, s2 [cout] (both).
    """
    cin: int
    cout: int
    in_h: int
    in_w: int
    k: int = 1
    stride: int = 1
    pad: int = 0
    pool_h: int = 0
    pool_w: int = 0
    out_h: int = 0
    out_w: int = 0
    act: int = NONE
    n: int = 0
    x: list = field(default_factory=list)
    w: list = field(default_factory=list)
    b: list = field(default_factory=list)
    m1: list = field(default_factory=list)
    s1: list = field(default_factory=list)
    dw: list = field(default_factory=list)
    b2: list = field(default_factory=list)
    m2: list = field(default_factory=list)
    s2: list = field(default_factory=list)
    g: list = field(default_factory=list)

    @property
    def conv_h(self):
        return (self.in_h + 2 * self.pad - self.k) // self.stride + 1

    @property
    def conv_w(self):
        return (self.in_w + 2 * self.pad - self.k) // self.stride + 1

    @property
    def cases(self):
        """Nine bias vectors for a padded stem, one otherwise."""
        return 9 if self.pad else 1

    @property
    def range1(self):
        """Range of the first requantise: int8 only when nothing follows the max pool."""
        return INT8 if self.act == NONE else UINT8


def requantise(acc, m, s, low, high):
    """min(high, max(low, (acc*M + 2^(S-1)) >> S)); Python's >> floors, so ties go up."""
    return min(high, max(low, (acc * m + (1 << (s - 1))) >> s))


def requantise_map(acc, m, s, low, high):
    """acc [c][h][w], m and s [c] -> [c][h][w]."""
    return [[[requantise(a, m[c], s[c], low, high) for a in row] for row in plane]
            for c, plane in enumerate(acc)]


def border(i, size):
    """0 in the first row (or column), else 2 in the last, else 1."""
    if i == 0:
        return 0
    return 2 if i == size - 1 else 1


def at(plane, y, x):
    """plane [h][w]; 0 outside it."""
    inside = 0 <= y < len(plane) and 0 <= x < len(plane[0])
    return plane[y][x] if inside else 0


def convolve(st):
    """Step 1 -> acc [cout][conv_h][conv_w], bias included."""
    def one(o, y, x):
        case = 3 * border(y, st.conv_h) + border(x, st.conv_w) if st.pad else 0
        return st.b[case][o] + sum(
            st.w[o][c][i][j] * at(st.x[c], st.stride * y + i - st.pad, st.stride * x + j - st.pad)
            for c in range(st.cin) for i in range(st.k) for j in range(st.k))
    return [[[one(o, y, x) for x in range(st.conv_w)] for y in range(st.conv_h)] for o in range(st.cout)]


def window(i, p, h):
    """Rows floor(i*P/H) .. ceil((i+1)*P/H) - 1 of output row i."""
    return range(i * p // h, -(-(i + 1) * p // h))


def max_pool(maps, pool_h, pool_w, out_h, out_w):
    """Step 3: [c][conv_h][conv_w] -> [c][out_h][out_w]."""
    return [[[max(plane[r][q] for r in window(y, pool_h, out_h) for q in window(x, pool_w, out_w))
              for x in range(out_w)] for y in range(out_h)] for plane in maps]


def depthwise(u, dw, b2, n):
    """Step 4: u [c][h][w], dw [c][2n+1][2n+1], b2 [c] -> acc2 [c][h][w]."""
    taps = range(-n, n + 1)
    return [[[b2[o] + sum(dw[o][i + n][j + n] * at(plane, y + i, x + j) for i in taps for j in taps)
              for x in range(len(plane[0]))] for y in range(len(plane))] for o, plane in enumerate(u)]


def weighted_sum(u, g, b2):
    """u and g [c][h][w], b2 [c] -> acc2 [c][1][1]."""
    return [[[b2[o] + sum(a * d for ra, rd in zip(plane, g[o]) for a, d in zip(ra, rd))]]
            for o, plane in enumerate(u)]


def after_pool(st):
    """Steps 1 to 3 -> [cout][out_h][out_w]."""
    q = requantise_map(convolve(st), st.m1, st.s1, *st.range1)
    return max_pool(q, st.pool_h, st.pool_w, st.out_h, st.out_w)


def second_accumulator(st, u):
    """Step 4, or the weighted sum in its place."""
    return depthwise(u, st.dw, st.b2, st.n) if st.act == DEPTHWISE else weighted_sum(u, st.g, st.b2)


def run(st):
    """-> (map after the pool [cout][out_h][out_w], output [cout][out_h][out_w], or [cout][1][1] after the sum)."""
    u = after_pool(st)
    if st.act == NONE:
        return u, u
    return u, requantise_map(second_accumulator(st, u), st.m2, st.s2, *INT8)


def fully_connected(q, w, b):
    """q [cin], w [classes][cin], b [classes] -> logits [classes]."""
    return [bias + sum(a * d for a, d in zip(row, q)) for row, bias in zip(w, b)]
