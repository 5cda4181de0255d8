// SPDX-License-Identifier: Apache-2.0
//
// vn_array_flat: vn_array for simulation.  Nothing in it is systolic: a cycle computes the whole
// dot product of its pixel, and a ring gives it the latency of the real thing.
//
// Written for what Verilator and gcc make of it: one product of 64 bit is two of the array,
// (w0 << 19) + w1 times a, summed in chains of 16 rows as in vn_array_dsp; the sum of a pair runs
// over constant indices of unpacked arrays, so that it stays in a register.  32x64: 1.9 to 2.1
// million cycles a second of CPU time (EPYC, AVX-512; -Os, -O2 and -O3 -march=native alike).
// Not for synthesis.
`ifndef SYNTHESIS
module vn_array_flat #(
    parameter int unsigned R = 32,
    parameter int unsigned C = 64,
    parameter int unsigned LATENCY = 51
) (
    input  logic clk,
    input  logic rst,
    input  logic ce,
    input  logic [8*R-1:0] x_data,
    input  logic x_switch,
    input  logic w_shift,
    input  logic [8*C-1:0] w_row,
    output logic [32*C-1:0] sum
);
  localparam int unsigned PAIRS = C / 2;
  localparam int unsigned CHAIN = R < 16 ? R : 16;
  localparam int unsigned FIELD = 19;

  logic [63:0] active[PAIRS*R];
  logic [63:0] shadow[PAIRS*R];
  logic [63:0] x[R];
  logic [31:0] ring[LATENCY*C];  // sums that are under way, a pixel C words
  int unsigned at;  // pixel of the ring that this cycle's sum goes to
  int unsigned rows;  // of the next tile in the shadow

  // Blocking assignments in the order in which the hardware's values are taken.
  /* verilator lint_off BLKSEQ */
  always_ff @(posedge clk) begin
    if (ce) begin
      if (x_switch) begin
        for (int unsigned i = 0; i < PAIRS * R; i++) active[i] = shadow[i];
        rows = 0;
      end

      for (int unsigned r = 0; r < R; r++) x[r] = {{56{x_data[8*r+7]}}, x_data[8*r +: 8]};
      for (int unsigned p = 0; p < PAIRS; p++) begin : pair
        logic [31:0] even, odd;
        even = 32'd0;
        odd = 32'd0;
        for (int unsigned g = 0; g < R; g += CHAIN) begin : chain
          logic [63:0] packed_sum;
          packed_sum = x[g] * active[p*R+g];
          for (int unsigned r = 1; r < CHAIN; r++)
            packed_sum = packed_sum + x[g+r] * active[p*R+g+r];
          // The odd column has taken 1 from the even one's field if it is negative.
          odd = odd + {{(32 - FIELD) {packed_sum[FIELD-1]}}, packed_sum[FIELD-1:0]};
          even = even + packed_sum[FIELD +: 32] + {31'd0, packed_sum[FIELD-1]};
        end
        ring[at*C+2*p] = even;
        ring[at*C+2*p+1] = odd;
      end

      at = at == LATENCY - 1 ? 0 : at + 1;
      for (int unsigned c = 0; c < C; c++) sum[32*c +: 32] <= ring[at*C+c];

      if (w_shift) begin
        for (int unsigned p = 0; p < PAIRS; p++)
          shadow[p*R+(R-1-rows)] = ({{56{w_row[16*p+7]}}, w_row[16*p +: 8]} << FIELD) +
              {{56{w_row[16*p+15]}}, w_row[16*p+8 +: 8]};
        rows = rows + 1;
      end
    end
    if (rst) begin
      at = 0;
      rows = 0;
    end
  end
  /* verilator lint_on BLKSEQ */
endmodule
`endif
