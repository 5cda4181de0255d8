// SPDX-License-Identifier: Apache-2.0
//
// vn_requant: one lane of acc -> min(high, max(low, (acc * M + 2^(S-1)) >> S)), ties towards plus
// infinity (docs/number-formats.md).  Twin of vn_requantise in hls/vn_requant.h.
//
// u8: 1 saturates to [0, 255], 0 to [-128, 127] (two's complement in q).
// Latency: vn_cu_pkg::REQUANT_LATENCY = 7 enabled cycles.  Throughput: 1 a cycle.  ce low freezes it.
// The product is that of two DSPs in cascade with all their registers: acc[16:0] * M, and a cycle
// later acc[31:17] * M to which the upper part of the first is added.
// Cost: 2 DSP48E2, 210 LUTs.
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

  // 1 to 4: operands, products, their sum; S - 1 goes along, and the kind of saturation
  logic signed [17:0] low1;
  logic signed [14:0] high1, high2;
  logic signed [17:0] m1, m2;
  logic signed [35:0] low2, low3;
  logic signed [32:0] high3;
  logic signed [P-1:0] p4;
  logic [5:0] s1, s2, s3, s4;
  logic [6:1] u;
  // 5: shifted by S - 1, so that rounding is left: (t + 1) >> 1
  logic signed [P-1:0] t5;
  // 6: rounded, right within the range, and where that is left: t = -1 rounds to 0 and less is
  // below 0; 511 (255 where the result is signed) rounds to one too many
  logic [8:0] rounded6;
  logic negative6, above_u6, above_i6, below_i6;

  function automatic [7:0] saturate(input [8:0] rounded, input unsigned_q, input negative,
                                    input above_u, input above_i, input below_i);
    if (unsigned_q) saturate = negative ? 8'd0 : above_u || rounded[8] ? 8'd255 : rounded[7:0];
    else if (negative) saturate = below_i ? 8'h80 : rounded[7:0];
    else saturate = above_i || rounded[7] ? 8'h7f : rounded[7:0];
  endfunction

  always_ff @(posedge clk)
    if (ce) begin
      low1 <= {1'b0, acc[16:0]};
      high1 <= acc[31:17];
      m1 <= {1'b0, m};
      s1 <= s - 6'd1;
      low2 <= low1 * m1;
      high2 <= high1;
      m2 <= m1;
      s2 <= s1;
      low3 <= low2;
      high3 <= high2 * m2;
      s3 <= s2;
      p4 <= {32'(high3 + 33'(low3 >>> 17)), low3[16:0]};
      s4 <= s3;
      t5 <= p4 >>> s4;
      rounded6 <= {1'b0, t5[8:1]} + {8'b0, t5[0]};
      negative6 <= t5[P-1];
      above_u6 <= |t5[P-2:9];
      above_i6 <= |t5[P-2:8];
      below_i6 <= ~&t5[P-2:8];
      u <= {u[5:1], u8};
      q <= saturate(rounded6, u[6], negative6, above_u6, above_i6, below_i6);
    end
endmodule
