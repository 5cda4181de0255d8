// SPDX-License-Identifier: Apache-2.0
//
// vn_store: STORE engine, activation buffer to card memory.  Twin of vn_mem_store in hls/vn_mem.c.
//
// Reads a word of R bytes a cycle, packs beats (the last one of a chunk padded with zeros) and
// hands them to the writer; done when every response is there.  One descriptor at a time.
// Throughput: a word a cycle while the writer takes the beats.  Cost: a FIFO of 16 words.
module vn_store #(
    parameter int unsigned R = 32,
    parameter int unsigned ACT_WORDS = 65536
) (
    input  logic clk,
    input  logic rst,
    input  logic [63:0] outputs,  // bases of the two spaces
    input  logic [63:0] scratch,
    // engine
    input  logic d_valid,
    output logic d_ready,
    input  logic [511:0] d,
    input  logic [31:0] image,
    input  logic [vn_cu_pkg::TAG_W-1:0] tag,
    output logic done,
    output logic [2:0] state,
    // vn_act
    output logic r_valid,
    input  logic r_ready,
    output logic [$clog2(ACT_WORDS)-1:0] r_addr,
    input  logic r_dvalid,
    input  logic [8*R-1:0] r_data,
    // vn_axi_write
    output logic req_valid,
    input  logic req_ready,
    output logic [63:0] req_addr,
    output logic [31:0] req_beats,
    output logic [vn_cu_pkg::TAG_W-1:0] req_tag,
    output logic w_valid,
    input  logic w_ready,
    output logic [511:0] w_data,
    input  logic w_done  // all responses of one request
);
  localparam int unsigned AW = $clog2(ACT_WORDS);
  localparam int unsigned PER_BEAT = 64 / R;
  localparam int unsigned DEPTH = 16;  // words between the buffer and the packer

  logic active, start;
  assign d_ready = !active;
  assign start = d_valid && d_ready;
  wire [31:0] d_words = d[vn_spec_pkg::D_STORE_WORDS_LSB +: 32];
  wire [15:0] d_chunks = d[vn_spec_pkg::D_STORE_CHUNKS_LSB +: 16];

  wire to_output = d[vn_spec_pkg::D_STORE_SPACE_LSB +: 2] == vn_spec_pkg::SPACE_OUTPUT;

  logic [31:0] words;
  logic [AW-1:0] act_step;

  vn_chunks #(.R(R)) requests (
      .clk, .rst, .start, .d, .image, .tag, .base(to_output ? outputs : scratch), .req_valid,
      .req_ready, .req_addr, .req_beats, .req_tag
  );

  logic [15:0] to_answer;  // chunks without a response
  always_ff @(posedge clk) begin
    done <= 1'b0;
    if (rst) active <= 1'b0;
    else if (start) begin
      active <= 1'b1;
      to_answer <= d_chunks;
    end else if (w_done) begin
      to_answer <= to_answer - 16'd1;
      if (to_answer == 16'd1) begin
        active <= 1'b0;
        done <= 1'b1;
      end
    end
  end

  // Read words as long as the FIFO has room for them and for those on their way.
  logic reading, fifo_ready, word_valid, word_ready;
  logic [15:0] chunks;
  logic [31:0] left;
  logic [AW-1:0] first;
  logic [$clog2(DEPTH):0] booked;  // places of the FIFO: words in it and on their way
  assign r_valid = reading && 32'(booked) != DEPTH;
  wire read = r_valid && r_ready;
  always_ff @(posedge clk)
    if (rst) begin
      reading <= 1'b0;
      booked <= '0;
    end else begin
      if (read != (word_valid && word_ready)) booked <= read ? booked + 1'b1 : booked - 1'b1;
      if (start) begin
        reading <= 1'b1;
        words <= d_words;
        left <= d_words;
        chunks <= d_chunks;
        act_step <= d[vn_spec_pkg::D_STORE_ACT_STEP_LSB +: AW];
        first <= d[vn_spec_pkg::D_STORE_ACT_LSB +: AW];
        r_addr <= d[vn_spec_pkg::D_STORE_ACT_LSB +: AW];
      end else if (read) begin
        left <= left - 32'd1;
        r_addr <= r_addr + 1'b1;
        if (left == 32'd1) begin
          left <= words;
          first <= first + act_step;
          r_addr <= first + act_step;
          chunks <= chunks - 16'd1;
          reading <= chunks != 16'd1;
        end
      end
    end

  logic [8*R-1:0] word;
  vn_fifo #(.WIDTH(8 * R), .DEPTH(DEPTH)) buffered (
      .clk, .rst,
      .in_valid(r_dvalid), .in_ready(fifo_ready), .in_data(r_data),
      .out_valid(word_valid), .out_ready(word_ready), .out_data(word),
      .count()
  );

  // Pack.
  logic [31:0] to_pack;  // words of the chunk
  logic [$clog2(PER_BEAT+1)-1:0] part;
  wire beat_last = 32'(part) == PER_BEAT - 1 || to_pack == 32'd1;
  assign word_ready = !w_valid || w_ready;
  always_ff @(posedge clk)
    if (rst) w_valid <= 1'b0;
    else begin
      if (w_valid && w_ready) w_valid <= 1'b0;
      if (start) begin
        to_pack <= d_words;
        part <= '0;
      end else if (word_valid && word_ready) begin
        if (part == '0) w_data <= 512'(word);
        else w_data[8*R*32'(part) +: 8*R] <= word;
        part <= beat_last ? '0 : part + 1'b1;
        w_valid <= beat_last;
        to_pack <= to_pack == 32'd1 ? words : to_pack - 32'd1;
      end
    end

  always_comb
    if (!active) state = vn_cu_pkg::STATE_IDLE;
    else if (reading && r_valid && !r_ready) state = vn_cu_pkg::STATE_INPUT;
    else if (w_valid && !w_ready || !reading) state = vn_cu_pkg::STATE_BLOCKED;
    else state = vn_cu_pkg::STATE_BUSY;

`ifdef VN_ASSERT
  always_ff @(posedge clk)
    if (!rst) begin
      assert (!r_dvalid || fifo_ready) else $fatal(1, "no room for a word that was read");
      assert (!w_done || (active && to_answer != 16'd0))
        else $fatal(1, "a response that nobody asked for");
      assert (!reading || (left != 32'd0 && chunks != 16'd0))
        else $fatal(1, "a read beyond the chunk");
      assert (!(start && (reading || word_valid || w_valid)))
        else $fatal(1, "a start before the last beat is taken");
    end
  vn_stays #(.W(AW)) r_stays (.clk, .rst, .valid(r_valid), .ready(r_ready), .data(r_addr));
  vn_stays #(.W(512)) w_stays (.clk, .rst, .valid(w_valid), .ready(w_ready), .data(w_data));
`endif
endmodule
