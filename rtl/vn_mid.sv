// SPDX-License-Identifier: Apache-2.0
//
// vn_mid: the middle buffer, between ReLU (written by vn_post) and the depthwise convolution (read
// by vn_dw).  Row y of a ring is in bank y mod 8, so that eight rows of a column are read at once.
//
// A bank has MID_SLOTS/8 slots of C bytes, in words of LANES bytes; a port for writing and one for
// reading, both always granted.  A word is never read while it is written (tokens see to that).
// Latency: m_rdata of a bank holds what m_en, m_slots and m_rgroup asked for three cycles before,
// until three cycles after the next m_en of that bank.  A word can be read two cycles after m_we.
// Cost at R = 32, C = 64, MID_SLOTS = 16384: 32 URAM288.
module vn_mid #(
    parameter int unsigned R = 32,
    parameter int unsigned C = 64,
    parameter int unsigned MID_SLOTS = 16384,
    parameter int unsigned LANES = R < 16 ? R : 16,
    localparam int unsigned SLOT_W = $clog2(MID_SLOTS / 8),
    localparam int unsigned GROUP_W = C > LANES ? $clog2(C / LANES) : 1
) (
    input  logic                 clk,
    input  logic                 m_we,
    input  logic [          2:0] m_bank,
    input  logic [   SLOT_W-1:0] m_slot,
    input  logic [  GROUP_W-1:0] m_group,
    input  logic [  8*LANES-1:0] m_data,
    input  logic [          7:0] m_en,
    input  logic [ 8*SLOT_W-1:0] m_slots,
    input  logic [  GROUP_W-1:0] m_rgroup,
    output logic [64*LANES-1:0] m_rdata
);
  for (genvar b = 0; b < 8; b++) begin : g_bank
    vn_mid_bank #(
        .WIDTH (8 * LANES),
        .SLOTS (MID_SLOTS / 8),
        .GROUPS(C / LANES)
    ) u_bank (
        .clk,
        .we(m_we && m_bank == b[2:0]),
        .wslot(m_slot),
        .wgroup(m_group),
        .wdata(m_data),
        .en(m_en[b]),
        .rslot(m_slots[SLOT_W*b+:SLOT_W]),
        .rgroup(m_rgroup),
        .rdata(m_rdata[8*LANES*b+:8*LANES])
    );
  end

  if (MID_SLOTS % 8 != 0 || MID_SLOTS < 1024) $error("MID_SLOTS: a multiple of 8, at least 1024");
  if (C < R || R < 8 || (C & (C - 1)) != 0 || (R & (R - 1)) != 0)
    $error("R and C: powers of two, 8 <= R <= C");
endmodule
