// SPDX-License-Identifier: Apache-2.0
//
// vn_dw: DW engine, depthwise convolution and weighted sum over the middle buffer, four channels at
// once.  Twin of hls/vn_dw.c.
//
// vn_dw_params loads parameters, one descriptor ahead -> vn_dw_walk reads a column of the map in a
// step -> four vn_dw_lane -> vn_dw_write.  One step a cycle, and one result (four bytes) a cycle.
// Nothing between vn_dw_walk and vn_dw_write ever stops; the walk does at 31 results under way.
//
// Cycles when nothing makes it wait, from the transfer of a descriptor to an idle engine to `done`:
//   max(beats + 2, 10 + (SLOT_W+1)/2) + steps + 23
//   beats: of its parameters (WSUM: bias and requantiser words alone), steps: see vn_dw_walk, but a
//   group of channels of a DW takes at least (2N+1)^2 + 2 cycles, for the next group's taps.
// The descriptor after it is loaded meanwhile and begins the cycle after its last step: a row of
// descriptors with steps >= beats + 21 takes just `steps` each.
// dw_tb.cpp predicts every `done` (struct predictor).
// p_ready depends on p_valid.  Cost at R = 32, C = 64, MAX_N = 4 (yosys): 168 DSP48E2, 15 RAMB18E2,
// 12.8 k LUT, 16.5 k FF.
module vn_dw #(
    parameter int unsigned R = 32,
    parameter int unsigned C = 64,
    parameter int unsigned ACT_WORDS = 65536,
    parameter int unsigned MID_SLOTS = 16384,
    parameter int unsigned MAX_N = 4,
    parameter int unsigned LANES = R < 16 ? R : 16,
    parameter int unsigned DW_CH = 4,
    localparam int unsigned SLOT_W = $clog2(MID_SLOTS / 8),
    localparam int unsigned RGROUP_W = C > LANES ? $clog2(C / LANES) : 1
) (
    input  logic                         clk,
    input  logic                         rst,
    input  logic                         d_valid,
    output logic                         d_ready,
    input  logic [                511:0] d,
    output logic                         done,
    output logic [                  2:0] state,
    input  logic                         p_valid,
    output logic                         p_ready,
    input  logic [                511:0] p_data,
    output logic [                  7:0] m_en,
    output logic [         8*SLOT_W-1:0] m_slots,
    output logic [         RGROUP_W-1:0] m_rgroup,
    input  logic [         64*LANES-1:0] m_rdata,
    output logic                         y_valid,
    input  logic                         y_ready,
    output logic                         y_last,
    output logic [$clog2(ACT_WORDS)-1:0] y_addr,
    output logic [                R-1:0] y_strb,
    output logic [              8*R-1:0] y_data,
    input  logic                         y_done
);
  localparam int unsigned SIDE = 2 * MAX_N + 1;
  localparam int unsigned GROUP_W = $clog2(C / 4);
  localparam int unsigned WORD_BEATS = C > 16 ? C / 16 : 1;
  localparam int unsigned BEAT_W = $clog2(2 * WORD_BEATS);
  localparam int unsigned PER_BEAT = C > 64 ? 16 : C / 4;
  localparam int unsigned PER_WORD = LANES / 4;
  localparam int unsigned SEL_W = $clog2(PER_WORD);

  if (DW_CH != 4) begin : g_check
    $error("vn_dw: DW_CH is 4");
  end

  // --- descriptors, parameters, steps --------------------------------------------------------
  logic waiting, job_valid, job_take, job_set, weight_take, weight_end;
  logic [511:0] job;
  logic [12:0] job_octet;
  logic [SLOT_W-1:0] job_low, job_high;
  logic bias_we, scale_we, tap_we, tap_ready, swap0, swap1;
  logic [3:1] swap_s;  // needs_taps of earlier steps, the newest lowest
  logic [BEAT_W-1:0] beat;
  logic [3:0] tap_row, tap_col;
  logic [31:0] tap;
  logic active, needs_taps, needs_weight, go, room, empty;
  logic wsum, ninth, second, first_pixel, out, row_end, group_end, last;
  logic [GROUP_W-1:0] group;
  logic [GROUP_W:0] out_group;
  logic [2:0] rot;
  logic [7:0] rows;
  logic [SIDE-1:0] cut, keep;
  localparam int unsigned LAST = 9 + vn_cu_pkg::REQUANT_LATENCY;  // stage of the results
  logic [LAST:1] v;  // valid, by stage

  vn_dw_params #(.C(C), .MID_SLOTS(MID_SLOTS), .MAX_N(MAX_N)) params (
      .clk, .rst, .d_valid, .d_ready, .d, .done, .waiting, .p_valid, .p_ready, .p_data,
      .job_valid, .job_take, .job_set, .job, .job_octet, .job_low, .job_high, .weight_take,
      .weight_end, .bias_we, .scale_we, .beat, .tap_we, .tap_row, .tap_col, .tap, .tap_ready,
      .tap_take(swap0), .tap_swap(swap1)
  );
  vn_dw_walk #(
      .R(R), .C(C), .MID_SLOTS(MID_SLOTS), .MAX_N(MAX_N), .LANES(LANES)
  ) walk (
      .clk, .rst, .job_valid, .job_take, .job_set, .job, .job_octet, .job_low, .job_high,
      .weight_take, .weight_end, .active, .needs_taps, .needs_weight, .go, .m_en, .m_slots,
      .m_rgroup, .wsum, .ninth, .second, .first_pixel, .group, .rot, .rows, .cut, .keep, .out,
      .out_group, .out_row_end(row_end), .out_group_end(group_end), .out_last(last)
  );

  assign go = active && room && (!needs_taps || tap_ready) && (!needs_weight || p_valid);
  assign done = y_done;
  assign swap0 = go && needs_taps;
  assign swap1 = v[1] && swap_s[1];

  always_comb
    if (go) state = vn_cu_pkg::STATE_BUSY;
    else if (active && !room) state = vn_cu_pkg::STATE_BLOCKED;
    else if (active) state = vn_cu_pkg::STATE_WEIGHTS;
    else if (!empty) state = y_valid && !y_ready ? vn_cu_pkg::STATE_BLOCKED : vn_cu_pkg::STATE_BUSY;
    else state = waiting ? vn_cu_pkg::STATE_WEIGHTS : vn_cu_pkg::STATE_IDLE;

  // --- what goes along with a step: shift registers, the newest lowest -------------------------
  logic [LAST:1] out_s, row_end_s, group_end_s, last_s;
  logic [8:1] wsum_s;
  logic [7:1] second_s, first_s;
  logic [3:1] ninth_s;
  logic [2*SEL_W-1:0] sel_s;
  logic [8:0] rot_s;
  logic [23:0] rows_s;
  logic [7*SIDE-1:0] cut_s, keep_s;
  logic [7*GROUP_W-1:0] group_s;
  logic [8*(GROUP_W+1)-1:0] out_group_s;
  logic [31:0] weight1, weight2, weight3;

  always_ff @(posedge clk) begin
    if (rst) v <= '0;
    else if (go || v != '0) v <= {v[LAST-1:1], go};
    if (go || v[LAST-1:1] != '0) begin
      out_s <= {out_s[LAST-1:1], out};
      row_end_s <= {row_end_s[LAST-1:1], row_end};
      group_end_s <= {group_end_s[LAST-1:1], group_end};
      last_s <= {last_s[LAST-1:1], last};
      wsum_s <= {wsum_s[7:1], wsum};
      second_s <= {second_s[6:1], second};
      first_s <= {first_s[6:1], first_pixel};
      swap_s <= {swap_s[2:1], needs_taps};
      ninth_s <= {ninth_s[2:1], ninth};
      sel_s <= {sel_s[SEL_W-1:0], SEL_W'(32'(group) % PER_WORD)};
      rot_s <= {rot_s[5:0], rot};
      rows_s <= {rows_s[15:0], rows};
      cut_s <= {cut_s[6*SIDE-1:0], cut};
      keep_s <= {keep_s[6*SIDE-1:0], keep};
      group_s <= {group_s[6*GROUP_W-1:0], group};
      out_group_s <= {out_group_s[7*(GROUP_W+1)-1:0], out_group};
    end
    if (go && wsum) weight1 <= p_data[32*(32'(group)%PER_BEAT)+:32];
    if (v[1] && wsum_s[1]) weight2 <= weight1;
    if (v[2] && wsum_s[2]) weight3 <= weight2;
  end

  // --- lanes ---------------------------------------------------------------------------------
  logic [31:0] q;

  for (genvar i = 0; i < 4; i++) begin : g_lane
    logic [63:0] banks;

    for (genvar b = 0; b < 8; b++) begin : g_bank
      assign banks[8*b+:8] = m_rdata[8*LANES*b+8*i+32*32'(sel_s[SEL_W+:SEL_W])+:8];
    end
    vn_dw_lane #(.CHANNEL(i), .C(C), .MAX_N(MAX_N)) lane (
        .clk, .bias_we, .scale_we, .beat, .p_data, .tap_we, .tap_row, .tap_col,
        .tap(tap[8*i+:8]), .v2(v[2]), .banks, .v3(v[3]), .rot3(rot_s[8:6]), .rows3(rows_s[23:16]),
        .swap3(swap_s[3]), .ninth3(ninth_s[3]), .second3(second_s[3]), .wsum3(wsum_s[3]),
        .weight3(weight3[8*i+:8]), .v4(v[4]), .v5(v[5]), .v6(v[6]), .v7(v[7]),
        .second7(second_s[7]), .cut7(cut_s[6*SIDE+:SIDE]), .keep7(keep_s[6*SIDE+:SIDE]),
        .wsum7(wsum_s[7]), .first7(first_s[7]), .group7(group_s[6*GROUP_W+:GROUP_W]),
        .out8(v[8] && out_s[8]), .wsum8(wsum_s[8]),
        .group8(out_group_s[7*(GROUP_W+1)+:GROUP_W+1]), .ce9(v[LAST-1:9] != '0), .q(q[8*i+:8])
    );
  end

  vn_dw_write #(.R(R), .ACT_WORDS(ACT_WORDS)) write (
      .clk, .rst, .job_take, .job, .book(go && out), .room, .empty,
      .push(v[LAST] && out_s[LAST]), .data(q), .row_end(row_end_s[LAST]), .group_end(group_end_s[LAST]),
      .last(last_s[LAST]), .y_valid, .y_ready, .y_last, .y_addr, .y_strb, .y_data
  );

  if (C < R || R < 8 || C > 128 || (C & (C - 1)) != 0 || (R & (R - 1)) != 0)
    $error("R and C: powers of two, 8 <= R <= C <= 128");
  if (MAX_N > 4) $error("MAX_N: at most 4");
  if (MID_SLOTS % 8 != 0 || MID_SLOTS < 1024) $error("MID_SLOTS: a multiple of 8, at least 1024");
endmodule
