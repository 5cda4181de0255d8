// SPDX-License-Identifier: Apache-2.0
//
// vn_dw_lane: one of the four channels that vn_dw works on at once: taps, sums, bias, requantiser.
//
// A step brings a column of a map, up to eight uint8 (`u`, window row i in byte i), and meets all
// tap columns at once: the chain is a transposed FIR filter, chain[j] = chain[j-1] + dot(column j).
// A pixel enters the chain where its first column inside the map is (at 0, or further on at the
// map's left edge: `cut` and `keep` say where), moves a place a column, and leaves at the end.
// Kernels smaller than MAX_N use the end of the chain.
// Two products a DSP: taps of columns 2k and 2k+1 are one operand, (a << 19) + b; the low 19 bits
// of a sum of eight such products are the sum for b, exactly, since 8*127*255 < 2^18.
// A ninth row (n = 4) is a second step: its taps take the place of those of row 0 (`second`).
// Weighted sums use the last column: the weight takes that place, and `total` holds a sum a group.
//
// Stages after the step: 2 the banks' bytes, 3 rows in order and taps, 4 products, 5 and 6 sums of
// rows, 7 chain, 8 bias, from 9 on vn_requant; `q` is valid REQUANT_LATENCY stages later.  Each has its own enable.
// The last row's product with the last column, which has no partner, is made of LUTs: with it the
// whole compute unit stays within its budget of DSPs.
// Cost at MAX_N = 4: 39 DSP48E2 and those of vn_requant.
module vn_dw_lane #(
    parameter int unsigned CHANNEL = 0,
    parameter int unsigned C = 64,
    parameter int unsigned MAX_N = 4,
    localparam int unsigned SIDE = 2 * MAX_N + 1,
    localparam int unsigned GROUP_W = $clog2(C / 4),
    localparam int unsigned WORD_BEATS = C > 16 ? C / 16 : 1,
    localparam int unsigned BEAT_W = $clog2(2 * WORD_BEATS)
) (
    input  logic               clk,
    // bias and requantiser words, a beat at a time, two sets
    input  logic               bias_we,
    input  logic               scale_we,
    input  logic [ BEAT_W-1:0] beat,      // {set, beat}
    input  logic [      511:0] p_data,
    // taps of the next group of channels
    input  logic               tap_we,
    input  logic [        3:0] tap_row,
    input  logic [        3:0] tap_col,
    input  logic [        7:0] tap,
    // stage 2
    input  logic               v2,
    input  logic [       63:0] banks,     // this channel's byte of each bank
    // stage 3
    input  logic               v3,
    input  logic [        2:0] rot3,      // bank of window row 0
    input  logic [        7:0] rows3,     // window rows that are there
    input  logic               swap3,     // the next group's taps from this step on
    input  logic               ninth3,    // a column is two steps
    input  logic               second3,
    input  logic               wsum3,
    input  logic [        7:0] weight3,
    // stages 4 to 7
    input  logic               v4,
    input  logic               v5,
    input  logic               v6,
    input  logic               v7,
    input  logic               second7,
    input  logic [   SIDE-1:0] cut7,      // places that begin with 0
    input  logic [   SIDE-1:0] keep7,     // places that take the column's product
    input  logic               wsum7,
    input  logic               first7,    // first pixel of a weighted sum
    input  logic [GROUP_W-1:0] group7,
    // stage 8
    input  logic               out8,
    input  logic               wsum8,
    input  logic [  GROUP_W:0] group8,    // {set, group}
    // stages from 9 on
    input  logic               ce9,
    output logic [        7:0] q
);
  localparam int unsigned PAIRS = MAX_N + 1;
  localparam int FULL = MAX_N;  // pairs of two; the last is one column alone
  localparam int unsigned ROWS = SIDE < 8 ? SIDE : 8;
  localparam int unsigned NINTH = SIDE > 8 ? 8 * SIDE : 0;  // first tap of row 8
  localparam int unsigned PARTS = C < 16 ? C / 4 : 4;       // groups that a beat of words holds
  localparam int unsigned PART_W = $clog2(PARTS);

  logic [32*PARTS-1:0] bias[2*WORD_BEATS];
  logic [23*PARTS-1:0] scale[2*WORD_BEATS];  // {S, M}
  logic [7:0] shadow[9*SIDE];
  logic signed [26:0] taps[ROWS*PAIRS];      // operands of the products
  logic signed [26:0] row0[PAIRS];
  logic signed [26:0] row8[PAIRS];
  logic [63:0] banks3, window4;
  logic signed [35:0] product[ROWS*PAIRS];
  logic signed [37:0] upper[PAIRS];          // sum of rows 0 to 3
  logic signed [37:0] lower[PAIRS];          // of rows 4 to 7
  logic signed [37:0] sum[PAIRS];
  logic [23:0] chain[SIDE];
  logic [31:0] total[C/4];
  logic [31:0] total8;
  logic [31:0] acc9;
  logic [22:0] scale9;

  // Two taps as one operand; the last column has no partner.
  function automatic [26:0] pair(input [7:0] a, input [7:0] b);
    pair = {a - {7'd0, b[7]}, {11{b[7]}}, b};
  endfunction
  function automatic [26:0] single(input [7:0] b);
    single = {{19{b[7]}}, b};
  endfunction
  // b * u by adding, so that it takes no DSP.
  function automatic [35:0] times(input [7:0] b, input [7:0] u);
    times = 36'd0;
    for (int i = 0; i < 8; i++) if (u[i]) times = times + ({{28{b[7]}}, b} << i);
  endfunction
  // What a sum of pairs holds for each of the two.
  function automatic [23:0] high_of(input [37:0] x);
    high_of = {{5{x[37]}}, x[37:19]} + {23'd0, x[18]};
  endfunction
  function automatic [23:0] low_of(input [37:0] x);
    low_of = {{5{x[18]}}, x[18:0]};
  endfunction
  function automatic [63:0] rotate(input [63:0] x, input [2:0] r);
    logic [63:0] a, b;
    a = r[0] ? {x[7:0], x[63:8]} : x;
    b = r[1] ? {a[15:0], a[63:16]} : a;
    rotate = r[2] ? {b[31:0], b[63:32]} : b;
  endfunction

  // The stages from the last to the first, so that each finds what the one before it had.
  /* verilator lint_off BLKSEQ */
  always_ff @(posedge clk) begin : stages
    logic [32*PARTS-1:0] words;
    if (out8) begin
      acc9 <= (wsum8 ? total8 : {{8{chain[SIDE-1][23]}}, chain[SIDE-1]})
          + bias[group8[GROUP_W-:BEAT_W]][32*32'(group8[PART_W-1:0])+:32];
      scale9 <= scale[group8[GROUP_W-:BEAT_W]][23*32'(group8[PART_W-1:0])+:23];
    end
    if (v7) begin
      if (wsum7) begin
        total8 = (first7 ? 32'd0 : total[group7])
            + {{8{sum[MAX_N][18]}}, low_of(sum[MAX_N])};
        total[group7] <= total8;
      end else begin
        for (int j = SIDE - 1; j >= 0; j--) begin
          if (!second7) chain[j] = j == 0 || cut7[j] ? 24'd0 : chain[j>0?j-1 : 0];
          if (keep7[j])
            chain[j] = chain[j]
                + (j % 2 == 0 && j / 2 < FULL ? high_of(sum[j/2]) : low_of(sum[j/2]));
        end
      end
    end
    if (v6) for (int unsigned k = 0; k < PAIRS; k++) sum[k] = upper[k] + lower[k];
    if (v5)
      for (int unsigned k = 0; k < PAIRS; k++) begin
        upper[k] = 38'(product[k]);
        lower[k] = 38'sd0;
        for (int unsigned i = 1; i < ROWS; i++)
          if (i < 4) upper[k] = upper[k] + 38'(product[PAIRS*i+k]);
          else lower[k] = lower[k] + 38'(product[PAIRS*i+k]);
      end
    if (v4)
      for (int unsigned i = 0; i < ROWS; i++)
        for (int unsigned k = 0; k < PAIRS; k++)
          if (i == 7 && k == PAIRS - 1)
            product[PAIRS*i+k] = times(taps[PAIRS*i+k][7:0], window4[8*i+:8]);
          else product[PAIRS*i+k] = taps[PAIRS*i+k] * $signed({1'b0, window4[8*i+:8]});
    if (v3) begin
      window4 = rotate(banks3, rot3);
      for (int unsigned i = 0; i < 8; i++) if (!rows3[i]) window4[8*i+:8] = 8'd0;
      if (swap3) begin
        for (int unsigned i = 0; i < ROWS; i++) begin
          for (int k = 0; k < FULL; k++)
            taps[PAIRS*i+k] = pair(shadow[SIDE*i+2*k], shadow[SIDE*i+2*k+1]);
          taps[PAIRS*i+MAX_N] = single(shadow[SIDE*i+2*MAX_N]);
        end
        for (int k = 0; k < FULL; k++) begin
          row0[k] = pair(shadow[2*k], shadow[2*k+1]);
          row8[k] = pair(shadow[NINTH+2*k], shadow[NINTH+2*k+1]);
        end
        row0[MAX_N] = single(shadow[2*MAX_N]);
        row8[MAX_N] = single(shadow[NINTH+2*MAX_N]);
      end else if (ninth3) begin
        for (int unsigned k = 0; k < PAIRS; k++) taps[k] = second3 ? row8[k] : row0[k];
      end else if (wsum3) taps[MAX_N] = single(weight3);
    end
    if (v2) banks3 = banks;
    if (tap_we) shadow[SIDE*32'(tap_row)+32'(tap_col)] = tap;
    if (bias_we) begin
      for (int unsigned i = 0; i < PARTS; i++) words[32*i+:32] = p_data[32*(4*i+CHANNEL)+:32];
      bias[beat] <= words;
    end
    if (scale_we) begin
      for (int unsigned i = 0; i < PARTS; i++)
        words[23*i+:23] = {p_data[32*(4*i+CHANNEL)+vn_spec_pkg::REQ_S_LSB+:6],
                           p_data[32*(4*i+CHANNEL)+:17]};
      scale[beat] <= words[23*PARTS-1:0];
    end
  end
  /* verilator lint_on BLKSEQ */

  vn_requant requant (
      .clk,
      .ce (ce9),
      .acc(acc9),
      .m  (scale9[16:0]),
      .s  (scale9[22:17]),
      .u8 (1'b0),
      .q
  );
endmodule
