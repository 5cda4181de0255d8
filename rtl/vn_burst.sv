// SPDX-License-Identifier: Apache-2.0
//
// vn_burst: cuts a request of whole 64-byte beats into AXI bursts (IHI 0022, A3.4.1: INCR, never
// across 4 KiB) of at most MOST beats, a power of two up to 64.
//
// Bursts end at multiples of MOST beats, so all but the first and the last have MOST, and none
// crosses 4 KiB.  The lowest 6 address bits are dropped.  A request has at least one beat; the
// next one is taken while the bursts of the previous one go out.
// Latency: two cycles from request to burst.  Throughput: a burst a cycle, across requests as well.
// Cost: two addresses, one counter of BEATS_W bits.  tests/formal/burst.sv proves it.
module vn_burst #(
    parameter int unsigned ADDR_W = 64,
    parameter int unsigned BEATS_W = 32,
    parameter int unsigned TAG_W = 1,
    parameter int unsigned MOST = 64
) (
    input  logic clk,
    input  logic rst,
    input  logic req_valid,
    output logic req_ready,
    input  logic [ADDR_W-1:0] req_addr,  // of a beat
    input  logic [BEATS_W-1:0] req_beats,
    input  logic [TAG_W-1:0] req_tag,
    output logic burst_valid,
    input  logic burst_ready,
    output logic [ADDR_W-1:0] burst_addr,
    output logic [6:0] burst_beats,
    output logic burst_last,  // of its request
    output logic [TAG_W-1:0] burst_tag,
    output logic idle  // holds no request and no burst
`ifdef FORMAL
    ,
    output logic probe_some,  // what is left of the request that is being cut
    output logic [ADDR_W-7:0] probe_beat,
    output logic [BEATS_W-1:0] probe_left,
    output logic [TAG_W-1:0] probe_tag
`endif
);
  localparam int unsigned MW = $clog2(MOST);
  localparam int unsigned LW = ADDR_W - 6;  // of a beat's address
  localparam int unsigned LOW = MOST - 1;
  localparam logic [LW-1:0] WITHIN = LW'(LOW);
  if (MOST < 1 || MOST > 64 || MOST != 1 << MW) begin : g_bad
    vn_burst_most_is_no_power_of_two_up_to_64 bad ();
  end

  logic some;  // of the request, beats are left
  logic [LW-1:0] beat;  // the first of them
  logic [BEATS_W-1:0] left;
  logic [TAG_W-1:0] tag;
  logic [6:0] span, beats;  // to the next boundary, of the burst
  logic cut, last;

  assign span = 7'(MOST) - 7'(beat & WITHIN);
  assign last = left <= BEATS_W'(span);
  assign beats = last ? 7'(left) : span;
  assign cut = some && (!burst_valid || burst_ready);
  assign req_ready = !some || (cut && last);
  assign idle = !some && !burst_valid;
`ifdef FORMAL
  assign probe_some = some;
  assign probe_beat = beat;
  assign probe_left = left;
  assign probe_tag = tag;
`endif

  always_ff @(posedge clk)
    if (rst) begin
      some <= 1'b0;
      burst_valid <= 1'b0;
    end else begin
      if (req_ready) some <= req_valid;
      if (!burst_valid || burst_ready) burst_valid <= some;
    end

  always_ff @(posedge clk) begin
    if (req_valid && req_ready) begin
      beat <= req_addr[ADDR_W-1:6];
      left <= req_beats;
      tag <= req_tag;
    end else if (cut) begin
      // What follows a burst begins at a boundary.
      beat <= (beat | WITHIN) + 1'b1;
      left <= left - BEATS_W'(beats);
    end
    if (cut) begin
      burst_addr <= {beat, 6'd0};
      burst_beats <= beats;
      burst_last <= last;
      burst_tag <= tag;
    end
  end

`ifdef VN_ASSERT
  always_ff @(posedge clk)
    if (!rst) begin
      assert (!req_valid || req_beats != '0) else $fatal(1, "a request of no beats");
      assert (!burst_valid || (burst_beats != 7'd0 && 32'(burst_beats) <= MOST))
        else $fatal(1, "a burst of no beats or of too many");
    end
`endif
endmodule
