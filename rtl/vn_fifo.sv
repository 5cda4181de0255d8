// SPDX-License-Identifier: Apache-2.0
//
// vn_fifo: synchronous FIFO with valid/ready on both sides; the oldest entry shows at the output
// without being asked for (first word falls through).
//
// DEPTH entries (a power of two, at least 2), never one more or less; `count` is how many it
// holds.  in_ready depends on registers only.  Throughput: an entry in and one out a cycle.
// Latency: what goes in shows one cycle later with STYLE "distributed" (asynchronous read), two
// with "block" (the output register is the RAM's).  "auto": block above 64 entries.
// Cost: WIDTH * DEPTH bits of LUTRAM or block RAM, and 3 counters; block: WIDTH bits of output.
// tests/formal/fifo.sv proves handshake and occupancy.
module vn_fifo #(
    parameter int unsigned WIDTH = 32,
    parameter int unsigned DEPTH = 16,
    parameter logic [87:0] STYLE = "auto"  // or "block", "distributed"
) (
    input  logic clk,
    input  logic rst,
    input  logic in_valid,
    output logic in_ready,
    input  logic [WIDTH-1:0] in_data,
    output logic out_valid,
    input  logic out_ready,
    output logic [WIDTH-1:0] out_data,
    output logic [$clog2(DEPTH):0] count
`ifdef FORMAL
    ,
    output logic [$clog2(DEPTH)-1:0] probe  // entries in the memory, modulo DEPTH
`endif
);
  localparam int unsigned AW = $clog2(DEPTH);
  localparam logic [87:0] NAME_AUTO = "auto", NAME_BLOCK = "block";
  localparam bit BLOCK = STYLE == NAME_BLOCK || (STYLE == NAME_AUTO && DEPTH > 64);
  if (DEPTH < 2 || DEPTH != 1 << AW) begin : g_bad
    vn_fifo_depth_is_no_power_of_two bad ();
  end

  logic [AW-1:0] head, tail;
  logic push, pop, fetch;  // fetch: an entry leaves the memory

  assign in_ready = !count[AW];
  assign push = in_valid && in_ready;
  assign pop = out_valid && out_ready;

`ifdef FORMAL
  assign probe = tail - head;
`endif

  always_ff @(posedge clk)
    if (rst) begin
      count <= '0;
      head <= '0;
      tail <= '0;
    end else begin
      if (push != pop) count <= push ? count + 1'b1 : count - 1'b1;
      if (push) tail <= tail + 1'b1;
      if (fetch) head <= head + 1'b1;
    end

  if (BLOCK) begin : g_block
    (* ram_style = "block" *) logic [WIDTH-1:0] mem [DEPTH];
    logic some;  // an entry is in the memory and not yet at the output
    assign some = count != {{AW{1'b0}}, out_valid};
    assign fetch = some && (!out_valid || out_ready);
    always_ff @(posedge clk) begin
      if (push) mem[tail] <= in_data;
      if (fetch) out_data <= mem[head];
    end
    always_ff @(posedge clk)
      if (rst) out_valid <= 1'b0;
      else if (fetch || out_ready) out_valid <= fetch;
  end else begin : g_distributed
    (* ram_style = "distributed" *) logic [WIDTH-1:0] mem [DEPTH];
    assign out_valid = count != '0;
    assign out_data = mem[head];
    assign fetch = pop;
    always_ff @(posedge clk) if (push) mem[tail] <= in_data;
  end

`ifdef VN_ASSERT
  always_ff @(posedge clk)
    if (!rst) begin
      assert (32'(count) <= DEPTH) else $fatal(1, "more entries than DEPTH");
      assert (!out_valid || count != '0) else $fatal(1, "an entry at the output of an empty FIFO");
    end
`endif
endmodule
