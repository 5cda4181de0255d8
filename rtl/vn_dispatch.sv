// SPDX-License-Identifier: Apache-2.0
//
// vn_dispatch: a checked descriptor to the queue of its engine, and, if it needs weights or
// parameters, the request for them to the reader at the same time, so that they are read ahead.
//
// Every descriptor gets a tag; `found_*` say what was dispatched under `lookup`, for bus errors.
// Latency: three cycles; for a weighted sum as many more as MAP_H has bits (shift and add); from lookup
// to found two.
// Cost: LUTs and flip-flops only.
module vn_dispatch #(
    parameter int unsigned R = 32,
    parameter int unsigned C = 64
) (
    input  logic clk,
    input  logic rst,
    input  logic [63:0] weights,  // base
    // from the sequencer
    input  logic in_valid,
    output logic in_ready,
    input  logic [511:0] d,
    input  logic acts,
    input  logic [31:0] image,
    input  logic [31:0] index,     // of the descriptor in the program
    input  logic [31:0] executed,  // descriptors before it
    input  logic [31:0] images,    // of the passes before it
    // to the queues, by engine
    output logic [4:0] push_valid,
    input  logic [4:0] push_ready,
    output logic [vn_cu_pkg::ENTRY_W-1:0] push_entry,
    // requests: 0 weight tiles, 1 parameters of POST, 2 of DW
    output logic [2:0] rq_valid,
    input  logic [2:0] rq_ready,
    output logic [63:0] rq_addr,
    output logic [31:0] rq_beats,
    output logic [vn_cu_pkg::TAG_W-1:0] rq_tag,
    // what a tag was, two cycles later
    input  logic [vn_cu_pkg::TAG_W-1:0] lookup,
    output logic [31:0] found_index,
    output logic [31:0] found_executed,
    output logic [31:0] found_images
);
  localparam int unsigned TAG_W = vn_cu_pkg::TAG_W;
  localparam int unsigned TILE_BEATS = R * C / 64;
  localparam int unsigned BYTE_BEATS = (C + 63) / 64;
  localparam int unsigned WORD_BEATS = (4 * C + 63) / 64;

  wire [7:0] op = d[vn_spec_pkg::D_ALL_OP_LSB +: 8];
  wire raw = d[vn_spec_pkg::D_ALL_FLAGS_LSB + vn_spec_pkg::FLAG_RAW];
  wire border = d[vn_spec_pkg::D_ALL_FLAGS_LSB + vn_spec_pkg::FLAG_BORDER];
  wire [7:0] n = d[vn_spec_pkg::D_DW_N_LSB +: 8];
  wire wsum = op == vn_spec_pkg::OP_WSUM;
  function automatic [6:0] taps(input [2:0] length);
    case (length)
      3'd0: taps = 7'd1;
      3'd1: taps = 7'd9;
      3'd2: taps = 7'd25;
      3'd3: taps = 7'd49;
      default: taps = 7'd81;
    endcase
  endfunction

  logic [4:0] engine;  // one hot
  logic [2:0] reader;
  logic [31:0] beats, block;  // block: first beat; MM's and the parameter blocks' are the same word
  always_comb begin
    engine = 5'd0;
    reader = 3'd0;
    beats = 32'd0;
    block = d[vn_spec_pkg::D_POST_PARAM_LSB +: 32];
    case (op)
      vn_spec_pkg::OP_LOAD: engine[vn_spec_pkg::ENGINE_LOAD] = 1'b1;
      vn_spec_pkg::OP_STORE: engine[vn_spec_pkg::ENGINE_STORE] = 1'b1;
      vn_spec_pkg::OP_MM: begin
        engine[vn_spec_pkg::ENGINE_ARRAY] = 1'b1;
        reader = 3'b001;
        beats = 32'(d[vn_spec_pkg::D_MM_KTILES_LSB +: 16]) * TILE_BEATS;
      end
      vn_spec_pkg::OP_POST: begin
        engine[vn_spec_pkg::ENGINE_POST] = 1'b1;
        reader = 3'b010;
        beats = ((border ? vn_spec_pkg::BORDER_CASES : 32'd1) + 32'(!raw)) * WORD_BEATS;
      end
      vn_spec_pkg::OP_DW: begin
        engine[vn_spec_pkg::ENGINE_DW] = 1'b1;
        reader = 3'b100;
        beats = 2 * WORD_BEATS + 32'(taps(n[2:0])) * BYTE_BEATS;
      end
      default: begin
        engine[vn_spec_pkg::ENGINE_DW] = 1'b1;
        reader = 3'b100;
        beats = 2 * WORD_BEATS;  // and the weights, below
      end
    endcase
    if (!acts) reader = 3'd0;
  end

  logic [TAG_W-1:0] tag;
  logic [4:0] to_engine;
  logic [2:0] to_reader;
  logic staged;
  logic [15:0] rows_left;  // bits of MAP_H still to be multiplied
  logic [31:0] row_beats;

  // Both at once: an entry in the queue whose request is not made would never get its parameters.
  // Decided a cycle ahead: only this module fills the queues, so one that has room keeps it.
  logic go;
  always_ff @(posedge clk)
    go <= staged && !go && rows_left == 16'd0 && (to_engine & push_ready) != 5'd0 &&
        (to_reader & ~rq_ready) == 3'd0;
  assign push_valid = go ? to_engine : 5'd0;
  assign rq_valid = go ? to_reader : 3'd0;
  assign rq_tag = push_entry[512 + 32 +: TAG_W];
  assign in_ready = !staged;
  wire accept = in_valid && !staged;

  always_ff @(posedge clk)
    if (rst) begin
      staged <= 1'b0;
      tag <= '0;
    end else if (accept) begin
      staged <= 1'b1;
      tag <= tag + 1'b1;
    end else if (go) staged <= 1'b0;

  always_ff @(posedge clk)
    if (accept) begin
      to_engine <= engine;
      to_reader <= reader;
      push_entry <= {index, acts, tag, image, d};
      rq_addr <= weights + (64'(block) << 6);
      rq_beats <= beats;
      rows_left <= wsum ? d[vn_spec_pkg::D_WSUM_MAP_H_LSB +: 16] : 16'd0;
      row_beats <= 32'(d[vn_spec_pkg::D_WSUM_MAP_W_LSB +: 16]) * BYTE_BEATS;
    end else if (rows_left != 16'd0) begin
      if (rows_left[0]) rq_beats <= rq_beats + row_beats;
      rows_left <= rows_left >> 1;
      row_beats <= row_beats << 1;
    end

  (* ram_style = "distributed" *) logic [95:0] known [2**TAG_W];
  logic [TAG_W-1:0] looked_up;
  always_ff @(posedge clk) begin
    if (accept) known[tag] <= {index, executed, images};
    looked_up <= lookup;
    {found_index, found_executed, found_images} <= known[looked_up];
  end

  if (vn_spec_pkg::D_MM_WEIGHTS_LSB != vn_spec_pkg::D_POST_PARAM_LSB ||
      vn_spec_pkg::D_DW_PARAM_LSB != vn_spec_pkg::D_POST_PARAM_LSB ||
      vn_spec_pkg::D_WSUM_PARAM_LSB != vn_spec_pkg::D_POST_PARAM_LSB) begin : g_block
    $error("weights and parameter blocks must be named by the same word");
  end

`ifdef VN_ASSERT
  always_ff @(posedge clk)
    if (!rst) begin
      assert (!staged || ((to_engine & (to_engine - 5'd1)) == 5'd0 && to_engine != 5'd0))
        else $fatal(1, "not one engine");
      assert (!staged || (to_reader & (to_reader - 3'd1)) == 3'd0) else $fatal(1, "two readers");
      assert ((push_valid & ~push_ready) == 5'd0 && (rq_valid & ~rq_ready) == 3'd0)
        else $fatal(1, "half of an entry and its request");
    end
`endif
endmodule
