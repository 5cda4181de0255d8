// SPDX-License-Identifier: Apache-2.0
//
// vn_cu_pkg: constants that modules of rtl/ share and that are no part of the contract in spec/.
package vn_cu_pkg;
  // What an engine does in a cycle (pins `state`), and the order of the four counted ones.
  parameter logic [2:0] STATE_IDLE = 3'd0;     // has nothing to issue
  parameter logic [2:0] STATE_BUSY = 3'd1;
  parameter logic [2:0] STATE_WEIGHTS = 3'd2;  // starved for weights or parameters
  parameter logic [2:0] STATE_INPUT = 3'd3;    // starved for input
  parameter logic [2:0] STATE_BLOCKED = 3'd4;  // blocked at the output

  // Of a memory master: bursts under way, and beats of the longest; bitstreams/build.sh reads them.
  parameter int unsigned OUTSTANDING = 32;
  parameter int unsigned BURST = 64;

  parameter int unsigned QUEUE = 16;  // descriptors that may wait in front of an engine
  parameter int unsigned TAG_W = 7;   // names a descriptor under way: more than all queues hold
  parameter int unsigned REQUANT_LATENCY = 7;  // cycles of vn_requant
  parameter int unsigned ACT_LATENCY = 5;  // cycles from x_en of vn_act to x_data
  // An entry of a queue: {index in the program, acts, tag, image, descriptor}.
  parameter int unsigned ENTRY_W = 32 + 1 + TAG_W + 32 + 512;
endpackage
