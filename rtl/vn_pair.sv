// SPDX-License-Identifier: Apache-2.0
//
// vn_pair: a FIFO of two.  valid and ready come from registers, and out_ready moves none of the
// data: it may come late and from far, unlike that of vn_skid.
//
// Latency: one cycle.  Throughput: a transfer a cycle.  Cost: WIDTH LUTs, 2 * WIDTH + 4 flip-flops.
// tests/formal/skid.sv proves handshake and occupancy.
module vn_pair #(
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
`ifdef FORMAL
    ,
    output logic probe  // the place that is written is not the one that is read
`endif
);
  logic [WIDTH-1:0] even, odd;
  logic in_odd, out_odd, full, in, out;
  assign in_ready = !full;
  assign in = in_valid && !full;
  assign out = out_valid && out_ready;
  assign out_data = out_odd ? odd : even;
`ifdef FORMAL
  assign probe = in_odd != out_odd;
`endif

  always_ff @(posedge clk)
    if (rst) begin
      out_valid <= 1'b0;
      full <= 1'b0;
      in_odd <= 1'b0;
      out_odd <= 1'b0;
    end else begin
      if (in) in_odd <= !in_odd;
      if (out) out_odd <= !out_odd;
      if (in && !out) full <= out_valid;
      else if (out && !in) full <= 1'b0;
      if (in && !out) out_valid <= 1'b1;
      else if (out && !in) out_valid <= full;
    end

  always_ff @(posedge clk) begin
    if (in && !in_odd) even <= in_data;
    if (in && in_odd) odd <= in_data;
  end

`ifdef VN_ASSERT
  always_ff @(posedge clk)
    if (!rst)
      assert ((in_odd != out_odd) == (out_valid && !full))
        else $fatal(1, "the places are not what they hold");
`endif
endmodule
