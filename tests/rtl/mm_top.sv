// SPDX-License-Identifier: Apache-2.0
//
// mm_top: vn_mm with its partial-sum buffer, for mm_tb.cpp.
module mm_top #(
    parameter int unsigned R = 8,
    parameter int unsigned C = 8,
    parameter int unsigned ACT_WORDS = 1024,
    parameter int unsigned PSUM_ENTRIES = 256,
    parameter int unsigned FLAVOUR = 1,
    parameter int unsigned LANES = R < 16 ? R : 16,
    parameter int unsigned GROUP_W = C > LANES ? $clog2(C / LANES) : 1
) (
    input  logic clk,
    input  logic rst,
    input  logic d_valid,
    output logic d_ready,
    input  logic [511:0] d,
    output logic done,
    output logic [2:0] state,
    input  logic w_valid,
    output logic w_ready,
    input  logic [511:0] w_data,
    output logic x_en,
    output logic [$clog2(ACT_WORDS)-1:0] x_addr,
    input  logic [8*R-1:0] x_data,
    output logic ps_en,
    input  logic r_valid,
    output logic r_ready,
    input  logic [$clog2(PSUM_ENTRIES)-1:0] r_addr,
    input  logic [GROUP_W-1:0] r_group,
    output logic [32*LANES-1:0] r_data
);
  logic ps_add;
  logic [$clog2(PSUM_ENTRIES)-1:0] ps_addr;
  logic [32*C-1:0] ps_data;

  vn_mm #(
      .R(R), .C(C), .ACT_WORDS(ACT_WORDS), .PSUM_ENTRIES(PSUM_ENTRIES), .FLAVOUR(FLAVOUR)
  ) mm (
      .clk, .rst, .d_valid, .d_ready, .d, .done, .state, .w_valid, .w_ready, .w_data, .x_en,
      .x_addr, .x_data, .ps_en, .ps_addr, .ps_add, .ps_data
  );
  vn_psum #(.R(R), .C(C), .PSUM_ENTRIES(PSUM_ENTRIES)) psum (
      .clk, .rst, .w_en(ps_en), .w_addr(ps_addr), .w_add(ps_add), .w_data(ps_data), .r_valid,
      .r_ready, .r_addr, .r_group, .r_data
  );
endmodule
