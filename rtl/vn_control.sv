// SPDX-License-Identifier: Apache-2.0
//
// vn_control: AXI4-Lite slave with the registers of a Vitis kernel, ap_ctrl_hs (spec/cu.def;
// UG1393, UG1399 "S_AXILITE control register map"), and a mirror of the status block, which reads
// see at 0x100..0x1ff.
//
// ap_start is a pulse; `running` is high from the cycle after it to that of ap_done.  A start
// written until then is not remembered but reported by the pulse start_busy.  ap_done and ap_ready
// are kept until CTRL is read; with auto_restart a start follows each done in the next cycle.
// The arguments' outputs change with ap_start only, as those of an HLS kernel: what is written
// during a run is of the next start.
// Latency: two cycles from the later of AW and W to B, two from AR to R; ap_start with B.  One read
// and one write at a time.  Byte strobes are honoured; unknown addresses read as 0 and swallow
// writes, all with OKAY.  Cost: twice the arguments' 480 flip-flops, 64 words of LUTRAM.
module vn_control (
    input  logic clk,
    input  logic rst,
    input  logic [11:0] s_awaddr,
    input  logic s_awvalid,
    output logic s_awready,
    input  logic [31:0] s_wdata,
    input  logic [3:0] s_wstrb,
    input  logic s_wvalid,
    output logic s_wready,
    output logic [1:0] s_bresp,
    output logic s_bvalid,
    input  logic s_bready,
    input  logic [11:0] s_araddr,
    input  logic s_arvalid,
    output logic s_arready,
    output logic [31:0] s_rdata,
    output logic [1:0] s_rresp,
    output logic s_rvalid,
    input  logic s_rready,
    output logic interrupt,
    output logic ap_start,
    output logic start_busy,
    input  logic ap_done,
    input  logic running,
    output logic [63:0] program_base,
    output logic [31:0] first,
    output logic [31:0] count,
    output logic [31:0] images,
    output logic [63:0] weights,
    output logic [63:0] inputs,
    output logic [63:0] outputs,
    output logic [63:0] scratch,
    output logic [63:0] status,
    input  logic mirror_we,
    input  logic [5:0] mirror_addr,
    input  logic [31:0] mirror_data
);
  // Arguments: 32-bit registers by word address, from REG_PROGRAM to the high half of REG_STATUS.
  localparam int unsigned FIRST_WORD = 4, WORDS = 28;  // words 4 .. 27
  logic [31:0] arg[FIRST_WORD:WORDS-1];  // as written
  logic [31:0] now[FIRST_WORD:WORDS-1];  // of the run

  // A write happens when address and data are both there.
  logic have_aw, have_w, do_write;
  logic [9:0] aw_word;
  logic [31:0] w_data, w_mask;
  assign s_awready = !have_aw;
  assign s_wready = !have_w;
  assign s_bresp = 2'b00;
  assign do_write = have_aw && have_w && (!s_bvalid || s_bready);
  always_ff @(posedge clk)
    if (rst) begin
      have_aw <= 1'b0;
      have_w <= 1'b0;
      s_bvalid <= 1'b0;
    end else begin
      if (s_awvalid && s_awready) begin
        have_aw <= 1'b1;
        aw_word <= s_awaddr[11:2];
      end else if (do_write) have_aw <= 1'b0;
      if (s_wvalid && s_wready) begin
        have_w <= 1'b1;
        w_data <= s_wdata;
        w_mask <= {{8{s_wstrb[3]}}, {8{s_wstrb[2]}}, {8{s_wstrb[1]}}, {8{s_wstrb[0]}}};
      end else if (do_write) have_w <= 1'b0;
      if (do_write) s_bvalid <= 1'b1;
      else if (s_bready) s_bvalid <= 1'b0;
    end

  // Arguments.  Only the words of spec/cu.def are kept; the gaps that Vitis leaves read as 0.
  function automatic is_argument(input [9:0] at);
    case (at)
      10'h004, 10'h005, 10'h007, 10'h009, 10'h00b, 10'h00d, 10'h00e, 10'h010, 10'h011, 10'h013,
      10'h014, 10'h016, 10'h017, 10'h019, 10'h01a: is_argument = 1'b1;
      default: is_argument = 1'b0;
    endcase
  endfunction
  always_ff @(posedge clk)
    if (rst) begin
      for (int i = FIRST_WORD; i < WORDS; i++) arg[i] <= 32'd0;
    end else if (do_write && is_argument(aw_word))
      arg[aw_word[4:0]] <= (arg[aw_word[4:0]] & ~w_mask) | (w_data & w_mask);
  logic do_start;
  always_ff @(posedge clk)
    if (do_start) for (int i = FIRST_WORD; i < WORDS; i++) now[i] <= arg[i];
  localparam int unsigned W_PROGRAM = 32'(vn_spec_pkg::REG_PROGRAM) / 4,
      W_FIRST = 32'(vn_spec_pkg::REG_FIRST) / 4,
      W_COUNT = 32'(vn_spec_pkg::REG_COUNT) / 4,
      W_IMAGES = 32'(vn_spec_pkg::REG_IMAGES) / 4,
      W_WEIGHTS = 32'(vn_spec_pkg::REG_WEIGHTS) / 4,
      W_INPUT = 32'(vn_spec_pkg::REG_INPUT) / 4,
      W_OUTPUT = 32'(vn_spec_pkg::REG_OUTPUT) / 4,
      W_SCRATCH = 32'(vn_spec_pkg::REG_SCRATCH) / 4,
      W_STATUS = 32'(vn_spec_pkg::REG_STATUS) / 4;
  assign program_base = {now[W_PROGRAM+1], now[W_PROGRAM]};
  assign first = now[W_FIRST];
  assign count = now[W_COUNT];
  assign images = now[W_IMAGES];
  assign weights = {now[W_WEIGHTS+1], now[W_WEIGHTS]};
  assign inputs = {now[W_INPUT+1], now[W_INPUT]};
  assign outputs = {now[W_OUTPUT+1], now[W_OUTPUT]};
  assign scratch = {now[W_SCRATCH+1], now[W_SCRATCH]};
  assign status = {now[W_STATUS+1], now[W_STATUS]};

  // Control and interrupts.
  logic done_kept, auto_restart, gie;
  logic [1:0] ier, isr;
  wire busy = running || ap_start;
  wire byte0 = do_write && w_mask[0];
  wire write_ctrl = byte0 && aw_word == 10'(32'(vn_spec_pkg::REG_CTRL) / 4);
  wire write_isr = byte0 && aw_word == 10'(32'(vn_spec_pkg::REG_ISR) / 4);
  logic read_ctrl;  // CTRL leaves in this cycle
  assign do_start = (write_ctrl && w_data[0] && !busy) || (ap_done && auto_restart);
  assign interrupt = gie && isr != 2'd0;
  always_ff @(posedge clk) begin
    if (rst) begin
      ap_start <= 1'b0;
      start_busy <= 1'b0;
      done_kept <= 1'b0;
      auto_restart <= 1'b0;
      gie <= 1'b0;
      ier <= 2'd0;
      isr <= 2'd0;
    end else begin
      if (write_ctrl) auto_restart <= w_data[7];
      ap_start <= do_start;
      start_busy <= write_ctrl && w_data[0] && busy;
      if (ap_done) done_kept <= 1'b1;
      else if (read_ctrl) done_kept <= 1'b0;
      if (byte0 && aw_word == 10'(32'(vn_spec_pkg::REG_GIE) / 4)) gie <= w_data[0];
      if (byte0 && aw_word == 10'(32'(vn_spec_pkg::REG_IER) / 4)) ier <= w_data[1:0];
      isr <= (isr ^ (write_isr ? w_data[1:0] : 2'd0)) | (ap_done ? ier : 2'd0);
    end
  end

  // Reads.  The mirror is a memory: its word is there a cycle after its address.
  logic [31:0] mirror[64];
  logic [31:0] mirror_word, word;
  logic reading;
  logic [9:0] ar_word;
  always_ff @(posedge clk) begin
    if (mirror_we) mirror[mirror_addr] <= mirror_data;
    mirror_word <= mirror[s_araddr[7:2]];
  end
  always_comb
    if (ar_word == 10'(32'(vn_spec_pkg::REG_CTRL) / 4))
      word = {24'd0, auto_restart, 3'd0, done_kept, !busy, done_kept, busy};
    else if (ar_word == 10'(32'(vn_spec_pkg::REG_GIE) / 4)) word = {31'd0, gie};
    else if (ar_word == 10'(32'(vn_spec_pkg::REG_IER) / 4)) word = {30'd0, ier};
    else if (ar_word == 10'(32'(vn_spec_pkg::REG_ISR) / 4)) word = {30'd0, isr};
    else if (ar_word[9:6] == 4'd1) word = mirror_word;
    else word = is_argument(ar_word) ? arg[ar_word[4:0]] : 32'd0;

  assign s_arready = !reading && !s_rvalid;
  assign s_rresp = 2'b00;
  assign read_ctrl = reading && ar_word == 10'(32'(vn_spec_pkg::REG_CTRL) / 4);
  always_ff @(posedge clk)
    if (rst) begin
      reading <= 1'b0;
      s_rvalid <= 1'b0;
    end else begin
      reading <= s_arvalid && s_arready;
      if (s_arvalid && s_arready) ar_word <= s_araddr[11:2];
      if (reading) begin
        s_rvalid <= 1'b1;
        s_rdata <= word;
      end else if (s_rready) s_rvalid <= 1'b0;
    end

`ifdef VN_ASSERT
  always_ff @(posedge clk)
    if (!rst) begin
      assert (!(ap_start && running)) else $fatal(1, "a start while running");
      assert (!(s_bvalid && s_bresp != 2'b00)) else $fatal(1, "a response other than OKAY");
    end
`endif
endmodule
