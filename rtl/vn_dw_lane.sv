// SPDX-License-Identifier: Apache-2.0
//
// vn_dw_lane: one of the channels that vn_dw works on at once: taps, sums, bias, requantiser.
//
// A step brings a column of a map, up to eight uint8 (`u`, window row i in byte i), and meets all
// tap columns at once: the chain is a transposed FIR filter, chain[j] = chain[j-1] + dot(column j).
// A pixel enters the chain where its first column inside the map is (at 0, or further on at the
// map's left edge: `cut` and `keep` say where), moves a place a column, and leaves at the end.
// Kernels smaller than MAX_N use the end of the chain.
// A ninth row (n = 4) is a second step: its taps take the place of those of row 0 (`second`).
// Weighted sums use the last column: the weight takes that place, and `total` holds a sum a group.
//
// Products of the first DSP_ROWS window rows are DSPs, two products each: taps of columns 2k and
// 2k+1 are one operand, (a << 19) + b; the low 19 bits of a sum of eight such products are the sum
// for b, exactly, since 8*127*255 < 2^18.  Those of the other rows are of LUTs: two bits of u choose
// among 0, 1, 2, 3 times the tap.
//
// Stages after the step: 4 the banks' bytes, 5 rows in order and taps, 6 and 7 products, 8 and 9
// sums of rows, 10 DSPs' and LUTs' together, 11 chain, 12 bias, from 13 on vn_requant; `q` is valid
// REQUANT_LATENCY stages later.  Each has its own enable.  What decides in a stage arrives one
// before: each lane has its own copy.
// Cost: DSP_ROWS * (MAX_N + 1) DSP48E2 and those of vn_requant.
module vn_dw_lane #(
    parameter int unsigned CHANNEL = 0,
    parameter int unsigned C = 64,
    parameter int unsigned MAX_N = 4,
    parameter int unsigned DW_CH = 4,
    parameter int unsigned DSP_ROWS = 8,
    localparam int unsigned SIDE = 2 * MAX_N + 1,
    localparam int unsigned GROUPS = C / DW_CH,
    localparam int unsigned GROUP_W = GROUPS > 1 ? $clog2(GROUPS) : 1,
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
    input  logic [   SIDE-1:0] tap_row,   // one bit each
    input  logic [   SIDE-1:0] tap_col,
    input  logic [        7:0] tap,
    // a step's way: v, enables by stage
    input  logic [       12:4] v,
    input  logic [       63:0] banks4,    // this channel's byte of each bank
    input  logic [        2:0] rot4,      // bank of window row 0
    input  logic [        7:0] rows4,     // window rows that are there
    input  logic               swap4,     // the next group's taps from this step on
    input  logic               ninth4,    // a column is two steps
    input  logic               second4,
    input  logic               wsum4,
    input  logic [        7:0] weight4,
    input  logic               second10,
    input  logic [   SIDE-1:0] cut10,     // places that begin with 0
    input  logic [   SIDE-1:0] keep10,    // places that take the column's product
    input  logic               wsum10,
    input  logic               first10,   // first pixel of a weighted sum
    input  logic [GROUP_W-1:0] group10,
    input  logic               out11,
    input  logic [  GROUP_W:0] group11,   // {set, group} of what leaves; GROUPS = 1: the set alone
    input  logic               out12,
    input  logic               ce13,
    output logic [        7:0] q
);
  localparam int PAIRS = MAX_N + 1;  // the last is one column alone
  localparam int ROWS = SIDE < 8 ? SIDE : 8;
  localparam int DSPS = DSP_ROWS < 32'(ROWS) ? DSP_ROWS : ROWS;  // rows in DSPs
  localparam int ALL_PAIRS = ROWS * PAIRS;
  localparam int ALL = ROWS * SIDE;
  localparam bit NINTH = MAX_N == 4;
  localparam int unsigned PARTS = GROUPS < 16 / DW_CH ? GROUPS : 16 / DW_CH;  // groups in a beat
  localparam int unsigned PART_W = PARTS > 1 ? $clog2(PARTS) : 0;

  logic [32*PARTS-1:0] bias[2*WORD_BEATS];
  logic [23*PARTS-1:0] scale[2*WORD_BEATS];  // {S, M}
  logic [7:0] shadow[SIDE*SIDE];
  logic [7:0] row0[SIDE];
  logic [7:0] row8[SIDE];
  logic signed [26:0] pair[ALL_PAIRS];       // DSPs: two taps
  logic signed [35:0] product7[ALL_PAIRS];
  logic signed [35:0] product8[ALL_PAIRS];
  logic signed [37:0] upper9[PAIRS];         // sum of rows 0 to 3
  logic signed [37:0] lower9[PAIRS];         // of rows 4 to 7
  logic signed [37:0] pairs10[PAIRS];
  logic signed [9:0] once[ALL];              // LUTs: the tap, and three times it
  logic signed [9:0] thrice[ALL];
  logic signed [11:0] low7[ALL];             // times the lower and upper half of u
  logic signed [11:0] high7[ALL];
  logic signed [15:0] single8[ALL];
  logic signed [18:0] over9[SIDE];           // sums as above
  logic signed [18:0] under9[SIDE];
  logic signed [18:0] singles10[SIDE];
  logic signed [19:0] sum11[SIDE];
  logic [63:0] banks5, window6;
  logic [2:0] rot5;
  logic [7:0] rows5, weight5;
  logic swap5, ninth5, second5, wsum5;
  logic second11, wsum11, first11, wsum12;
  logic [SIDE-1:0] cut11, keep11;
  logic [GROUP_W-1:0] total11;               // group of a weighted sum
  logic [23:0] chain[SIDE];
  logic [31:0] total[GROUPS];
  logic [31:0] sofar11, total12, bias12, acc13;
  logic [22:0] scale12, scale13;
  logic [BEAT_W-1:0] word11;
  logic [3:0] part11;

  assign word11 = BEAT_W'(group11 >> PART_W);
  assign part11 = 4'(32'(group11) % PARTS);

  function automatic [26:0] two(input [7:0] a, input [7:0] b);
    two = {a - {7'd0, b[7]}, {11{b[7]}}, b};
  endfunction
  // What a sum of pairs holds for each of the two.
  function automatic signed [19:0] high_of(input [37:0] x);
    high_of = {x[37], x[37:19]} + {19'd0, x[18]};
  endfunction
  function automatic signed [19:0] low_of(input [37:0] x);
    low_of = {x[18], x[18:0]};
  endfunction
  function automatic signed [11:0] times(input [9:0] b, input [9:0] b3, input [1:0] u);
    times = u == 2'd0 ? 12'sd0 : u == 2'd1 ? 12'($signed(b)) : u == 2'd2 ? 12'($signed(b)) <<< 1
        : 12'($signed(b3));
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
    logic [8*SIDE-1:0] row;
    if (out12) begin
      acc13 <= (wsum12 ? total12 : {{8{chain[SIDE-1][23]}}, chain[SIDE-1]}) + bias12;
      scale13 <= scale12;
    end
    if (out11) begin
      bias12 = bias[word11][32*32'(part11)+:32];
      scale12 = scale[word11][23*32'(part11)+:23];
      wsum12 = wsum11;
    end
    if (v[11]) begin
      if (wsum11) begin
        total12 = (first11 ? 32'd0 : GROUPS == 1 ? total12 : sofar11) + 32'(sum11[SIDE-1]);
        total[total11] <= total12;
      end else begin
        for (int j = SIDE - 1; j >= 0; j--) begin
          if (!second11) chain[j] = j == 0 || cut11[j] ? 24'd0 : chain[j>0?j-1 : 0];
          if (keep11[j]) chain[j] = chain[j] + 24'(sum11[j]);
        end
      end
    end
    if (v[10]) begin
      for (int j = 0; j < SIDE; j++) begin
        sum11[j] = DSPS == 0 ? 20'sd0 : j % 2 == 0 && j != SIDE - 1 ? high_of(pairs10[j/2])
            : low_of(pairs10[j/2]);
        if (DSPS < ROWS) sum11[j] = sum11[j] + 20'(singles10[j]);
      end
      second11 = second10;
      cut11 = cut10;
      keep11 = keep10;
      wsum11 = wsum10;
      first11 = first10;
      total11 = group10;
      sofar11 = total[group10];  // GROUPS = 1: too early
    end
    if (v[9]) begin
      for (int k = 0; k < PAIRS; k++) pairs10[k] = upper9[k] + lower9[k];
      for (int j = 0; j < SIDE; j++) singles10[j] = over9[j] + under9[j];
    end
    if (v[8]) begin
      for (int k = 0; k < PAIRS; k++) begin
        upper9[k] = 38'sd0;
        lower9[k] = 38'sd0;
        for (int i = 0; i < DSPS; i++)
          if (i < 4) upper9[k] = upper9[k] + 38'(product8[PAIRS*i+k]);
          else lower9[k] = lower9[k] + 38'(product8[PAIRS*i+k]);
      end
      for (int j = 0; j < SIDE; j++) begin
        over9[j] = 19'sd0;
        under9[j] = 19'sd0;
        for (int i = DSPS; i < ROWS; i++)
          if (i < 4) over9[j] = over9[j] + 19'(single8[SIDE*i+j]);
          else under9[j] = under9[j] + 19'(single8[SIDE*i+j]);
      end
    end
    if (v[7]) begin
      for (int i = 0; i < DSPS * PAIRS; i++) product8[i] = product7[i];
      for (int i = DSPS * SIDE; i < ALL; i++) single8[i] = 16'(low7[i]) + (16'(high7[i]) <<< 4);
    end
    if (v[6])
      for (int i = 0; i < ROWS; i++)
        if (i < DSPS)
          for (int k = 0; k < PAIRS; k++)
            product7[PAIRS*i+k] = pair[PAIRS*i+k] * $signed({1'b0, window6[8*i+:8]});
        else
          for (int j = SIDE * i; j < SIDE * i + SIDE; j++) begin
            low7[j] = times(once[j], thrice[j], window6[8*i+:2])
                + (times(once[j], thrice[j], window6[8*i+2+:2]) <<< 2);
            high7[j] = times(once[j], thrice[j], window6[8*i+4+:2])
                + (times(once[j], thrice[j], window6[8*i+6+:2]) <<< 2);
          end
    if (v[5]) begin
      window6 = rotate(banks5, rot5);
      for (int i = 0; i < 8; i++) if (!rows5[i]) window6[8*i+:8] = 8'd0;
      for (int i = 0; i < ROWS; i++)
        if (swap5 || (i == 0 && (wsum5 || (NINTH && ninth5)))) begin
          for (int j = 0; j < SIDE; j++)
            row[8*j+:8] = i > 0 || swap5 ? shadow[SIDE*i+j] : !NINTH || (wsum5 && j == SIDE - 1) ? weight5
                : second5 ? row8[j] : row0[j];
          if (i < DSPS) begin
            for (int k = 0; k < MAX_N; k++)
              pair[PAIRS*i+k] = two(row[16*k+:8], row[16*k+8+:8]);
            pair[PAIRS*i+MAX_N] = {{19{row[16*MAX_N+7]}}, row[16*MAX_N+:8]};
          end else
            for (int j = 0; j < SIDE; j++) begin
              once[SIDE*i+j] = {{2{row[8*j+7]}}, row[8*j+:8]};
              thrice[SIDE*i+j] = once[SIDE*i+j] + (once[SIDE*i+j] <<< 1);
            end
        end
      if (swap5)
        for (int j = 0; j < SIDE; j++) begin
          row0[j] = shadow[j];
          row8[j] = shadow[8*SIDE*32'(NINTH)+j];
        end
    end
    if (v[4]) begin
      banks5 = banks4;
      rot5 = rot4;
      rows5 = rows4;
      swap5 = swap4;
      ninth5 = ninth4;
      second5 = second4;
      wsum5 = wsum4;
      weight5 = weight4;
    end
    if (tap_we)
      for (int i = 0; i < SIDE; i++)
        for (int j = 0; j < SIDE; j++) if (tap_row[i] && tap_col[j]) shadow[SIDE*i+j] = tap;
    if (bias_we) begin
      for (int i = 0; i < PARTS; i++) words[32*i+:32] = p_data[32*(DW_CH*i+CHANNEL)+:32];
      bias[beat] <= words;
    end
    if (scale_we) begin
      for (int i = 0; i < PARTS; i++)
        words[23*i+:23] = {p_data[32*(DW_CH*i+CHANNEL)+vn_spec_pkg::REQ_S_LSB+:6],
                           p_data[32*(DW_CH*i+CHANNEL)+:17]};
      scale[beat] <= words[23*PARTS-1:0];
    end
  end
  /* verilator lint_on BLKSEQ */

  vn_requant requant (
      .clk,
      .ce (ce13),
      .acc(acc13),
      .m  (scale13[16:0]),
      .s  (scale13[22:17]),
      .u8 (1'b0),
      .q
  );
endmodule
