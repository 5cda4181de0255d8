// SPDX-License-Identifier: Apache-2.0
//
// vn_axi_read: AXI4 read master without ID for CLIENTS readers (IHI 0022).  Each has a FIFO of
// DEPTHS[32*client +: 32] beats (a power of two, at least 2); client 0 is the lowest.
//
// A client's requests become bursts of at most min(64, half its FIFO) beats; clients take turns
// burst by burst.  A burst is asked for only when the client's FIFO has room for it beyond all that
// is on its way, so m_rready is always high.  Beats come back in the order of the bursts.
// The first beat with RRESP other than OKAY since `clear` is kept in err, err_client, err_tag; it
// is up before the beat shows at q.  idle: no request is held, no beat outstanding or in a FIFO;
// it falls with a request, and rises two cycles after the last beat is taken.
//
// Both channels of the port and all of q come from registers; q_ready moves those of q alone.
// Latency: 6 cycles from request to m_arvalid; from m_rvalid to q_valid 4, FIFOs of up to 64: 3.
// Throughput: a beat a cycle, if OUTSTANDING bursts and the FIFO hold what is asked for during the
// memory's latency and the burst itself (at 120 cycles: 256 beats, bursts of 8).  A client's bursts
// go out every third cycle at best.
// Cost: the FIFOs, OUTSTANDING * (70 + TAG_W + log2 CLIENTS) bits of LUTRAM, registers of a beat,
// and of two more for each client.
module vn_axi_read #(
    parameter int unsigned CLIENTS = 1,
    parameter int unsigned TAG_W = 1,
    parameter logic [32*CLIENTS-1:0] DEPTHS = {CLIENTS{32'd256}},
    parameter int unsigned OUTSTANDING = vn_cu_pkg::OUTSTANDING
) (
    input  logic clk,
    input  logic rst,
    input  logic [CLIENTS-1:0] req_valid,
    output logic [CLIENTS-1:0] req_ready,
    input  logic [64*CLIENTS-1:0] req_addr,
    input  logic [32*CLIENTS-1:0] req_beats,
    input  logic [TAG_W*CLIENTS-1:0] req_tag,
    output logic [CLIENTS-1:0] q_valid,
    input  logic [CLIENTS-1:0] q_ready,
    output logic [512*CLIENTS-1:0] q_data,
    output logic [CLIENTS-1:0] q_bad,
    output logic [63:0] m_araddr,
    output logic [7:0] m_arlen,
    output logic [2:0] m_arsize,
    output logic [1:0] m_arburst,
    output logic m_arvalid,
    input  logic m_arready,
    input  logic [511:0] m_rdata,
    input  logic [1:0] m_rresp,
    input  logic m_rlast,
    input  logic m_rvalid,
    output logic m_rready,
    output logic err,
    output logic [(CLIENTS > 1 ? $clog2(CLIENTS) : 1)-1:0] err_client,
    output logic [TAG_W-1:0] err_tag,
    input  logic clear,
    output logic idle
);
  localparam int unsigned CW = CLIENTS > 1 ? $clog2(CLIENTS) : 1;

  // --- requests: bursts of all clients, those that have room take turns ----------------------
  logic [CLIENTS-1:0] b_valid, b_idle, enough, full, grant;
  logic [CLIENTS-1:0] chosen;  // whose burst goes out now
  logic [64*CLIENTS-1:0] b_addr;
  logic [7*CLIENTS-1:0] b_beats;
  logic [TAG_W*CLIENTS-1:0] b_tag;
  logic issue, free;  // a burst goes out; there is room for one more after it
  logic order_ready, ar_ready;
  logic [$clog2(OUTSTANDING):0] waiting;  // bursts without their last beat

  // Room in `order` is room in `ar`: a burst stands there until it has been answered.
  assign issue = chosen != '0;
  assign free = order_ready && !(issue && 32'(waiting) == OUTSTANDING - 1);
  vn_arbiter #(.N(CLIENTS)) arbiter (
      .clk, .rst, .request(enough & ~chosen), .grant, .take(free)
  );
  always_ff @(posedge clk)
    if (rst) chosen <= '0;
    else chosen <= free ? grant : '0;

  logic [CW-1:0] client;
  logic [63:0] addr;
  logic [6:0] beats;
  logic [TAG_W-1:0] tag;
  always_comb begin
    client = '0;
    addr = '0;
    beats = '0;
    tag = '0;
    for (int i = 0; i < CLIENTS; i++)
      if (chosen[i]) begin
        client = client | CW'(i);
        addr = addr | b_addr[64*i +: 64];
        beats = beats | b_beats[7*i +: 7];
        tag = tag | b_tag[TAG_W*i +: TAG_W];
      end
  end

  assign m_arsize = 3'd6;
  assign m_arburst = 2'b01;
  logic [5:0] ar_len;
  vn_fifo #(.WIDTH(64 + 6), .DEPTH(OUTSTANDING), .STYLE("registered")) ar (
      .clk, .rst, .in_valid(issue), .in_ready(ar_ready), .in_data({6'(beats - 7'd1), addr}),
      .out_valid(m_arvalid), .out_ready(m_arready), .out_data({ar_len, m_araddr}), .count()
  );
  assign m_arlen = 8'(ar_len);

  // --- responses: the oldest burst's client gets the beat ------------------------------------
  logic r_valid, r_last, bad;
  logic [511:0] r_data;
  assign m_rready = 1'b1;
  always_ff @(posedge clk)
    if (rst) r_valid <= 1'b0;
    else r_valid <= m_rvalid;
  always_ff @(posedge clk)
    if (m_rvalid) begin
      r_data <= m_rdata;
      r_last <= m_rlast;
      bad <= m_rresp != 2'b00;
    end

  logic order_valid;
  logic [CW-1:0] to;
  logic [TAG_W-1:0] to_tag;
  vn_fifo #(.WIDTH(CW + TAG_W), .DEPTH(OUTSTANDING), .STYLE("registered")) order (
      .clk, .rst, .in_valid(issue), .in_ready(order_ready), .in_data({client, tag}),
      .out_valid(order_valid), .out_ready(r_valid && r_last), .out_data({to, to_tag}),
      .count(waiting)
  );

  always_ff @(posedge clk)
    if (rst) err <= 1'b0;
    else if (r_valid && bad && (!err || clear)) begin
      err <= 1'b1;
      err_client <= to;
      err_tag <= to_tag;
    end else if (clear) err <= 1'b0;

  assign idle = &b_idle && &full;

  logic [CLIENTS-1:0] fifo_ready;
  for (genvar i = 0; i < CLIENTS; i++) begin : g_client
    localparam int unsigned DEPTH = DEPTHS[32*i +: 32];
    logic f_valid, f_ready;
    logic [512:0] f_data;
    localparam int unsigned BURST = vn_cu_pkg::BURST;
    vn_burst #(.TAG_W(TAG_W), .MOST(DEPTH > 2 * BURST ? BURST : DEPTH / 2)) burst (
        .clk, .rst, .req_valid(req_valid[i]), .req_ready(req_ready[i]),
        .req_addr(req_addr[64*i +: 64]), .req_beats(req_beats[32*i +: 32]),
        .req_tag(req_tag[TAG_W*i +: TAG_W]), .burst_valid(b_valid[i]), .burst_ready(chosen[i]),
        .burst_addr(b_addr[64*i +: 64]), .burst_beats(b_beats[7*i +: 7]), .burst_last(),
        .burst_tag(b_tag[TAG_W*i +: TAG_W]), .idle(b_idle[i])
    );
    vn_credit #(.DEPTH(DEPTH), .AMOUNT_W(7)) credit (
        .clk, .rst, .offer(b_valid[i]), .amount(b_beats[7*i +: 7]), .enough(enough[i]), .take(chosen[i]),
        .give(q_valid[i] && q_ready[i]), .full(full[i]), .room()
    );
    vn_fifo #(.WIDTH(513), .DEPTH(DEPTH)) beats_read (
        .clk, .rst, .in_valid(r_valid && to == CW'(i)), .in_ready(fifo_ready[i]),
        .in_data({bad, r_data}), .out_valid(f_valid), .out_ready(f_ready), .out_data(f_data),
        .count()
    );
    vn_skid #(.WIDTH(513)) q (
        .clk, .rst, .in_valid(f_valid), .in_ready(f_ready), .in_data(f_data),
        .out_valid(q_valid[i]), .out_ready(q_ready[i]),
        .out_data({q_bad[i], q_data[512*i +: 512]})
    );
  end

`ifdef VN_ASSERT
  always_ff @(posedge clk)
    if (!rst && issue) assert (ar_ready && order_ready) else $fatal(1, "no room for a burst");
  always_ff @(posedge clk)
    if (!rst && r_valid) begin
      assert (order_valid) else $fatal(1, "a beat that nobody asked for");
      assert (fifo_ready[to]) else $fatal(1, "no room for a beat");
    end
`endif
endmodule
