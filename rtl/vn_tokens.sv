// SPDX-License-Identifier: Apache-2.0
//
// vn_tokens: the token counters of the running engines (docs/program-format.md, Tokens).  Engine e
// may start its next descriptor once counter (a, e) holds what the descriptor wants, for every a.
//
// Index of an ordered pair: giver a, receiver b at 5*a+b in initial_i and give; receiver e, giver a
// at 5*e+a in want and lacking.  Own pairs have no counter; want and give are zero there: vn_check
// sees to it.
// Cost: 220 FF, about 590 LUTs.
//
// Widths: list order keeps a counter within 63, and the dispatcher has handed out at most 16
// descriptors of the receiver that have not yet taken their up to 63 tokens, so a counter never
// passes 63 + 16*63 = 1071: 11 bits.  tests/formal/tokens.sv proves it.
//
// ready and lacking follow the counters and want in the same cycle.  A token given in one cycle can
// be taken in the next.  All receivers may take and all givers give in one cycle.  load sets every
// counter and drops takes and gives of its cycle: the engines are idle then.
module vn_tokens (
    input  logic         clk,
    input  logic         rst,
    input  logic         load,
    input  logic [5*vn_spec_pkg::TOKEN_ROW-1:0] initial_i,  // TOKEN_BITS a pair: of BEGIN
    input  logic [5*vn_spec_pkg::TOKEN_ROW-1:0] want,  // TOKEN_BITS a pair: of the receiver's next descriptor
    output logic [4:0]   ready,      // of receiver e: every counter (a, e) holds at least want
    output logic [24:0]  lacking,    // counter (a, e) holds less than want
    input  logic [4:0]   take,       // receiver e takes want from its counters; only with ready[e]
    input  logic [24:0]  give        // one token for pair (a, b)
`ifdef FORMAL
    ,
    output logic [274:0] probe  // the counters, 11 bits a pair
`endif
);
  localparam int unsigned BITS = vn_spec_pkg::TOKEN_BITS;
  localparam int unsigned W = 11;

  localparam int unsigned MOST = 63 + 16 * 63;

  for (genvar a = 0; a < 5; a++) begin : g_giver
    for (genvar b = 0; b < 5; b++) begin : g_receiver
      if (a == b) begin : g_own
        assign lacking[5*b+a] = 1'b0;
`ifdef FORMAL
        assign probe[11*(5*a+b)+:11] = '0;
`endif
      end else begin : g_pair
        logic [W-1:0] count, taken;
        logic [BITS-1:0] wanted;

        assign wanted = want[BITS*(5*b+a)+:BITS];
        assign lacking[5*b+a] = count < W'(wanted);
        assign taken = take[b] ? W'(wanted) : '0;

        always_ff @(posedge clk)
          if (rst) count <= '0;
          else if (load) count <= W'(initial_i[BITS*(5*a+b)+:BITS]);
          else if (take[b] || give[5*a+b]) count <= count - taken + W'(give[5*a+b]);
`ifdef FORMAL
        assign probe[11*(5*a+b)+:11] = 11'(count);
`endif
`ifdef VN_ASSERT
        always_ff @(posedge clk)
          if (!rst) assert (32'(count) <= MOST) else $fatal(1, "more tokens than can be");
`endif
      end
    end
  end

  for (genvar e = 0; e < 5; e++) begin : g_ready
    assign ready[e] = lacking[5*e+:5] == 5'd0;
  end

`ifdef VN_ASSERT
  always_ff @(posedge clk)
    if (!rst && !load) begin
      assert ((take & ~ready) == 5'd0) else $fatal(1, "a receiver takes more than there is");
      assert ((give & 25'b10000_01000_00100_00010_00001) == 25'd0)
        else $fatal(1, "an engine gives itself a token");
    end
`endif
endmodule
