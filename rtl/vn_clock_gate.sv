// SPDX-License-Identifier: Apache-2.0
//
// vn_clock_gate: clk_out has the rising edges of clk at which `en` is high.
//
// Only where VN_SIM is defined, as it is in the plug-ins of sim/: what has no edge is not evaluated.
// On a card clk_out is clk, since no state depends on the gate (vn_awake).  Cost: none.
module vn_clock_gate (
    input  logic clk,
    input  logic en,
    output logic clk_out
);
`ifdef VN_SIM
  logic on;
  always_latch if (!clk) on = en;
  assign clk_out = clk && on;
`else
  wire unused = en;
  assign clk_out = clk;
`endif
endmodule
