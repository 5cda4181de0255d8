// SPDX-License-Identifier: Apache-2.0
//
// vn_axi_write: AXI4 write master without ID for one writer (IHI 0022).  A request names whole
// beats; w gives the beats of all requests one after the other.
//
// Bursts of at most 64 beats; up to OUTSTANDING wait for their response.  The next request is
// taken while the previous one goes out; its beats follow without a gap.  A burst's address does
// not wait for its data.  `done` pulses when a request's last response is there (a response a
// cycle: pulses may follow each other without a gap).
// The first response other than OKAY since `clear` is kept in err, err_tag; it is up with done.
//
// Latency: 3 cycles from request to m_awvalid, beats may leave with it; one from response to done.
// Throughput: a beat a cycle.  Cost: two LUTRAM FIFOs of OUTSTANDING entries; no data is held.
module vn_axi_write #(
    parameter int unsigned TAG_W = 1,
    parameter int unsigned OUTSTANDING = 32
) (
    input  logic clk,
    input  logic rst,
    input  logic req_valid,
    output logic req_ready,
    input  logic [63:0] req_addr,
    input  logic [31:0] req_beats,
    input  logic [TAG_W-1:0] req_tag,
    input  logic w_valid,
    output logic w_ready,
    input  logic [511:0] w_data,
    output logic done,
    output logic err,
    output logic [TAG_W-1:0] err_tag,
    input  logic clear,
    output logic idle,
    output logic [63:0] m_awaddr,
    output logic [7:0] m_awlen,
    output logic [2:0] m_awsize,
    output logic [1:0] m_awburst,
    output logic m_awvalid,
    input  logic m_awready,
    output logic [511:0] m_wdata,
    output logic [63:0] m_wstrb,
    output logic m_wlast,
    output logic m_wvalid,
    input  logic m_wready,
    input  logic [1:0] m_bresp,
    input  logic m_bvalid,
    output logic m_bready
);
  // --- addresses -----------------------------------------------------------------------------
  logic b_valid, b_last, b_idle, issue, data_ready, answer_ready;
  logic [63:0] b_addr;
  logic [6:0] b_beats;
  logic [TAG_W-1:0] b_tag;
  wire free = data_ready && answer_ready && (!m_awvalid || m_awready);
  assign issue = b_valid && free;
  vn_burst #(.TAG_W(TAG_W)) burst (
      .clk, .rst, .req_valid, .req_ready, .req_addr, .req_beats, .req_tag,
      .burst_valid(b_valid), .burst_ready(free), .burst_addr(b_addr), .burst_beats(b_beats),
      .burst_last(b_last), .burst_tag(b_tag), .idle(b_idle)
  );
  assign m_awsize = 3'd6;
  assign m_awburst = 2'b01;
  always_ff @(posedge clk)
    if (rst) m_awvalid <= 1'b0;
    else if (issue || m_awready) m_awvalid <= issue;
  always_ff @(posedge clk)
    if (issue) begin
      m_awaddr <= b_addr;
      m_awlen <= 8'(b_beats) - 8'd1;
    end

  // --- data: the oldest burst whose beats are not all out ------------------------------------
  logic data_valid;
  logic [5:0] last_beat, sent;
  vn_fifo #(.WIDTH(6), .DEPTH(OUTSTANDING)) data (
      .clk, .rst, .in_valid(issue), .in_ready(data_ready), .in_data(6'(b_beats - 7'd1)),
      .out_valid(data_valid), .out_ready(m_wvalid && m_wready && m_wlast), .out_data(last_beat),
      .count()
  );
  assign m_wvalid = w_valid && data_valid;
  assign w_ready = m_wready && data_valid;
  assign m_wdata = w_data;
  assign m_wstrb = '1;
  assign m_wlast = sent == last_beat;
  always_ff @(posedge clk)
    if (rst) sent <= '0;
    else if (m_wvalid && m_wready) sent <= m_wlast ? '0 : sent + 6'd1;

  // --- responses -----------------------------------------------------------------------------
  logic answer_valid, request_last;
  logic [TAG_W-1:0] answer_tag;
  logic [$clog2(OUTSTANDING):0] outstanding;
  vn_fifo #(.WIDTH(1 + TAG_W), .DEPTH(OUTSTANDING)) answers (
      .clk, .rst, .in_valid(issue), .in_ready(answer_ready), .in_data({b_last, b_tag}),
      .out_valid(answer_valid), .out_ready(m_bvalid), .out_data({request_last, answer_tag}),
      .count(outstanding)
  );
  assign m_bready = 1'b1;
  assign idle = b_idle && outstanding == '0;
  always_ff @(posedge clk) begin
    done <= !rst && m_bvalid && request_last;
    if (rst) err <= 1'b0;
    else if (m_bvalid && m_bresp != 2'b00 && (!err || clear)) begin
      err <= 1'b1;
      err_tag <= answer_tag;
    end else if (clear) err <= 1'b0;
  end

`ifdef VN_ASSERT
  always_ff @(posedge clk)
    if (!rst && m_bvalid) assert (answer_valid) else $fatal(1, "a response that nobody asked for");
`endif
endmodule
