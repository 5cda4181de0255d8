// SPDX-License-Identifier: Apache-2.0
//
// vn_post_walk: the reads of a POST descriptor, one a cycle, without a gap between two of them.
//
// Order: rows, columns, groups of LANES channels, rows and columns of the window.  An element is
// offered in registers (r_valid, r_addr, e_*) until r_ready takes it; the last one of a window
// (e_last) comes with a reservation (tag_we, one cycle earlier): where its result goes.
// `room`: another result has a place.  `start` loads a job and needs `idle`, which is high in the
// cycle of the last element already.
// Windows advance by vn_pool_window, addresses by adding a pitch.
module vn_post_walk #(
    parameter int unsigned GROUPS = 4,  // of LANES channels in a tile
    parameter int unsigned GROUP_W = 2,
    parameter int unsigned PARTS = 2,   // groups of LANES channels in an activation word
    parameter int unsigned RAW_WORDS = 2,  // activation words of LANES int32
    parameter int unsigned PSUM_W = 11,
    parameter int unsigned DST_W = 16
) (
    input  logic               clk,
    input  logic               rst,
    output logic               idle,
    output logic               stuck,  // it has an element but no place for its result
    input  logic               room,
    // the job (vn_post_plan)
    input  logic               start,
    input  logic               half,   // half of the parameter memories
    input  logic [511:0]       job,
    input  logic [15:0]        y_begin,
    input  logic [15:0]        y_rem,
    input  logic [2:0]         y_size,
    input  logic [1:0]         y_ratio,
    input  logic [15:0]        y_rest,
    input  logic [15:0]        x_begin,
    input  logic [15:0]        x_rem,
    input  logic [2:0]         x_size,
    input  logic [1:0]         x_ratio,
    input  logic [15:0]        x_rest,
    input  logic [PSUM_W-1:0]  entry,
    input  logic [DST_W-1:0]   dst,
    input  logic [DST_W-1:0]   dst_wrap,
    input  logic [15:0]        turn,
    // elements
    output logic               r_valid,
    input  logic               r_ready,
    output logic [PSUM_W-1:0]  r_addr,
    output logic [GROUP_W-1:0] r_group,
    output logic [3:0]         e_case,   // bias vector
    output logic               e_half,
    output logic               e_first,  // of its window
    output logic               e_last,
    output logic               e_u8,
    output logic               e_raw,
    // reservations
    output logic               tag_we,
    output logic               tag_mid,
    output logic               tag_raw,
    output logic               tag_last,  // the descriptor's last result
    output logic [2:0]         tag_bank,
    output logic [GROUP_W-1:0] tag_group,
    output logic [DST_W-1:0]   tag_dst
);
  // What stays during a descriptor.
  logic half_q, u8, mid, raw, border;
  logic [15:0] in_h_last, in_w_last, out_h, out_w, y_rest_q, x_rest_q;
  logic [15:0] x0_first, x_rem0, cols_last, ring_last;
  logic [1:0] y_ratio_q, x_ratio_q;
  logic [2:0] x_size0;
  logic [PSUM_W-1:0] pitch;
  logic [DST_W-1:0] dst_pitch, dst_step, wrap;

  // Where it is: conv position (y, x), address of (y, 0); window's first row and column (y0, x0).
  logic busy, first;
  logic [15:0] y, x, y0, x0, rows_left, cols_left, turn_q;
  logic [PSUM_W-1:0] row, row0;
  logic [2:0] dy, dx, rows_size, cols_size;  // left in the window; its size
  logic [15:0] rows_rem, cols_rem;
  logic [GROUP_W-1:0] group;
  logic [DST_W-1:0] dst_row, dst_pixel, dst_q;

  logic go, last_x, last_y, last_group, last_col, last_row;
  logic same_x, same_y;
  logic [15:0] next_x, next_y;
  logic [PSUM_W-1:0] next_row;
  logic [15:0] next_rows_rem, next_cols_rem;
  logic [2:0] next_rows_size, next_cols_size;
  logic [1:0] case_y, case_x;

  assign go = busy && room && (!r_valid || r_ready);
  assign stuck = busy && !room;
  assign last_x = dx == 3'd1;
  assign last_y = dy == 3'd1;
  assign last_group = group == GROUP_W'(GROUPS - 1);
  assign last_col = cols_left == 16'd0;
  assign last_row = rows_left == 16'd0;
  assign idle = !busy || (go && last_x && last_y && last_group && last_col && last_row);

  vn_pool_window row_window (
      .rem(rows_rem), .out(out_h), .rest(y_rest_q), .ratio(y_ratio_q),
      .next_rem(next_rows_rem), .size(next_rows_size)
  );
  vn_pool_window column_window (
      .rem(cols_rem), .out(out_w), .rest(x_rest_q), .ratio(x_ratio_q),
      .next_rem(next_cols_rem), .size(next_cols_size)
  );

  // After a remainder the next window begins at this one's last position.
  assign same_x = cols_rem != 16'd0;
  assign same_y = rows_rem != 16'd0;
  assign next_x = same_x ? x : x + 16'd1;
  assign next_y = same_y ? y : y + 16'd1;
  assign next_row = same_y ? row : row + pitch;

  // Reservation of the element that enters the registers.
  assign tag_we = go && last_x && last_y;
  assign tag_mid = mid;
  assign tag_raw = raw;
  assign tag_last = last_group && last_col && last_row;
  assign tag_bank = turn_q[2:0];
  assign tag_group = group;
  assign tag_dst = dst_q;

  always_ff @(posedge clk)
    if (rst) begin
      busy <= 1'b0;
      r_valid <= 1'b0;
    end else begin
      if (start) busy <= 1'b1;
      else if (idle) busy <= 1'b0;
      if (go) r_valid <= 1'b1;
      else if (r_ready) r_valid <= 1'b0;
    end

  // Border case by conv position; 0 is the first position even if it is the only one.
  assign case_y = y == 16'd0 ? 2'd0 : y == in_h_last ? 2'd2 : 2'd1;
  assign case_x = x == 16'd0 ? 2'd0 : x == in_w_last ? 2'd2 : 2'd1;

  always_ff @(posedge clk)
    if (go) begin
      r_addr <= row + PSUM_W'(x);
      r_group <= group;
      e_case <= border ? {1'b0, case_y, 1'b0} + {2'b0, case_y} + {2'b0, case_x} : 4'd0;
      e_half <= half_q;
      e_first <= first;
      e_last <= last_x && last_y;
      e_u8 <= u8;
      e_raw <= raw;
    end

  always_ff @(posedge clk)
    if (start) begin
      half_q <= half;
      u8 <= job[vn_spec_pkg::D_ALL_FLAGS_LSB + vn_spec_pkg::FLAG_U8];
      mid <= job[vn_spec_pkg::D_ALL_FLAGS_LSB + vn_spec_pkg::FLAG_MID];
      raw <= job[vn_spec_pkg::D_ALL_FLAGS_LSB + vn_spec_pkg::FLAG_RAW];
      border <= job[vn_spec_pkg::D_ALL_FLAGS_LSB + vn_spec_pkg::FLAG_BORDER];
      in_h_last <= job[vn_spec_pkg::D_POST_IN_H_LSB +: 16] - 16'd1;
      in_w_last <= job[vn_spec_pkg::D_POST_IN_W_LSB +: 16] - 16'd1;
      out_h <= job[vn_spec_pkg::D_POST_OUT_H_LSB +: 16];
      out_w <= job[vn_spec_pkg::D_POST_OUT_W_LSB +: 16];
      cols_last <= job[vn_spec_pkg::D_POST_COLS_LSB +: 16] - 16'd1;
      y_ratio_q <= y_ratio;
      y_rest_q <= y_rest;
      x_ratio_q <= x_ratio;
      x_rest_q <= x_rest;
      x0_first <= x_begin;
      x_rem0 <= x_rem;
      x_size0 <= x_size;
      pitch <= PSUM_W'(job[vn_spec_pkg::D_POST_PITCH_LSB +: 16]);
      dst_pitch <= DST_W'(job[vn_spec_pkg::D_POST_DST_PITCH_LSB +: 16]);
      dst_step <= job[vn_spec_pkg::D_ALL_FLAGS_LSB + vn_spec_pkg::FLAG_MID] ? '0 :
                  DST_W'(job[vn_spec_pkg::D_POST_DST_STEP_LSB +: 32]);
      ring_last <= job[vn_spec_pkg::D_POST_RING_LSB +: 16] - 16'd1;
      wrap <= dst_wrap;
    end

  // Window by window.
  always_ff @(posedge clk)
    if (start) begin
      first <= 1'b1;
      group <= '0;
      y <= y_begin;
      y0 <= y_begin;
      row <= entry;
      row0 <= entry;
      x <= x_begin;
      x0 <= x_begin;
      rows_left <= job[vn_spec_pkg::D_POST_ROWS_LSB +: 16] - 16'd1;
      cols_left <= job[vn_spec_pkg::D_POST_COLS_LSB +: 16] - 16'd1;
      dy <= y_size;
      dx <= x_size;
      rows_size <= y_size;
      rows_rem <= y_rem;
      cols_size <= x_size;
      cols_rem <= x_rem;
    end else if (go) begin
      first <= last_x && last_y;
      if (!last_x) begin
        x <= x + 16'd1;
        dx <= dx - 3'd1;
      end else if (!last_y) begin
        x <= x0;
        dx <= cols_size;
        y <= y + 16'd1;
        row <= row + pitch;
        dy <= dy - 3'd1;
      end else if (!last_group) begin
        group <= group + GROUP_W'(1);
        x <= x0;
        dx <= cols_size;
        y <= y0;
        row <= row0;
        dy <= rows_size;
      end else begin
        group <= '0;
        if (!last_col) begin
          x <= next_x;
          x0 <= next_x;
          dx <= next_cols_size;
          cols_size <= next_cols_size;
          cols_rem <= next_cols_rem;
          cols_left <= cols_left - 16'd1;
          y <= y0;
          row <= row0;
          dy <= rows_size;
        end else if (!last_row) begin
          x <= x0_first;
          x0 <= x0_first;
          dx <= x_size0;
          cols_size <= x_size0;
          cols_rem <= x_rem0;
          cols_left <= cols_last;
          y <= next_y;
          y0 <= next_y;
          row <= next_row;
          row0 <= next_row;
          dy <= next_rows_size;
          rows_size <= next_rows_size;
          rows_rem <= next_rows_rem;
          rows_left <= rows_left - 16'd1;
        end
      end
    end

  // Where results go: RAW counts on; an activation word takes PARTS groups; a ring starts over.
  always_ff @(posedge clk)
    if (start) begin
      turn_q <= turn;
      dst_row <= dst;
      dst_pixel <= dst;
      dst_q <= dst;
    end else if (tag_we) begin
      if (raw) dst_q <= dst_q + DST_W'(RAW_WORDS);
      else if (!last_group) begin
        if (32'(group) % PARTS == PARTS - 1) dst_q <= dst_q + dst_step;
      end else if (!last_col) begin
        dst_pixel <= dst_pixel + DST_W'(1);
        dst_q <= dst_pixel + DST_W'(1);
      end else begin
        turn_q <= turn_q == ring_last ? 16'd0 : turn_q + 16'd1;
        if (mid && turn_q == ring_last) begin
          dst_row <= wrap;
          dst_pixel <= wrap;
          dst_q <= wrap;
        end else if (!mid || turn_q[2:0] == 3'd7) begin
          dst_row <= dst_row + dst_pitch;
          dst_pixel <= dst_row + dst_pitch;
          dst_q <= dst_row + dst_pitch;
        end else begin
          dst_pixel <= dst_row;
          dst_q <= dst_row;
        end
      end
    end
endmodule
