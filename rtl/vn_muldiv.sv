// SPDX-License-Identifier: Apache-2.0
//
// vn_muldiv: q = floor(a * b / d) and rem = a * b mod d, for a <= d; with a = 1 a plain division.
//
// Takes the bits of b from the highest: rem' = 2*rem + bit*a is below 3*d, so a digit of the
// quotient is 0, 1 or 2.  `start` loads b; after W cycles of `run` the results are there and stay.
// a and d must hold still meanwhile.
// Cost: two W-bit subtractors and 3*W flip-flops, no multiplier.
module vn_muldiv #(
    parameter int unsigned W = 16
) (
    input  logic         clk,
    input  logic         start,
    input  logic         run,
    input  logic [W-1:0] a,
    input  logic [W-1:0] b,
    input  logic [W-1:0] d,
    output logic [W-1:0] q,
    output logic [W-1:0] rem
);
  logic [W-1:0] bits;
  logic [W+1:0] sum;

  assign sum = {1'b0, rem, 1'b0} + (bits[W-1] ? {2'b0, a} : '0);

  always_ff @(posedge clk)
    if (start) begin
      bits <= b;
      q <= '0;
      rem <= '0;
    end else if (run) begin
      bits <= bits << 1;
      if (sum >= {1'b0, d, 1'b0}) begin
        rem <= W'(sum - {1'b0, d, 1'b0});
        q <= (q << 1) + W'(2);
      end else if (sum >= {2'b0, d}) begin
        rem <= W'(sum - {2'b0, d});
        q <= (q << 1) + W'(1);
      end else begin
        rem <= sum[W-1:0];
        q <= q << 1;
      end
    end
endmodule
