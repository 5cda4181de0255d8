// SPDX-License-Identifier: Apache-2.0
//
// vn_pool_window: one pooling window of one axis, from the remainder with which it begins.
//
// Window i covers floor(i*in/out) .. ceil((i+1)*in/out) - 1.  With in = ratio*out + rest and
// rem = i*in mod out, the next one begins ratio positions further, or ratio + 1 where rem + rest
// reaches out (`over`), at the remainder next_rem; if that is not 0, this window's last position is
// also the next one's first.  in <= 3*out, so a window has 1..4 positions.
// Combinational.  Cost: two 17-bit adders side by side.
module vn_pool_window (
    input  logic [15:0] rem,
    input  logic [15:0] rest,
    input  logic [16:0] less,  // rest - out
    output logic        over,
    output logic [15:0] next_rem
);
  logic [16:0] low, high;

  assign low = {1'b0, rem} + {1'b0, rest};
  assign high = {1'b0, rem} + less;
  assign over = !high[16];
  assign next_rem = over ? high[15:0] : low[15:0];
endmodule
