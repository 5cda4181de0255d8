// SPDX-License-Identifier: Apache-2.0
//
// vn_counters: cycles of a start, and for each engine how many it was busy, starved for weights,
// starved for input and blocked at its output; the four sum to the cycles (spec/cu.def, COUNTERS).
//
// Counts while `run`; `clear` sets all to zero.  Read by word (32 bit): 0, 1 the cycles, then the
// counters in the order of the status block.  Cost: 21 counters of 48 bits.
module vn_counters (
    input  logic clk,
    input  logic clear,
    input  logic run,
    input  logic [14:0] state,  // 3 bits an engine
    input  logic [5:0] word,
    output logic [31:0] value
);
  localparam int unsigned KINDS = 4;
  localparam int unsigned N = 1 + 5 * KINDS;
  logic [47:0] count [N];

  always_ff @(posedge clk)
    if (clear) begin
      for (int i = 0; i < N; i++) count[i] <= 48'd0;
    end else if (run) begin
      count[0] <= count[0] + 48'd1;
      for (int e = 0; e < 5; e++)
        for (int k = 0; k < KINDS; k++)
          if (state[3*e +: 3] == 3'(k + 1)) count[1+KINDS*e+k] <= count[1+KINDS*e+k] + 48'd1;
    end

  always_comb begin
    value = 32'd0;
    for (int i = 0; i < N; i++)
      if (word[5:1] == 5'(i)) value = word[0] ? {16'd0, count[i][47:32]} : count[i][31:0];
  end

`ifdef VN_ASSERT
  always_ff @(posedge clk)
    for (int e = 0; e < 5; e++)
      assert (!run || state[3*e +: 3] <= 3'(KINDS)) else $fatal(1, "no such state");
`endif
endmodule
