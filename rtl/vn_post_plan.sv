// SPDX-License-Identifier: Apache-2.0
//
// vn_post_plan: takes a POST descriptor and works out what its windows and results start with.
//
// Holds one descriptor (`job`), accepted while the walk of the one before goes on.  `ready` comes
// SETUP = 21 cycles after the transfer: one for the divisors, 16 of serial division, then two for
// the product of rows and pitch and one for the sums of addresses.  It falls with `begun`, when the
// job's windows are begun; `take` makes room for the next descriptor, and all the rest holds still
// until a cycle after it.
// Per axis: the address of the first conv position (*_at), for the first window what vn_pool_window
// says of it (*_over, *_rem), ratio and rest of in/out and rest - out (*_less) for the windows that
// follow, and whether the job begins at the first and ends at the last of the map (*_head, *_tail).
// Cost: 3 vn_muldiv, 2 small multipliers.
module vn_post_plan #(
    parameter int unsigned PSUM_W = 11,  // bits of a partial-sum entry's number
    parameter int unsigned DST_W = 16    // bits of an activation word's or a slot's number
) (
    input  logic              clk,
    input  logic              rst,
    input  logic              d_valid,
    output logic              d_ready,
    input  logic [511:0]      d,
    output logic              ready,
    input  logic              begun,
    input  logic              take,
    output logic [511:0]      job,
    output logic [15:0]       rows,     // behind the first one
    output logic [15:0]       cols,
    output logic              one_row,
    output logic              one_col,
    output logic              y_over,
    output logic [15:0]       y_rem,
    output logic [15:0]       y_rest,
    output logic [16:0]       y_less,
    output logic [1:0]        y_ratio,
    output logic [PSUM_W-1:0] y_at,     // partial-sum entry, modulo 2^PSUM_W, but for the column
    output logic [PSUM_W-1:0] y_stride, // ratio * pitch
    output logic              y_head,
    output logic              y_tail,
    output logic              x_over,
    output logic [15:0]       x_rem,
    output logic [15:0]       x_rest,
    output logic [16:0]       x_less,
    output logic [1:0]        x_ratio,
    output logic [PSUM_W-1:0] x_at,     // column in the tile
    output logic              x_head,
    output logic              x_tail,
    output logic [DST_W-1:0]  dst,      // word or slot of the first pooled pixel
    output logic [DST_W-1:0]  dst_wrap, // MID: slot of the first column in row 0 of the ring
    output logic [15:0]       turn,     // MID: first row's place in the ring
    output logic              ring_end  // it is the last one
);
  localparam int unsigned DIGITS = 16;
  localparam int unsigned SETUP = DIGITS + 5;

  logic [4:0] step;  // cycles since the transfer, at most SETUP; 1 where there is no descriptor
  logic dividing, accept, mid, y_first_over, x_first_over;
  logic [15:0] out_h, out_w, unused_turns, y_begin, x_begin, ring_last;
  logic [12:0] ring_rows;
  logic [15:0] y_rem0, x_rem0, y_next, x_next;
  logic [16:0] y_end, x_end;
  logic [PSUM_W-1:0] pitch, rows_in, row_offset;
  logic [DST_W-1:0] slot_offset;

  assign accept = d_valid && d_ready;
  assign out_h = job[vn_spec_pkg::D_POST_OUT_H_LSB +: 16];
  assign out_w = job[vn_spec_pkg::D_POST_OUT_W_LSB +: 16];
  assign mid = job[vn_spec_pkg::D_ALL_FLAGS_LSB + vn_spec_pkg::FLAG_MID];
  assign pitch = PSUM_W'(job[vn_spec_pkg::D_POST_PITCH_LSB +: 16]);

  vn_muldiv #(.W(DIGITS)) y_divider (
      .clk, .start(accept), .run(dividing),
      .a(job[vn_spec_pkg::D_POST_OY0_LSB +: 16]),
      .b(d[vn_spec_pkg::D_POST_IN_H_LSB +: 16]), .d(out_h), .q(y_begin), .rem(y_rem0)
  );
  vn_muldiv #(.W(DIGITS)) x_divider (
      .clk, .start(accept), .run(dividing),
      .a(job[vn_spec_pkg::D_POST_OX0_LSB +: 16]),
      .b(d[vn_spec_pkg::D_POST_IN_W_LSB +: 16]), .d(out_w), .q(x_begin), .rem(x_rem0)
  );
  vn_muldiv #(.W(DIGITS)) ring_divider (
      .clk, .start(accept), .run(dividing && mid), .a(16'd1),
      .b(d[vn_spec_pkg::D_POST_OY0_LSB +: 16]),
      .d(job[vn_spec_pkg::D_POST_RING_LSB +: 16]), .q(unused_turns), .rem(turn)
  );

  vn_pool_window first_row (
      .rem(y_rem0), .rest(y_rest), .less(y_less), .over(y_first_over), .next_rem(y_next)
  );
  vn_pool_window first_column (
      .rem(x_rem0), .rest(x_rest), .less(x_less), .over(x_first_over), .next_rem(x_next)
  );

  always_ff @(posedge clk)
    if (rst) begin
      step <= 5'd1;
      d_ready <= 1'b1;
      ready <= 1'b0;
    end else begin
      if (d_ready) step <= 5'd1;
      else if (step != 5'(SETUP)) step <= step + 5'd1;
      d_ready <= take || (d_ready && !d_valid);
      ready <= (ready && !begun) || step == 5'(SETUP - 1);
    end

  always_ff @(posedge clk)
    dividing <= !d_ready && step <= 5'(DIGITS);

  // Ratio and rest by subtracting again and again, every other cycle: in <= 3*out.
  always_ff @(posedge clk) begin
    y_less <= {1'b0, y_rest} - {1'b0, out_h};
    x_less <= {1'b0, x_rest} - {1'b0, out_w};
    rows <= job[vn_spec_pkg::D_POST_ROWS_LSB +: 16] - 16'd1;
    cols <= job[vn_spec_pkg::D_POST_COLS_LSB +: 16] - 16'd1;
    one_row <= rows == 16'd0;
    one_col <= cols == 16'd0;
    ring_last <= job[vn_spec_pkg::D_POST_RING_LSB +: 16] - 16'd1;
  end

  always_ff @(posedge clk)
    if (accept) begin
      job <= d;
      y_ratio <= 2'd1;
      y_rest <= d[vn_spec_pkg::D_POST_IN_H_LSB +: 16] - d[vn_spec_pkg::D_POST_OUT_H_LSB +: 16];
      y_stride <= PSUM_W'(d[vn_spec_pkg::D_POST_PITCH_LSB +: 16]);
      x_ratio <= 2'd1;
      x_rest <= d[vn_spec_pkg::D_POST_IN_W_LSB +: 16] - d[vn_spec_pkg::D_POST_OUT_W_LSB +: 16];
    end else if (dividing) begin
      if (!step[0] && !y_less[16]) begin
        y_ratio <= y_ratio + 2'd1;
        y_rest <= y_less[15:0];
        y_stride <= y_stride + pitch;
      end
      if (!step[0] && !x_less[16]) begin
        x_ratio <= x_ratio + 2'd1;
        x_rest <= x_less[15:0];
      end
    end

  // What follows from that, a stage after the other.
  always_ff @(posedge clk)
    if (step == 5'(DIGITS + 2)) begin
      rows_in <= PSUM_W'(y_begin - job[vn_spec_pkg::D_POST_IY0_LSB +: 16]);
      ring_rows <= turn[15:3];
      dst_wrap <= DST_W'(job[vn_spec_pkg::D_POST_DST_LSB + 3 +: 29]) +
                  DST_W'(job[vn_spec_pkg::D_POST_OX0_LSB +: 16]);
      x_at <= PSUM_W'(x_begin - job[vn_spec_pkg::D_POST_IX0_LSB +: 16]);
      y_over <= y_first_over;
      y_rem <= y_next;
      x_over <= x_first_over;
      x_rem <= x_next;
      y_end <= {1'b0, job[vn_spec_pkg::D_POST_OY0_LSB +: 16]} +
               {1'b0, job[vn_spec_pkg::D_POST_ROWS_LSB +: 16]};
      x_end <= {1'b0, job[vn_spec_pkg::D_POST_OX0_LSB +: 16]} +
               {1'b0, job[vn_spec_pkg::D_POST_COLS_LSB +: 16]};
      y_head <= job[vn_spec_pkg::D_POST_OY0_LSB +: 16] == 16'd0;
      x_head <= job[vn_spec_pkg::D_POST_OX0_LSB +: 16] == 16'd0;
    end

  always_ff @(posedge clk)
    if (step == 5'(DIGITS + 3)) begin
      row_offset <= rows_in * pitch;
      slot_offset <= DST_W'(ring_rows) * DST_W'(job[vn_spec_pkg::D_POST_DST_PITCH_LSB +: 16]);
      y_tail <= y_end == {1'b0, out_h};
      x_tail <= x_end == {1'b0, out_w};
      ring_end <= turn == ring_last;
    end

  always_ff @(posedge clk)
    if (step == 5'(DIGITS + 4)) begin
      y_at <= PSUM_W'(job[vn_spec_pkg::D_POST_PSUM_LSB +: 32]) + row_offset;
      dst <= mid ? dst_wrap + slot_offset : DST_W'(job[vn_spec_pkg::D_POST_DST_LSB +: 32]);
    end
endmodule
