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
// All channels of the port come from and go into registers.
// Latency: 4 cycles from request to m_awvalid, beats may leave two later; two from response to
// done.  Throughput: a beat a cycle.  Cost: three LUTRAM FIFOs of OUTSTANDING entries, one of 16
// beats.
module vn_axi_write #(
    parameter int unsigned TAG_W = 1,
    parameter int unsigned OUTSTANDING = vn_cu_pkg::OUTSTANDING
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
  logic aw_ready;
  // Room in `answers` is room in `aw` and `data`: a burst stands there until it has been answered.
  wire free = answer_ready;
  assign issue = b_valid && free;
  vn_burst #(.TAG_W(TAG_W), .MOST(vn_cu_pkg::BURST)) burst (
      .clk, .rst, .req_valid, .req_ready, .req_addr, .req_beats, .req_tag,
      .burst_valid(b_valid), .burst_ready(free), .burst_addr(b_addr), .burst_beats(b_beats),
      .burst_last(b_last), .burst_tag(b_tag), .idle(b_idle)
  );
  assign m_awsize = 3'd6;
  assign m_awburst = 2'b01;
  logic [5:0] aw_len;
  wire [5:0] b_len = 6'(b_beats - 7'd1);
  vn_fifo #(.WIDTH(64 + 6), .DEPTH(OUTSTANDING), .STYLE("registered")) aw (
      .clk, .rst, .in_valid(issue), .in_ready(aw_ready), .in_data({b_len, b_addr}),
      .out_valid(m_awvalid), .out_ready(m_awready), .out_data({aw_len, m_awaddr}), .count()
  );
  assign m_awlen = 8'(aw_len);

  // --- data: the oldest burst whose beats are not all out ------------------------------------
  logic data_valid, data_next;  // a burst is open; the next one opens
  logic [5:0] first_left;
  vn_fifo #(.WIDTH(6), .DEPTH(OUTSTANDING)) data (
      .clk, .rst, .in_valid(issue), .in_ready(data_ready), .in_data(b_len),
      .out_valid(data_valid), .out_ready(data_next), .out_data(first_left), .count()
  );
  logic open, opens, last;
  logic [5:0] left;  // beats of the burst after this one; last: none
  logic [4:0] held;
  logic beat_ready;
  wire move = w_valid && w_ready;
  assign data_next = !open || (move && last);
  assign opens = data_next ? data_valid : 1'b1;  // `open` of the next cycle
  // w_ready leaves room for the beat of this cycle and that of the next.
  always_ff @(posedge clk)
    if (rst) begin
      open <= 1'b0;
      w_ready <= 1'b0;
    end else begin
      open <= opens;
      w_ready <= opens && held < 5'd14;
    end
  always_ff @(posedge clk)
    if (data_next) begin
      left <= first_left;
      last <= first_left == 6'd0;
    end else if (move) begin
      left <= left - 6'd1;
      last <= left == 6'd1;
    end
  vn_fifo #(.WIDTH(513), .DEPTH(16), .STYLE("registered")) w (
      .clk, .rst, .in_valid(move), .in_ready(beat_ready), .in_data({last, w_data}),
      .out_valid(m_wvalid), .out_ready(m_wready), .out_data({m_wlast, m_wdata}), .count(held)
  );
  assign m_wstrb = '1;

  // --- responses -----------------------------------------------------------------------------
  logic answered, answer_bad, answer_valid, request_last;
  logic [TAG_W-1:0] answer_tag;
  assign m_bready = 1'b1;
  always_ff @(posedge clk) begin
    answered <= !rst && m_bvalid;
    answer_bad <= m_bresp != 2'b00;
  end
  vn_fifo #(.WIDTH(1 + TAG_W), .DEPTH(OUTSTANDING)) answers (
      .clk, .rst, .in_valid(issue), .in_ready(answer_ready), .in_data({b_last, b_tag}),
      .out_valid(answer_valid), .out_ready(answered), .out_data({request_last, answer_tag}),
      .count()
  );
  assign idle = b_idle && !answer_valid;
  always_ff @(posedge clk) begin
    done <= !rst && answered && request_last;
    if (rst) err <= 1'b0;
    else if (answered && answer_bad && (!err || clear)) begin
      err <= 1'b1;
      err_tag <= answer_tag;
    end else if (clear) err <= 1'b0;
  end

`ifdef VN_ASSERT
  always_ff @(posedge clk)
    if (!rst && issue) assert (aw_ready && data_ready) else $fatal(1, "no room for a burst");
  always_ff @(posedge clk)
    if (!rst && move) assert (beat_ready) else $fatal(1, "no room for a beat");
  always_ff @(posedge clk)
    if (!rst && answered) assert (answer_valid) else $fatal(1, "a response that nobody asked for");
`endif
endmodule
