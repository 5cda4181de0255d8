// SPDX-License-Identifier: Apache-2.0
//
// vn_delay_line: q is d of N cycles of ce ago, N >= 2.
//
// A ring of N-1 words with one pointer: nothing shifts, in LUTRAM as in simulation.  rst aligns the
// pointer only; what the ring held comes out all the same.
// Cost: W * ceil((N-1)/64) LUTs as RAM, W + log2(N) FF.
module vn_delay_line #(
    parameter int unsigned W = 8,
    parameter int unsigned N = 16
) (
    input  logic clk,
    input  logic rst,
    input  logic ce,
    input  logic [W-1:0] d,
    output logic [W-1:0] q
);
  localparam int unsigned DEPTH = N - 1;
  localparam int unsigned AW = DEPTH > 1 ? $clog2(DEPTH) : 1;

  (* ram_style = "distributed" *) logic [W-1:0] ring[DEPTH];
  logic [AW-1:0] at;

  always_ff @(posedge clk)
    if (rst) at <= '0;
    else if (ce) at <= 32'(at) == DEPTH - 1 ? '0 : at + 1'b1;
  always_ff @(posedge clk)
    if (ce) begin
      q <= ring[at];
      ring[at] <= d;
    end
endmodule
