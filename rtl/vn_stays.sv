// SPDX-License-Identifier: Apache-2.0
//
// vn_stays: asserts the rule of a valid/ready channel: what is offered stays, unchanged, until it
// is taken.
`ifdef VN_ASSERT
module vn_stays #(
    parameter int unsigned W = 1
) (
    input logic clk,
    input logic rst,
    input logic valid,
    input logic ready,
    input logic [W-1:0] data
);
  logic waits;
  logic [W-1:0] offered;
  always_ff @(posedge clk) begin
    waits <= valid && !ready && !rst;
    if (waits && !rst) begin
      assert (valid) else $fatal(1, "valid fell before ready");
      assert (data == offered) else $fatal(1, "data changed before ready");
    end else if (valid && !ready) offered <= data;
  end
endmodule
`endif
