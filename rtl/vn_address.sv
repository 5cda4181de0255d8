// SPDX-License-Identifier: Apache-2.0
//
// vn_address: byte address of the first beat of an image's chunk 0, for vn_chunks:
// base + 64*(OFFSET + image*RECORD), modulo 2^64, as in hls/vn_mem.c.
//
// Latency: 34 cycles from start to done (shift and add).  Cost: no DSP.
module vn_address (
    input  logic clk,
    input  logic rst,
    input  logic start,
    input  logic [63:0] base,
    input  logic [31:0] offset,
    input  logic [31:0] record,
    input  logic [31:0] image,
    output logic done,  // one pulse; address stays
    output logic [63:0] address
);
  logic [31:0] rest;
  logic [63:0] term;  // record << i, in bytes
  logic active;

  always_ff @(posedge clk) begin
    done <= 1'b0;
    if (rst) active <= 1'b0;
    else if (start) begin
      active <= 1'b1;
      rest <= image;
      term <= 64'(record) << 6;
      address <= base + (64'(offset) << 6);
    end else if (active) begin
      if (rest[0]) address <= address + term;
      rest <= rest >> 1;
      term <= term << 1;
      if (rest[31:1] == 31'd0) begin
        active <= 1'b0;
        done <= 1'b1;
      end
    end
  end

`ifdef VN_ASSERT
  always_ff @(posedge clk)
    if (!rst) begin
      assert (!(start && active)) else $fatal(1, "a start before done");
    end
`endif
endmodule
