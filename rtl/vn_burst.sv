// SPDX-License-Identifier: Apache-2.0
//
// vn_burst: cuts a request of whole 64-byte beats into AXI bursts (IHI 0022, A3.4.1: INCR, never
// across 4 KiB) of at most MOST beats, a power of two up to 64.
//
// Bursts end at multiples of MOST beats, so all but the first and the last have MOST, and none
// crosses 4 KiB.  The lowest 6 address bits are dropped.  A request has at least one beat; the
// next one is taken while the bursts of the previous one go out.
// A request becomes a count of bursts as it comes in; what a burst is lies in registers before it
// shows.
// Latency: two cycles from request to burst.  Throughput: a burst a cycle, a request every other.
// Cost: two addresses, two counters of BEATS_W - log2 MOST + 1 bits.  tests/formal/burst.sv proves
// it.
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
    output logic probe_next,  // a request waits behind the bursts that go out
    output logic [ADDR_W-7:0] probe_next_beat,
    output logic [(BEATS_W > 6 ? BEATS_W : 6):0] probe_next_left,
    output logic [TAG_W-1:0] probe_next_tag,
    output logic [(BEATS_W > 6 ? BEATS_W : 6):0] probe_left,  // of the burst's request, with it
    output logic [(BEATS_W > 6 ? BEATS_W : 6):0] probe_more,
    output logic [5:0] probe_tail,
    output logic [5:0] probe_next_tail,
    output logic [6:0] probe_next_beats
`endif
);
  localparam int unsigned MW = $clog2(MOST);
  localparam int unsigned LW = ADDR_W - 6;  // of a beat's address
  localparam int unsigned SW = (BEATS_W > 6 ? BEATS_W : 6) + 1;
  localparam int unsigned CW = SW - MW;  // of a count of bursts
  localparam logic [5:0] LOW = 6'(MOST - 1);
  localparam logic [LW-1:0] WITHIN = LW'(LOW);
  if (MOST < 1 || MOST > 64 || MOST != 1 << MW) begin : g_bad
    $error("MOST must be a power of two up to 64");
  end

  // --- the next request ----------------------------------------------------------------------
  logic next;  // there is one
  logic [LW-1:0] next_beat;  // its first
  logic [CW-1:0] next_more;  // bursts after the first
  logic [5:0] next_tail;  // place of the last beat in the last burst's MOST
  logic [6:0] next_beats;  // those of the request, if one burst holds them
  logic [TAG_W-1:0] next_tag;
  logic enter;  // the next request begins
  logic [SW-1:0] place;  // of the last beat, from the boundary before the first
  wire [5:0] offset = req_addr[11:6] & LOW;
  assign place = SW'(offset) + SW'(req_beats) - 1'b1;
  assign req_ready = !next;
  always_ff @(posedge clk)
    if (rst) next <= 1'b0;
    else next <= next ? !enter : req_valid;
  always_ff @(posedge clk)
    if (req_valid && req_ready) begin
      next_beat <= req_addr[ADDR_W-1:6];
      next_more <= CW'(place >> MW);
      next_tail <= place[5:0] & LOW;
      next_beats <= 7'(req_beats);
      next_tag <= req_tag;
    end

  // --- the burst, and what follows it --------------------------------------------------------
  logic [LW-1:0] beat;
  logic [CW-1:0] more;  // bursts after this one
  logic [5:0] tail;
  wire [5:0] next_offset = next_beat[5:0] & LOW;
  wire next_single = next_more == '0;
  wire before_last = more == CW'(1);
  assign enter = !burst_valid || (burst_ready && burst_last);
  assign burst_addr = {beat, 6'd0};
  assign idle = !next && !burst_valid;
  always_ff @(posedge clk)
    if (rst) burst_valid <= 1'b0;
    else if (enter) burst_valid <= next;
  always_ff @(posedge clk)
    if (enter) begin
      beat <= next_beat;
      burst_beats <= next_single ? next_beats : {1'b0, LOW ^ next_offset} + 7'd1;
      burst_last <= next_single;
      burst_tag <= next_tag;
      more <= next_more;
      tail <= next_tail;
    end else if (burst_ready) begin
      // What follows a burst begins at a boundary.
      beat <= (beat | WITHIN) + 1'b1;
      burst_beats <= {1'b0, before_last ? tail : LOW} + 7'd1;
      burst_last <= before_last;
      more <= more - 1'b1;
    end

`ifdef FORMAL
  assign probe_next = next;
  assign probe_next_beat = next_beat;
  assign probe_next_left =
      (SW'(next_more) << MW) + SW'(next_tail) + 1'b1 - SW'(next_offset);
  assign probe_next_tag = next_tag;
  assign probe_left =
      SW'(burst_beats) + (burst_last ? '0 : ((SW'(more) - 1'b1) << MW) + SW'(tail) + 1'b1);
  assign probe_more = SW'(more);
  assign probe_tail = tail;
  assign probe_next_tail = next_tail;
  assign probe_next_beats = next_beats;
`endif

`ifdef VN_ASSERT
  always_ff @(posedge clk)
    if (!rst) begin
      assert (!req_valid || req_beats != '0) else $fatal(1, "a request of no beats");
      assert (!burst_valid || (burst_beats != 7'd0 && 32'(burst_beats) <= MOST))
        else $fatal(1, "a burst of no beats or of too many");
    end
`endif
endmodule
