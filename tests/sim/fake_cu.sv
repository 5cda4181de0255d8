// SPDX-License-Identifier: Apache-2.0
//
// A stand-in for rtl/vn_cu.sv with its ports, to test sim/ and the rtl: back end.  A start with COUNT
// not zero runs IMAGES times: reads COUNT beats at WEIGHTS, adds one to each 32-bit word, writes
// them to OUTPUT; then writes the status block with ERROR 9 (BUS) if memory refused, and is done.
// As trace events, engine 0 reads and engine 4 writes descriptor FIRST.
//
// FIRST chooses a misdeed: 1 araddr changes while it waits, 2 wlast is missing, 3 never done,
// 4 the burst crosses 4 KiB, 5 the status block is not written, 6 wvalid falls, 7 done early,
// 8 register reads go unanswered from the start on, 9 the status block says IMAGES - 1, 10 an
// assertion fails.
module vn_cu #(
    parameter int unsigned R = 8,
    parameter int unsigned C = 8,
    parameter int unsigned ACT_WORDS = 65536,
    parameter int unsigned MID_SLOTS = 16384,
    parameter int unsigned PSUM_ENTRIES = 2048,
    parameter int unsigned MAX_N = 4,
    parameter int unsigned MAX_KTILES = 1024,
    parameter int unsigned ARRAY_FLAVOUR = 1
) (
    input  logic         ap_clk,
    input  logic         ap_rst_n,
    output logic         interrupt,
    input  logic [11:0]  s_axi_control_awaddr,
    input  logic         s_axi_control_awvalid,
    output logic         s_axi_control_awready,
    input  logic [31:0]  s_axi_control_wdata,
    input  logic [3:0]   s_axi_control_wstrb,
    input  logic         s_axi_control_wvalid,
    output logic         s_axi_control_wready,
    output logic [1:0]   s_axi_control_bresp,
    output logic         s_axi_control_bvalid,
    input  logic         s_axi_control_bready,
    input  logic [11:0]  s_axi_control_araddr,
    input  logic         s_axi_control_arvalid,
    output logic         s_axi_control_arready,
    output logic [31:0]  s_axi_control_rdata,
    output logic [1:0]   s_axi_control_rresp,
    output logic         s_axi_control_rvalid,
    input  logic         s_axi_control_rready,
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
  localparam logic [2:0] IDLE = 0, READ = 1, DATA = 2, WRITE = 3, REPLY = 4, STATUS = 5, DONE = 6;

  logic [4:0] trace_start  /*verilator public_flat_rd*/;
  logic [4:0] trace_done  /*verilator public_flat_rd*/;
  logic [159:0] trace_index  /*verilator public_flat_rd*/;
  logic [14:0] trace_state  /*verilator public_flat_rd*/;

  // Registers
  logic [31:0] regs[32];  // by offset / 4
  logic gie, ier, isr, ap_done, aw_held, w_held;
  logic [11:0] aw_addr;
  logic [31:0] w_data;
  wire [31:0] first = regs[5'h7], count = regs[5'h9], images = regs[5'hb];
  wire [63:0] weights = {regs[5'he], regs[5'hd]}, status = {regs[5'h1a], regs[5'h19]};
  wire [63:0] out = {regs[5'h14], regs[5'h13]};

  // Engine
  logic [2:0] state;
  logic [511:0] beats[64];
  logic [7:0] beat;
  logic [31:0] pass;
  logic bus, wiggle;
  wire go = aw_held && w_held && !s_axi_control_bvalid && aw_addr == 12'h0 && w_data[0];

  function automatic [511:0] add_one(input [511:0] x);
    for (int i = 0; i < 16; i++) add_one[32*i+:32] = x[32*i+:32] + 32'd1;
  endfunction

  function automatic [31:0] status_word(input [5:0] i);
    case (i)
      0: status_word = vn_spec_pkg::STATUS_MAGIC;
      1: status_word = 1;
      3: status_word = bus ? 9 : 0;
      6: status_word = first == 9 ? images - 1 : images;
      default: status_word = 32'(i);
    endcase
  endfunction

  function automatic [511:0] status_beat(input [1:0] b);
    for (int i = 0; i < 16; i++) status_beat[32*i+:32] = status_word({b, 4'(i)});
  endfunction

  assign interrupt = gie && ier && isr;
  assign s_axi_control_awready = !aw_held;
  assign s_axi_control_wready = !w_held;
  assign s_axi_control_bresp = 0;
  assign s_axi_control_arready = !s_axi_control_rvalid && !(first == 8);
  assign s_axi_control_rresp = 0;

  assign {m_axi_program_araddr, m_axi_program_arlen, m_axi_program_arvalid} = '0;
  assign {m_axi_maps_araddr, m_axi_maps_arlen, m_axi_maps_arvalid} = '0;
  assign m_axi_program_arsize = 6;
  assign m_axi_weights_arsize = 6;
  assign m_axi_maps_arsize = 6;
  assign m_axi_program_awsize = 6;
  assign m_axi_maps_awsize = 6;
  assign m_axi_program_arburst = 1;
  assign m_axi_weights_arburst = 1;
  assign m_axi_maps_arburst = 1;
  assign m_axi_program_awburst = 1;
  assign m_axi_maps_awburst = 1;
  assign {m_axi_program_rready, m_axi_maps_rready} = 0;
  assign {m_axi_program_bready, m_axi_maps_bready} = 3;
  assign m_axi_program_wstrb = '1;
  assign m_axi_maps_wstrb = '1;

  assign m_axi_weights_araddr = weights + (first == 4 || first == 1 && wiggle ? 64'd64 : 0);
  assign m_axi_weights_arlen = 8'(count - 1);
  assign m_axi_weights_rready = state == DATA;
  assign m_axi_maps_awaddr = out;
  assign m_axi_maps_awlen = 8'(count - 1);
  assign m_axi_maps_wdata = beats[beat[5:0]];
  assign m_axi_maps_wlast = first != 2 && beat == m_axi_maps_awlen;
  assign m_axi_program_awaddr = status;
  assign m_axi_program_awlen = 3;
  assign m_axi_program_wdata = status_beat(beat[1:0]);
  assign m_axi_program_wlast = beat == 3;

  always_comb begin
    trace_index = {first, 96'b0, first};
    trace_start = 0;
    trace_done = 0;
    trace_start[0] = state == READ && beat == 0 && m_axi_weights_arvalid && m_axi_weights_arready;
    trace_done[0] = state == DATA && m_axi_weights_rvalid && m_axi_weights_rlast;
    trace_start[4] = state == WRITE && m_axi_maps_awvalid && m_axi_maps_awready;
    trace_done[4] = state == REPLY && m_axi_maps_bvalid;
    trace_state = 0;
    trace_state[2:0] = state == READ || state == DATA ? 3'd1 : 3'd0;
    trace_state[14:12] = state == WRITE ? 3'd1 : state == REPLY ? 3'd4 : 3'd0;
  end

  // Registers
  always_ff @(posedge ap_clk)
    if (!ap_rst_n) begin
      {gie, ier, isr, ap_done, aw_held, w_held} <= 0;
      s_axi_control_bvalid <= 0;
      s_axi_control_rvalid <= 0;
      for (int i = 0; i < 32; i++) regs[i] <= 0;
    end else begin
      if (s_axi_control_awvalid && s_axi_control_awready) begin
        aw_held <= 1;
        aw_addr <= s_axi_control_awaddr;
      end
      if (s_axi_control_wvalid && s_axi_control_wready) begin
        w_held <= 1;
        w_data <= s_axi_control_wdata;
      end
      if (s_axi_control_bvalid && s_axi_control_bready) s_axi_control_bvalid <= 0;
      if (aw_held && w_held && !s_axi_control_bvalid) begin
        {aw_held, w_held} <= 0;
        s_axi_control_bvalid <= 1;
        if (aw_addr == 4) gie <= w_data[0];
        else if (aw_addr == 8) ier <= w_data[0];
        else if (aw_addr == 12) isr <= isr ^ w_data[0];
        else regs[aw_addr[6:2]] <= w_data;
      end
      if (s_axi_control_rvalid && s_axi_control_rready) s_axi_control_rvalid <= 0;
      if (s_axi_control_arvalid && s_axi_control_arready) begin
        s_axi_control_rvalid <= 1;
        s_axi_control_rdata <= s_axi_control_araddr[11:8] == 1 ?
            status_word(s_axi_control_araddr[7:2]) :
            s_axi_control_araddr == 0 ? {29'b0, state == IDLE, ap_done, 1'b0} :
            s_axi_control_araddr == 12 ? {31'b0, isr} : regs[s_axi_control_araddr[6:2]];
        if (s_axi_control_araddr == 0) ap_done <= 0;
      end
      if (state == DONE) {isr, ap_done} <= 3;
    end

  // Engine
  always_ff @(posedge ap_clk)
    if (!ap_rst_n) begin
      state <= IDLE;
      {m_axi_weights_arvalid, m_axi_maps_awvalid, m_axi_maps_wvalid} <= 0;
      {m_axi_program_awvalid, m_axi_program_wvalid, bus, wiggle, pass, beat} <= 0;
    end else begin
      wiggle <= !wiggle;
      case (state)
        IDLE:
        if (go) begin
          {bus, pass, beat} <= 0;
          state <= READ;
          m_axi_weights_arvalid <= 1;
        end
        READ:
        if (m_axi_weights_arvalid && m_axi_weights_arready) begin
          m_axi_weights_arvalid <= 0;
          if (first != 3) state <= first == 7 ? DONE : DATA;
        end
        DATA:
        if (m_axi_weights_rvalid) begin
          beats[beat[5:0]] <= add_one(m_axi_weights_rdata);
          bus <= bus || m_axi_weights_rresp[1];
          beat <= m_axi_weights_rlast ? 0 : beat + 1;
          if (m_axi_weights_rlast) begin
            state <= WRITE;
            {m_axi_maps_awvalid, m_axi_maps_wvalid} <= 3;
          end
        end
        WRITE: begin
          if (m_axi_maps_awready) m_axi_maps_awvalid <= 0;
          if (first == 6 && !m_axi_maps_wready) m_axi_maps_wvalid <= !m_axi_maps_wvalid;
          if (m_axi_maps_wvalid && m_axi_maps_wready) begin
            beat <= beat + 1;
            if (beat == m_axi_maps_awlen) begin
              m_axi_maps_wvalid <= 0;
              state <= REPLY;
            end
          end
        end
        REPLY:
        if (m_axi_maps_bvalid) begin
          beat <= 0;
          bus <= bus || m_axi_maps_bresp[1];
          pass <= pass + 1;
          if (pass + 1 < images) begin
            state <= READ;
            m_axi_weights_arvalid <= 1;
          end else if (first == 5) state <= DONE;
          else begin
            state <= STATUS;
            {m_axi_program_awvalid, m_axi_program_wvalid} <= 3;
          end
        end
        STATUS: begin
          if (m_axi_program_awready) m_axi_program_awvalid <= 0;
          if (m_axi_program_wvalid && m_axi_program_wready) begin
            beat <= beat + 1;
            if (m_axi_program_wlast) m_axi_program_wvalid <= 0;
          end
          if (m_axi_program_bvalid) state <= DONE;
        end
        default: state <= IDLE;  // DONE
      endcase
    end

  always_ff @(posedge ap_clk)
    if (ap_rst_n && state == REPLY) assert (first != 10) else $fatal(1, "planted");
endmodule
