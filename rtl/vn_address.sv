// SPDX-License-Identifier: Apache-2.0
//
// vn_address: byte address of the first beat of an image's chunk 0, for vn_chunks:
// base + 64*(OFFSET + image*RECORD), modulo 2^64, as in hls/vn_mem.c.
//
// Latency: up to 34 cycles from start to done (shift and add).  Cost: no DSP.
module vn_address (
    input  logic clk,
    input  logic rst,
    input  logic start,
    input  logic [63:0] base,
    input  logic [31:0] offset,
    input  logic [31:0] record,
    input  logic [31:0] image,
    output logic done,  // one pulse, with address
    output logic [63:0] address
);
  logic active, offsets;  // offsets: the term is the offset, the first one
  logic [31:0] rest, step;
  logic [63:0] term;  // to add next: the offset, then step << i; in bytes
  wire last = !offsets && rest[31:1] == 31'd0;

  always_ff @(posedge clk)
    if (rst) begin
      active <= 1'b0;
      done <= 1'b0;
    end else begin
      active <= start || (active && !last);
      done <= active && last;
    end

  // While it waits it takes what is there: start is late, and moves one flip-flop.
  always_ff @(posedge clk)
    if (!active) begin
      offsets <= 1'b1;
      rest <= image;
      step <= record;
      term <= 64'(offset) << 6;
      address <= base;
    end else begin
      offsets <= 1'b0;
      if (offsets || rest[0]) address <= address + term;
      if (!offsets) rest <= rest >> 1;
      term <= offsets ? 64'(step) << 6 : term << 1;
    end

`ifdef VN_ASSERT
  always_ff @(posedge clk)
    if (!rst) begin
      assert (!(start && active)) else $fatal(1, "a start before done");
    end
`endif
endmodule
