// SPDX-License-Identifier: Apache-2.0
//
// vn_post_walk: the reads of POST descriptors, one a cycle, without a gap between two of them.
//
// Order: windows (vn_post_windows), groups of LANES channels, rows and columns of the window.
// Elements leave through a skid buffer: r_valid, r_addr, e_* until r_ready takes them.
// `room`: another result has a place; it may say so a few cycles late.
// A job begins (`start`) when its first window is there, `can_start` holds, which then stays, and the
// one before it has no more elements.
// `result`: in the cycle before, the last element of a window's group left; where its result goes is
// vn_post_place's.
module vn_post_walk #(
    parameter int unsigned GROUPS = 4,  // of LANES channels in a tile
    parameter int unsigned GROUP_W = 2,
    parameter int unsigned PSUM_W = 11
) (
    input  logic               clk,
    input  logic               rst,
    output logic               busy,
    input  logic               room,
    // the job
    input  logic               can_start,
    output logic               start,
    input  logic               half,   // half of the parameter memories
    input  logic               u8,
    input  logic               raw,
    input  logic               border,
    input  logic [PSUM_W-1:0]  pitch,
    // windows
    input  logic               w_valid,
    output logic               w_ready,
    input  logic [PSUM_W-1:0]  w_addr,
    input  logic [1:0]         w_dy,
    input  logic [1:0]         w_dx,
    input  logic               w_first,
    input  logic               w_row_end,
    input  logic               w_last,
    input  logic [3:0]         w_edge,
    // elements
    output logic               r_valid,
    input  logic               r_ready,
    output logic [PSUM_W-1:0]  r_addr,
    output logic [GROUP_W-1:0] r_group,
    output logic [1:0]         e_case_y, // bias vector 3 * e_case_y + e_case_x
    output logic [1:0]         e_case_x,
    output logic               e_half,
    output logic               e_first,  // of its window
    output logic               e_last,
    output logic               e_end,    // of its job
    output logic               e_u8,
    output logic               e_raw,
    // results
    output logic               result,
    output logic [GROUP_W-1:0] result_group,
    output logic               result_pixel,  // the last group of a pixel
    output logic               result_row,    // the last pixel of a row
    output logic               result_last    // the last row
);
  logic half_q, u8_q, raw_q, border_q;
  logic [PSUM_W-1:0] pitch_q;

  // The window, and where in it.
  logic row_end, last;
  logic [3:0] edges;
  logic [1:0] size_y, size_x, dy, dx;  // positions behind the first one, behind this one
  logic [PSUM_W-1:0] addr, row, addr0;
  logic first, top, left;              // element, row, column of the window
  logic [GROUP_W-1:0] group;
  logic last_group, end_group;         // end_group: this element is the window's last one

  logic go, out_ready, end_x, end_y, load, may_start;
  logic [1:0] case_y, case_x;

  assign go = busy && room && out_ready;
  assign end_x = dx == 2'd0;
  assign end_y = end_x && dy == 2'd0;
  assign start = may_start && (!busy || (go && end_group && last));
  assign load = start || (go && end_group && !last);
  assign w_ready = load;

  always_ff @(posedge clk)
    if (rst) begin
      busy <= 1'b0;
      may_start <= 1'b0;
    end else begin
      busy <= start || (busy && !(go && end_group && last));
      may_start <= w_valid && w_first && can_start && !start;
    end

  always_ff @(posedge clk)
    if (start) begin
      half_q <= half;
      u8_q <= u8;
      raw_q <= raw;
      border_q <= border;
      pitch_q <= pitch;
    end

  always_ff @(posedge clk)
    if (load) begin
      row_end <= w_row_end;
      last <= w_last;
      edges <= w_edge;
      size_y <= w_dy;
      size_x <= w_dx;
      addr0 <= w_addr;
    end

  always_ff @(posedge clk)
    if (load) begin
      addr <= w_addr;
      row <= w_addr;
      dy <= w_dy;
      dx <= w_dx;
      first <= 1'b1;
      top <= 1'b1;
      left <= 1'b1;
      group <= '0;
      last_group <= GROUPS == 1;
      end_group <= GROUPS == 1 && w_dx == 2'd0 && w_dy == 2'd0;
    end else if (go) begin
      first <= end_y;
      left <= end_x;
      if (!end_x) begin
        addr <= addr + PSUM_W'(1);
        dx <= dx - 2'd1;
        end_group <= last_group && dx == 2'd1 && dy == 2'd0;
      end else begin
        dx <= size_x;
        if (!end_y) begin
          addr <= row + pitch_q;
          row <= row + pitch_q;
          dy <= dy - 2'd1;
          end_group <= last_group && size_x == 2'd0 && dy == 2'd1;
          top <= 1'b0;
        end else begin
          addr <= addr0;
          row <= addr0;
          dy <= size_y;
          top <= 1'b1;
          group <= group + GROUP_W'(1);
          last_group <= 32'(group) == GROUPS - 2;
          end_group <= 32'(group) == GROUPS - 2 && size_x == 2'd0 && size_y == 2'd0;
        end
      end
    end

  // Border case by conv position; 0 is the first position even if it is the only one.
  assign case_y = !border_q || (top && edges[2]) ? 2'd0 : dy == 2'd0 && edges[3] ? 2'd2 : 2'd1;
  assign case_x = !border_q || (left && edges[0]) ? 2'd0 : end_x && edges[1] ? 2'd2 : 2'd1;

  vn_skid #(.WIDTH(PSUM_W + GROUP_W + 10)) elements (
      .clk, .rst, .in_valid(busy && room), .in_ready(out_ready),
      .in_data({addr, group, case_y, case_x, half_q, first, end_y, end_group && last, u8_q, raw_q}),
      .out_valid(r_valid), .out_ready(r_ready),
      .out_data({r_addr, r_group, e_case_y, e_case_x, e_half, e_first, e_last, e_end, e_u8, e_raw})
  );

  always_ff @(posedge clk)
    if (rst) result <= 1'b0;
    else result <= go && end_y;

  always_ff @(posedge clk)
    if (go && end_y) begin
      result_group <= group;
      result_pixel <= last_group;
      result_row <= row_end;
      result_last <= last;
    end

`ifdef VN_ASSERT
  always_ff @(posedge clk)
    if (!rst)
      assert (!load || (w_valid && w_first == start)) else $fatal(1, "a window is not there in time");
`endif
endmodule
