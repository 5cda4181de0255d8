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

  wire [AW-1:0] d_step = d[vn_spec_pkg::D_STORE_ACT_STEP_LSB +: AW];
  wire [AW-1:0] d_act = d[vn_spec_pkg::D_STORE_ACT_LSB +: AW];

  // What is said of the word at hand and of its chunk lies in registers.
  logic [31:0] words_less_1;
  logic [AW-1:0] act_step;
  logic single;  // chunks of one word
  always_ff @(posedge clk)
    if (!active) begin
      words_less_1 <= d_words - 32'd1;
      single <= d_words == 32'd1;
      act_step <= d_step;
    end

  vn_chunks #(.R(R)) requests (
      .clk, .rst, .idle(!active), .start, .d, .image, .tag,
      .base(to_output ? outputs : scratch), .req_valid, .req_ready, .req_addr, .req_beats, .req_tag
  );

  logic [15:0] to_answer;  // chunks without a response
  wire answered = w_done && to_answer == 16'd1;
  always_ff @(posedge clk)
    if (rst) begin
      active <= 1'b0;
      done <= 1'b0;
    end else begin
      active <= start || (active && !answered);
      done <= answered;
    end
  always_ff @(posedge clk)
    if (!active) to_answer <= d_chunks;
    else if (w_done) to_answer <= to_answer - 16'd1;

  // Read words as long as the FIFO has room for them and for those on their way.
  logic reading, fifo_ready, word_valid, word_ready;  // reading: words are left to read
  logic [15:0] chunks;
  logic [31:0] left;  // words of the chunk after this one
  logic [AW-1:0] following;  // first word of the next chunk
  logic chunk_last, final_chunk;
  logic [$clog2(DEPTH):0] room;  // places of the FIFO that no read on offer or on its way needs
  logic popped, offer;
  wire read = r_valid && r_ready;
  wire reads_on = reading && !(read && chunk_last && final_chunk);
  assign offer = (!r_valid || r_ready) && reads_on && room != '0;
  always_ff @(posedge clk)
    if (rst) begin
      reading <= 1'b0;
      r_valid <= 1'b0;
      popped <= 1'b0;
      room <= ($clog2(DEPTH) + 1)'(DEPTH);
    end else begin
      reading <= start || reads_on;
      r_valid <= offer || (r_valid && !r_ready);
      popped <= word_valid && word_ready;
      if (offer != popped) room <= popped ? room + 1'b1 : room - 1'b1;
    end
  always_ff @(posedge clk)
    if (!active) begin
      left <= d_words - 32'd1;
      chunk_last <= d_words == 32'd1;
      chunks <= d_chunks;
      final_chunk <= d_chunks == 16'd1;
      following <= d_act + d_step;
      r_addr <= d_act;
    end else if (read) begin
      left <= chunk_last ? words_less_1 : left - 32'd1;
      chunk_last <= chunk_last ? single : left == 32'd1;
      r_addr <= chunk_last ? following : r_addr + 1'b1;
      if (chunk_last) begin
        following <= following + act_step;
        chunks <= chunks - 16'd1;
        final_chunk <= chunks == 16'd2;
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
  logic [31:0] to_pack;  // words of the chunk after this one
  logic [$clog2(PER_BEAT+1)-1:0] part;
  logic beat_last, pack_last;
  wire pack = word_valid && word_ready;
  assign word_ready = !w_valid || w_ready;
  always_ff @(posedge clk)
    if (rst) w_valid <= 1'b0;
    else if (word_ready) w_valid <= word_valid && beat_last;
  logic [PER_BEAT-1:0] filled;  // parts that the beat has; the others are zeros
  for (genvar i = 0; i < PER_BEAT; i++) begin : g_part
    logic [8*R-1:0] data;
    always_ff @(posedge clk)
      if (pack) begin
        if (32'(part) == i) data <= word;
        filled[i] <= 32'(part) == i || (part != '0 && filled[i]);
      end
    assign w_data[8*R*i +: 8*R] = filled[i] ? data : '0;
  end
  always_ff @(posedge clk)
    if (!active) begin
      to_pack <= d_words - 32'd1;
      pack_last <= d_words == 32'd1;
      beat_last <= PER_BEAT == 1 || d_words == 32'd1;
      part <= '0;
    end else if (pack) begin
      part <= beat_last ? '0 : part + 1'b1;
      to_pack <= pack_last ? words_less_1 : to_pack - 32'd1;
      pack_last <= pack_last ? single : to_pack == 32'd1;
      beat_last <= PER_BEAT == 1 || (pack_last ? single :
                   to_pack == 32'd1 || 32'(part) + 2 == PER_BEAT);
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
      assert (!reading || ((left == 32'd0) == chunk_last && chunks != 16'd0))
        else $fatal(1, "a read beyond the chunk");
      assert (!(start && (reading || word_valid || w_valid)))
        else $fatal(1, "a start before the last beat is taken");
    end
  vn_stays #(.W(AW)) r_stays (.clk, .rst, .valid(r_valid), .ready(r_ready), .data(r_addr));
  vn_stays #(.W(512)) w_stays (.clk, .rst, .valid(w_valid), .ready(w_ready), .data(w_data));
`endif
endmodule
