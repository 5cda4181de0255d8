// SPDX-License-Identifier: Apache-2.0
//
// vn_awake: whether a part of the unit can change: in reset, while `wake` is high, and TAIL cycles
// longer, until its pipelines are empty.  Then it may miss edges of its clock (vn_clock_gate).
//
// Cost on a card: none, since vn_clock_gate does not ask there.
module vn_awake #(
    parameter int unsigned TAIL = 32
) (
    input  logic clk,
    input  logic rst,
    input  logic wake,
    output logic awake
);
  localparam int unsigned W = $clog2(TAIL + 1);
  logic [W-1:0] tail;

  assign awake = rst || wake || tail != W'(0);
  always_ff @(posedge clk)
    if (rst || wake) tail <= W'(TAIL);
    else if (tail != W'(0)) tail <= tail - 1'b1;
endmodule
