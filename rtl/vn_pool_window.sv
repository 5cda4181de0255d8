// SPDX-License-Identifier: Apache-2.0
//
// vn_pool_window: one pooling window of one axis, from the remainder with which it begins.
//
// Window i covers floor(i*in/out) .. ceil((i+1)*in/out) - 1.  With in = ratio*out + rest and
// rem = i*in mod out, the next one begins at remainder next_rem, and this one has `size` (1..4)
// positions; if next_rem is not 0, its last position is also the first of the next window.
// Combinational; in <= 3*out.  Cost: two 17-bit adders.
module vn_pool_window (
    input  logic [15:0] rem,
    input  logic [15:0] out,
    input  logic [15:0] rest,
    input  logic [1:0]  ratio,
    output logic [15:0] next_rem,
    output logic [2:0]  size
);
  logic [16:0] sum;
  logic over;

  always_comb begin
    sum = {1'b0, rem} + {1'b0, rest};
    over = sum >= {1'b0, out};
    next_rem = over ? 16'(sum - {1'b0, out}) : sum[15:0];
    size = {1'b0, ratio} + {2'b0, over} + {2'b0, next_rem != 16'd0};
  end
endmodule
