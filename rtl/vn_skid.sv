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
  logic [WIDTH-1:0] kept;  // what came while the output stalled
  logic full;

  assign in_ready = !full;

  always_ff @(posedge clk)
    if (rst) begin
      out_valid <= 1'b0;
      full <= 1'b0;
    end else if (out_ready || !out_valid) begin
      out_valid <= full || in_valid;
      full <= 1'b0;
    end else if (in_valid) full <= 1'b1;

  always_ff @(posedge clk) begin
    if (in_valid && in_ready) kept <= in_data;  // whether it must be or not: out_ready is late
    if (out_ready || !out_valid) begin
      if (full) out_data <= kept;
      else if (in_valid) out_data <= in_data;
    end
  end

`ifdef VN_ASSERT
  always_ff @(posedge clk)
    if (!rst) begin
      assert (!full || out_valid) else $fatal(1, "an entry is kept behind an empty output");
    end
`endif
endmodule
