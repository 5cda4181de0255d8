// SPDX-License-Identifier: Apache-2.0
//
// vn_skid: skid buffer.  Cuts a valid/ready channel: every output comes from a register.
//
// Latency: one cycle.  Throughput: a transfer a cycle.  Cost: 2 * WIDTH + 2 flip-flops.
// tests/formal/skid.sv proves handshake and occupancy.
module vn_skid #(
    parameter int unsigned WIDTH = 32
) (
    input  logic clk,
    input  logic rst,
    input  logic in_valid,
    output logic in_ready,
    input  logic [WIDTH-1:0] in_data,
    output logic out_valid,
    input  logic out_ready,
    output logic [WIDTH-1:0] out_data
);
  logic [WIDTH-1:0] kept;  // what came last; it waits for the output while in_ready is low

  always_ff @(posedge clk)
    if (rst) begin
      out_valid <= 1'b0;
      in_ready <= 1'b1;
    end else if (out_ready || !out_valid) begin
      out_valid <= !in_ready || in_valid;
      in_ready <= 1'b1;
    end else if (in_valid) in_ready <= 1'b0;

  always_ff @(posedge clk) begin
    if (in_valid && in_ready) kept <= in_data;  // whether it must be or not: out_ready is late
    if (out_ready || !out_valid) begin
      if (!in_ready) out_data <= kept;
      else if (in_valid) out_data <= in_data;
    end
  end

`ifdef VN_ASSERT
  always_ff @(posedge clk)
    if (!rst) begin
      assert (in_ready || out_valid) else $fatal(1, "an entry is kept behind an empty output");
    end
`endif
endmodule
