// SPDX-License-Identifier: Apache-2.0
//
// vn_psum_add: adds a value to what one of two banks holds, or to 0 (add low).
//
// A module of its own because yosys then feeds the carry chain with `value` and puts all else into
// the one LUT a bit that the sum needs: 32 LUTs instead of 64.  Latency: 1 enabled cycle.
module vn_psum_add (
    input  logic        clk,
    input  logic        en,
    input  logic        add,
    input  logic        second,
    input  logic [31:0] low,
    input  logic [31:0] high,
    input  logic [31:0] value,
    output logic [31:0] sum
);
  always_ff @(posedge clk) if (en) sum <= value + ({32{add}} & (second ? high : low));
endmodule
