// SPDX-License-Identifier: Apache-2.0
//
// vn_cu: the compute unit as a Vitis RTL kernel (ap_ctrl_hs, UG1393).  It only connects.  Twin of
// vn_cu in hls/vn_top.c.
//
// Three 512-bit AXI4 masters: program (descriptors in, status block out), weights (tiles and
// parameters in), maps (LOAD and STORE).  One clock.
// Cost: `make rtl-report`.
module vn_cu #(
    parameter int unsigned R = 32,
    parameter int unsigned C = 64,
    parameter int unsigned ACT_WORDS = 98304,
    parameter int unsigned MID_SLOTS = 16384,
    parameter int unsigned PSUM_ENTRIES = 2048,
    parameter int unsigned MAX_N = 4,
    parameter int unsigned MAX_KTILES = 1024,
    parameter int unsigned LANES = R < 32 ? R : 32,  // channels that POST makes at once
    parameter int unsigned DW_CH = LANES < 16 ? LANES : 16,  // channels that DW makes at once
    parameter int unsigned ARRAY_FLAVOUR = 1  // 0 DSP48E2, 1 flat for simulation, 2 C model by DPI
) (
    input  logic ap_clk,
    input  logic ap_rst_n,
    output logic interrupt,

    input  logic [11:0] s_axi_control_awaddr,
    input  logic        s_axi_control_awvalid,
    output logic        s_axi_control_awready,
    input  logic [31:0] s_axi_control_wdata,
    input  logic [3:0]  s_axi_control_wstrb,
    input  logic        s_axi_control_wvalid,
    output logic        s_axi_control_wready,
    output logic [1:0]  s_axi_control_bresp,
    output logic        s_axi_control_bvalid,
    input  logic        s_axi_control_bready,
    input  logic [11:0] s_axi_control_araddr,
    input  logic        s_axi_control_arvalid,
    output logic        s_axi_control_arready,
    output logic [31:0] s_axi_control_rdata,
    output logic [1:0]  s_axi_control_rresp,
    output logic        s_axi_control_rvalid,
    input  logic        s_axi_control_rready,

    output logic [63:0]  m_axi_program_araddr,
    output logic [7:0]   m_axi_program_arlen,
    output logic [2:0]   m_axi_program_arsize,
    output logic [1:0]   m_axi_program_arburst,
    output logic         m_axi_program_arvalid,
    input  logic         m_axi_program_arready,
    input  logic [511:0] m_axi_program_rdata,
    input  logic [1:0]   m_axi_program_rresp,
    input  logic         m_axi_program_rlast,
    input  logic         m_axi_program_rvalid,
    output logic         m_axi_program_rready,
    output logic [63:0]  m_axi_program_awaddr,
    output logic [7:0]   m_axi_program_awlen,
    output logic [2:0]   m_axi_program_awsize,
    output logic [1:0]   m_axi_program_awburst,
    output logic         m_axi_program_awvalid,
    input  logic         m_axi_program_awready,
    output logic [511:0] m_axi_program_wdata,
    output logic [63:0]  m_axi_program_wstrb,
    output logic         m_axi_program_wlast,
    output logic         m_axi_program_wvalid,
    input  logic         m_axi_program_wready,
    input  logic [1:0]   m_axi_program_bresp,
    input  logic         m_axi_program_bvalid,
    output logic         m_axi_program_bready,

    output logic [63:0]  m_axi_weights_araddr,
    output logic [7:0]   m_axi_weights_arlen,
    output logic [2:0]   m_axi_weights_arsize,
    output logic [1:0]   m_axi_weights_arburst,
    output logic         m_axi_weights_arvalid,
    input  logic         m_axi_weights_arready,
    input  logic [511:0] m_axi_weights_rdata,
    input  logic [1:0]   m_axi_weights_rresp,
    input  logic         m_axi_weights_rlast,
    input  logic         m_axi_weights_rvalid,
    output logic         m_axi_weights_rready,

    output logic [63:0]  m_axi_maps_araddr,
    output logic [7:0]   m_axi_maps_arlen,
    output logic [2:0]   m_axi_maps_arsize,
    output logic [1:0]   m_axi_maps_arburst,
    output logic         m_axi_maps_arvalid,
    input  logic         m_axi_maps_arready,
    input  logic [511:0] m_axi_maps_rdata,
    input  logic [1:0]   m_axi_maps_rresp,
    input  logic         m_axi_maps_rlast,
    input  logic         m_axi_maps_rvalid,
    output logic         m_axi_maps_rready,
    output logic [63:0]  m_axi_maps_awaddr,
    output logic [7:0]   m_axi_maps_awlen,
    output logic [2:0]   m_axi_maps_awsize,
    output logic [1:0]   m_axi_maps_awburst,
    output logic         m_axi_maps_awvalid,
    input  logic         m_axi_maps_awready,
    output logic [511:0] m_axi_maps_wdata,
    output logic [63:0]  m_axi_maps_wstrb,
    output logic         m_axi_maps_wlast,
    output logic         m_axi_maps_wvalid,
    input  logic         m_axi_maps_wready,
    input  logic [1:0]   m_axi_maps_bresp,
    input  logic         m_axi_maps_bvalid,
    output logic         m_axi_maps_bready
);
  localparam int unsigned TAG_W = vn_cu_pkg::TAG_W;
  localparam int unsigned ENTRY_W = vn_cu_pkg::ENTRY_W;
  localparam int unsigned AW = $clog2(ACT_WORDS);
  localparam int unsigned PW = $clog2(PSUM_ENTRIES);
  localparam int unsigned SW = $clog2(MID_SLOTS / 8);
  localparam int unsigned GW = C == LANES ? 1 : $clog2(C / LANES);
  localparam int unsigned LOAD = vn_spec_pkg::ENGINE_LOAD, ARRAY = vn_spec_pkg::ENGINE_ARRAY,
      POST = vn_spec_pkg::ENGINE_POST, DW = vn_spec_pkg::ENGINE_DW,
      STORE = vn_spec_pkg::ENGINE_STORE;
  localparam int unsigned TOKEN_ROW = vn_spec_pkg::TOKEN_ROW;
  // Beats that the readers keep ahead.
  localparam logic [31:0] FETCH_DEPTH = 64, TILE_DEPTH = 512, POST_DEPTH = 64, DW_DEPTH = 128;
  localparam logic [31:0] LOAD_DEPTH = 256;
  localparam logic [95:0] WEIGHT_DEPTHS =
      96'(DW_DEPTH) << 64 | 96'(POST_DEPTH) << 32 | 96'(TILE_DEPTH);

  localparam int unsigned CONFIG_W = 32 * vn_spec_pkg::CONFIG_WORDS;
  localparam logic [CONFIG_W-1:0] CONFIG =
      CONFIG_W'(DW_CH) << 288 | CONFIG_W'(LANES) << 256 | CONFIG_W'(MAX_KTILES) << 224 |
      CONFIG_W'(MAX_N) << 192 | CONFIG_W'(PSUM_ENTRIES) << 160 | CONFIG_W'(MID_SLOTS) << 128 |
      CONFIG_W'(ACT_WORDS) << 96 | CONFIG_W'(C) << 64 | CONFIG_W'(R) << 32 |
      CONFIG_W'(vn_spec_pkg::CONTRACT);
  // FNV-1a over the record's bytes.
  function automatic [31:0] record_hash(input [CONFIG_W-1:0] record);
    record_hash = 32'd2166136261;
    for (int i = 0; i < CONFIG_W / 8; i++)
      record_hash = (record_hash ^ 32'(record[8*i +: 8])) * 32'd16777619;
  endfunction
  localparam logic [31:0] HASH = record_hash(CONFIG);

  wire clk = ap_clk;
  // Reset: a register for each part of the unit, so that none has to reach all of it.  High from
  // the first cycle on, before ap_rst_n has come through.
  logic rst_in;
  (* keep *) logic rst, rst_memory, rst_load, rst_mm, rst_post, rst_dw, rst_store;
  initial {rst_in, rst, rst_memory, rst_load, rst_mm, rst_post, rst_dw, rst_store} = '1;
  always_ff @(posedge ap_clk) begin
    rst_in <= !ap_rst_n;
    {rst, rst_memory, rst_load, rst_mm, rst_post, rst_dw, rst_store} <= {7{rst_in}};
  end

  // --- control -------------------------------------------------------------------------------
  logic start, start_busy, running, finished, done;
  logic [63:0] arg_program, arg_weights, arg_inputs, arg_outputs, arg_scratch, arg_status;
  logic [31:0] arg_first, arg_count, arg_images;
  logic mirror_we;
  logic [5:0] mirror_addr;
  logic [31:0] mirror_data;
  logic control_awake, control_clk;
  vn_awake control_wake (
      .clk, .rst,
      .wake(s_axi_control_awvalid || s_axi_control_wvalid || s_axi_control_bvalid ||
            s_axi_control_arvalid || s_axi_control_rvalid || mirror_we || done),
      .awake(control_awake)
  );
  vn_clock_gate control_gate (.clk, .en(control_awake), .clk_out(control_clk));
  vn_control control (
      .clk(control_clk), .rst,
      .s_awaddr(s_axi_control_awaddr), .s_awvalid(s_axi_control_awvalid),
      .s_awready(s_axi_control_awready), .s_wdata(s_axi_control_wdata),
      .s_wstrb(s_axi_control_wstrb), .s_wvalid(s_axi_control_wvalid),
      .s_wready(s_axi_control_wready), .s_bresp(s_axi_control_bresp),
      .s_bvalid(s_axi_control_bvalid), .s_bready(s_axi_control_bready),
      .s_araddr(s_axi_control_araddr), .s_arvalid(s_axi_control_arvalid),
      .s_arready(s_axi_control_arready), .s_rdata(s_axi_control_rdata),
      .s_rresp(s_axi_control_rresp), .s_rvalid(s_axi_control_rvalid),
      .s_rready(s_axi_control_rready),
      .interrupt, .ap_start(start), .start_busy, .ap_done(done), .running,
      .program_base(arg_program), .first(arg_first), .count(arg_count), .images(arg_images),
      .weights(arg_weights), .inputs(arg_inputs), .outputs(arg_outputs), .scratch(arg_scratch),
      .status(arg_status), .mirror_we, .mirror_addr, .mirror_data
  );

  // --- sequencer, dispatcher, tokens, queues -------------------------------------------------
  logic fetch_req, fetch_req_ready, fetch_q, fetch_q_ready, fetch_bad, fetch_reader_idle;
  logic [63:0] fetch_addr;
  logic [31:0] fetch_beats;
  logic [511:0] fetch_data;
  logic seq_valid, seq_ready, seq_acts, tokens_load, engines_idle, walking;
  logic [511:0] seq_d;
  logic [31:0] seq_image, seq_index, seq_executed, seq_images;
  logic [5*TOKEN_ROW-1:0] tokens_initial;
  logic [2:0] bus_err;
  logic [1:0] blame;
  logic [31:0] found_index, found_executed, found_images;
  logic [7:0] code;
  logic [31:0] fault_desc, fault_field, total_images, total_executed;
  vn_sequencer #(
      .R(R), .C(C), .ACT_WORDS(ACT_WORDS), .MID_SLOTS(MID_SLOTS), .PSUM_ENTRIES(PSUM_ENTRIES),
      .MAX_N(MAX_N), .MAX_KTILES(MAX_KTILES), .HASH(HASH)
  ) sequencer (
      .clk, .rst, .start, .start_busy, .program_base(arg_program), .first(arg_first),
      .count(arg_count), .images(arg_images), .weights(arg_weights), .inputs(arg_inputs),
      .outputs(arg_outputs), .scratch(arg_scratch), .status(arg_status),
      .req_valid(fetch_req), .req_ready(fetch_req_ready), .req_addr(fetch_addr),
      .req_beats(fetch_beats), .q_valid(fetch_q), .q_ready(fetch_q_ready), .q_data(fetch_data),
      .q_bad(fetch_bad), .reader_idle(fetch_reader_idle),
      .dispatch_valid(seq_valid), .dispatch_ready(seq_ready), .d(seq_d), .acts(seq_acts),
      .image(seq_image), .index(seq_index), .executed(seq_executed), .images_done(seq_images),
      .tokens_load, .tokens_initial, .bus_err, .blame, .found_index, .found_executed,
      .found_images, .engines_idle, .running(walking), .finished, .code, .fault_desc,
      .fault_field, .total_images, .total_executed
  );

  logic [4:0] push_valid, push_ready;
  logic [ENTRY_W-1:0] push_entry;
  logic [2:0] rq_valid, rq_ready;
  logic [63:0] rq_addr;
  logic [31:0] rq_beats;
  logic [TAG_W-1:0] rq_tag, lookup;
  vn_dispatch #(.R(R), .C(C)) dispatch (
      .clk, .rst, .weights(arg_weights), .in_valid(seq_valid), .in_ready(seq_ready), .d(seq_d),
      .acts(seq_acts), .image(seq_image), .index(seq_index), .executed(seq_executed),
      .images(seq_images), .push_valid, .push_ready, .push_entry, .rq_valid, .rq_ready, .rq_addr,
      .rq_beats, .rq_tag, .lookup, .found_index, .found_executed, .found_images
  );

  logic [5*TOKEN_ROW-1:0] want;
  logic [4:0] asks, tokens_ready, take;
  logic [24:0] lacking, give;
  vn_tokens tokens (
      .clk, .rst, .load(tokens_load), .initial_i(tokens_initial), .asks, .want,
      .ready(tokens_ready), .lacking, .take, .give
  );

  logic [4:0] d_valid, d_ready, e_done, e_idle;
  logic [511:0] d_load, d_mm, d_post, d_dw, d_store;
  logic [31:0] image_load, image_store;
  logic [TAG_W-1:0] tag_load, tag_store;
  logic [14:0] e_state, state;
  logic [159:0] trace_index  /* verilator public_flat_rd */;
  vn_issue #(.ENGINE(LOAD)) issue_load (
      .clk, .rst, .push_valid(push_valid[LOAD]), .push_ready(push_ready[LOAD]), .push_entry,
      .asks(asks[LOAD]), .want(want[TOKEN_ROW*LOAD +: TOKEN_ROW]), .ready(tokens_ready[LOAD]),
      .lacking(lacking[5*LOAD +: 5]),
      .take(take[LOAD]), .give(give[5*LOAD +: 5]), .d_valid(d_valid[LOAD]),
      .d_ready(d_ready[LOAD]), .d(d_load), .image(image_load), .tag(tag_load),

      .index(trace_index[32*LOAD +: 32]), .done(e_done[LOAD]),
      .engine_state(e_state[3*LOAD +: 3]), .state(state[3*LOAD +: 3]),
      .idle(e_idle[LOAD])
  );
  vn_issue #(.ENGINE(ARRAY)) issue_array (
      .clk, .rst, .push_valid(push_valid[ARRAY]), .push_ready(push_ready[ARRAY]), .push_entry,
      .asks(asks[ARRAY]), .want(want[TOKEN_ROW*ARRAY +: TOKEN_ROW]), .ready(tokens_ready[ARRAY]),
      .lacking(lacking[5*ARRAY +: 5]),
      .take(take[ARRAY]), .give(give[5*ARRAY +: 5]), .d_valid(d_valid[ARRAY]),
      .d_ready(d_ready[ARRAY]), .d(d_mm), .image(), .tag(),
      .index(trace_index[32*ARRAY +: 32]), .done(e_done[ARRAY]),
      .engine_state(e_state[3*ARRAY +: 3]), .state(state[3*ARRAY +: 3]), .idle(e_idle[ARRAY])
  );
  vn_issue #(.ENGINE(POST)) issue_post (
      .clk, .rst, .push_valid(push_valid[POST]), .push_ready(push_ready[POST]), .push_entry,
      .asks(asks[POST]), .want(want[TOKEN_ROW*POST +: TOKEN_ROW]), .ready(tokens_ready[POST]),
      .lacking(lacking[5*POST +: 5]),
      .take(take[POST]), .give(give[5*POST +: 5]), .d_valid(d_valid[POST]),
      .d_ready(d_ready[POST]), .d(d_post), .image(), .tag(),
      .index(trace_index[32*POST +: 32]), .done(e_done[POST]),
      .engine_state(e_state[3*POST +: 3]), .state(state[3*POST +: 3]), .idle(e_idle[POST])
  );
  vn_issue #(.ENGINE(DW)) issue_dw (
      .clk, .rst, .push_valid(push_valid[DW]), .push_ready(push_ready[DW]), .push_entry,
      .asks(asks[DW]), .want(want[TOKEN_ROW*DW +: TOKEN_ROW]), .ready(tokens_ready[DW]),
      .lacking(lacking[5*DW +: 5]),
      .take(take[DW]), .give(give[5*DW +: 5]), .d_valid(d_valid[DW]), .d_ready(d_ready[DW]),
      .d(d_dw), .image(), .tag(),
      .index(trace_index[32*DW +: 32]), .done(e_done[DW]), .engine_state(e_state[3*DW +: 3]),
      .state(state[3*DW +: 3]), .idle(e_idle[DW])
  );
  vn_issue #(.ENGINE(STORE)) issue_store (
      .clk, .rst, .push_valid(push_valid[STORE]), .push_ready(push_ready[STORE]), .push_entry,
      .asks(asks[STORE]), .want(want[TOKEN_ROW*STORE +: TOKEN_ROW]), .ready(tokens_ready[STORE]),
      .lacking(lacking[5*STORE +: 5]),
      .take(take[STORE]), .give(give[5*STORE +: 5]), .d_valid(d_valid[STORE]),
      .d_ready(d_ready[STORE]), .d(d_store), .image(image_store), .tag(tag_store),

      .index(trace_index[32*STORE +: 32]), .done(e_done[STORE]),
      .engine_state(e_state[3*STORE +: 3]), .state(state[3*STORE +: 3]),
      .idle(e_idle[STORE])
  );

  // --- readers and writers of card memory ----------------------------------------------------
  vn_axi_read #(.CLIENTS(1), .TAG_W(TAG_W), .DEPTHS(FETCH_DEPTH)) read_program (
      .clk, .rst(rst_memory), .req_valid(fetch_req), .req_ready(fetch_req_ready), .req_addr(fetch_addr),
      .req_beats(fetch_beats), .req_tag({TAG_W{1'b0}}), .q_valid(fetch_q), .q_ready(fetch_q_ready),
      .q_data(fetch_data), .q_bad(fetch_bad),
      .m_araddr(m_axi_program_araddr), .m_arlen(m_axi_program_arlen),
      .m_arsize(m_axi_program_arsize), .m_arburst(m_axi_program_arburst),
      .m_arvalid(m_axi_program_arvalid), .m_arready(m_axi_program_arready),
      .m_rdata(m_axi_program_rdata), .m_rresp(m_axi_program_rresp),
      .m_rlast(m_axi_program_rlast), .m_rvalid(m_axi_program_rvalid),
      .m_rready(m_axi_program_rready), .err(), .err_client(), .err_tag(), .clear(start),
      .idle(fetch_reader_idle)
  );

  // Requests of dispatched descriptors, in front of the weights reader's three clients.
  localparam int unsigned RQ_W = 64 + 32 + TAG_W;
  logic [2:0] wreq_valid, wreq_ready, wq_valid, wq_ready;
  logic [3*RQ_W-1:0] wreq;
  logic [3*64-1:0] wreq_addr;
  logic [3*32-1:0] wreq_beats;
  logic [3*TAG_W-1:0] wreq_tag;
  logic [3*512-1:0] wq_data;
  logic w_err, w_idle;
  logic [TAG_W-1:0] w_err_tag;
  for (genvar i = 0; i < 3; i++) begin : g_requests
    vn_fifo #(.WIDTH(RQ_W), .DEPTH(vn_cu_pkg::QUEUE)) requests (
        .clk, .rst, .in_valid(rq_valid[i]), .in_ready(rq_ready[i]),
        .in_data({rq_tag, rq_beats, rq_addr}), .out_valid(wreq_valid[i]),
        .out_ready(wreq_ready[i]), .out_data(wreq[RQ_W*i +: RQ_W]), .count()
    );
    assign {wreq_tag[TAG_W*i +: TAG_W], wreq_beats[32*i +: 32], wreq_addr[64*i +: 64]} =
        wreq[RQ_W*i +: RQ_W];
  end
  vn_axi_read #(
      .CLIENTS(3), .TAG_W(TAG_W), .DEPTHS(WEIGHT_DEPTHS)
  ) read_weights (
      .clk, .rst(rst_memory), .req_valid(wreq_valid), .req_ready(wreq_ready), .req_addr(wreq_addr),
      .req_beats(wreq_beats), .req_tag(wreq_tag), .q_valid(wq_valid), .q_ready(wq_ready),
      .q_data(wq_data), .q_bad(),
      .m_araddr(m_axi_weights_araddr), .m_arlen(m_axi_weights_arlen),
      .m_arsize(m_axi_weights_arsize), .m_arburst(m_axi_weights_arburst),
      .m_arvalid(m_axi_weights_arvalid), .m_arready(m_axi_weights_arready),
      .m_rdata(m_axi_weights_rdata), .m_rresp(m_axi_weights_rresp),
      .m_rlast(m_axi_weights_rlast), .m_rvalid(m_axi_weights_rvalid),
      .m_rready(m_axi_weights_rready), .err(w_err), .err_client(), .err_tag(w_err_tag),
      .clear(start), .idle(w_idle)
  );

  logic lreq_valid, lreq_ready, lq_valid, lq_ready, l_err, l_idle;
  logic [63:0] lreq_addr;
  logic [31:0] lreq_beats;
  logic [TAG_W-1:0] lreq_tag, l_err_tag;
  logic [511:0] lq_data;
  vn_axi_read #(.CLIENTS(1), .TAG_W(TAG_W), .DEPTHS(LOAD_DEPTH)) read_maps (
      .clk, .rst(rst_memory), .req_valid(lreq_valid), .req_ready(lreq_ready), .req_addr(lreq_addr),
      .req_beats(lreq_beats), .req_tag(lreq_tag), .q_valid(lq_valid), .q_ready(lq_ready),
      .q_data(lq_data), .q_bad(),
      .m_araddr(m_axi_maps_araddr), .m_arlen(m_axi_maps_arlen), .m_arsize(m_axi_maps_arsize),
      .m_arburst(m_axi_maps_arburst), .m_arvalid(m_axi_maps_arvalid),
      .m_arready(m_axi_maps_arready), .m_rdata(m_axi_maps_rdata), .m_rresp(m_axi_maps_rresp),
      .m_rlast(m_axi_maps_rlast), .m_rvalid(m_axi_maps_rvalid), .m_rready(m_axi_maps_rready),
      .err(l_err), .err_client(), .err_tag(l_err_tag), .clear(start), .idle(l_idle)
  );

  logic sreq_valid, sreq_ready, sw_valid, sw_ready, sw_done, s_err, s_idle;
  logic [63:0] sreq_addr;
  logic [31:0] sreq_beats;
  logic [TAG_W-1:0] sreq_tag, s_err_tag;
  logic [511:0] sw_data;
  vn_axi_write #(.TAG_W(TAG_W)) write_maps (
      .clk, .rst(rst_memory), .req_valid(sreq_valid), .req_ready(sreq_ready), .req_addr(sreq_addr),
      .req_beats(sreq_beats), .req_tag(sreq_tag), .w_valid(sw_valid), .w_ready(sw_ready),
      .w_data(sw_data), .done(sw_done), .err(s_err), .err_tag(s_err_tag), .clear(start),
      .idle(s_idle),
      .m_awaddr(m_axi_maps_awaddr), .m_awlen(m_axi_maps_awlen), .m_awsize(m_axi_maps_awsize),
      .m_awburst(m_axi_maps_awburst), .m_awvalid(m_axi_maps_awvalid),
      .m_awready(m_axi_maps_awready), .m_wdata(m_axi_maps_wdata), .m_wstrb(m_axi_maps_wstrb),
      .m_wlast(m_axi_maps_wlast), .m_wvalid(m_axi_maps_wvalid), .m_wready(m_axi_maps_wready),
      .m_bresp(m_axi_maps_bresp), .m_bvalid(m_axi_maps_bvalid), .m_bready(m_axi_maps_bready)
  );

  assign bus_err = {s_err, l_err, w_err};
  always_comb
    case (blame)
      2'd0: lookup = w_err_tag;
      2'd1: lookup = l_err_tag;
      default: lookup = s_err_tag;
    endcase
  assign engines_idle =
      &e_idle && seq_ready && wreq_valid == 3'd0 && w_idle && l_idle && s_idle;

  // --- engines and buffers -------------------------------------------------------------------
  logic [2:0] y_valid, y_ready, y_last, y_done;  // 0 LOAD, 1 POST, 2 DW
  logic [3*AW-1:0] y_addr;
  logic [3*R-1:0] y_strb;
  logic [3*8*R-1:0] y_data;
  logic x_en, r_valid, r_ready, r_dvalid;
  logic [AW-1:0] x_addr, r_addr;
  logic [8*R-1:0] x_data, r_data;
  vn_act #(.R(R), .ACT_WORDS(ACT_WORDS)) act (
      .clk, .rst(rst_memory), .x_en, .x_addr, .x_data, .y_valid, .y_ready, .y_last, .y_addr, .y_strb, .y_data,
      .y_done, .r_valid, .r_ready, .r_addr, .r_dvalid, .r_data
  );

  // Clocks of what rests for most of the time: in simulation it then costs nothing.
  logic [4:0] awake, e_clk, e_rst;
  logic mid_clk;
  assign e_rst = {rst_store, rst_dw, rst_post, rst_mm, rst_load};
  for (genvar i = 0; i < 5; i++) begin : g_clock
    logic [7:0] taken;  // descriptors that the engine has and is not done with
    always_ff @(posedge clk)
      if (e_rst[i]) taken <= 8'd0;
      else taken <= taken + 8'(d_valid[i] && d_ready[i]) - 8'(e_done[i]);
    vn_awake resting (
        .clk, .rst(e_rst[i]), .wake(d_valid[i] || taken != 8'd0), .awake(awake[i])
    );
    vn_clock_gate gate (.clk, .en(awake[i]), .clk_out(e_clk[i]));
  end
  vn_clock_gate mid_gate (.clk, .en(awake[POST] || awake[DW]), .clk_out(mid_clk));

  vn_load #(.R(R), .ACT_WORDS(ACT_WORDS)) load (
      .clk(e_clk[LOAD]), .rst(rst_load), .inputs(arg_inputs), .scratch(arg_scratch), .d_valid(d_valid[LOAD]),
      .d_ready(d_ready[LOAD]), .d(d_load), .image(image_load), .tag(tag_load),
      .done(e_done[LOAD]), .state(e_state[3*LOAD +: 3]), .req_valid(lreq_valid),
      .req_ready(lreq_ready), .req_addr(lreq_addr), .req_beats(lreq_beats), .req_tag(lreq_tag),
      .q_valid(lq_valid), .q_ready(lq_ready), .q_data(lq_data), .y_valid(y_valid[0]),
      .y_ready(y_ready[0]), .y_last(y_last[0]), .y_addr(y_addr[0 +: AW]),
      .y_strb(y_strb[0 +: R]), .y_data(y_data[0 +: 8*R]), .y_done(y_done[0])
  );

  logic ps_en, ps_add, ps_valid, ps_ready;
  logic [PW-1:0] ps_waddr, ps_raddr;
  logic [32*C-1:0] ps_wdata;
  logic [GW-1:0] ps_group;
  logic [32*LANES-1:0] ps_rdata;
  vn_mm #(
      .R(R), .C(C), .ACT_WORDS(ACT_WORDS), .PSUM_ENTRIES(PSUM_ENTRIES), .FLAVOUR(ARRAY_FLAVOUR)
  ) mm (
      .clk, .rst(rst_mm), .d_valid(d_valid[ARRAY]), .d_ready(d_ready[ARRAY]), .d(d_mm),
      .done(e_done[ARRAY]), .state(e_state[3*ARRAY +: 3]), .w_valid(wq_valid[0]),
      .w_ready(wq_ready[0]), .w_data(wq_data[0 +: 512]), .x_en, .x_addr, .x_data,
      .ps_en, .ps_addr(ps_waddr), .ps_add, .ps_data(ps_wdata)
  );
  vn_psum #(.R(R), .C(C), .PSUM_ENTRIES(PSUM_ENTRIES), .LANES(LANES)) psum (
      .clk, .rst(rst_mm), .w_en(ps_en), .w_addr(ps_waddr), .w_add(ps_add), .w_data(ps_wdata),
      .r_valid(ps_valid), .r_ready(ps_ready), .r_addr(ps_raddr), .r_group(ps_group),
      .r_data(ps_rdata)
  );

  logic mid_we;
  logic [2:0] mid_bank;
  logic [SW-1:0] mid_slot;
  logic [GW-1:0] mid_group, mid_rgroup;
  logic [8*LANES-1:0] mid_data;
  logic [7:0] mid_en;
  logic [8*SW-1:0] mid_slots;
  logic [8*8*LANES-1:0] mid_rdata;
  vn_post #(
      .R(R), .C(C), .ACT_WORDS(ACT_WORDS), .MID_SLOTS(MID_SLOTS), .PSUM_ENTRIES(PSUM_ENTRIES),
      .LANES(LANES)
  ) post (
      .clk(e_clk[POST]), .rst(rst_post), .d_valid(d_valid[POST]), .d_ready(d_ready[POST]), .d(d_post),
      .done(e_done[POST]), .state(e_state[3*POST +: 3]), .p_valid(wq_valid[1]),
      .p_ready(wq_ready[1]), .p_data(wq_data[512 +: 512]), .r_valid(ps_valid),
      .r_ready(ps_ready), .r_addr(ps_raddr), .r_group(ps_group), .r_data(ps_rdata),
      .m_we(mid_we), .m_bank(mid_bank), .m_slot(mid_slot), .m_group(mid_group),
      .m_data(mid_data), .y_valid(y_valid[1]), .y_ready(y_ready[1]), .y_last(y_last[1]),
      .y_addr(y_addr[AW +: AW]), .y_strb(y_strb[R +: R]), .y_data(y_data[8*R +: 8*R]),
      .y_done(y_done[1])
  );
  vn_mid #(.R(R), .C(C), .MID_SLOTS(MID_SLOTS), .LANES(LANES)) mid (
      .clk(mid_clk), .m_we(mid_we), .m_bank(mid_bank), .m_slot(mid_slot), .m_group(mid_group),
      .m_data(mid_data), .m_en(mid_en), .m_slots(mid_slots), .m_rgroup(mid_rgroup),
      .m_rdata(mid_rdata)
  );
  vn_dw #(
      .R(R), .C(C), .ACT_WORDS(ACT_WORDS), .MID_SLOTS(MID_SLOTS), .MAX_N(MAX_N), .LANES(LANES),
      .DW_CH(DW_CH)
  ) dw (
      .clk(e_clk[DW]), .rst(rst_dw), .d_valid(d_valid[DW]), .d_ready(d_ready[DW]), .d(d_dw), .done(e_done[DW]),
      .state(e_state[3*DW +: 3]), .p_valid(wq_valid[2]), .p_ready(wq_ready[2]),
      .p_data(wq_data[1024 +: 512]), .m_en(mid_en), .m_slots(mid_slots),
      .m_rgroup(mid_rgroup), .m_rdata(mid_rdata), .y_valid(y_valid[2]), .y_ready(y_ready[2]),
      .y_last(y_last[2]), .y_addr(y_addr[2*AW +: AW]), .y_strb(y_strb[2*R +: R]),
      .y_data(y_data[16*R +: 8*R]), .y_done(y_done[2])
  );
  vn_store #(.R(R), .ACT_WORDS(ACT_WORDS)) store (
      .clk(e_clk[STORE]), .rst(rst_store), .outputs(arg_outputs), .scratch(arg_scratch), .d_valid(d_valid[STORE]),
      .d_ready(d_ready[STORE]), .d(d_store), .image(image_store), .tag(tag_store),
      .done(e_done[STORE]), .state(e_state[3*STORE +: 3]), .r_valid, .r_ready, .r_addr,
      .r_dvalid, .r_data, .req_valid(sreq_valid), .req_ready(sreq_ready), .req_addr(sreq_addr),
      .req_beats(sreq_beats), .req_tag(sreq_tag), .w_valid(sw_valid), .w_ready(sw_ready),
      .w_data(sw_data), .w_done(sw_done)
  );

  // --- counters, status block ----------------------------------------------------------------
  logic [5:0] counter_word;
  logic [31:0] counter_value;
  logic streq_valid, streq_ready, stw_valid, stw_ready, stw_done, stw_err;
  logic [63:0] streq_addr;
  logic [31:0] streq_beats;
  logic [511:0] stw_data;
  vn_counters counters (
      .clk, .clear(start), .run(walking), .state, .word(counter_word), .value(counter_value)
  );
  vn_status #(.CONFIG(CONFIG), .HASH(HASH)) status (
      .clk, .rst, .start(finished), .done, .address(arg_status), .code, .desc(fault_desc),
      .field(fault_field), .images(total_images), .executed(total_executed), .counter_word,
      .counter_value, .mirror_we, .mirror_addr, .mirror_data, .req_valid(streq_valid),
      .req_ready(streq_ready), .req_addr(streq_addr), .req_beats(streq_beats),
      .w_valid(stw_valid), .w_ready(stw_ready), .w_data(stw_data), .w_done(stw_done),
      .w_err(stw_err)
  );
  vn_axi_write #(.TAG_W(1)) write_program (
      .clk, .rst(rst_memory), .req_valid(streq_valid), .req_ready(streq_ready), .req_addr(streq_addr),
      .req_beats(streq_beats), .req_tag(1'b0), .w_valid(stw_valid), .w_ready(stw_ready),
      .w_data(stw_data), .done(stw_done), .err(stw_err), .err_tag(), .clear(start), .idle(),
      .m_awaddr(m_axi_program_awaddr), .m_awlen(m_axi_program_awlen),
      .m_awsize(m_axi_program_awsize), .m_awburst(m_axi_program_awburst),
      .m_awvalid(m_axi_program_awvalid), .m_awready(m_axi_program_awready),
      .m_wdata(m_axi_program_wdata), .m_wstrb(m_axi_program_wstrb),
      .m_wlast(m_axi_program_wlast), .m_wvalid(m_axi_program_wvalid),
      .m_wready(m_axi_program_wready), .m_bresp(m_axi_program_bresp),
      .m_bvalid(m_axi_program_bvalid), .m_bready(m_axi_program_bready)
  );
`ifdef VN_ASSERT
  // Nothing passes between an engine without a clock and what has one.
  always_ff @(posedge clk)
    if (!rst) begin
      a_load : assert (awake[LOAD] || !(y_valid[0] || lreq_valid || (lq_valid && lq_ready)))
        else $fatal(1, "LOAD works without a clock");
      a_post : assert (awake[POST] || !(y_valid[1] || ps_valid || mid_we || (wq_valid[1] && wq_ready[1])))
        else $fatal(1, "POST works without a clock");
      a_dw : assert (awake[DW] || !(y_valid[2] || mid_en != 8'd0 || (wq_valid[2] && wq_ready[2])))
        else $fatal(1, "DW works without a clock");
      a_store : assert (awake[STORE] || !(r_valid || r_dvalid || sreq_valid || sw_valid))
        else $fatal(1, "STORE works without a clock");
    end
`endif
  // From the start to the last word of the status block's response.
  always_ff @(posedge clk)
    if (rst || done) running <= 1'b0;
    else if (start) running <= 1'b1;

  // For the simulation: what begins, ends and happens in every engine.
  logic [4:0] trace_start  /* verilator public_flat_rd */;
  logic [4:0] trace_done  /* verilator public_flat_rd */;
  logic [14:0] trace_state  /* verilator public_flat_rd */;
  assign trace_start = d_valid & d_ready;
  assign trace_done = e_done;
  assign trace_state = state;
endmodule
