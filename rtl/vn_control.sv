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
// Latency: three cycles from the later of AW and W to B, three from AR to R; ap_start with B.  One read
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

  // Arguments.  Only the words of spec/cu.def are kept; the gaps that Vitis leaves read as 0.
  function automatic is_argument(input [9:0] at);
    case (at)
      10'h004, 10'h005, 10'h007, 10'h009, 10'h00b, 10'h00d, 10'h00e, 10'h010, 10'h011, 10'h013,
      10'h014, 10'h016, 10'h017, 10'h019, 10'h01a: is_argument = 1'b1;
      default: is_argument = 1'b0;
    endcase
  endfunction

  // A write is begun when address and data are both there and its response will find room; what it
  // writes is decoded into registers, and happens a cycle later.
  logic have_aw, have_w, begins, writes;
  logic [9:0] aw_word;
  logic [31:0] w_data;
  logic [3:0] w_strb;
  logic write_ctrl, write_gie, write_ier, write_isr;
  logic [WORDS-1:FIRST_WORD] write_arg;
  assign s_awready = !have_aw;
  assign s_wready = !have_w;
  assign s_bresp = 2'b00;
  assign begins = have_aw && have_w && !s_bvalid && !writes;
  always_ff @(posedge clk) begin
    if (!have_aw) aw_word <= s_awaddr[11:2];
    if (!have_w) begin
      w_data <= s_wdata;
      w_strb <= s_wstrb;
    end
    write_ctrl <= begins && w_strb[0] && aw_word == 10'(32'(vn_spec_pkg::REG_CTRL) / 4);
    write_gie <= begins && w_strb[0] && aw_word == 10'(32'(vn_spec_pkg::REG_GIE) / 4);
    write_ier <= begins && w_strb[0] && aw_word == 10'(32'(vn_spec_pkg::REG_IER) / 4);
    write_isr <= begins && w_strb[0] && aw_word == 10'(32'(vn_spec_pkg::REG_ISR) / 4);
    for (int i = FIRST_WORD; i < WORDS; i++)
      write_arg[i] <= begins && is_argument(10'(i)) && aw_word == 10'(i);
  end
  always_ff @(posedge clk)
    if (rst) begin
      have_aw <= 1'b0;
      have_w <= 1'b0;
      writes <= 1'b0;
      s_bvalid <= 1'b0;
    end else begin
      have_aw <= have_aw ? !writes : s_awvalid;
      have_w <= have_w ? !writes : s_wvalid;
      writes <= begins;
      s_bvalid <= writes || (s_bvalid && !s_bready);
    end

  always_ff @(posedge clk)
    for (int i = FIRST_WORD; i < WORDS; i++)
      for (int b = 0; b < 4; b++)
        if (rst) arg[i][8*b +: 8] <= 8'd0;
        else if (write_arg[i] && w_strb[b]) arg[i][8*b +: 8] <= w_data[8*b +: 8];
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
      if (write_gie) gie <= w_data[0];
      if (write_ier) ier <= w_data[1:0];
      isr <= (isr ^ (write_isr ? w_data[1:0] : 2'd0)) | (ap_done ? ier : 2'd0);
    end
  end

  // Reads: the address is decoded and the memories read in one cycle, R is chosen in the next.
  logic [31:0] mirror[64];
  logic [31:0] mirror_word, arg_word, word;
  logic reading, chosen, read_mirror, at_ctrl, at_gie, at_ier, at_isr;
  logic [9:0] ar_word;
  always_ff @(posedge clk) begin
    if (s_arready) ar_word <= s_araddr[11:2];
    if (mirror_we) mirror[mirror_addr] <= mirror_data;
    mirror_word <= mirror[ar_word[5:0]];
    arg_word <= 32'd0;
    for (int i = FIRST_WORD; i < WORDS; i++)
      if (is_argument(10'(i)) && ar_word == 10'(i)) arg_word <= arg[i];
    at_ctrl <= ar_word == 10'(32'(vn_spec_pkg::REG_CTRL) / 4);
    at_gie <= ar_word == 10'(32'(vn_spec_pkg::REG_GIE) / 4);
    at_ier <= ar_word == 10'(32'(vn_spec_pkg::REG_IER) / 4);
    at_isr <= ar_word == 10'(32'(vn_spec_pkg::REG_ISR) / 4);
    read_mirror <= ar_word[9:6] == 4'd1;
    if (chosen) s_rdata <= word;
  end
  always_comb
    if (at_ctrl) word = {24'd0, auto_restart, 3'd0, done_kept, !busy, done_kept, busy};
    else if (at_gie) word = {31'd0, gie};
    else if (at_ier) word = {30'd0, ier};
    else if (at_isr) word = {30'd0, isr};
    else word = read_mirror ? mirror_word : arg_word;

  assign s_arready = !reading && !chosen && !s_rvalid;
  assign s_rresp = 2'b00;
  assign read_ctrl = chosen && at_ctrl;
  always_ff @(posedge clk)
    if (rst) begin
      reading <= 1'b0;
      chosen <= 1'b0;
      s_rvalid <= 1'b0;
    end else begin
      reading <= s_arvalid && s_arready;
      chosen <= reading;
      s_rvalid <= chosen || (s_rvalid && !s_rready);
    end

`ifdef VN_ASSERT
  always_ff @(posedge clk)
    if (!rst) begin
      assert (!(ap_start && running)) else $fatal(1, "a start while running");
      assert (!(s_bvalid && s_bresp != 2'b00)) else $fatal(1, "a response other than OKAY");
    end
`endif
endmodule
