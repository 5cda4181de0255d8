// SPDX-License-Identifier: Apache-2.0
//
// vn_post_axis: the pooling windows of one axis, one after the other.
//
// `move` goes on to the next window, with `again` back to the first one, with `load` to the first one
// of another job, whose pins are taken.  What a window's size and the next one's address hang on is worked out
// a window ahead: `over` and the remainder behind it (vn_pool_window) are registers.
module vn_post_axis #(
    parameter int unsigned AT_W = 11
) (
    input  logic            clk,
    input  logic            load,
    input  logic            over,    // of the first window
    input  logic [15:0]     rem,     // behind it
    input  logic [15:0]     rest,
    input  logic [16:0]     less,
    input  logic [1:0]      ratio,
    input  logic [AT_W-1:0] first,   // address of the first window's first position
    input  logic [AT_W-1:0] pitch,   // from position to position
    input  logic [AT_W-1:0] stride,  // ratio * pitch
    input  logic            move,
    input  logic            again,
    output logic [AT_W-1:0] at,
    output logic [1:0]      more     // positions behind the first
);
  logic over_q, over0, next_over;
  logic [15:0] rem_q, rem0, next_rem, rest_q;
  logic [16:0] less_q;
  logic [1:0] ratio_q;
  logic [AT_W-1:0] at0, short, long;

  vn_pool_window ahead (
      .rem(rem_q), .rest(rest_q), .less(less_q), .over(next_over), .next_rem
  );

  assign more = ratio_q - 2'(!over_q) + 2'(rem_q != 16'd0);

  always_ff @(posedge clk)
    if (move) begin
      over_q <= load ? over : again ? over0 : next_over;
      rem_q <= load ? rem : again ? rem0 : next_rem;
      at <= load ? first : again ? at0 : at + (over_q ? long : short);
    end

  always_ff @(posedge clk)
    if (load) begin
      over0 <= over;
      rem0 <= rem;
      at0 <= first;
      rest_q <= rest;
      less_q <= less;
      ratio_q <= ratio;
      short <= stride;
      long <= stride + pitch;
    end
endmodule
