#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The integer model against cases worked out by hand, and stages.bin against its generator."""
import os
import struct
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import make_vectors
import stage
from stage import DEPTHWISE, INT8, NONE, UINT8, WEIGHTED_SUM, Stage
from unit import main


class Requantise(unittest.TestCase):
    def test_ties_go_up(self):
        """M/2^S = 1/2: 2.5 -> 3, -2.5 -> -2, 0.5 -> 1, -0.5 -> 0."""
        for acc, expected in ((5, 3), (-5, -2), (1, 1), (-1, 0), (4, 2), (-4, -2)):
            self.assertEqual(stage.requantise(acc, 1, 1, *INT8), expected)

    def test_rounds_to_nearest(self):
        """M/2^S = 3/8: 3*3/8 = 1.125 -> 1, 5*3/8 = 1.875 -> 2, and their negatives."""
        for acc, expected in ((3, 1), (5, 2), (-3, -1), (-5, -2)):
            self.assertEqual(stage.requantise(acc, 3, 3, *INT8), expected)

    def test_saturates(self):
        for acc, bounds, expected in ((255, INT8, 127), (-257, INT8, -128), (-259, INT8, -128), (253, INT8, 127),
                                      (511, UINT8, 255), (509, UINT8, 255), (507, UINT8, 254), (-9, UINT8, 0)):
            self.assertEqual(stage.requantise(acc, 1, 1, *bounds), expected)

    def test_ends_of_the_operands(self):
        """(2^31-1)*131071/2^47 = 1.99998; -2^31 * 98304 / 2^47 = -1.5; M = 0 gives 0."""
        self.assertEqual(stage.requantise(2**31 - 1, 131071, 47, *INT8), 2)
        self.assertEqual(stage.requantise(-2**31, 98304, 47, *INT8), -1)
        self.assertEqual(stage.requantise(-2**31, 0, 1, *INT8), 0)


class Convolution(unittest.TestCase):
    def test_1x1_of_two_channels(self):
        st = Stage(2, 1, 1, 2, x=[[[1, -2]], [[3, 4]]], w=[[[[5]], [[-6]]]], b=[[10]])
        self.assertEqual(stage.convolve(st), [[[10 + 5 - 18, 10 - 10 - 24]]])

    def test_stride_orientation_and_rest(self):
        """k = 2, s = 2 on 3x5: one row, two columns; the last row and column are not read."""
        st = Stage(1, 1, 3, 5, k=2, stride=2, w=[[[[1, 10], [100, 1000]]]], b=[[0]],
                   x=[[[1, 2, 3, 4, 9], [5, 6, 7, 8, 9], [9, 9, 9, 9, 9]]])
        self.assertEqual(stage.convolve(st), [[[6521, 8743]]])

    def test_padding_is_zero_and_selects_the_bias(self):
        """3x3 of ones on an image of ones counts the pixels under the kernel; bias 100 * case shows the case."""
        st = Stage(1, 1, 4, 3, k=3, pad=1, x=[[[1] * 3] * 4], w=[[[[1] * 3] * 3]], b=[[100 * i] for i in range(9)])
        self.assertEqual(stage.convolve(st), [[[4, 106, 204], [306, 409, 506], [306, 409, 506], [604, 706, 804]]])

    def test_single_position_is_the_first(self):
        st = Stage(1, 1, 2, 2, k=4, stride=2, pad=1, x=[[[1, 2], [3, 4]]], w=[[[[1] * 4] * 4]],
                   b=[[100 * i] for i in range(9)])
        self.assertEqual(stage.convolve(st), [[[10]]])


class Pool(unittest.TestCase):
    def test_windows(self):
        for p, h, expected in ((4, 4, [[0], [1], [2], [3]]), (6, 3, [[0, 1], [2, 3], [4, 5]]),
                               (5, 3, [[0, 1], [1, 2, 3], [3, 4]]), (7, 4, [[0, 1], [1, 2, 3], [3, 4, 5], [5, 6]]),
                               (3, 2, [[0, 1], [1, 2]])):
            self.assertEqual([list(stage.window(i, p, h)) for i in range(h)], expected)

    def test_odd_row_and_column_are_dropped(self):
        plane = [[1, 2, 9], [3, -4, 9], [9, 9, 9]]
        self.assertEqual(stage.max_pool([plane], 2, 2, 1, 1), [[[3]]])

    def test_adaptive_and_negative(self):
        plane = [[-5, -3, -4], [-9, -8, -7], [-1, -6, -2]]
        self.assertEqual(stage.max_pool([plane], 3, 3, 2, 2), [[[-3, -3], [-1, -2]]])


class Depthwise(unittest.TestCase):
    def test_orientation_and_border(self):
        """The tap at the upper left reads the upper left neighbour."""
        u = [[[1, 2], [3, 4]]]
        self.assertEqual(stage.depthwise(u, [[[1, 0, 0], [0, 0, 0], [0, 0, 10]]], [7], 1), [[[47, 7], [7, 8]]])

    def test_kernel_larger_than_the_map(self):
        taps = [[[9 * i + j - 40 for j in range(9)] for i in range(9)]]
        self.assertEqual(stage.depthwise([[[2, 3]]], taps, [0], 4), [[[3, -2]]])


class WholeStage(unittest.TestCase):
    def one_channel(self, **changes):
        """x = -3, 5 with weight 2, bias 1: acc = -5, 11; halved: -2, 6 (int8) or 0, 6 (uint8)."""
        return Stage(1, 1, 1, 2, pool_h=1, pool_w=2, out_h=1, out_w=2, x=[[[-3, 5]]], w=[[[[2]]]], b=[[1]],
                     m1=[1], s1=[1], **changes)

    def test_int8_output(self):
        self.assertEqual(stage.run(self.one_channel(act=NONE)), ([[[-2, 6]]], [[[-2, 6]]]))

    def test_depthwise(self):
        """-3 + 4*0 + 5*6 = 27, -3 + 4*6 = 21; quartered: 6.75 -> 7, 5.25 -> 5."""
        st = self.one_channel(act=DEPTHWISE, n=1, dw=[[[0] * 3, [0, 4, 5], [0] * 3]], b2=[-3], m2=[1], s2=[2])
        self.assertEqual(stage.run(st), ([[[0, 6]]], [[[7, 5]]]))

    def test_weighted_sum(self):
        """4 + 9*0 - 3*6 = -14; quartered: -3.5 -> -3."""
        st = self.one_channel(act=WEIGHTED_SUM, g=[[[9, -3]]], b2=[4], m2=[1], s2=[2])
        self.assertEqual(stage.run(st), ([[[0, 6]]], [[[-3]]]))

    def test_fully_connected(self):
        self.assertEqual(stage.fully_connected([2, -3], [[1, 2], [-4, 5]], [100, -1]), [96, -24])


class File(unittest.TestCase):
    def test_is_current(self):
        self.assertEqual(make_vectors.PATH.read_bytes(), make_vectors.encode_all(make_vectors.all_cases()))

    def test_layout(self):
        """Walking the headers and byte counts, with the sizes that the headers imply, ends at the end of the file."""
        data = make_vectors.PATH.read_bytes()
        self.assertEqual(data[:8], b"VNVEC1\0\0")
        version, _, cases = struct.unpack_from("<III", data, 8)
        self.assertEqual(version, 1)
        at = 20
        for _ in range(cases):
            kind, _, *fields = struct.unpack_from("<I32s16I", data, at)
            at += 100
            sizes = []
            for _ in range(5 if kind == 0 else 12):
                sizes.append(struct.unpack_from("<I", data, at)[0])
                at += 4 + sizes[-1]
            self.assertEqual(sizes, self.expected_sizes(kind, fields, sizes[0]))
        self.assertEqual(at, len(data))

    def expected_sizes(self, kind, fields, first):
        """Byte counts of a case's arrays; first is the count of its first array."""
        cin, cout, k, _, _, in_h, in_w, _, _, out_h, out_w, _, _, act, n, cases = fields
        if kind == 0:
            return [first, first, first // 4, first // 4, first // 4]
        if kind == 2:
            return [cin, cin * cout, 4 * cout] + [0] * 8 + [4 * cout]
        second, plane = int(act != NONE), cout * out_h * out_w
        return [cin * in_h * in_w, cout * cin * k * k, 4 * cases * cout, 4 * cout, cout,
                cout * (2 * n + 1)**2 * int(act == DEPTHWISE), 4 * cout * second, 4 * cout * second, cout * second,
                plane * int(act == WEIGHTED_SUM), plane, cout if act == WEIGHTED_SUM else plane]


if __name__ == "__main__":
    main()
