// SPDX-License-Identifier: Apache-2.0
//
// vn_requant: one lane of acc -> min(high, max(low, (acc * M + 2^(S-1)) >> S)), ties towards plus
// infinity (docs/number-formats.md).  Twin of vn_requantise in hls/vn_requant.h.
//
// u8: 1 saturates to [0, 255], 0 to [-128, 127] (two's complement in q).
// Latency: 4 enabled cycles.  Throughput: 1 a cycle.  ce low freezes it.  Cost: 2 DSP48E2, 220 LUTs.
module vn_requant (
    input  logic        clk,
    input  logic        ce,
    input  logic [31:0] acc,  // signed, bias added
    input  logic [16:0] m,    // unsigned
    input  logic [5:0]  s,    // 1..47
    input  logic        u8,
    output logic [7:0]  q
);
  localparam int unsigned P = 49;  // bits of the product: |acc * M| < 2^48

  // 1: operands
  logic signed [31:0] a1;
  logic signed [17:0] m1;
  logic [5:0] s1, s2;
  logic u1, u2, u3;
  // 2: product
  logic signed [P-1:0] p2;
  // 3: shifted by S - 1, so that rounding is left: (t + 1) >> 1
  logic signed [P-1:0] t3;
  // 4: rounded within the range, saturated outside it: t = -1 rounds to 0 and less is below 0; 511
  // (255 where the result is signed) rounds to one too many.
  function automatic [7:0] narrow(input [P-1:0] t, input unsigned_q);
    logic [8:0] rounded;
    rounded = {1'b0, t[8:1]} + {8'b0, t[0]};
    if (unsigned_q) narrow = t[P-1] ? 8'd0 : |t[P-2:9] || rounded[8] ? 8'd255 : rounded[7:0];
    else if (t[P-1]) narrow = &t[P-2:8] ? rounded[7:0] : 8'h80;
    else narrow = |t[P-2:8] || rounded[7] ? 8'h7f : rounded[7:0];
  endfunction

  always_ff @(posedge clk)
    if (ce) begin
      a1 <= acc;
      m1 <= {1'b0, m};
      s1 <= s;
      u1 <= u8;
      p2 <= P'(a1 * m1);
      s2 <= s1;
      u2 <= u1;
      t3 <= p2 >>> (s2 - 6'd1);
      u3 <= u2;
      q <= narrow(t3, u3);
    end
endmodule
