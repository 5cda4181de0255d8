// SPDX-License-Identifier: Apache-2.0
//
// vn_post_plan: takes a POST descriptor and works out what its walk starts with.
//
// Holds one descriptor (`job`), accepted while the walk of the one before goes on.  `ready` comes
// 20 cycles after the transfer: 16 of serial division, then the first windows, a product and the
// sum of addresses.  `take` hands the job over and makes room for the next.
// Per axis: the first conv position (*_begin), the window there (*_size, *_rem: the remainder after
// it) and the ratio and rest of in/out for the windows that follow (vn_pool_window).
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
    input  logic              take,
    output logic [511:0]      job,
    output logic [15:0]       y_begin,
    output logic [15:0]       y_rem,
    output logic [2:0]        y_size,
    output logic [1:0]        y_ratio,
    output logic [15:0]       y_rest,
    output logic [15:0]       x_begin,
    output logic [15:0]       x_rem,
    output logic [2:0]        x_size,
    output logic [1:0]        x_ratio,
    output logic [15:0]       x_rest,
    output logic [PSUM_W-1:0] entry,    // of conv pixel (y_begin, 0), modulo 2^PSUM_W
    output logic [DST_W-1:0]  dst,      // word or slot of the first pooled pixel
    output logic [DST_W-1:0]  dst_wrap, // MID: slot of the first column in row 0 of the ring
    output logic [15:0]       turn      // MID: first row's place in the ring
);
  localparam int unsigned DIGITS = 16;
  localparam int unsigned LAST_STEP = DIGITS + 3;

  logic [4:0] step;  // 0: no descriptor; 1..DIGITS: dividing
  logic dividing, accept, mid;
  logic [15:0] out_h, out_w, unused_turns;
  logic [15:0] y_rem0, x_rem0, y_next, x_next;
  logic [2:0] y_first, x_first;
  logic [PSUM_W-1:0] rows_in, row_offset;
  logic [DST_W-1:0] slot_offset;

  assign d_ready = step == 5'd0;
  assign ready = step == 5'(LAST_STEP + 1);
  assign accept = d_valid && d_ready;
  assign dividing = step != 5'd0 && step <= 5'(DIGITS);
  assign out_h = job[vn_spec_pkg::D_POST_OUT_H_LSB +: 16];
  assign out_w = job[vn_spec_pkg::D_POST_OUT_W_LSB +: 16];
  assign mid = job[vn_spec_pkg::D_ALL_FLAGS_LSB + vn_spec_pkg::FLAG_MID];

  vn_muldiv #(.W(DIGITS)) rows (
      .clk, .start(accept), .run(dividing),
      .a(job[vn_spec_pkg::D_POST_OY0_LSB +: 16]),
      .b(d[vn_spec_pkg::D_POST_IN_H_LSB +: 16]), .d(out_h), .q(y_begin), .rem(y_rem0)
  );
  vn_muldiv #(.W(DIGITS)) columns (
      .clk, .start(accept), .run(dividing),
      .a(job[vn_spec_pkg::D_POST_OX0_LSB +: 16]),
      .b(d[vn_spec_pkg::D_POST_IN_W_LSB +: 16]), .d(out_w), .q(x_begin), .rem(x_rem0)
  );
  vn_muldiv #(.W(DIGITS)) ring (
      .clk, .start(accept), .run(dividing && mid), .a(16'd1),
      .b(d[vn_spec_pkg::D_POST_OY0_LSB +: 16]),
      .d(job[vn_spec_pkg::D_POST_RING_LSB +: 16]), .q(unused_turns), .rem(turn)
  );
  vn_pool_window first_row (
      .rem(y_rem0), .out(out_h), .rest(y_rest), .ratio(y_ratio), .next_rem(y_next), .size(y_first)
  );
  vn_pool_window first_column (
      .rem(x_rem0), .out(out_w), .rest(x_rest), .ratio(x_ratio), .next_rem(x_next), .size(x_first)
  );

  always_ff @(posedge clk)
    if (rst) step <= 5'd0;
    else if (accept) step <= 5'd1;
    else if (take) step <= 5'd0;
    else if (step != 5'd0 && !ready) step <= step + 5'd1;

  always_ff @(posedge clk)
    if (accept) begin
      job <= d;
      // ratio and rest by subtracting again and again: in <= 3*out.
      y_ratio <= 2'd1;
      y_rest <= d[vn_spec_pkg::D_POST_IN_H_LSB +: 16] - d[vn_spec_pkg::D_POST_OUT_H_LSB +: 16];
      x_ratio <= 2'd1;
      x_rest <= d[vn_spec_pkg::D_POST_IN_W_LSB +: 16] - d[vn_spec_pkg::D_POST_OUT_W_LSB +: 16];
    end else if (dividing) begin
      if (y_rest >= out_h) begin
        y_ratio <= y_ratio + 2'd1;
        y_rest <= y_rest - out_h;
      end
      if (x_rest >= out_w) begin
        x_ratio <= x_ratio + 2'd1;
        x_rest <= x_rest - out_w;
      end
    end

  always_ff @(posedge clk) begin
    if (step == 5'(DIGITS + 1)) begin
      y_rem <= y_next;
      y_size <= y_first;
      x_rem <= x_next;
      x_size <= x_first;
      rows_in <= PSUM_W'(y_begin - job[vn_spec_pkg::D_POST_IY0_LSB +: 16]);
      slot_offset <= DST_W'(turn[15:3]) *
                     DST_W'(job[vn_spec_pkg::D_POST_DST_PITCH_LSB +: 16]);
      dst_wrap <= DST_W'(job[vn_spec_pkg::D_POST_DST_LSB + 3 +: 29]) +
                  DST_W'(job[vn_spec_pkg::D_POST_OX0_LSB +: 16]);
    end
    if (step == 5'(DIGITS + 2))
      row_offset <= PSUM_W'(rows_in * PSUM_W'(job[vn_spec_pkg::D_POST_PITCH_LSB +: 16]));
    if (step == 5'(DIGITS + 3)) begin
      entry <= PSUM_W'(job[vn_spec_pkg::D_POST_PSUM_LSB +: 32]) + row_offset -
               PSUM_W'(job[vn_spec_pkg::D_POST_IX0_LSB +: 16]);
      dst <= mid ? dst_wrap + slot_offset : DST_W'(job[vn_spec_pkg::D_POST_DST_LSB +: 32]);
    end
  end
endmodule
