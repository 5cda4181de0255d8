// SPDX-License-Identifier: Apache-2.0
//
// vn_dw_out: which pixel of its descriptor leaves vn_dw_walk's chain: group of channels, and whether
// it is the last of a row, of the group, of the descriptor.  A WSUM's is one pixel a group.
//
// Row by row, group by group.  `load`: cols_less and rows_less are those of the pixels from the
// next cycle on; the one of this cycle is the last of the descriptor before.
module vn_dw_out #(
    parameter int unsigned GROUPS = 16,
    localparam int unsigned GROUP_W = GROUPS > 1 ? $clog2(GROUPS) : 1
) (
    input  logic               clk,
    input  logic               load,
    input  logic               set_in,     // of parameters
    input  logic [       15:0] cols_less,  // columns of the result, less 1
    input  logic [       15:0] rows_less,
    input  logic               step,       // a pixel leaves
    output logic               set,
    output logic [GROUP_W-1:0] group,
    output logic               row_end,
    output logic               group_end,
    output logic               last
);
  logic [15:0] cols, rows, cols_left, rows_left;
  logic one_col, one_row, row_last, group_last;

  assign group_end = row_end && row_last;
  assign last = group_end && group_last;

  always_ff @(posedge clk)
    if (load) begin
      set <= set_in;
      cols <= cols_less;
      rows <= rows_less;
      one_col <= cols_less == 16'd0;
      one_row <= rows_less == 16'd0;
      cols_left <= cols_less;
      rows_left <= rows_less;
      row_end <= cols_less == 16'd0;
      row_last <= rows_less == 16'd0;
      group <= '0;
      group_last <= GROUPS == 1;
    end else if (step) begin
      cols_left <= row_end ? cols : cols_left - 16'd1;
      row_end <= row_end ? one_col : cols_left == 16'd1;
      if (row_end) begin
        rows_left <= row_last ? rows : rows_left - 16'd1;
        row_last <= row_last ? one_row : rows_left == 16'd1;
      end
      if (group_end) begin
        group <= group + 1'b1;
        group_last <= group == GROUP_W'(GROUPS - 2);
      end
    end
endmodule
