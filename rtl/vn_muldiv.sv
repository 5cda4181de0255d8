// SPDX-License-Identifier: Apache-2.0
//
// vn_muldiv: q = floor(a * b / d) and rem = a * b mod d, for a <= d; with a = 1 a plain division.
//
// Takes the bits of b from the highest: rem' = 2*rem + bit*a is below 3*d, so a digit of the
// quotient is 0, 1 or 2.  All three are tried at once, each with one addition: what is taken from
// 2*rem is d or 2*d, less a where the bit is set, and these differences are registers.
// `start` loads b; a and d are there a cycle later and hold still; from the cycle after that on W
// cycles of `run` leave the results, which stay.
// Cost: three (W+2)-bit adders and 5*W flip-flops, no multiplier.
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
  logic [W:0] once, twice;       // d - a, 2*d - a
  logic [W+1:0] sum, less, least;  // 2*rem + bit*a; that without d, without 2*d

  assign sum = {1'b0, rem, 1'b0} + (bits[W-1] ? {2'b0, a} : '0);
  assign less = {1'b0, rem, 1'b0} - (bits[W-1] ? {1'b0, once} : {2'b0, d});
  assign least = {1'b0, rem, 1'b0} - (bits[W-1] ? {1'b0, twice} : {1'b0, d, 1'b0});

  always_ff @(posedge clk)
    if (start) begin
      bits <= b;
      q <= '0;
      rem <= '0;
    end else if (run) begin
      bits <= bits << 1;
      // A difference below zero has its highest bit set: it lies above -2^(W+1).
      if (!least[W+1]) begin
        rem <= least[W-1:0];
        q <= (q << 1) + W'(2);
      end else if (!less[W+1]) begin
        rem <= less[W-1:0];
        q <= (q << 1) + W'(1);
      end else begin
        rem <= sum[W-1:0];
        q <= q << 1;
      end
    end

  always_ff @(posedge clk) begin
    once <= {1'b0, d} - {1'b0, a};
    twice <= {d, 1'b0} - {1'b0, a};
  end
endmodule
