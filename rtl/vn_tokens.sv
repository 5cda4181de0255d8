// SPDX-License-Identifier: Apache-2.0
//
// vn_tokens: the token counters of the running engines (docs/program-format.md, Tokens).  Engine e
// may start its next descriptor once counter (a, e) holds what the descriptor wants, for every a.
//
// Index of an ordered pair: giver a, receiver b at N*a+b in initial_i and give; receiver e, giver a
// at N*e+a in want and lacking.  Own pairs have no counter; want and give are zero there: vn_check
// sees to it.
// Cost: 245 FF, about 590 LUTs.
//
// Widths: list order keeps a counter within TOKEN_MAX, and the dispatcher has handed out at most
// QUEUE descriptors of the receiver that have not yet taken their up to TOKEN_MAX tokens each, so a
// counter never passes MOST.  tests/formal/tokens.sv proves it.
//
// asks[e] says that want of e is that of its next descriptor; both stay until take[e].  ready and
// lacking are registers: they say what was there a cycle before, and are zero in the cycle after a
// take and without asks.  That is late but never wrong: only its own take makes a counter smaller,
// so what was there a cycle ago still is.  tests/formal/tokens.sv proves that too.
// A token given in one cycle shows in ready two later.  All receivers may take and all givers give in one
// cycle.  load sets every counter and drops takes and gives of its cycle: the engines are idle then.
module vn_tokens #(
    localparam int unsigned N = vn_spec_pkg::ENGINES
) (
    input  logic           clk,
    input  logic           rst,
    input  logic           load,
    input  logic [N*vn_spec_pkg::TOKEN_ROW-1:0] initial_i,  // TOKEN_BITS a pair: of BEGIN
    input  logic [N-1:0]   asks,
    input  logic [N*vn_spec_pkg::TOKEN_ROW-1:0] want,  // TOKEN_BITS a pair
    output logic [N-1:0]   ready,    // of receiver e: every counter (a, e) holds at least want
    output logic [N*N-1:0] lacking,  // counter (a, e) holds less than want
    input  logic [N-1:0]   take,     // receiver e takes want from its counters; only with ready[e]
    input  logic [N*N-1:0] give      // one token for pair (a, b)
`ifdef FORMAL
    ,
    output logic [11*N*N-1:0] probe  // the counters, 11 bits a pair
`endif
);
  localparam int unsigned BITS = vn_spec_pkg::TOKEN_BITS;
  localparam int unsigned MOST = vn_spec_pkg::TOKEN_MAX * (1 + vn_cu_pkg::QUEUE);
  localparam int unsigned W = $clog2(MOST + 1);

  logic [N*N-1:0] lacks;  // now, at the index of lacking

  for (genvar a = 0; a < N; a++) begin : g_giver
    for (genvar b = 0; b < N; b++) begin : g_receiver
      if (a == b) begin : g_own
        assign lacks[N*b+a] = 1'b0;
`ifdef FORMAL
        assign probe[11*(N*a+b)+:11] = '0;
`endif
      end else begin : g_pair
        logic [W-1:0] count, taken;
        logic [BITS-1:0] wanted;

        assign wanted = want[BITS*(N*b+a)+:BITS];
        assign lacks[N*b+a] = count < W'(wanted);
        assign taken = take[b] ? W'(wanted) : '0;

        always_ff @(posedge clk)
          if (rst) count <= '0;
          else if (load) count <= W'(initial_i[BITS*(N*a+b)+:BITS]);
          else if (take[b] || give[N*a+b]) count <= count - taken + W'(give[N*a+b]);
`ifdef FORMAL
        assign probe[11*(N*a+b)+:11] = 11'(count);
`endif
`ifdef VN_ASSERT
        always_ff @(posedge clk)
          if (!rst) assert (32'(count) <= MOST) else $fatal(1, "more tokens than can be");
`endif
      end
    end
  end

  for (genvar e = 0; e < N; e++) begin : g_ready
    logic waits;
    assign waits = asks[e] && !take[e] && !load;
    always_ff @(posedge clk)
      if (rst) begin
        ready[e] <= 1'b0;
        lacking[N*e+:N] <= '0;
      end else begin
        ready[e] <= waits && lacks[N*e+:N] == '0;
        lacking[N*e+:N] <= waits ? lacks[N*e+:N] : '0;
      end
  end

`ifdef VN_ASSERT
  logic [N-1:0] asked;  // and neither taken nor loaded since
  logic [N*vn_spec_pkg::TOKEN_ROW-1:0] wanted_before;
  always_ff @(posedge clk) begin
    asked <= rst || load ? '0 : asks & ~take;
    wanted_before <= want;
    if (!rst) begin
      assert ((take & ~ready) == '0) else $fatal(1, "a receiver takes more than there is");
      assert ((asked & ~asks) == '0) else $fatal(1, "a receiver no longer asks");
      for (int e = 0; e < N; e++) begin
        assert (!give[(N+1)*e] || load) else $fatal(1, "an engine gives itself a token");
        assert (!asked[e] || want[BITS*N*e+:BITS*N] == wanted_before[BITS*N*e+:BITS*N])
          else $fatal(1, "what a receiver wants changes");
      end
    end
  end
`endif
endmodule
