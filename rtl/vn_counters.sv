// SPDX-License-Identifier: Apache-2.0
//
// vn_counters: cycles of a start, and for each engine how many it was busy, starved for weights,
// starved for input and blocked at its output; the four sum to the cycles (spec/cu.def, COUNTERS).
//
// Counts while `run`, a cycle later; `clear` sets all to zero, as late.  Read by word (32 bit): 0, 1
// the cycles, then the counters in the order of the status block; value follows word three cycles
// later.  Cost: 21 counters of 48 bits.
module vn_counters (
    input  logic clk,
    input  logic clear,
    input  logic run,
    input  logic [3*vn_spec_pkg::ENGINES-1:0] state,  // 3 bits an engine
    input  logic [5:0] word,
    output logic [31:0] value
);
  localparam int unsigned ENGINES = vn_spec_pkg::ENGINES, KINDS = 4;
  localparam int unsigned N = 1 + ENGINES * KINDS;
  logic [47:0] count [N];

  // A register of its own in front of every counter: `state` comes late, and each moves 48 bits.
  (* keep *) logic [N-1:0] step, zero;
  always_ff @(posedge clk) begin
    zero <= {N{clear}};
    step[0] <= run;
    for (int e = 0; e < ENGINES; e++)
      for (int k = 0; k < KINDS; k++)
        step[1+KINDS*e+k] <= run && state[3*e +: 3] == 3'(k + 1);
  end

  always_ff @(posedge clk)
    for (int i = 0; i < N; i++)
      if (zero[i]) count[i] <= 48'd0;
      else if (step[i]) count[i] <= count[i] + 48'd1;

  logic [5:0] wanted;
  logic [47:0] picked;
  logic high;
  always_ff @(posedge clk) begin
    wanted <= word;
    picked <= 32'(wanted[5:1]) < N ? count[wanted[5:1]] : 48'd0;
    high <= wanted[0];
    value <= high ? {16'd0, picked[47:32]} : picked[31:0];
  end

`ifdef VN_ASSERT
  always_ff @(posedge clk)
    for (int e = 0; e < ENGINES; e++)
      assert (!run || state[3*e +: 3] <= 3'(KINDS)) else $fatal(1, "no such state");
`endif
endmodule
