// SPDX-License-Identifier: Apache-2.0
//
// vn_fifo: synchronous FIFO with valid/ready on both sides; the oldest entry shows at the output
// without being asked for (first word falls through).
//
// DEPTH entries (a power of two, at least 2), never one more or less; `count` is how many it
// holds.  in_ready and out_valid are registers.  Throughput: an entry in and one out a cycle.
// STYLE: "distributed" LUTRAM, read asynchronously; what goes in shows one cycle later.
//   "registered" the same with an output register, "block" with that of the block RAM: two cycles.
//   "auto": block above 64 entries, else distributed.
// Cost: WIDTH * DEPTH bits of LUTRAM or block RAM, 5 pointers, WIDTH bits of output register; a
// counter if count is used.
// tests/formal/fifo.sv proves handshake and occupancy.
module vn_fifo #(
    parameter int unsigned WIDTH = 32,
    parameter int unsigned DEPTH = 16,
    parameter logic [87:0] STYLE = "auto"
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
    output logic [$clog2(DEPTH)-1:0] probe,  // entries in the memory, modulo DEPTH
    output logic [$clog2(DEPTH)-1:0] probe_front,  // entries, modulo DEPTH
    output logic probe_next,
    output logic probe_some
`endif
);
  localparam int unsigned AW = $clog2(DEPTH);
  localparam logic [87:0] NAME_AUTO = "auto", NAME_BLOCK = "block", NAME_REGISTERED = "registered";
  localparam bit BLOCK = STYLE == NAME_BLOCK || (STYLE == NAME_AUTO && DEPTH > 64);
  if (DEPTH < 2 || DEPTH != 1 << AW) begin : g_bad
    $error("DEPTH must be a power of two, at least 2");
  end

  // What leaves the memory next, and goes in next, and what follows them; what is popped next.
  logic [AW-1:0] head, after_head, tail, after_tail, front;
  logic some;  // an entry is in the memory
  logic push, pop, fetch;  // fetch: an entry leaves the memory

  assign push = in_valid && in_ready;
  assign pop = out_valid && out_ready;

`ifdef FORMAL
  assign probe = tail - head;
  assign probe_next = after_head == AW'(head + 1'b1) && after_tail == AW'(tail + 1'b1);
  assign probe_front = tail - front;
  assign probe_some = some;
`endif

  always_ff @(posedge clk)
    if (rst) begin
      in_ready <= 1'b1;
      count <= '0;
      head <= '0;
      after_head <= AW'(1);
      tail <= '0;
      after_tail <= AW'(1);
      front <= '0;
      some <= 1'b0;
    end else begin
      if (push) begin
        tail <= after_tail;
        after_tail <= after_tail + 1'b1;
      end
      if (fetch) begin
        head <= after_head;
        after_head <= after_head + 1'b1;
      end
      if (pop) front <= front + 1'b1;
      in_ready <= pop || (in_ready && !(push && after_tail == front));
      some <= push || (some && !(fetch && after_head == tail));
      if (push != pop) count <= push ? count + 1'b1 : count - 1'b1;
    end

  if (BLOCK) begin : g_block
    (* ram_style = "block" *) logic [WIDTH-1:0] mem [DEPTH];
    always_ff @(posedge clk) begin
      if (push) mem[tail] <= in_data;
      if (fetch) out_data <= mem[head];
    end
  end else begin : g_distributed
    (* ram_style = "distributed" *) logic [WIDTH-1:0] mem [DEPTH];
    always_ff @(posedge clk) if (push) mem[tail] <= in_data;
    if (STYLE == NAME_REGISTERED) begin : g_output
      always_ff @(posedge clk) if (fetch) out_data <= mem[head];
    end else begin : g_output
      assign out_data = mem[head];
    end
  end

  if (BLOCK || STYLE == NAME_REGISTERED) begin : g_registered
    assign fetch = some && (!out_valid || out_ready);
    always_ff @(posedge clk)
      if (rst) out_valid <= 1'b0;
      else if (fetch || out_ready) out_valid <= fetch;
  end else begin : g_at_once
    assign out_valid = some;
    assign fetch = pop;
  end

`ifdef VN_ASSERT
  always_ff @(posedge clk)
    if (!rst) begin
      assert (32'(count) <= DEPTH) else $fatal(1, "more entries than DEPTH");
      assert (!out_valid || count != '0) else $fatal(1, "an entry at the output of an empty FIFO");
    end
`endif
endmodule
