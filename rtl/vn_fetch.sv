// SPDX-License-Identifier: Apache-2.0
//
// vn_fetch: reads the descriptors of an entry, BEGIN once and the rest again and again, a few
// ahead.
//
// `start` begins with descriptor `first` (BEGIN), then gives first+1 .. first+count-1 in circles
// until `stop`; what was asked for by then is dropped, after which `quiet` is high.
// Latency: that of the memory, and two cycles from start to the first request, five from one
// request to the next.  Throughput: a descriptor a cycle but for those.
module vn_fetch (
    input  logic clk,
    input  logic rst,
    input  logic start,
    input  logic stop,
    input  logic [63:0] program_base,
    input  logic [31:0] first,
    input  logic [31:0] count,
    output logic d_valid,
    input  logic d_ready,
    output logic [511:0] d,
    output logic d_bad,
    output logic quiet,
    // vn_axi_read
    output logic req_valid,
    input  logic req_ready,
    output logic [63:0] req_addr,
    output logic [31:0] req_beats,
    input  logic q_valid,
    output logic q_ready,
    input  logic [511:0] q_data,
    input  logic q_bad,
    input  logic reader_idle
);
  localparam int unsigned CHUNK = 16;  // descriptors of a request

  // A request is prepared in steps: no sum and no comparison in front of another.
  typedef enum logic [2:0] {REST, ORIGIN, OFFER, PAST, CIRCLE, LOOK, SIZE} step_t;
  step_t step;
  logic stopping, stops, at_begin, few;  // few: less than CHUNK are left
  logic [31:0] left, rest;  // descriptors from the request's first to the end; after BEGIN
  logic [63:0] second;  // address of the first after BEGIN

  assign req_valid = step == OFFER;
  assign stops = stop || stopping;

  always_ff @(posedge clk) begin
    if (stop) stopping <= 1'b1;
    few <= left < CHUNK;
    case (step)
      REST: ;
      ORIGIN: begin
        req_addr <= program_base + (64'(first) << 6);
        req_beats <= 32'd1;
        left <= count;
        at_begin <= 1'b1;
        step <= OFFER;
      end
      // A request that the reader has seen stays until it is taken.
      OFFER: if (req_ready) step <= at_begin && left == 32'd1 ? REST : PAST;
      PAST: begin
        req_addr <= req_addr + (64'(req_beats) << 6);
        left <= left - req_beats;
        step <= CIRCLE;
      end
      CIRCLE: begin
        at_begin <= 1'b0;
        if (at_begin) begin
          second <= req_addr;
          rest <= left;
        end else if (left == 32'd0) begin
          req_addr <= second;
          left <= rest;
        end
        step <= LOOK;
      end
      LOOK: step <= SIZE;
      default: begin
        req_beats <= few ? left : CHUNK;
        step <= OFFER;
      end
    endcase
    if (stops && step != OFFER) step <= REST;
    if (start) begin
      step <= ORIGIN;
      stopping <= 1'b0;
    end
    if (rst) begin
      step <= REST;
      stopping <= 1'b0;
    end
  end

  assign d_valid = q_valid && !stopping;
  assign q_ready = d_ready || stopping;
  assign d = q_data;
  assign d_bad = q_bad;
  assign quiet = step == REST && reader_idle && !q_valid;

`ifdef VN_ASSERT
  always_ff @(posedge clk)
    if (!rst) begin
      assert (step <= SIZE) else $fatal(1, "no such step");
      assert (!(start && step != REST)) else $fatal(1, "a start before the last request is taken");
      assert (!req_valid || (req_beats != 32'd0 && req_beats <= CHUNK))
        else $fatal(1, "a request of no descriptors or of too many");
      assert (!req_valid || req_beats <= left) else $fatal(1, "a request past the list");
    end
  vn_stays #(.W(96)) req_stays (
      .clk, .rst, .valid(req_valid), .ready(req_ready), .data({req_addr, req_beats})
  );
`endif
endmodule
