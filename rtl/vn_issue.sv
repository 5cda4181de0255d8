// SPDX-License-Identifier: Apache-2.0
//
// vn_issue: the queue in front of one engine.  Its head waits for its tokens, takes them and moves
// into a register in front of the engine; when the engine is done with it, its signals are given.
//
// A descriptor that does not act (TAP without TAP_ON, an image past the batch) only passes its
// tokens, after everything before it is done.
// Latency: four cycles from push to d_valid if the tokens are there, one from done to give.
// Throughput: a descriptor in three cycles, far more than vn_sequencer hands out.
// Cost: QUEUE x 584 bits of LUTRAM, 584 + 40 FF.
module vn_issue #(
    parameter int unsigned ENGINE = 0
) (
    input  logic clk,
    input  logic rst,
    // from the sequencer, in list order
    input  logic push_valid,
    output logic push_ready,
    input  logic [vn_cu_pkg::ENTRY_W-1:0] push_entry,
    // tokens (vn_tokens)
    output logic asks,
    output logic [vn_spec_pkg::TOKEN_ROW-1:0] want,
    input  logic ready,
    input  logic [4:0] lacking,  // by giver
    output logic take,
    output logic [4:0] give,  // by receiver
    // engine
    output logic d_valid,
    input  logic d_ready,
    output logic [511:0] d,
    output logic [31:0] image,
    output logic [vn_cu_pkg::TAG_W-1:0] tag,
    output logic [31:0] index,  // in the program; for the simulation's trace
    input  logic done,
    input  logic [2:0] engine_state,
    // to counters and sequencer
    output logic [2:0] state,
    output logic idle
);
  localparam int unsigned W = vn_cu_pkg::ENTRY_W;
  localparam int unsigned FLIGHT = 8;  // descriptors inside an engine at most

  logic head_valid;
  logic [$clog2(vn_cu_pkg::QUEUE):0] queued;
  logic [W-1:0] head;
  vn_fifo #(.WIDTH(W), .DEPTH(vn_cu_pkg::QUEUE)) queue (
      .clk, .rst,
      .in_valid(push_valid), .in_ready(push_ready), .in_data(push_entry),
      .out_valid(head_valid), .out_ready(take), .out_data(head),
      .count(queued)
  );

  // Of the queue's head, a cycle behind it.
  logic acts;
  logic [4:0] signals;
  always_ff @(posedge clk)
    if (rst) asks <= 1'b0;
    else asks <= head_valid && !take;
  always_ff @(posedge clk)
    if (!asks) begin
      want <= head[vn_spec_pkg::D_ALL_WAIT_LOAD_LSB +: vn_spec_pkg::TOKEN_ROW];
      signals <= head[vn_spec_pkg::D_ALL_SIGNAL_LSB +: 5];
      acts <= head[512 + 32 + vn_cu_pkg::TAG_W];
    end

  // Signals of what has left the queue and is not finished.
  logic flight_ready, flight_some, quiet;
  logic [$clog2(FLIGHT):0] in_flight;
  logic [4:0] flight_mask;
  vn_fifo #(.WIDTH(5), .DEPTH(FLIGHT)) flight (
      .clk, .rst,
      .in_valid(take && acts), .in_ready(flight_ready), .in_data(signals),
      .out_valid(), .out_ready(done), .out_data(flight_mask),
      .count(in_flight)
  );
  assign flight_some = in_flight != '0;
  // A cycle late, which is safe: what could end it, a take, ends ready for longer.
  always_ff @(posedge clk) quiet <= !flight_some && give == 5'd0;

  assign take = ready && (acts ? !d_valid && flight_ready : quiet);
  assign idle = queued == '0 && !flight_some && give == 5'd0;

  always_ff @(posedge clk)
    if (rst) d_valid <= 1'b0;
    else if (take && acts) d_valid <= 1'b1;
    else if (d_ready) d_valid <= 1'b0;
  always_ff @(posedge clk) if (take) {index, tag, image, d} <= {head[W-1 -: 32], head[0 +: W-33]};

  always_ff @(posedge clk)
    if (rst) give <= 5'd0;
    else if (done) give <= flight_mask;
    else if (take && !acts) give <= signals;
    else give <= 5'd0;

  // Why an engine with nothing to issue waits: the head lacks tokens of whoever fills its input, or
  // only of whoever frees its output; without a head there is no work yet, which counts as input.
  localparam logic [4:0] FILLS =
      ENGINE == vn_spec_pkg::ENGINE_LOAD ? 5'b00000 :
      ENGINE == vn_spec_pkg::ENGINE_ARRAY ? 5'b01001 :
      ENGINE == vn_spec_pkg::ENGINE_POST ? 5'b00010 :
      ENGINE == vn_spec_pkg::ENGINE_DW ? 5'b00100 : 5'b11111;
  always_comb
    if (engine_state != vn_cu_pkg::STATE_IDLE) state = engine_state;
    else if (lacking != 5'd0 && (lacking & FILLS) == 5'd0) state = vn_cu_pkg::STATE_BLOCKED;
    else state = vn_cu_pkg::STATE_INPUT;

`ifdef VN_ASSERT
  always_ff @(posedge clk)
    if (!rst) begin
      assert (!done || flight_some) else $fatal(1, "done with a descriptor that was not given");
      assert (!ready || asks) else $fatal(1, "tokens for nobody");
      assert (!take || head_valid) else $fatal(1, "a descriptor out of an empty queue");
      assert (!(done && take && !acts)) else $fatal(1, "passed by before what came before");
    end
  vn_stays #(.W(512 + 32 + vn_cu_pkg::TAG_W)) d_stays (
      .clk, .rst, .valid(d_valid), .ready(d_ready), .data({tag, image, d})
  );
`endif
endmodule
