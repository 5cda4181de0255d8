// SPDX-License-Identifier: Apache-2.0
//
// vn_dw_walk: the steps of a DW or WSUM descriptor: what to read of the middle buffer, and what the
// lanes shall do with it.
//
// DW: for each group of four channels, each row, each map column x within N of the rectangle: one
// step, two at N = 4 (rows y-4 .. y+3, then y+4, which shares a bank with y-4).  Columns outside
// the map take no step: the pixels still in the chain move on while the next row's first columns
// enter before them; only after the last row of a descriptor do steps without a column follow, one
// for each column that the map lacks on the right.
// WSUM: for each pixel each group; the row is a window of one, the sum leaves at the last pixel.
// A step is made when `go`; its outputs (suffix 0) are valid then.  Steps of a DW:
//   C/4 * ROWS * (min(MAP_W, X0+COLS+N) - max(0, X0-N)) * (N == 4 ? 2 : 1)
//   + max(0, X0+COLS+N-MAP_W)
// and of a WSUM: C/4 * MAP_H * MAP_W.  No cycle between rows, groups or descriptors.
module vn_dw_walk #(
    parameter int unsigned R = 32,
    parameter int unsigned C = 64,
    parameter int unsigned MID_SLOTS = 16384,
    parameter int unsigned MAX_N = 4,
    parameter int unsigned LANES = R < 16 ? R : 16,
    localparam int unsigned SLOT_W = $clog2(MID_SLOTS / 8),
    localparam int unsigned GROUP_W = $clog2(C / 4),
    localparam int unsigned RGROUP_W = C > LANES ? $clog2(C / LANES) : 1,
    localparam int unsigned SIDE = 2 * MAX_N + 1
) (
    input  logic                clk,
    input  logic                rst,
    // vn_dw_params
    input  logic                job_valid,
    output logic                job_take,
    input  logic                job_set,
    input  logic [       511:0] job,
    input  logic [        12:0] job_octet,
    input  logic [  SLOT_W-1:0] job_low,
    input  logic [  SLOT_W-1:0] job_high,
    output logic                weight_take,  // the beat's last group is used
    output logic                weight_end,
    output logic                active,
    output logic                needs_taps,
    output logic                needs_weight,
    input  logic                go,
    // vn_mid
    output logic [         7:0] m_en,
    output logic [8*SLOT_W-1:0] m_slots,
    output logic [RGROUP_W-1:0] m_rgroup,
    // to the pipeline
    output logic                wsum,
    output logic                ninth,        // a column is two steps
    output logic                second,
    output logic                first_pixel,  // WSUM
    output logic [ GROUP_W-1:0] group,
    output logic [         2:0] rot,          // bank of window row 0
    output logic [         7:0] rows,         // window rows to take
    output logic [    SIDE-1:0] cut,
    output logic [    SIDE-1:0] keep,
    output logic                out,          // a pixel (four channels) leaves the chain
    output logic [   GROUP_W:0] out_group,    // {set, group}
    output logic                out_row_end,
    output logic                out_group_end,
    output logic                out_last
);
  localparam int unsigned GROUPS = C / 4;
  localparam int unsigned PER_WORD = LANES / 4;  // groups in a word of the middle buffer
  localparam int unsigned PER_BEAT = C > 64 ? 16 : GROUPS;

  // --- geometry of the job -------------------------------------------------------------------
  logic is_wsum;
  logic [3:0] jn;
  logic [15:0] jx0, jcols, jrows, jy0, map_w, map_h;
  logic [17:0] right, lack;         // X0+COLS+N; columns that the map lacks on the right
  logic [15:0] left;                // first column read
  logic [15:0] width;               // columns read
  logic [3:0] lead;                 // columns that the map lacks on the left
  logic [SIDE-1:0] to_first;        // places up to the kernel's first
  logic [SIDE-1:0] cut_first, keep_first, live_first;
  logic [8:0] in_map0;              // rows Y0-N .. Y0-N+8
  logic signed [17:0] top;          // Y0-N
  logic [3:0] jlast;                // pixels that enter the chain with a row's first column, less 1

  always_comb begin
    is_wsum = job[vn_spec_pkg::D_ALL_OP_LSB+:8] == vn_spec_pkg::OP_WSUM;
    map_h = job[vn_spec_pkg::D_DW_MAP_H_LSB+:16];
    map_w = job[vn_spec_pkg::D_DW_MAP_W_LSB+:16];
    jn = is_wsum ? 4'd0 : job[vn_spec_pkg::D_DW_N_LSB+:4];
    jx0 = is_wsum ? 16'd0 : job[vn_spec_pkg::D_DW_X0_LSB+:16];
    jy0 = is_wsum ? 16'd0 : job[vn_spec_pkg::D_DW_Y0_LSB+:16];
    jcols = is_wsum ? map_w : job[vn_spec_pkg::D_DW_COLS_LSB+:16];
    jrows = is_wsum ? map_h : job[vn_spec_pkg::D_DW_ROWS_LSB+:16];

    right = {2'd0, jx0} + {2'd0, jcols} + {14'd0, jn};
    lack = right > {2'd0, map_w} ? right - {2'd0, map_w} : 18'd0;
    left = jx0 > {12'd0, jn} ? jx0 - {12'd0, jn} : 16'd0;
    lead = jx0 < {12'd0, jn} ? jn - jx0[3:0] : 4'd0;
    width = 16'(right - lack) - left;
    jlast = jcols > {12'd0, lead} ? lead : jcols[3:0] - 4'd1;
    for (int unsigned j = 0; j < SIDE; j++) begin
      to_first[j] = j <= 2 * (MAX_N - 32'(jn));
      cut_first[j] = j <= 2 * (MAX_N - 32'(jn)) + 32'(lead);
      keep_first[j] = cut_first[j] && j >= 2 * (MAX_N - 32'(jn));
      live_first[j] = keep_first[j] && j + 32'(jlast) >= 2 * (MAX_N - 32'(jn)) + 32'(lead);
    end
    top = $signed({2'd0, jy0}) - $signed({14'd0, jn});
    for (int unsigned i = 0; i < 9; i++)
      in_map0[i] = top + $signed(18'(i)) >= 18'sd0
          && top + $signed(18'(i)) < $signed({2'd0, map_h});
  end

  // --- what stays for the descriptor ---------------------------------------------------------
  logic set;
  logic [15:0] last_row, last_col, last_ocol, last_orow;
  logic [2:0] flush_steps;
  logic [15:0] pixels_later;        // pixels that enter after a row's first column
  logic [SIDE-1:0] first_place;
  logic [SIDE-1:0] cut_f, cut_o, keep_f, live_f;
  logic [7:0] row_mask;             // of the first eight window rows those of the kernel
  logic [2:0] rot_0;
  logic [8:0] in_map_0;
  logic signed [17:0] below_0, below;  // MAP_H - (y-N+9): map rows below the nine
  logic [SLOT_W-1:0] low_0, high_0, base, pitch;
  logic [12:0] octet_0, octet, octets;

  // --- where the walk is ---------------------------------------------------------------------
  logic flush;
  logic [2:0] flush_left;
  logic at_first, at_last, row_last, group_last, step_last;
  logic [15:0] col, row, pixels;
  logic [SLOT_W-1:0] low_row, high_row, low, high;
  logic [8:0] in_map;
  logic [SIDE-1:0] live, held;      // places with a pixel to deliver; with one of this row
  logic [SIDE-1:0] live_next, keep_next;
  logic [15:0] ocol, orow;
  logic [GROUP_W-1:0] ogroup;
  logic finish, row_done;
  logic [12:0] octet_next;

  assign row_last = row == last_row;
  assign at_last = col == last_col;
  assign group_last = group == GROUP_W'(GROUPS - 1);
  assign step_last = wsum ? group_last : !ninth || second;
  assign row_done = go && !flush && step_last && at_last;
  assign finish = go && (flush ? flush_left == 3'd1
      : flush_steps == 3'd0 && step_last && at_last && row_last && group_last);
  assign octet_next = octet + 13'd1 == octets ? 13'd0 : octet + 13'd1;
  assign job_take = job_valid && (!active || finish);

  always_comb begin
    keep_next = at_first ? keep_f : (held << 1) | first_place;
    live_next = live << 1;
    if (at_first) live_next = (live_next & ~cut_f) | live_f;
    else if (pixels != 16'd0) live_next = live_next | first_place;
    keep = flush ? '0 : keep_next;
    cut = flush ? '0 : at_first ? cut_f : cut_o;
    if (flush) live_next = live << 1;
    first_pixel = at_first && row == 16'd0;
    out = wsum ? at_last && row_last : live_next[SIDE-1] && (flush || step_last);
    out_group = {set, wsum ? group : ogroup};
    out_row_end = ocol == last_ocol;
    out_group_end = out_row_end && orow == last_orow;
    out_last = out_group_end && (wsum ? group_last : ogroup == GROUP_W'(GROUPS - 1));
  end

  // --- memory --------------------------------------------------------------------------------
  logic [7:0] window;  // rows of the step, in window order

  always_comb begin
    window = flush ? 8'd0 : second ? {7'd0, in_map[8]} : in_map[7:0] & row_mask;
    rows = window;
    for (int unsigned b = 0; b < 8; b++)
      m_slots[SLOT_W*b+:SLOT_W] = second || 3'(b) < rot ? high : low;
    m_rgroup = RGROUP_W'(32'(group) / PER_WORD);
    m_en = go ? (window << rot) | (window >> (4'd8 - {1'b0, rot})) : 8'd0;
  end

  assign needs_taps = active && !flush && !wsum && at_first && row == 16'd0 && !second;
  assign needs_weight = active && wsum;
  assign weight_take = go && wsum && 32'(group) % PER_BEAT == PER_BEAT - 1;
  assign weight_end = finish && wsum;

  always_ff @(posedge clk)
    if (rst) active <= 1'b0;
    else if (job_take) begin
      active <= 1'b1;
      wsum <= is_wsum;
      set <= job_set;
      ninth <= jn == 4'd4;
      last_row <= jrows - 16'd1;
      last_col <= width - 16'd1;
      last_ocol <= is_wsum ? 16'd0 : jcols - 16'd1;
      last_orow <= is_wsum ? 16'd0 : jrows - 16'd1;
      flush_steps <= lack[2:0];
      pixels_later <= jcols > {12'd0, lead} ? jcols - {12'd0, lead} - 16'd1 : 16'd0;
      first_place <= to_first & ~(to_first >> 1);
      cut_f <= cut_first;
      cut_o <= to_first;
      keep_f <= keep_first;
      live_f <= live_first;
      row_mask <= 8'((18'd2 << {jn, 1'b0}) - 18'd1);
      rot_0 <= 3'(top);
      in_map_0 <= in_map0;
      below_0 <= $signed({2'd0, map_h}) - top - 18'sd9;
      low_0 <= job_low + SLOT_W'(left);
      high_0 <= job_high + SLOT_W'(left);
      base <= job[vn_spec_pkg::D_DW_MID_LSB+3+:SLOT_W] + SLOT_W'(left);
      pitch <= SLOT_W'(job[vn_spec_pkg::D_DW_PITCH_LSB+:16]);
      octet_0 <= job_octet;
      octets <= job[vn_spec_pkg::D_DW_RING_LSB+3+:13];
      flush <= 1'b0;
      second <= 1'b0;
      at_first <= 1'b1;
      col <= 16'd0;
      row <= 16'd0;
      group <= '0;
      rot <= 3'(top);
      in_map <= in_map0;
      below <= $signed({2'd0, map_h}) - top - 18'sd9;
      octet <= job_octet;
      low_row <= job_low + SLOT_W'(left);
      high_row <= job_high + SLOT_W'(left);
      low <= job_low + SLOT_W'(left);
      high <= job_high + SLOT_W'(left);
      live <= '0;
      ocol <= 16'd0;
      orow <= 16'd0;
      ogroup <= '0;
    end else if (go) begin
      if (finish) active <= 1'b0;
      if (flush) flush_left <= flush_left - 3'd1;
      if (ninth && !flush) second <= !second;
      if (wsum) group <= group_last ? '0 : group + 1'b1;
      if (step_last || flush) begin
        live <= wsum ? '0 : live_next;
        held <= keep_next;
        at_first <= 1'b0;
        col <= col + 16'd1;
        pixels <= at_first ? pixels_later : pixels - 16'(pixels != 16'd0);
        low <= low + 1'b1;
        high <= high + 1'b1;
      end
      if (row_done) begin
        at_first <= 1'b1;
        col <= 16'd0;
        if (row_last) begin
          row <= 16'd0;
          rot <= rot_0;
          in_map <= in_map_0;
          below <= below_0;
          octet <= octet_0;
          low_row <= low_0;
          high_row <= high_0;
          low <= low_0;
          high <= high_0;
          if (!wsum) group <= group + 1'b1;
          if (group_last) begin
            flush <= 1'b1;
            flush_left <= flush_steps;
          end
        end else begin
          row <= row + 16'd1;
          rot <= rot + 3'd1;
          in_map <= {below > 18'sd0, in_map[8:1]};
          below <= below - 18'sd1;
          if (rot == 3'd7) begin
            low_row <= high_row;
            low <= high_row;
            high_row <= octet_next == 13'd0 ? base : high_row + pitch;
            high <= octet_next == 13'd0 ? base : high_row + pitch;
            octet <= octet_next;
          end else begin
            low <= low_row;
            high <= high_row;
          end
        end
      end
      if (out && !wsum) begin
        ocol <= out_row_end ? 16'd0 : ocol + 16'd1;
        if (out_row_end) orow <= out_group_end ? 16'd0 : orow + 16'd1;
        if (out_group_end) ogroup <= ogroup + 1'b1;
      end
    end
endmodule
