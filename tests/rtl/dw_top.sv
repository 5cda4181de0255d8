// SPDX-License-Identifier: Apache-2.0
//
// dw_top: vn_dw with its middle buffer, for dw_tb.cpp.
module dw_top #(
    parameter int unsigned R = 32,
    parameter int unsigned C = 64,
    parameter int unsigned ACT_WORDS = 65536,
    parameter int unsigned MID_SLOTS = 16384,
    parameter int unsigned MAX_N = 4,
    parameter int unsigned LANES = R < 16 ? R : 16,
    parameter int unsigned DW_CH = 4,
    parameter int unsigned DSP_ROWS = 32 / DW_CH,
    localparam int unsigned SLOT_W = $clog2(MID_SLOTS / 8),
    localparam int unsigned GROUP_W = C > LANES ? $clog2(C / LANES) : 1
) (
    input  logic                         clk,
    input  logic                         rst,
    input  logic                         d_valid,
    output logic                         d_ready,
    input  logic [                511:0] d,
    output logic                         done,
    output logic [                  2:0] state,
    input  logic                         p_valid,
    output logic                         p_ready,
    input  logic [                511:0] p_data,
    input  logic                         m_we,
    input  logic [                  2:0] m_bank,
    input  logic [           SLOT_W-1:0] m_slot,
    input  logic [          GROUP_W-1:0] m_group,
    input  logic [          8*LANES-1:0] m_data,
    output logic [                  7:0] m_en,
    output logic                         y_valid,
    input  logic                         y_ready,
    output logic                         y_last,
    output logic [$clog2(ACT_WORDS)-1:0] y_addr,
    output logic [                R-1:0] y_strb,
    output logic [              8*R-1:0] y_data,
    input  logic                         y_done
);
  logic [8*SLOT_W-1:0] m_slots;
  logic [GROUP_W-1:0] m_rgroup;
  logic [64*LANES-1:0] m_rdata;

  vn_mid #(.R(R), .C(C), .MID_SLOTS(MID_SLOTS), .LANES(LANES)) mid (.*);
  vn_dw #(
      .R(R), .C(C), .ACT_WORDS(ACT_WORDS), .MID_SLOTS(MID_SLOTS), .MAX_N(MAX_N), .LANES(LANES),
      .DW_CH(DW_CH), .DSP_ROWS(DSP_ROWS)
  ) dw (.*);
endmodule
