// SPDX-License-Identifier: Apache-2.0
//
// skid.sv - proof harness of vn_skid, and of vn_pair with PAIR.  For any writer that keeps its offer and any reader: it holds
// what went in less what came out, at most two; what is offered stays, content included; what is
// held shows.  With DATA (bounded): any entry, the Nth, comes out as the Nth with what went in.
module skid (
    input logic clk,
    input logic in_valid,
    input logic [WIDTH-1:0] in_data,
    input logic out_ready
);
  localparam int unsigned WIDTH = 3;

  logic rst, in_ready, out_valid;
  logic [WIDTH-1:0] out_data;
`ifdef PAIR
  logic probe;
  vn_pair #(.WIDTH(WIDTH)) dut (.*);
`else
  vn_skid #(.WIDTH(WIDTH)) dut (.*);
`endif

  initial rst = 1'b1;
  always_ff @(posedge clk) rst <= 1'b0;

  logic push, pop;
  assign push = in_valid && in_ready;
  assign pop = out_valid && out_ready;

  logic [7:0] held;
  logic stalled;
  logic [WIDTH-1:0] offered;
  always_ff @(posedge clk) begin
    held <= rst ? 8'd0 : held + 8'(push) - 8'(pop);
    stalled <= !rst && out_valid && !out_ready;
    offered <= out_data;
  end

  always_comb
    if (!rst) begin
      a_limit: assert (held <= 8'd2);
`ifdef PAIR
      a_places: assert (probe == (held == 8'd1));
`endif
      a_ready: assert (in_ready == (held < 8'd2));
      a_shows: assert (out_valid == (held != 8'd0));
      a_stays: assert (!stalled || (out_valid && out_data == offered));
    end

`ifdef DATA
  (* anyconst *) logic [3:0] n;
  logic [3:0] pushed, popped;
  logic [WIDTH-1:0] value;
  always_ff @(posedge clk)
    if (rst) begin
      pushed <= '0;
      popped <= '0;
    end else begin
      pushed <= pushed + 4'(push);
      popped <= popped + 4'(pop);
      if (push && pushed == n) value <= in_data;
    end
  always_comb if (!rst && pop && popped == n) a_data: assert (pushed > n && out_data == value);
`endif
endmodule
