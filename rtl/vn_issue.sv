// SPDX-License-Identifier: Apache-2.0
//
// vn_issue: the queue in front of one engine.  Its head waits for its tokens, then goes to the
// engine; when the engine is done with it, its signals are given.
//
// A descriptor that does not act (TAP without TAP_ON, an image past the batch) only passes its
// tokens, after everything before it is done.
// Latency: two cycles from push to d_valid, one from done to give.  Throughput: a descriptor a
// cycle.
// Cost: QUEUE x 584 bits of LUTRAM.
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

  logic head_valid, head_ready, acts;
  logic [$clog2(vn_cu_pkg::QUEUE):0] queued;
  logic [W-1:0] head;
  vn_fifo #(.WIDTH(W), .DEPTH(vn_cu_pkg::QUEUE)) queue (
      .clk, .rst,
      .in_valid(push_valid), .in_ready(push_ready), .in_data(push_entry),
      .out_valid(head_valid), .out_ready(head_ready), .out_data(head),
      .count(queued)
  );
  assign {index, acts, tag, image, d} = head;
  assign want = head_valid ? d[vn_spec_pkg::D_ALL_WAIT_LOAD_LSB +: vn_spec_pkg::TOKEN_ROW] : '0;

  // Signals of what the engine has taken and not finished.
  logic flight_ready, flight_some;
  logic [$clog2(FLIGHT):0] in_flight;
  logic [4:0] flight_mask;
  logic into_engine, pass_by;
  vn_fifo #(.WIDTH(5), .DEPTH(FLIGHT)) flight (
      .clk, .rst,
      .in_valid(into_engine), .in_ready(flight_ready),
      .in_data(d[vn_spec_pkg::D_ALL_SIGNAL_LSB +: 5]),
      .out_valid(), .out_ready(done), .out_data(flight_mask),
      .count(in_flight)
  );
  assign flight_some = in_flight != '0;

  assign d_valid = head_valid && acts && ready && flight_ready;
  assign into_engine = d_valid && d_ready;
  assign pass_by = head_valid && !acts && ready && !flight_some && give == 5'd0;
  assign take = into_engine || pass_by;
  assign head_ready = take;
  assign idle = queued == '0 && !flight_some && give == 5'd0;

  always_ff @(posedge clk)
    if (rst) give <= 5'd0;
    else if (done) give <= flight_mask;
    else if (pass_by) give <= d[vn_spec_pkg::D_ALL_SIGNAL_LSB +: 5];
    else if (give != 5'd0) give <= 5'd0;

  // Why an engine with nothing to issue waits: the head lacks tokens of whoever fills its input, or
  // of whoever frees its output; without a head there is no work yet, which counts as input.
  localparam logic [4:0] FILLS =
      ENGINE == vn_spec_pkg::ENGINE_LOAD ? 5'b00000 :
      ENGINE == vn_spec_pkg::ENGINE_ARRAY ? 5'b01001 :
      ENGINE == vn_spec_pkg::ENGINE_POST ? 5'b00010 :
      ENGINE == vn_spec_pkg::ENGINE_DW ? 5'b00100 : 5'b11111;
  always_comb
    if (engine_state != vn_cu_pkg::STATE_IDLE) state = engine_state;
    else if (head_valid && !ready && (lacking & FILLS) == 5'd0) state = vn_cu_pkg::STATE_BLOCKED;
    else state = vn_cu_pkg::STATE_INPUT;

`ifdef VN_ASSERT
  always_ff @(posedge clk)
    if (!rst) begin
      assert (!done || flight_some) else $fatal(1, "done with a descriptor that was not given");
      assert (!take || ready) else $fatal(1, "a descriptor without its tokens");
      assert (!into_engine || flight_ready) else $fatal(1, "no room for a descriptor's signals");
    end
  vn_stays #(.W(512 + 32 + vn_cu_pkg::TAG_W)) d_stays (
      .clk, .rst, .valid(d_valid), .ready(d_ready), .data({tag, image, d})
  );
`endif
endmodule
