// SPDX-License-Identifier: Apache-2.0
//
// vn_act: the activation buffer, ACT_WORDS words of R bytes; true dual port.
//
// Port A: x_en, x_addr -> x_data ACT_LATENCY cycles later, always granted.
// Port B, one client a cycle by round robin: writers y (0 LOAD, 1 POST, 2 DW, side by side) with a
// strobe a byte, and reader r.  A client's transfer enters a FIFO of two; ready is room in it.
//   cycle 0  transfer
//         1  granted, if no other client is
//         2  b_*
//         3  at the RAMs; y_done, if the word was its client's y_last: a read offered from this
//            cycle on, at either port, sees it
//         6  r_dvalid, r_data
// Accesses of port B happen in the order of the grants.  A read at port A of a word that port B
// writes in the cycles before y_done may give either.
// Memory: banks as deep as an UltraRAM (UG573: 4096 x 72, byte writes, port B reads or writes), one
// of them enabled at a time.  R/8 URAM288 a bank at most (yosys packs nine bytes in each), and a
// multiplexer of the banks at either port, 8*R * BANKS/4 LUTs.
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
    input  logic [2:0]         y_last,  // the last write of a descriptor
    input  logic [3*ACT_W-1:0] y_addr,
    input  logic [3*R-1:0]     y_strb,
    input  logic [3*8*R-1:0]   y_data,
    output logic [2:0]         y_done,
    input  logic               r_valid,
    output logic               r_ready,
    input  logic [ACT_W-1:0]   r_addr,
    output logic               r_dvalid,
    output logic [8*R-1:0]     r_data
);
  localparam int unsigned DEPTH = 4096;  // of an UltraRAM
  localparam int unsigned BANKS = (ACT_WORDS + DEPTH - 1) / DEPTH;
  localparam int unsigned WORDS = BANKS > 1 ? DEPTH : ACT_WORDS;
  localparam int unsigned WORD_W = $clog2(WORDS);
  localparam int unsigned BANK_W = BANKS > 1 ? $clog2(BANKS) : 1;

  if (vn_cu_pkg::ACT_LATENCY != 5) begin : impossible_latency
    $error("vn_act: ACT_LATENCY is 5");
  end

  // The clients.
  logic [3:0] want, grant;
  logic [3*ACT_W-1:0] addr;
  logic [3*R-1:0] strb;
  logic [3*8*R-1:0] data;
  logic [2:0] ends;
  logic [ACT_W-1:0] addr_r;
  for (genvar i = 0; i < 3; i++) begin : writer
    vn_pair #(.WIDTH(1 + ACT_W + R + 8 * R)) pair (
        .clk, .rst, .in_valid(y_valid[i]), .in_ready(y_ready[i]),
        .in_data({y_last[i], y_addr[ACT_W*i +: ACT_W], y_strb[R*i +: R], y_data[8*R*i +: 8*R]}),
        .out_valid(want[i]), .out_ready(grant[i]),
        .out_data({ends[i], addr[ACT_W*i +: ACT_W], strb[R*i +: R], data[8*R*i +: 8*R]})
    );
  end
  vn_pair #(.WIDTH(ACT_W)) pair_r (
      .clk, .rst, .in_valid(r_valid), .in_ready(r_ready), .in_data(r_addr),
      .out_valid(want[3]), .out_ready(grant[3]), .out_data(addr_r)
  );

  // The first client that wants, from the one after `last` on.
  function automatic [3:0] first_after(input [3:0] wants, input [1:0] after);
    case (after)
      2'd0: first_after = {wants[3] & ~|wants[2:1], wants[2] & ~wants[1], wants[1],
                           wants[0] & ~|wants[3:1]};
      2'd1: first_after = {wants[3] & ~wants[2], wants[2], wants[1] & ~|{wants[3:2], wants[0]},
                           wants[0] & ~|wants[3:2]};
      2'd2: first_after = {wants[3], wants[2] & ~|{wants[3], wants[1:0]},
                           wants[1] & ~|{wants[3], wants[0]}, wants[0] & ~wants[3]};
      default: first_after = {wants[3] & ~|wants[2:0], wants[2] & ~|wants[1:0],
                              wants[1] & ~wants[0], wants[0]};
    endcase
  endfunction

  logic [1:0] last;  // client that was granted last
  assign grant = first_after(want, last);

  // The access of port B.
  logic b_en, b_we;
  logic [2:0] b_ends;
  logic [ACT_W-1:0] b_addr;
  logic [R-1:0] b_strb, b_strb_1;
  logic [8*R-1:0] b_data, b_data_1;
  always_ff @(posedge clk)
    if (rst) begin
      last <= 2'd3;
      b_en <= 1'b0;
      b_ends <= 3'd0;
      y_done <= 3'd0;
    end else begin
      if (want != 4'd0) last <= {grant[3] | grant[2], grant[3] | grant[1]};
      b_en <= want != 4'd0;
      b_ends <= grant[2:0] & ends;
      y_done <= b_ends;
    end
  always_ff @(posedge clk) begin
    b_we <= !grant[3];
    if (grant[0]) begin
      b_addr <= addr[0 +: ACT_W];
      b_strb <= strb[0 +: R];
      b_data <= data[0 +: 8*R];
    end
    if (grant[1]) begin
      b_addr <= addr[ACT_W +: ACT_W];
      b_strb <= strb[R +: R];
      b_data <= data[8*R +: 8*R];
    end
    if (grant[2]) begin
      b_addr <= addr[2*ACT_W +: ACT_W];
      b_strb <= strb[2*R +: R];
      b_data <= data[2*8*R +: 8*R];
    end
    if (grant[3]) b_addr <= addr_r;
    if (b_en && b_we) begin
      b_strb_1 <= b_strb;
      b_data_1 <= b_data;
    end
  end

  // The banks, and the bank of every access under way.
  logic [8*R*BANKS-1:0] words_a, words_b;
  logic [BANK_W-1:0] bank_a, bank_b;
  assign bank_a = BANK_W'(x_addr >> WORD_W);
  assign bank_b = BANK_W'(b_addr >> WORD_W);
  for (genvar i = 0; i < BANKS; i++) begin : bank
    vn_act_bank #(.R(R), .WORDS(WORDS)) ram (
        .clk, .a_en(x_en && 32'(bank_a) == i), .a_addr(x_addr[WORD_W-1:0]),
        .a_word(words_a[8*R*i +: 8*R]), .b_en(b_en && 32'(bank_b) == i), .b_we,
        .b_addr(b_addr[WORD_W-1:0]), .b_strb(b_strb_1), .b_data(b_data_1),
        .b_word(words_b[8*R*i +: 8*R])
    );
  end

  logic [4:1] a_came;
  logic [3:1] b_came;
  logic [2*BANK_W-1:0] banks_a, banks_b;
  (* max_fanout = 64 *) logic [BANK_W-1:0] from_a, from_b;
  logic [8*R-1:0] word_a;
  always_ff @(posedge clk)
    if (rst) begin
      a_came <= '0;
      b_came <= '0;
      r_dvalid <= 1'b0;
    end else begin
      a_came <= {a_came[3:1], x_en};
      b_came <= {b_came[2:1], b_en && !b_we};
      r_dvalid <= b_came[3];
    end
  always_ff @(posedge clk) begin
    {from_a, banks_a} <= {banks_a, bank_a};
    {from_b, banks_b} <= {banks_b, bank_b};
    if (a_came[3]) word_a <= words_a[8*R*32'(from_a) +: 8*R];
    if (a_came[4]) x_data <= word_a;
    if (b_came[3]) r_data <= words_b[8*R*32'(from_b) +: 8*R];
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
