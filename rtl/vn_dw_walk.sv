// SPDX-License-Identifier: Apache-2.0
//
// vn_dw_walk: the steps of a DW or WSUM descriptor: what to read of the middle buffer, and what the
// lanes shall do with it.
//
// DW: for each group of DW_CH channels, each row, each map column x within N of the rectangle: one
// step, two at N = 4 (rows y-4 .. y+3, then y+4, which shares a bank with y-4).  Columns outside
// the map take no step: the pixels still in the chain move on while the next row's first columns
// enter before them; only after the last row of a descriptor do steps without a column follow, one
// for each column that the map lacks on the right.
// WSUM: for each pixel each group; the row is a window of one, the sum leaves at the last pixel.
// A step is made when `go`; outputs that end in 1 are its own, registered, in the cycle after.
// Steps of a DW:
//   C/DW_CH * ROWS * (min(MAP_W, X0+COLS+N) - max(0, X0-N)) * (N == 4 ? 2 : 1)
//   + max(0, X0+COLS+N-MAP_W)
// and of a WSUM: C/DW_CH * MAP_H * MAP_W.  No cycle between rows, groups or descriptors.
//
// Counters count down beside flags that tell of the last step, so that no decision hangs on more
// than a few registers.
module vn_dw_walk #(
    parameter int unsigned C = 64,
    parameter int unsigned MID_SLOTS = 16384,
    parameter int unsigned MAX_N = 4,
    parameter int unsigned LANES = 16,
    parameter int unsigned DW_CH = 4,
    localparam int unsigned SLOT_W = $clog2(MID_SLOTS / 8),
    localparam int unsigned GROUPS = C / DW_CH,
    localparam int unsigned GROUP_W = GROUPS > 1 ? $clog2(GROUPS) : 1,
    localparam int unsigned RGROUP_W = C > LANES ? $clog2(C / LANES) : 1,
    localparam int unsigned SIDE = 2 * MAX_N + 1
) (
    input  logic                clk,
    input  logic                rst,
    // vn_dw_plan
    input  logic                job_valid,
    output logic                job_take,
    input  logic                j_wsum,
    input  logic                j_ninth,
    input  logic [        15:0] j_cols_less,
    input  logic                j_one_col,
    input  logic [        15:0] j_rows_less,
    input  logic                j_one_row,
    input  logic [         2:0] j_lack,
    input  logic [        15:0] j_later,
    input  logic                j_later_some,
    input  logic [    SIDE-1:0] j_to_first,
    input  logic [    SIDE-1:0] j_cut_first,
    input  logic [    SIDE-1:0] j_keep_first,
    input  logic [    SIDE-1:0] j_live_first,
    input  logic [         7:0] j_row_mask,
    input  logic [         2:0] j_rot,
    input  logic [         8:0] j_in_map,
    input  logic [        15:0] j_below,
    input  logic                j_below_some,
    input  logic [  SLOT_W-1:0] j_base,
    input  logic [  SLOT_W-1:0] j_pitch,
    input  logic [        12:0] j_octets_less,
    input  logic [        12:0] j_octet,
    input  logic                j_octet_end,
    input  logic [  SLOT_W-1:0] j_low,
    input  logic [  SLOT_W-1:0] j_high,
    input  logic [  SLOT_W-1:0] j_next,
    // the step that waits for `go`
    output logic                active,
    output logic                needs_taps,
    output logic                wsum,
    output logic [ GROUP_W-1:0] group,
    output logic                beat_end,     // a WSUM's last of the groups in a beat of weights
    output logic                final_step,   // of the descriptor
    input  logic                go,
    // vn_mid
    output logic [         7:0] m_en,
    output logic [8*SLOT_W-1:0] m_slots,
    output logic [RGROUP_W-1:0] m_rgroup,
    // to the pipeline
    output logic                v1,
    output logic                swap1,        // the next group's taps from this step on
    output logic                wsum1,
    output logic                ninth1,       // a column is two steps
    output logic                second1,
    output logic                first1,       // WSUM: first pixel
    output logic [ GROUP_W-1:0] group1,
    output logic [         2:0] rot1,         // bank of window row 0
    output logic [         7:0] rows1,        // window rows to take
    output logic [    SIDE-1:0] cut1,
    output logic [    SIDE-1:0] keep1,
    output logic                out1          // a pixel (DW_CH channels) leaves the chain
);
  localparam int unsigned PER_WORD = LANES / DW_CH;  // groups in a word of the middle buffer
  localparam int unsigned PER_BEAT = C > 64 ? 64 / DW_CH : GROUPS;
  localparam bit ONE = GROUPS == 1;

  // --- what stays for the descriptor ---------------------------------------------------------
  logic ninth, one_col, one_row, later_some, octet_end_0, below_some_0, no_flush;
  logic [15:0] cols_less, rows_less, later, below_0;
  logic [2:0] lack, rot_0;
  logic [SIDE-1:0] to_first, cut_first, keep_first, live_first;
  logic [7:0] row_mask;
  logic [8:0] in_map_0;
  logic [12:0] octets_less, octet_0;
  logic [SLOT_W-1:0] base, pitch, low_0, high_0, next_0;

  // --- where the walk is ---------------------------------------------------------------------
  logic at_first, at_last, row_last, group_last, step_last, second, first_pixel;
  logic flush, flush_last;
  logic [2:0] flush_left, rot;
  logic [15:0] cols_left, rows_left;
  logic group_next_last, final_row;  // the last of all, and no flush follows
  logic row_done, restart, crossing, finish;
  logic first, begins, e_begin, e_step, e_col, e_row, e_octet;

  assign row_done = step_last && at_last;  // never in the flush
  assign restart = row_done && row_last;
  assign crossing = row_done && !row_last && rot == 3'd7;
  assign final_step = flush_last || (step_last && at_last && final_row);
  assign finish = go && final_step;
  assign job_take = job_valid && (!active || finish);
  // The next descriptor's values are taken when there was none, and with the last step of the one
  // before, whether or not it is there yet: the choice of values hangs on registers alone, and `go`
  // enters enables only.
  assign first = job_valid && !active;
  assign begins = !active || final_step;
  assign e_begin = finish || first;
  assign e_step = go || first;
  assign e_col = (go && step_last) || first;
  assign e_row = (go && (row_done || flush_last)) || first;
  assign e_octet = (go && (restart || crossing || flush_last)) || first;

  always_ff @(posedge clk)
    if (e_begin) begin
      wsum <= j_wsum;
      ninth <= j_ninth;
      cols_less <= j_cols_less;
      one_col <= j_one_col;
      rows_less <= j_rows_less;
      one_row <= j_one_row;
      lack <= j_lack;
      no_flush <= j_lack == 3'd0;
      later <= j_later;
      later_some <= j_later_some;
      to_first <= j_to_first;
      cut_first <= j_cut_first;
      keep_first <= j_keep_first;
      live_first <= j_live_first;
      row_mask <= j_row_mask;
      rot_0 <= j_rot;
      in_map_0 <= j_in_map;
      below_0 <= j_below;
      below_some_0 <= j_below_some;
      base <= j_base;
      pitch <= j_pitch;
      octets_less <= j_octets_less;
      octet_0 <= j_octet;
      octet_end_0 <= j_octet_end;
      low_0 <= j_low;
      high_0 <= j_high;
      next_0 <= j_next;
    end

  always_ff @(posedge clk)
    if (rst) active <= 1'b0;
    else if (e_begin) active <= job_valid;

  // Columns, rows, groups; steps without a column at the end.
  assign group_next_last = ONE || group == GROUP_W'(GROUPS - 2);

  always_ff @(posedge clk) begin
    if (e_step) begin
      needs_taps <= begins ? !j_wsum : restart && !group_last && !wsum;
      second <= !begins && ninth && !step_last;
      flush <= !begins && (flush || (restart && group_last));
      flush_left <= flush ? flush_left - 3'd1 : lack;
      flush_last <= !begins && (flush ? flush_left == 3'd2
                                        : restart && group_last && lack == 3'd1);
      step_last <= begins ? (j_wsum ? ONE : !j_ninth)
          : wsum ? (group_last ? ONE : group_next_last)
          : !ninth || flush || (restart && group_last) || !step_last;
    end
    if (e_col) begin
      first_pixel <= begins;
      at_first <= begins || row_done;
      at_last <= begins ? j_one_col : !flush && (row_done ? one_col && !(row_last && group_last)
                                                            : cols_left == 16'd1);
      cols_left <= begins ? j_cols_less : row_done ? cols_less : cols_left - 16'd1;
    end
    if (e_row) begin
      row_last <= begins ? j_one_row : row_last ? one_row : rows_left == 16'd1;
      rows_left <= begins ? j_rows_less : row_last ? rows_less : rows_left - 16'd1;
      final_row <= begins ? j_one_row && (ONE || j_wsum) && j_lack == 3'd0
          : no_flush && (row_last ? one_row && group_next_last
                                  : rows_left == 16'd1 && (group_last || wsum));
    end
  end

  always_ff @(posedge clk)  // a descriptor leaves the group at 0
    if (rst) begin
      group <= '0;
      group_last <= ONE;
    end else if (go && (wsum || restart)) begin
      group <= group_last ? '0 : group + 1'b1;
      group_last <= ONE || (!group_last && group_next_last);
    end

  // --- the chain -----------------------------------------------------------------------------
  logic pixels_some;                // that enter after this column; not at the row's first
  logic [15:0] pixels;
  logic [SIDE-1:0] first_place, live, held;  // places with a pixel to deliver; one of this row
  logic [SIDE-1:0] live_next, keep_next;
  logic out;

  assign first_place = to_first & ~(to_first >> 1);
  always_comb begin
    keep_next = at_first ? keep_first : (held << 1) | first_place;
    live_next = live << 1;
    if (!flush) begin
      if (at_first) live_next = (live_next & ~cut_first) | live_first;
      else if (pixels_some) live_next = live_next | first_place;
    end
    out = wsum ? at_last && row_last : step_last && live_next[SIDE-1];
  end

  always_ff @(posedge clk)  // a descriptor leaves no pixel to deliver
    if (rst) live <= '0;
    else if (go && step_last) live <= live_next;
  always_ff @(posedge clk)
    if (go && step_last) begin
      held <= keep_next;
      pixels <= at_first ? later : pixels - 16'(pixels_some);
      pixels_some <= at_first ? later_some : pixels[15:1] != 15'd0;
    end

  // --- rows in the banks ---------------------------------------------------------------------
  logic [8:0] in_map;
  logic [15:0] below;
  logic below_some;

  always_ff @(posedge clk)
    if (e_row) begin
      in_map <= begins ? j_in_map : row_last ? in_map_0 : {below_some, in_map[8:1]};
      below <= begins ? j_below : row_last ? below_0 : below - 16'd1;
      below_some <= begins ? j_below_some : row_last ? below_some_0
          : below_some && below[15:1] != 15'd0;
      rot <= begins ? j_rot : row_last ? rot_0 : rot + 3'd1;
    end

  // The octet of rows after the two in use is looked up in the two cycles after a change.
  logic [SLOT_W-1:0] low_row, high_row, next_row, low, high, sum;
  logic [12:0] octet;
  logic octet_end;
  logic [1:0] changed;
  logic e_again;  // from the first row on

  assign e_again = (go && (restart || flush_last)) || first;

  always_ff @(posedge clk) begin
    changed <= {changed[0] && !e_again, e_octet && !begins && !row_last};
    if (e_octet) begin
      octet <= begins ? j_octet : row_last ? octet_0 : octet_end ? 13'd0 : octet + 13'd1;
      low_row <= begins ? j_low : row_last ? low_0 : high_row;
      high_row <= begins ? j_high : row_last ? high_0 : next_row;
    end
    if (changed[0]) sum <= high_row + pitch;
    if (e_again) octet_end <= begins ? j_octet_end : octet_end_0;
    else if (changed[0]) octet_end <= octet == octets_less;
    if (e_again) next_row <= begins ? j_next : next_0;
    else if (changed[1]) next_row <= octet_end ? base : sum;
    if (e_col) begin
      low <= begins ? j_low : !row_done ? low + 1'b1 : row_last ? low_0
          : crossing ? high_row : low_row;
      high <= begins ? j_high : !row_done ? high + 1'b1 : row_last ? high_0
          : crossing ? next_row : high_row;
    end
  end

  // --- registered: memory and pipeline -----------------------------------------------------------
  logic [7:0] window;  // rows of the step, in window order

  function automatic [7:0] rotate(input [7:0] x, input [2:0] r);
    logic [7:0] a, b;
    a = r[0] ? {x[6:0], x[7]} : x;
    b = r[1] ? {a[5:0], a[7:6]} : a;
    rotate = r[2] ? {b[3:0], b[7:4]} : b;
  endfunction
  assign window = flush ? 8'd0 : second ? {7'd0, in_map[8]} : in_map[7:0] & row_mask;
  assign beat_end = GROUP_W'(32'(group) % PER_BEAT) == GROUP_W'(PER_BEAT - 1);

  always_ff @(posedge clk)
    if (rst) begin
      v1 <= 1'b0;
      m_en <= 8'd0;
    end else if (go || v1) begin
      v1 <= go;
      m_en <= go ? rotate(window, rot) : 8'd0;
    end
  always_ff @(posedge clk)
    if (go) begin
      for (int unsigned b = 0; b < 8; b++)
        m_slots[SLOT_W*b+:SLOT_W] <= second || 3'(b) < rot ? high : low;
      m_rgroup <= RGROUP_W'(32'(group) / PER_WORD);
      swap1 <= needs_taps;
      wsum1 <= wsum;
      ninth1 <= ninth;
      second1 <= second;
      first1 <= first_pixel;
      group1 <= group;
      rot1 <= rot;
      rows1 <= window;
      cut1 <= flush ? '0 : at_first ? cut_first : to_first;
      keep1 <= flush ? '0 : keep_next;
      out1 <= out;
    end
endmodule
