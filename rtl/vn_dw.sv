// SPDX-License-Identifier: Apache-2.0
//
// vn_dw: DW engine, depthwise convolution and weighted sum over the middle buffer, DW_CH channels
// (4, 8 or 16) at once.  Twin of hls/vn_dw.c.
//
// vn_dw_params loads parameters, one descriptor ahead, while vn_dw_plan works out its geometry ->
// vn_dw_walk reads a column of the map in a step; vn_dw_out counts what leaves -> DW_CH vn_dw_lane
// -> vn_dw_write.  One step a cycle, and one result (DW_CH bytes) a cycle.
// Nothing between vn_dw_walk and vn_dw_write ever stops; the walk does at 60 results under way.
//
// Cycles when nothing makes it wait, from the transfer of a descriptor to an idle engine to `done`:
//   max(beats + 2, 13 + (SLOT_W+1)/2) + steps + 25
//   beats: of its parameters (WSUM: bias and requantiser words alone), steps: see vn_dw_walk, but a
//   group of channels of a DW takes at least (2N+1)^2 cycles (N = 0: 4), for the next group's taps.
// The descriptor after it is loaded meanwhile and begins the cycle after its last step: a row of
// descriptors with steps >= beats + 28 takes just `steps` each.
// dw_tb.cpp predicts every `done` (struct predictor).
// DSP_ROWS: window rows whose products are DSPs, see vn_dw_lane.  By default as many as keep their
// number that of four channels; 8 and more: all.
// p_ready depends on p_valid.  Cost at MAX_N = 4: DW_CH * (5 * DSP_ROWS + 2) DSP48E2 and 15 RAMB18E2
// at C = 64.
module vn_dw #(
    parameter int unsigned R = 32,
    parameter int unsigned C = 64,
    parameter int unsigned ACT_WORDS = 65536,
    parameter int unsigned MID_SLOTS = 16384,
    parameter int unsigned MAX_N = 4,
    parameter int unsigned LANES = R < 16 ? R : 16,
    parameter int unsigned DW_CH = 4,
    parameter int unsigned DSP_ROWS = 32 / DW_CH,
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
  localparam int unsigned GROUPS = C / DW_CH;
  localparam int unsigned GROUP_W = GROUPS > 1 ? $clog2(GROUPS) : 1;
  localparam int unsigned WORD_BEATS = C > 16 ? C / 16 : 1;
  localparam int unsigned BEAT_W = $clog2(2 * WORD_BEATS);
  localparam int unsigned PER_BEAT = C > 64 ? 64 / DW_CH : GROUPS;
  localparam int unsigned PER_WORD = LANES / DW_CH;
  localparam int unsigned LAST = 13 + vn_cu_pkg::REQUANT_LATENCY;  // stage of the results

  // --- descriptors, parameters, steps --------------------------------------------------------
  logic waiting, loaded, planned, job_valid, job_take, take, set, job_take1, set1;
  logic [511:0] job;
  logic bias_we, scale_we, tap_we, tap_ready;
  logic [BEAT_W-1:0] beat;
  logic [SIDE-1:0] tap_row, tap_col;
  logic [8*DW_CH-1:0] tap;
  logic active, needs_taps, beat_end, final_step, go, room, empty, step_wsum;
  logic [GROUP_W-1:0] step_group;
  logic [LAST:1] v;    // a step is in this stage
  logic v1;
  logic [LAST:2] v_s;
  logic [4:2] swap_s;  // and needs the next group's taps

  vn_dw_params #(.C(C), .MAX_N(MAX_N), .DW_CH(DW_CH)) params (
      .clk, .rst, .d_valid, .d_ready, .d, .done, .waiting, .p_valid, .p_ready, .p_data, .take, .job,
      .set, .loaded, .job_take, .weight_take(go && step_wsum && beat_end),
      .weight_end(go && step_wsum && final_step), .bias_we, .scale_we, .beat, .tap_we, .tap_row,
      .tap_col, .tap, .tap_ready, .tap_take(go && needs_taps), .tap_swap(v[2] && swap_s[2])
  );

  logic j_wsum, j_ninth, j_one_col, j_one_row, j_later_some, j_below_some, j_octet_end;
  logic [15:0] j_cols_less, j_rows_less, j_later, j_below, j_out_cols, j_out_rows;
  logic [2:0] j_lack, j_rot;
  logic [SIDE-1:0] j_to_first, j_cut_first, j_keep_first, j_live_first;
  logic [7:0] j_row_mask;
  logic [8:0] j_in_map;
  logic [SLOT_W-1:0] j_base, j_pitch, j_low, j_high, j_next;
  logic [12:0] j_octets_less, j_octet;

  vn_dw_plan #(.MID_SLOTS(MID_SLOTS), .MAX_N(MAX_N)) plan (
      .clk, .take, .job, .ready(planned), .wsum(j_wsum), .ninth(j_ninth), .cols_less(j_cols_less),
      .one_col(j_one_col), .rows_less(j_rows_less), .one_row(j_one_row), .lack(j_lack),
      .later(j_later), .later_some(j_later_some), .to_first(j_to_first), .cut_first(j_cut_first),
      .keep_first(j_keep_first), .live_first(j_live_first), .row_mask(j_row_mask), .rot(j_rot),
      .in_map(j_in_map), .below(j_below), .below_some(j_below_some), .out_cols(j_out_cols),
      .out_rows(j_out_rows), .base(j_base), .pitch(j_pitch), .octets_less(j_octets_less),
      .octet(j_octet), .octet_end(j_octet_end), .low(j_low), .high(j_high), .next(j_next)
  );

  logic swap1, wsum1, ninth1, second1, first1, out1, row_end1, group_end1, last1, out_set1;
  logic [GROUP_W-1:0] group1, out_group1;
  logic [2:0] rot1;
  logic [7:0] rows1;
  logic [SIDE-1:0] cut1, keep1;

  vn_dw_walk #(.C(C), .MID_SLOTS(MID_SLOTS), .MAX_N(MAX_N), .LANES(LANES), .DW_CH(DW_CH)) walk (
      .clk, .rst, .job_valid, .job_take, .j_wsum, .j_ninth, .j_cols_less, .j_one_col,
      .j_rows_less, .j_one_row, .j_lack, .j_later, .j_later_some, .j_to_first, .j_cut_first,
      .j_keep_first, .j_live_first, .j_row_mask, .j_rot, .j_in_map, .j_below, .j_below_some,
      .j_base, .j_pitch, .j_octets_less, .j_octet, .j_octet_end, .j_low, .j_high, .j_next, .active,
      .needs_taps, .wsum(step_wsum), .group(step_group), .beat_end, .final_step, .go, .m_en,
      .m_slots, .m_rgroup, .v1, .swap1, .wsum1, .ninth1, .second1, .first1, .group1, .rot1,
      .rows1, .cut1, .keep1, .out1
  );
  vn_dw_out #(.GROUPS(GROUPS)) count (
      .clk, .load(job_take1), .set_in(set1), .cols_less(j_out_cols), .rows_less(j_out_rows),
      .step(v[1] && out1), .set(out_set1), .group(out_group1), .row_end(row_end1),
      .group_end(group_end1), .last(last1)
  );

  assign v = {v_s, v1};
  assign done = y_done;
  assign job_valid = loaded && planned;
  assign go = active && room && (!needs_taps || tap_ready) && (!step_wsum || p_valid);

  always_ff @(posedge clk)
    if (rst) job_take1 <= 1'b0;
    else job_take1 <= job_take;
  always_ff @(posedge clk) if (job_take) set1 <= set;

  always_ff @(posedge clk)
    if (rst) state <= vn_cu_pkg::STATE_IDLE;
    else if (go) state <= vn_cu_pkg::STATE_BUSY;
    else if (active) state <= room ? vn_cu_pkg::STATE_WEIGHTS : vn_cu_pkg::STATE_BLOCKED;
    else if (v != '0 || !empty)
      state <= y_valid && !y_ready ? vn_cu_pkg::STATE_BLOCKED : vn_cu_pkg::STATE_BUSY;
    else state <= waiting ? vn_cu_pkg::STATE_WEIGHTS : vn_cu_pkg::STATE_IDLE;

  // --- what goes along with a step: shift registers, the newest lowest -------------------------
  logic [LAST:2] out_s, row_end_s, group_end_s, last_s;
  logic [10:2] wsum_s, second_s, first_s;
  logic [4:2] ninth_s;
  logic [3*3-1:0] rot_s;
  logic [3*8-1:0] rows_s;
  logic [9*SIDE-1:0] cut_s, keep_s;
  logic [9*GROUP_W-1:0] group_s;
  logic [10*(GROUP_W+1)-1:0] out_group_s;
  logic [4*8*DW_CH-1:0] weight_s;

  always_ff @(posedge clk)
    if (rst) v_s <= '0;
    else if (v != '0) v_s <= v[LAST-1:1];
  always_ff @(posedge clk) begin
    if (v[LAST-1:1] != '0) begin
      out_s <= {out_s[LAST-1:2], out1};
      row_end_s <= {row_end_s[LAST-1:2], row_end1};
      group_end_s <= {group_end_s[LAST-1:2], group_end1};
      last_s <= {last_s[LAST-1:2], last1};
      wsum_s <= {wsum_s[9:2], wsum1};
      second_s <= {second_s[9:2], second1};
      first_s <= {first_s[9:2], first1};
      swap_s <= {swap_s[3:2], swap1};
      ninth_s <= {ninth_s[3:2], ninth1};
      rot_s <= {rot_s[5:0], rot1};
      rows_s <= {rows_s[15:0], rows1};
      cut_s <= {cut_s[8*SIDE-1:0], cut1};
      keep_s <= {keep_s[8*SIDE-1:0], keep1};
      group_s <= {group_s[8*GROUP_W-1:0], group1};
      out_group_s <= {out_group_s[9*(GROUP_W+1)-1:0],
                      GROUPS == 1 ? (GROUP_W + 1)'(out_set1) : {out_set1, out_group1}};
    end
    if (go && step_wsum)
      weight_s[8*DW_CH-1:0] <= p_data[8*DW_CH*(32'(step_group)%PER_BEAT)+:8*DW_CH];
    if (v[3:1] != '0 && (wsum1 || wsum_s[3:2] != '0))
      weight_s[4*8*DW_CH-1:8*DW_CH] <= weight_s[3*8*DW_CH-1:0];
  end

  // --- lanes ---------------------------------------------------------------------------------
  logic [8*DW_CH-1:0] q;
  logic ce;

  always_ff @(posedge clk)
    if (rst) ce <= 1'b0;
    else ce <= v[LAST-2:12] != '0;

  for (genvar i = 0; i < DW_CH; i++) begin : g_lane
    logic [63:0] banks;

    for (genvar b = 0; b < 8; b++) begin : g_bank
      assign banks[8*b+:8] =
          m_rdata[8*LANES*b+8*i+8*DW_CH*(32'(group_s[2*GROUP_W+:GROUP_W])%PER_WORD)+:8];
    end
    vn_dw_lane #(
        .CHANNEL(i), .C(C), .MAX_N(MAX_N), .DW_CH(DW_CH), .DSP_ROWS(DSP_ROWS)
    ) lane (
        .clk, .bias_we, .scale_we, .beat, .p_data, .tap_we, .tap_row, .tap_col,
        .tap(tap[8*i+:8]), .v(v[12:4]), .banks4(banks), .rot4(rot_s[8:6]), .rows4(rows_s[23:16]),
        .swap4(swap_s[4]), .ninth4(ninth_s[4]), .second4(second_s[4]), .wsum4(wsum_s[4]),
        .weight4(weight_s[3*8*DW_CH+8*i+:8]), .second10(second_s[10]),
        .cut10(cut_s[8*SIDE+:SIDE]), .keep10(keep_s[8*SIDE+:SIDE]), .wsum10(wsum_s[10]),
        .first10(first_s[10]), .group10(group_s[8*GROUP_W+:GROUP_W]), .out11(v[11] && out_s[11]),
        .group11(out_group_s[9*(GROUP_W+1)+:GROUP_W+1]), .out12(v[12] && out_s[12]), .ce13(ce),
        .q(q[8*i+:8])
    );
  end

  vn_dw_write #(.R(R), .ACT_WORDS(ACT_WORDS), .DW_CH(DW_CH)) write (
      .clk, .rst, .job_take(job_take1), .job, .book(v[1] && out1), .room, .empty,
      .push(v[LAST] && out_s[LAST]), .data(q), .row_end(row_end_s[LAST]),
      .group_end(group_end_s[LAST]), .last(last_s[LAST]), .y_valid, .y_ready, .y_last, .y_addr,
      .y_strb, .y_data
  );

  if (C < R || R < 8 || C > 128 || (C & (C - 1)) != 0 || (R & (R - 1)) != 0)
    $error("R and C: powers of two, 8 <= R <= C <= 128");
  if (DW_CH != 4 && DW_CH != 8 && DW_CH != 16) $error("DW_CH: 4, 8 or 16");
  if (LANES < DW_CH || LANES > R || (LANES & (LANES - 1)) != 0)
    $error("LANES: a power of two, DW_CH <= LANES <= R");
  if (MAX_N > 4) $error("MAX_N: at most 4");
  if (MID_SLOTS % 8 != 0 || MID_SLOTS < 1024) $error("MID_SLOTS: a multiple of 8, at least 1024");
endmodule
