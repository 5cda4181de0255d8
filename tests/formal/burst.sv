// SPDX-License-Identifier: Apache-2.0
//
// burst.sv - proof harness of vn_burst with addresses of 4 pages and requests of up to 511 beats.
// For any requester and any taker: bursts of 1..MOST beats, none across 4 KiB; the bursts of a
// request are contiguous from its address and add up to its beats, with its tag, the last one
// marked; requests keep their order; what is offered stays.
`ifndef MOST_BEATS
`define MOST_BEATS 64
`endif
module burst (
    input logic clk,
    input logic req_valid,
    input logic [ADDR_W-1:0] req_addr,
    input logic [BEATS_W-1:0] req_beats,
    input logic [TAG_W-1:0] req_tag,
    input logic burst_ready
);
  localparam int unsigned ADDR_W = 14, BEATS_W = 9, TAG_W = 2, MOST = `MOST_BEATS, LW = ADDR_W - 6;

  logic rst, req_ready, burst_valid, burst_last, idle, probe_next;
  logic [ADDR_W-1:0] burst_addr;
  logic [6:0] burst_beats;
  logic [TAG_W-1:0] burst_tag, probe_next_tag;
  logic [LW-1:0] probe_next_beat;
  logic [BEATS_W:0] probe_next_left, probe_left, probe_more;
  logic [5:0] probe_tail, probe_next_tail;
  logic [6:0] probe_next_beats;
  vn_burst #(.ADDR_W(ADDR_W), .BEATS_W(BEATS_W), .TAG_W(TAG_W), .MOST(MOST)) dut (.*);

  initial rst = 1'b1;
  always_ff @(posedge clk) rst <= 1'b0;
  always_comb assume (!req_valid || req_beats != '0);

  logic accepted, taken, ends;
  assign accepted = req_valid && req_ready;
  assign taken = burst_valid && burst_ready;
  assign ends = taken && burst_last;

  // The books: what is still to come of the oldest request, and the one after it.
  logic now_valid, next_valid;
  logic [LW-1:0] now_beat, next_beat;
  logic [BEATS_W-1:0] now_left, next_left;
  logic [TAG_W-1:0] now_tag, next_tag;
  always_ff @(posedge clk)
    if (rst) begin
      now_valid <= 1'b0;
      next_valid <= 1'b0;
    end else begin
      if (ends) begin
        now_valid <= next_valid || accepted;
        now_beat <= next_valid ? next_beat : req_addr[ADDR_W-1:6];
        now_left <= next_valid ? next_left : req_beats;
        now_tag <= next_valid ? next_tag : req_tag;
      end else if (!now_valid) begin
        now_valid <= accepted;
        now_beat <= req_addr[ADDR_W-1:6];
        now_left <= req_beats;
        now_tag <= req_tag;
      end else if (taken) begin
        now_beat <= now_beat + LW'(burst_beats);
        now_left <= now_left - BEATS_W'(burst_beats);
      end
      next_valid <= (next_valid && !ends) || (accepted && now_valid && (next_valid || !ends));
      if (accepted) begin
        next_beat <= req_addr[ADDR_W-1:6];
        next_left <= req_beats;
        next_tag <= req_tag;
      end
    end

  logic stalled;
  logic [ADDR_W+6+TAG_W+1:0] offered, offer;
  assign offer = {burst_addr, burst_beats, burst_tag, burst_last};
  always_ff @(posedge clk) begin
    stalled <= !rst && burst_valid && !burst_ready;
    offered <= offer;
  end

  logic [LW-1:0] beat;  // the burst's first
  assign beat = burst_addr[ADDR_W-1:6];
  // The request that waits is the books' next one, or the only one.
  logic waits;
  assign waits = burst_valid ? next_valid && probe_next_beat == next_beat &&
                                   probe_next_left == next_left && probe_next_tag == next_tag
                             : now_valid && !next_valid && probe_next_beat == now_beat &&
                                   probe_next_left == now_left && probe_next_tag == now_tag;
  always_comb
    if (!rst) begin
      a_stays: assert (!stalled || (burst_valid && offer == offered));
      a_idle: assert (idle == !now_valid);
      a_lost: assert (!(accepted && next_valid && !ends));  // the books have room for it
      if (burst_valid) begin
        a_size: assert (burst_beats != 7'd0 && burst_beats <= 7'(MOST));
        a_page: assert (8'(beat[5:0]) + 8'(burst_beats) <= 8'd64);
        a_align: assert (burst_addr[5:0] == 6'd0);
        a_place: assert (now_valid && beat == now_beat && burst_tag == now_tag);
        a_sum: assert (BEATS_W'(burst_beats) <= now_left);
        a_last: assert (burst_last == (BEATS_W'(burst_beats) == now_left));
      end
      // Where the rest is kept, for the induction.
      if (burst_valid) begin
        a_left: assert (probe_left == now_left);
        a_tail: assert (probe_tail < 7'(MOST));
        a_run: assert (burst_last || 7'(beat & LW'(MOST - 1)) + burst_beats == 7'(MOST));
        if (!burst_last) a_more: assert (probe_more != '0);
      end
      if (probe_next) begin
        a_kept: assert (waits && probe_next_left != '0);
        a_next: assert (7'(probe_next_left) == probe_next_beats && probe_next_tail < 7'(MOST));
      end
      else a_none: assert (!next_valid && now_valid == burst_valid);
    end
endmodule
