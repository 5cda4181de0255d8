// SPDX-License-Identifier: Apache-2.0
//
// vn_check_form: the checks of a descriptor that need no arithmetic: vn_check_form, vn_check_begin
// and the first half of vn_check_desc in spec/check.h.
//
// The descriptor comes as eight pairs of words, w with its number `pair`, in order, valid each; `next`
// is the number of the pair to come.
// start forgets the last descriptor.  op, group, hash are stable from start on.
// code, field: the verdict from the cycle after pair 7; ERR_NONE if nothing was found.
//
// The masks of an opcode are those of vn_spec_pkg: USED (with the flags it has), NONZERO, OWN.
module vn_check_form (
    input  logic        clk,
    input  logic        start,
    input  logic        valid,
    input  logic [2:0]  pair,
    input  logic [2:0]  next,
    input  logic [63:0] w,
    input  logic [2:0]  op,     // a known opcode
    input  logic [7:0]  group,
    input  logic [31:0] hash,
    output logic        found,  // code is not ERR_NONE
    output logic [7:0]  code,
    output logic [4:0]  field
);
  localparam int unsigned VERSION = vn_spec_pkg::D_BEGIN_VERSION_LSB;

  // What was found, and in which word: the first of each kind.
  logic reserved, zero, own, late, other_hash;
  logic [3:0] reserved_at, zero_at, own_at, late_at;
  logic late_reserved;  // late: code RESERVED, else RANGE

  function automatic [63:0] used_bits(input [2:0] o, input [2:0] p);
    logic [511:0] all;
    case ({5'd0, o})
      vn_spec_pkg::OP_LOAD: all = vn_spec_pkg::USED_LOAD;
      vn_spec_pkg::OP_MM: all = vn_spec_pkg::USED_MM;
      vn_spec_pkg::OP_POST: all = vn_spec_pkg::USED_POST;
      vn_spec_pkg::OP_DW: all = vn_spec_pkg::USED_DW;
      vn_spec_pkg::OP_WSUM: all = vn_spec_pkg::USED_WSUM;
      vn_spec_pkg::OP_STORE: all = vn_spec_pkg::USED_STORE;
      default: all = vn_spec_pkg::USED_BEGIN;
    endcase
    used_bits = all[64*p+:64];
  endfunction

  function automatic [63:0] own_bits(input [2:0] o, input [2:0] p);
    logic [511:0] all;
    case ({5'd0, o})
      vn_spec_pkg::OP_LOAD: all = vn_spec_pkg::OWN_LOAD;
      vn_spec_pkg::OP_MM: all = vn_spec_pkg::OWN_MM;
      vn_spec_pkg::OP_POST: all = vn_spec_pkg::OWN_POST;
      vn_spec_pkg::OP_DW: all = vn_spec_pkg::OWN_DW;
      vn_spec_pkg::OP_WSUM: all = vn_spec_pkg::OWN_WSUM;
      vn_spec_pkg::OP_STORE: all = vn_spec_pkg::OWN_STORE;
      default: all = vn_spec_pkg::OWN_BEGIN;
    endcase
    own_bits = all[64*p+:64];
  endfunction

  // Bytes of the fields that must not be zero.
  function automatic [7:0] nonzero_bytes(input [2:0] o, input [2:0] p);
    logic [63:0] all;
    case ({5'd0, o})
      vn_spec_pkg::OP_LOAD: all = vn_spec_pkg::NONZERO_LOAD;
      vn_spec_pkg::OP_MM: all = vn_spec_pkg::NONZERO_MM;
      vn_spec_pkg::OP_POST: all = vn_spec_pkg::NONZERO_POST;
      vn_spec_pkg::OP_DW: all = vn_spec_pkg::NONZERO_DW;
      vn_spec_pkg::OP_WSUM: all = vn_spec_pkg::NONZERO_WSUM;
      vn_spec_pkg::OP_STORE: all = vn_spec_pkg::NONZERO_STORE;
      default: all = vn_spec_pkg::NONZERO_BEGIN;
    endcase
    nonzero_bytes = all[8*p+:8];
  endfunction

  // The highest byte of each such field.
  function automatic [7:0] nonzero_ends(input [2:0] o, input [2:0] p);
    logic [63:0] all;
    case ({5'd0, o})
      vn_spec_pkg::OP_LOAD: all = vn_spec_pkg::NONZERO_END_LOAD;
      vn_spec_pkg::OP_MM: all = vn_spec_pkg::NONZERO_END_MM;
      vn_spec_pkg::OP_POST: all = vn_spec_pkg::NONZERO_END_POST;
      vn_spec_pkg::OP_DW: all = vn_spec_pkg::NONZERO_END_DW;
      vn_spec_pkg::OP_WSUM: all = vn_spec_pkg::NONZERO_END_WSUM;
      vn_spec_pkg::OP_STORE: all = vn_spec_pkg::NONZERO_END_STORE;
      default: all = vn_spec_pkg::NONZERO_END_BEGIN;
    endcase
    nonzero_ends = all[8*p+:8];
  endfunction

  // Does one of the fields in this word's four bytes hold zero?
  function automatic has_zero(input [31:0] x, input [3:0] bytes, input [3:0] ends);
    logic some;  // the field so far is not zero
    some = 1'b0;
    has_zero = 1'b0;
    for (int i = 0; i < 4; i++) begin
      some = some || (bytes[i] && x[8*i+:8] != 8'd0);
      if (ends[i]) begin
        if (!some) has_zero = 1'b1;
        some = 1'b0;
      end
    end
  endfunction

  // What this pair is compared with, registers beside w.
  logic [63:0] unused, own_mask;
  logic [7:0] bytes, ends;
  logic is_begin, compares_image, compares_version, reserves_0, reserves_1;  // what is done with it besides
  always_ff @(posedge clk) begin
    unused <= ~used_bits(op, next);
    own_mask <= own_bits(op, next);
    bytes <= nonzero_bytes(op, next);
    ends <= nonzero_ends(op, next);
    is_begin <= {5'd0, op} == vn_spec_pkg::OP_BEGIN;
    compares_image <= {5'd0, op} != vn_spec_pkg::OP_BEGIN && next == 3'd0;
    reserves_0 <= {5'd0, op} == vn_spec_pkg::OP_BEGIN && next == 3'd0;
    reserves_1 <= {5'd0, op} == vn_spec_pkg::OP_BEGIN && next == 3'd1;
    compares_version <= {5'd0, op} == vn_spec_pkg::OP_BEGIN && next == 3'(VERSION / 64);
  end

  logic [63:0] extra, self;
  logic zero_low, zero_high;
  assign extra = w & unused;
  assign self = w & own_mask;
  assign zero_low = has_zero(w[31:0], bytes[3:0], ends[3:0]);
  assign zero_high = has_zero(w[63:32], bytes[7:4], ends[7:4]);

  // What comes after zero fields in the order of the checks, and before hash and tokens.
  logic late_now;
  assign late_now =
      (compares_image && w[vn_spec_pkg::D_ALL_IMAGE_LSB+:8] >= group) ||
      (reserves_0 && w[63:vn_spec_pkg::D_ALL_STAGE_LSB] != '0) ||
      (reserves_1 && w[31:0] != 32'd0) ||
      (compares_version && w[VERSION%64+:8] != 8'(vn_spec_pkg::CONTRACT));

  always_ff @(posedge clk)
    if (start) begin
      reserved <= 1'b0;
      zero <= 1'b0;
      own <= 1'b0;
      late <= 1'b0;
      other_hash <= 1'b0;
    end else if (valid) begin
      if (extra != 64'd0) reserved <= 1'b1;
      if (zero_low || zero_high) zero <= 1'b1;
      if (self != 64'd0) own <= 1'b1;
      if (late_now) late <= 1'b1;
      if (is_begin && pair == 3'(vn_spec_pkg::D_BEGIN_HASH_LSB / 64))
        other_hash <= w[vn_spec_pkg::D_BEGIN_HASH_LSB%64+:32] != hash;
    end

  // Where: follows the words until something is found.
  always_ff @(posedge clk) begin
    if (!reserved) reserved_at <= {pair, extra[31:0] == 32'd0};
    if (!zero) zero_at <= {pair, !zero_low};
    if (!own) own_at <= {pair, self[31:0] == 32'd0};
    if (!late) begin
      late_at <= {pair, reserves_0 && w[31:vn_spec_pkg::D_ALL_STAGE_LSB] == '0};
      late_reserved <= reserves_0 || reserves_1;
    end
  end

  assign found = reserved || zero || late || other_hash || own;
  always_comb begin
    code = vn_spec_pkg::ERR_NONE;
    field = 5'd0;
    if (reserved) begin
      code = vn_spec_pkg::ERR_RESERVED;
      field = 5'(reserved_at);
    end else if (zero) begin
      code = vn_spec_pkg::ERR_ZERO;
      field = 5'(zero_at);
    end else if (late) begin
      code = late_reserved ? vn_spec_pkg::ERR_RESERVED : vn_spec_pkg::ERR_RANGE;
      field = 5'(late_at);
    end else if (other_hash) begin
      code = vn_spec_pkg::ERR_HASH;
      field = 5'(vn_spec_pkg::D_BEGIN_HASH_LSB / 32);
    end else if (own) begin
      code = vn_spec_pkg::ERR_TOKEN;
      field = 5'(own_at);
    end
  end
endmodule
