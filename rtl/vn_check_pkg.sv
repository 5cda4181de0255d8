// SPDX-License-Identifier: Apache-2.0
//
// vn_check_pkg: what the instructions of vn_check_program and vn_check agree on.
package vn_check_pkg;
  // Tests: when does an instruction find a fault?
  parameter logic [2:0] TEST_NONE = 3'd0;
  parameter logic [2:0] TEST_RANGE = 3'd1;     // the comparison holds
  parameter logic [2:0] TEST_IF_RAW = 3'd2;    // the comparison holds and the descriptor has RAW
  parameter logic [2:0] TEST_DEFER = 3'd3;     // never: remembers that the comparison holds
  parameter logic [2:0] TEST_DEFERRED = 3'd4;  // that was remembered
  parameter logic [2:0] TEST_MOD8 = 3'd5;      // the operand is no multiple of RING_ROWS
  parameter logic [2:0] TEST_FLAGS = 3'd6;     // the flags of a POST contradict each other
  parameter logic [2:0] TEST_SPACE = 3'd7;     // the operand is no space for this LOAD or STORE

  // Operands that are no field of the descriptor: bit 6 set.
  parameter logic [6:0] K_ZERO = 7'd64;
  parameter logic [6:0] K_ACT_WORDS = 7'd65;
  parameter logic [6:0] K_MID_SLOTS = 7'd66;
  parameter logic [6:0] K_PSUM_ENTRIES = 7'd67;
  parameter logic [6:0] K_BANK = 7'd68;  // half of that
  parameter logic [6:0] K_MAX_N = 7'd69;
  parameter logic [6:0] K_MAX_KTILES = 7'd70;
  parameter logic [6:0] K_GROUPS_1 = 7'd71;    // C/R - 1
  parameter logic [6:0] K_RAW_WORDS = 7'd72;   // 4*C/R
endpackage
