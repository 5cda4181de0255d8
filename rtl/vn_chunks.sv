// SPDX-License-Identifier: Apache-2.0
//
// vn_chunks: the requests of a LOAD or STORE, one a chunk, for vn_axi_read or vn_axi_write.  Both
// opcodes name their chunks by the same fields (spec/desc.def).
//
// Asks as fast as the requests are taken.
// Latency: that of vn_address, plus one cycle, from start to the first request.
module vn_chunks #(
    parameter int unsigned R = 32
) (
    input  logic clk,
    input  logic rst,
    input  logic idle,  // until the cycle of start; the engine's, while it has requests and after
    input  logic start,  // with d, image, tag and base
    input  logic [511:0] d,
    input  logic [31:0] image,
    input  logic [vn_cu_pkg::TAG_W-1:0] tag,
    input  logic [63:0] base,  // of the descriptor's space
    output logic req_valid,
    input  logic req_ready,
    output logic [63:0] req_addr,
    output logic [31:0] req_beats,
    output logic [vn_cu_pkg::TAG_W-1:0] req_tag
);
  localparam int unsigned PER_BEAT = 64 / R;  // words of a beat

  logic address_done;
  logic [63:0] address;
  vn_address chunk0 (
      .clk, .rst, .start, .base, .offset(d[vn_spec_pkg::D_LOAD_OFFSET_LSB +: 32]),
      .record(d[vn_spec_pkg::D_LOAD_RECORD_LSB +: 32]), .image, .done(address_done), .address
  );

  logic [15:0] to_ask;
  logic [31:0] mem_step;
  always_ff @(posedge clk)
    if (rst) req_valid <= 1'b0;
    else if (address_done) req_valid <= 1'b1;
    else if (req_ready && to_ask == 16'd1) req_valid <= 1'b0;

  always_ff @(posedge clk)
    if (idle) begin
      to_ask <= d[vn_spec_pkg::D_LOAD_CHUNKS_LSB +: 16];
      req_tag <= tag;
      req_beats <= (d[vn_spec_pkg::D_LOAD_WORDS_LSB +: 32] + (PER_BEAT - 1)) / PER_BEAT;
      mem_step <= d[vn_spec_pkg::D_LOAD_MEM_STEP_LSB +: 32];
    end else if (req_valid && req_ready) to_ask <= to_ask - 16'd1;
  always_ff @(posedge clk)
    if (address_done) req_addr <= address;
    else if (req_valid && req_ready) req_addr <= req_addr + (64'(mem_step) << 6);

  if (vn_spec_pkg::D_LOAD_OFFSET_LSB != vn_spec_pkg::D_STORE_OFFSET_LSB ||
      vn_spec_pkg::D_LOAD_RECORD_LSB != vn_spec_pkg::D_STORE_RECORD_LSB ||
      vn_spec_pkg::D_LOAD_WORDS_LSB != vn_spec_pkg::D_STORE_WORDS_LSB ||
      vn_spec_pkg::D_LOAD_CHUNKS_LSB != vn_spec_pkg::D_STORE_CHUNKS_LSB ||
      vn_spec_pkg::D_LOAD_MEM_STEP_LSB != vn_spec_pkg::D_STORE_MEM_STEP_LSB) begin : g_fields
    $error("LOAD and STORE must name their chunks by the same fields");
  end

`ifdef VN_ASSERT
  always_ff @(posedge clk)
    if (!rst) begin
      assert (!(start && req_valid)) else $fatal(1, "a start before the last request is taken");
      assert (!req_valid || (to_ask != 16'd0 && req_beats != 32'd0))
        else $fatal(1, "a request beyond the last chunk, or of no beats");
    end
  vn_stays #(.W(96 + vn_cu_pkg::TAG_W)) req_stays (
      .clk, .rst, .valid(req_valid), .ready(req_ready), .data({req_addr, req_beats, req_tag})
  );
`endif
endmodule
