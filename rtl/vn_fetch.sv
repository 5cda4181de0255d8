// SPDX-License-Identifier: Apache-2.0
//
// vn_fetch: reads the descriptors of an entry, BEGIN once and the rest again and again, a few
// ahead.
//
// `start` begins with descriptor `first` (BEGIN), then gives first+1 .. first+count-1 in circles
// until `stop`; what was asked for by then is dropped, after which `quiet` is high.
// Latency: that of the memory.  Throughput: a descriptor a cycle.
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

  logic running, stopping;
  logic [31:0] next, left;  // descriptor of the next request, and how many from it to the end

  assign req_valid = running;
  assign req_addr = program_base + (64'(first) << 6) + (64'(next) << 6);
  assign req_beats = next == 32'd0 ? 32'd1 : left < CHUNK ? left : CHUNK;

  always_ff @(posedge clk)
    if (rst) begin
      running <= 1'b0;
      stopping <= 1'b0;
    end else if (start) begin
      running <= 1'b1;
      stopping <= 1'b0;
      next <= 32'd0;
      left <= count;
    end else begin
      // A request that the reader has seen stays until it is taken.
      if (running && req_ready) begin
        next <= left == req_beats ? 32'd1 : next + req_beats;
        left <= left == req_beats ? count - 32'd1 : left - req_beats;
        if (stop || stopping || count == 32'd1) running <= 1'b0;
      end
      if (stop) stopping <= 1'b1;
    end

  assign d_valid = q_valid && !stopping;
  assign q_ready = d_ready || stopping;
  assign d = q_data;
  assign d_bad = q_bad;
  assign quiet = !running && reader_idle && !q_valid;

`ifdef VN_ASSERT
  always_ff @(posedge clk)
    if (!rst) begin
      assert (!(start && running)) else $fatal(1, "a start before the last request is taken");
      assert (!running || (req_beats != 32'd0 && req_beats <= CHUNK))
        else $fatal(1, "a request of no descriptors or of too many");
      assert (!running || next < count) else $fatal(1, "a request past the list");
    end
  vn_stays #(.W(96)) req_stays (
      .clk, .rst, .valid(req_valid), .ready(req_ready), .data({req_addr, req_beats})
  );
`endif
endmodule
