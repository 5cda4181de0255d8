// SPDX-License-Identifier: Apache-2.0
//
// vn_post_place: where the results of POST descriptors go, in the order in which the walk makes them.
//
// `start` loads a job; results of the one before it may come in that cycle still.  tag_* belong to
// the result of the same cycle.
// RAW counts words on; an activation word takes PARTS groups, and the next ones are `step` further;
// rows are a pitch apart; a ring of the middle buffer starts over, its banks take eight rows in turn.
module vn_post_place #(
    parameter int unsigned GROUP_W = 2,
    parameter int unsigned PARTS = 2,      // groups of LANES channels in an activation word
    parameter int unsigned RAW_WORDS = 2,  // activation words of LANES int32
    parameter int unsigned DST_W = 16
) (
    input  logic               clk,
    input  logic               start,
    input  logic [511:0]       job,
    input  logic [DST_W-1:0]   dst,
    input  logic [DST_W-1:0]   dst_wrap,
    input  logic [15:0]        turn,
    input  logic               ring_end,
    input  logic               result,
    input  logic [GROUP_W-1:0] result_group,
    input  logic               result_pixel,
    input  logic               result_row,
    output logic               tag_mid,
    output logic               tag_raw,
    output logic [2:0]         tag_bank,
    output logic [DST_W-1:0]   tag_dst
);
  logic [15:0] turn_q, ring_before;  // ring_before: the last but one
  logic [DST_W-1:0] row, pixel, at, pitch, step, wrap;
  logic ring_end_q;
  logic [DST_W-1:0] next_row;

  assign tag_bank = turn_q[2:0];
  assign tag_dst = at;
  assign next_row = tag_mid && ring_end_q ? wrap :
                    !tag_mid || turn_q[2:0] == 3'd7 ? row + pitch : row;

  always_ff @(posedge clk)
    if (start) begin
      turn_q <= turn;
      ring_end_q <= ring_end;
      row <= dst;
      pixel <= dst;
      at <= dst;
    end else if (result) begin
      if (tag_raw || !result_pixel) begin
        if (tag_raw || 32'(result_group) % PARTS == PARTS - 1) at <= at + step;
      end else if (!result_row) begin
        pixel <= pixel + DST_W'(1);
        at <= pixel + DST_W'(1);
      end else begin
        turn_q <= ring_end_q ? 16'd0 : turn_q + 16'd1;
        ring_end_q <= turn_q == ring_before;
        row <= next_row;
        pixel <= next_row;
        at <= next_row;
      end
    end

  always_ff @(posedge clk)
    if (start) begin
      tag_mid <= job[vn_spec_pkg::D_ALL_FLAGS_LSB + vn_spec_pkg::FLAG_MID];
      tag_raw <= job[vn_spec_pkg::D_ALL_FLAGS_LSB + vn_spec_pkg::FLAG_RAW];
      pitch <= DST_W'(job[vn_spec_pkg::D_POST_DST_PITCH_LSB +: 16]);
      step <= job[vn_spec_pkg::D_ALL_FLAGS_LSB + vn_spec_pkg::FLAG_RAW] ? DST_W'(RAW_WORDS) :
              job[vn_spec_pkg::D_ALL_FLAGS_LSB + vn_spec_pkg::FLAG_MID] ? '0 :
              DST_W'(job[vn_spec_pkg::D_POST_DST_STEP_LSB +: 32]);
      ring_before <= job[vn_spec_pkg::D_POST_RING_LSB +: 16] - 16'd2;
      wrap <= dst_wrap;
    end
endmodule
