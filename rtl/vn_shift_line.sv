// SPDX-License-Identifier: Apache-2.0
//
// vn_shift_line: q is d of N cycles ago, N >= 0; a shift register without enable or reset, so that
// it becomes SRLs.
module vn_shift_line #(
    parameter int unsigned W = 8,
    parameter int unsigned N = 1
) (
    input  logic clk,
    input  logic [W-1:0] d,
    output logic [W-1:0] q
);
  if (N == 0) begin : wire_only
    assign q = d;
  end else if (N == 1) begin : one
    always_ff @(posedge clk) q <= d;
  end else begin : line
    logic [N*W-1:0] stages;
    always_ff @(posedge clk) stages <= {stages[(N-1)*W-1:0], d};
    assign q = stages[(N-1)*W +: W];
  end
endmodule
