// SPDX-License-Identifier: Apache-2.0
//
// vn_arbiter: round robin.  `grant` names one of the requesters, none if there is none; `take`
// uses it up, and the one after it comes first next time.
//
// Latency: none, grant follows request in the same cycle; without take it may move to a requester
// that is nearer to its turn.  Who keeps asking is granted by the Nth take.
// Cost: N-1 flip-flops and two priority chains.  tests/formal/arbiter.sv proves it.
module vn_arbiter #(
    parameter int unsigned N = 3
) (
    input  logic clk,
    input  logic rst,
    input  logic [N-1:0] request,
    output logic [N-1:0] grant,  // one-hot or zero
    input  logic take
`ifdef FORMAL
    ,
    output logic [N-1:0] probe  // turn
`endif
);
  // Those at and above the next turn: a run of ones down from the top.  None: it is at 0.
  logic [N-1:0] turn;
  logic [N-1:0] later;
  logic [N-1:0] above;  // the granted one and those above it

`ifdef FORMAL
  assign probe = turn;
`endif
  assign later = request & turn;
  always_comb begin
    grant = '0;
    for (int i = N - 1; i >= 0; i--) if (request[i]) grant = N'(1) << i;
    for (int i = N - 1; i >= 0; i--) if (later[i]) grant = N'(1) << i;
  end
  assign above = ~(grant - 1'b1);

  always_ff @(posedge clk)
    if (rst) turn <= '0;
    else if (take && request != '0) turn <= N'({above, 1'b0});

`ifdef VN_ASSERT
  always_ff @(posedge clk)
    if (!rst) begin
      assert ((grant & (grant - 1'b1)) == '0) else $fatal(1, "two grants");
      assert ((grant & ~request) == '0 && (grant != '0 || request == '0))
        else $fatal(1, "a grant without a request, or none with one");
    end
`endif
endmodule
