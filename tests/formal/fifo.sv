// SPDX-License-Identifier: Apache-2.0
//
// fifo.sv - proof harness of vn_fifo, each way to build its memory (BLOCK,
// REGISTERED or neither).  For any writer
// and any reader: count is what went in less what came out, never above DEPTH, nothing comes out
// of an empty one; what is offered stays, content included; what is held shows within two cycles.
// With DATA (bounded): any entry, the Nth, comes out as the Nth with what went in.
module fifo (
    input logic clk,
    input logic in_valid,
    input logic [WIDTH-1:0] in_data,
    input logic out_ready
);
  localparam int unsigned WIDTH = 3, DEPTH = 4, W = 3;
`ifdef BLOCK
  localparam logic [87:0] STYLE = "block";
  localparam bit REGISTERED = 1'b1;  // an entry may be at the output and not in the memory
`elsif REGISTERED
  localparam logic [87:0] STYLE = "registered";
  localparam bit REGISTERED = 1'b1;
`else
  localparam logic [87:0] STYLE = "distributed";
  localparam bit REGISTERED = 1'b0;
`endif

  logic rst, in_ready, out_valid, probe_next, probe_some;
  logic [WIDTH-1:0] out_data;
  logic [W-1:0] count;
  logic [W-2:0] probe, probe_front;
  vn_fifo #(.WIDTH(WIDTH), .DEPTH(DEPTH), .STYLE(STYLE)) dut (.*);

  initial rst = 1'b1;
  always_ff @(posedge clk) rst <= 1'b0;

  logic push, pop;
  assign push = in_valid && in_ready;
  assign pop = out_valid && out_ready;

  logic [7:0] held;  // in less out, wide enough to show an overflow
  logic stalled, waiting;
  logic [WIDTH-1:0] offered;
  always_ff @(posedge clk) begin
    held <= rst ? 8'd0 : held + 8'(push) - 8'(pop);
    stalled <= !rst && out_valid && !out_ready;
    waiting <= !rst && held != 8'd0 && !pop;
    offered <= out_data;
  end

  logic [7:0] in_memory;
  assign in_memory = held - 8'(REGISTERED && out_valid);
  always_comb
    if (!rst) begin
      a_count: assert (8'(count) == held && held <= 8'(DEPTH));
      a_ready: assert (in_ready == (held < 8'(DEPTH)));
      a_empty: assert (!out_valid || held != 8'd0);
      a_shows: assert (!waiting || out_valid);
      a_stays: assert (!stalled || (out_valid && out_data == offered));
      a_pointers: assert (probe == (W - 1)'(in_memory) && probe_front == (W - 1)'(held) &&
                          probe_next);
      a_some: assert (probe_some == (in_memory != 8'd0));
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
