// SPDX-License-Identifier: Apache-2.0
//
// vn_act: the activation buffer, ACT_WORDS words of R bytes; true dual port.
//
// Port A: x_en, x_addr -> x_data two cycles later, always granted.
// Port B, one client a cycle by round robin: writers y (0 LOAD, 1 POST, 2 DW, side by side) with a
// strobe a byte, and reader r: r_data with r_dvalid two cycles after the transfer.
// Ready follows from the valids in the same cycle.  A write can be read from the next cycle on; a
// read at port A in the very cycle of the write gives what was there before.
// Memory: UltraRAM (UG573: 4096 x 72, byte writes, port B reads or writes).  ACT_WORDS/4096 * R/8
// URAM288 at most; yosys packs nine bytes in each (65536 x 32: 57), and builds the multiplexers
// of the depth from LUTs, which a cascade saves.
module vn_act #(
    parameter int unsigned R = 32,
    parameter int unsigned ACT_WORDS = 65536,
    parameter int unsigned ACT_W = $clog2(ACT_WORDS)  // follows: leave it
) (
    input  logic               clk,
    input  logic               rst,
    input  logic               x_en,
    input  logic [ACT_W-1:0]   x_addr,
    output logic [8*R-1:0]     x_data,
    input  logic [2:0]         y_valid,
    output logic [2:0]         y_ready,
    input  logic [3*ACT_W-1:0] y_addr,
    input  logic [3*R-1:0]     y_strb,
    input  logic [3*8*R-1:0]   y_data,
    input  logic               r_valid,
    output logic               r_ready,
    input  logic [ACT_W-1:0]   r_addr,
    output logic               r_dvalid,
    output logic [8*R-1:0]     r_data
);
  (* ram_style = "ultra" *) logic [8*R-1:0] mem[ACT_WORDS];

  logic [3:0] want, grant;
  logic [1:0] last;  // client that was granted last
  logic b_en, b_we, x_en1, r_en1;
  logic [ACT_W-1:0] b_addr;
  logic [R-1:0] b_strb;
  logic [8*R-1:0] b_data, x_word, r_word;

  // The first client that wants, from the one after `last` on.
  function automatic [3:0] first_after(input [3:0] wants, input [1:0] after);
    logic [3:0] later;
    later = wants & (4'b1110 << after);
    if (later == 4'd0) later = wants;
    first_after = later & (~later + 4'd1);
  endfunction

  assign want = {r_valid, y_valid};
  assign grant = first_after(want, last);
  assign y_ready = grant[2:0];
  assign r_ready = grant[3];
  assign b_en = want != 4'd0;
  assign b_we = b_en && !grant[3];

  always_comb
    case (grant)
      4'b0010: begin
        b_addr = y_addr[ACT_W +: ACT_W];
        b_strb = y_strb[R +: R];
        b_data = y_data[8*R +: 8*R];
      end
      4'b0100: begin
        b_addr = y_addr[2*ACT_W +: ACT_W];
        b_strb = y_strb[2*R +: R];
        b_data = y_data[2*8*R +: 8*R];
      end
      4'b1000: begin
        b_addr = r_addr;
        b_strb = '0;
        b_data = y_data[0 +: 8*R];
      end
      default: begin
        b_addr = y_addr[0 +: ACT_W];
        b_strb = y_strb[0 +: R];
        b_data = y_data[0 +: 8*R];
      end
    endcase

  always_ff @(posedge clk)
    if (rst) begin
      last <= 2'd3;
      x_en1 <= 1'b0;
      r_en1 <= 1'b0;
      r_dvalid <= 1'b0;
    end else begin
      if (b_en) last <= {grant[3] | grant[2], grant[3] | grant[1]};
      x_en1 <= x_en;
      r_en1 <= r_valid && grant[3];
      r_dvalid <= r_en1;
    end

  always_ff @(posedge clk) begin
    if (x_en) x_word <= mem[x_addr];
    if (x_en1) x_data <= x_word;
  end

  always_ff @(posedge clk) begin
    if (b_we) begin
      for (int unsigned i = 0; i < R; i++)
        if (b_strb[i]) mem[b_addr][8*i +: 8] <= b_data[8*i +: 8];
    end else if (b_en) r_word <= mem[b_addr];
    if (r_en1) r_data <= r_word;
  end

`ifdef VN_ASSERT
  always_ff @(posedge clk)
    if (!rst) begin
      assert ((grant & (grant - 4'd1)) == 4'd0) else $fatal(1, "two grants");
      assert ((grant & ~want) == 4'd0 && (grant != 4'd0 || want == 4'd0))
        else $fatal(1, "a grant without a request, or none with one");
      assert (!b_en || 32'(b_addr) < ACT_WORDS) else $fatal(1, "no such word, port B");
      assert (!x_en || 32'(x_addr) < ACT_WORDS) else $fatal(1, "no such word, port A");
    end
`endif
endmodule
