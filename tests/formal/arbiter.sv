// SPDX-License-Identifier: Apache-2.0
//
// arbiter.sv - proof harness of vn_arbiter with N requesters that come and go as they like: grant
// is one-hot, only to a requester, none only if nobody asks; an arbitrary one, i, that keeps asking
// sees at most N-1 takes of others.
`ifndef REQUESTERS
`define REQUESTERS 5
`endif
module arbiter (
    input logic clk,
    input logic [N-1:0] request,
    input logic take
);
  localparam int unsigned N = `REQUESTERS;
  (* anyconst *) logic [3:0] i;
  (* anyconst *) logic [3:0] other;

  logic rst;
  logic [N-1:0] grant, probe;
  vn_arbiter #(.N(N)) dut (.*);

  initial rst = 1'b1;
  always_ff @(posedge clk) rst <= 1'b0;
  always_comb assume (i < 4'(N) && other < 4'(N));

  logic asks, served;
  assign asks = request[i];
  assign served = grant[i];

  // The next turn's index is the number of zeros below the run of ones; no ones is index 0.
  logic [3:0] turn, distance;
  always_comb begin
    turn = '0;
    for (int k = 0; k < N; k++) turn = turn + 4'(!probe[k]);
    if (turn == 4'(N)) turn = '0;
    distance = i >= turn ? i - turn : i + 4'(N) - turn;
  end

  logic [3:0] passed;  // takes of others while i asked
  always_ff @(posedge clk)
    if (rst || !asks || (take && served)) passed <= '0;
    else if (take) passed <= passed + 4'd1;

  always_comb
    if (!rst) begin
      a_one: assert (!served || !grant[other] || other == i);
      a_asks: assert ((grant & ~request) == '0);
      a_some: assert ((grant == '0) == (request == '0));
      a_run: assert ((~probe & (~probe + 1'b1)) == '0);
      a_starve: assert (5'(passed) + 5'(distance) <= 5'(N - 1));
      a_bound: assert (!(asks && !served && passed == 4'(N - 1)));
    end
endmodule
