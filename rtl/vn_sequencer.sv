// SPDX-License-Identifier: Apache-2.0
//
// vn_sequencer: one start from its arguments to its verdict.  Checks the arguments, walks the list
// once per pass, checks every descriptor and its tokens in list order and hands it to the
// dispatcher; at the end, or at the first fault, waits until everything under way is done.  Twin of
// vn_cu and run_passes in hls/vn_top.c.
//
// Since the tokens are checked in list order, engines that work in order cannot deadlock: the
// oldest descriptor that is not done always finds its tokens.  A bus error found late is blamed on
// the descriptor it belongs to, the first in list order.
// Latency: a descriptor takes about as long as vn_check, plus 18 cycles; engines work meanwhile.
// What only depends on the arguments, on the descriptor or on the pass is worked out in registers
// long before it is needed: a step waits for vn_check or vn_order in between.
module vn_sequencer #(
    parameter int unsigned R = 32,
    parameter int unsigned C = 64,
    parameter int unsigned ACT_WORDS = 65536,
    parameter int unsigned MID_SLOTS = 16384,
    parameter int unsigned PSUM_ENTRIES = 2048,
    parameter int unsigned MAX_N = 4,
    parameter int unsigned MAX_KTILES = 1024,
    parameter logic [31:0] HASH = '0
) (
    input  logic clk,
    input  logic rst,
    // arguments (spec/cu.def)
    input  logic start,
    input  logic start_busy,
    input  logic [63:0] program_base,
    input  logic [31:0] first,
    input  logic [31:0] count,
    input  logic [31:0] images,
    input  logic [63:0] weights,
    input  logic [63:0] inputs,
    input  logic [63:0] outputs,
    input  logic [63:0] scratch,
    input  logic [63:0] status,
    // descriptor reader
    output logic req_valid,
    input  logic req_ready,
    output logic [63:0] req_addr,
    output logic [31:0] req_beats,
    input  logic q_valid,
    output logic q_ready,
    input  logic [511:0] q_data,
    input  logic q_bad,
    input  logic reader_idle,
    // dispatcher
    output logic dispatch_valid,
    input  logic dispatch_ready,
    output logic [511:0] d,
    output logic acts,
    output logic [31:0] image,
    output logic [31:0] index,
    output logic [31:0] executed,
    output logic [31:0] images_done,
    // tokens
    output logic tokens_load,
    output logic [5*vn_spec_pkg::TOKEN_ROW-1:0] tokens_initial,
    // bus errors: 0 weights and parameters, 1 LOAD, 2 STORE
    input  logic [2:0] bus_err,
    output logic [1:0] blame,  // whose tag is looked up; found two cycles later
    input  logic [31:0] found_index,
    input  logic [31:0] found_executed,
    input  logic [31:0] found_images,
    // end
    input  logic engines_idle,
    output logic running,
    output logic finished,  // one pulse; the verdict stays until the next start
    output logic [7:0] code,
    output logic [31:0] fault_desc,
    output logic [31:0] fault_field,
    output logic [31:0] total_images,
    output logic [31:0] total_executed
);
  typedef enum logic [3:0] {
    REST, ARGUMENTS, NEXT, LOAD, CHECK, CHECKED, TAKE, DISPATCH, GIVE, HOME, DRAIN, BLAME, LOOKUP,
    COMPARE, JUDGE, FINISH
  } step_t;
  (* fsm_encoding = "auto" *) step_t step;  // one flip-flop a step: yosys does it only when told

  logic fetch_valid, fetch_ready, fetch_bad, fetch_start, fetch_stop, fetch_quiet;
  logic [511:0] fetched;
  vn_fetch fetch (
      .clk, .rst, .start(fetch_start), .stop(fetch_stop), .program_base, .first, .count,
      .d_valid(fetch_valid), .d_ready(fetch_ready), .d(fetched), .d_bad(fetch_bad),
      .quiet(fetch_quiet),
      .req_valid, .req_ready, .req_addr, .req_beats, .q_valid, .q_ready, .q_data, .q_bad,
      .reader_idle
  );

  logic check_start, check_done, is_begin;
  logic [7:0] check_code, group;
  logic [4:0] check_field;
  vn_check #(
      .R(R), .C(C), .ACT_WORDS(ACT_WORDS), .MID_SLOTS(MID_SLOTS), .PSUM_ENTRIES(PSUM_ENTRIES),
      .MAX_N(MAX_N), .MAX_KTILES(MAX_KTILES)
  ) check (
      .clk, .rst, .start(check_start), .first(is_begin), .d, .group, .hash(HASH),
      .done(check_done), .code(check_code), .field(check_field)
  );

  localparam logic [1:0] ORDER_BEGIN = 2'd0, ORDER_TAKE = 2'd1;  // ops of vn_order
  localparam logic [1:0] ORDER_GIVE = 2'd2, ORDER_HOME = 2'd3;
  logic order_start, order_done, order_ok;
  logic [1:0] order_op;
  logic [2:0] engine;
  vn_order order (
      .clk, .rst, .start(order_start), .op(order_op), .d, .engine, .done(order_done), .ok(order_ok)
  );

  // Arguments, in the order of the registers; a cycle after they are there.
  logic [7:0] wrong, bad_argument;
  logic alone;  // nothing but BEGIN
  logic [31:0] after_begin, last_index;
  always_ff @(posedge clk) begin
    wrong <= {
      status[5:0] != 6'd0, scratch[5:0] != 6'd0, outputs[5:0] != 6'd0, inputs[5:0] != 6'd0,
      weights[5:0] != 6'd0, images == 32'd0, count == 32'd0, program_base[5:0] != 6'd0
    };
    alone <= count == 32'd1;
    after_begin <= count - 32'd1;
    last_index <= first + after_begin;
  end
  always_comb
    if (wrong[0]) bad_argument = 8'(vn_spec_pkg::REG_PROGRAM);
    else if (wrong[1]) bad_argument = 8'(vn_spec_pkg::REG_COUNT);
    else if (wrong[2]) bad_argument = 8'(vn_spec_pkg::REG_IMAGES);
    else if (wrong[3]) bad_argument = 8'(vn_spec_pkg::REG_WEIGHTS);
    else if (wrong[4]) bad_argument = 8'(vn_spec_pkg::REG_INPUT);
    else if (wrong[5]) bad_argument = 8'(vn_spec_pkg::REG_OUTPUT);
    else if (wrong[6]) bad_argument = 8'(vn_spec_pkg::REG_SCRATCH);
    else bad_argument = 8'(vn_spec_pkg::REG_STATUS);

  // The descriptor under way.
  wire [7:0] op = d[vn_spec_pkg::D_ALL_OP_LSB +: 8];
  wire moves = op == vn_spec_pkg::OP_LOAD || op == vn_spec_pkg::OP_STORE;
  wire skipped = d[vn_spec_pkg::D_ALL_FLAGS_LSB + vn_spec_pkg::FLAG_TAP] &&
                 !d[vn_spec_pkg::D_ALL_FLAGS_LSB + vn_spec_pkg::FLAG_TAP_ON];
  logic [32:0] pass_first;  // image 0 of the pass
  logic [32:0] of_batch;
  logic in_batch;
  assign image = of_batch[31:0];
  always_ff @(posedge clk) begin
    of_batch <= pass_first + 33'(d[vn_spec_pkg::D_ALL_IMAGE_LSB +: 8]);
    in_batch <= of_batch < {1'b0, images};
    acts <= !skipped && (!moves || in_batch);
    case (op)
      vn_spec_pkg::OP_LOAD: engine <= 3'(vn_spec_pkg::ENGINE_LOAD);
      vn_spec_pkg::OP_MM: engine <= 3'(vn_spec_pkg::ENGINE_ARRAY);
      vn_spec_pkg::OP_POST: engine <= 3'(vn_spec_pkg::ENGINE_POST);
      vn_spec_pkg::OP_STORE: engine <= 3'(vn_spec_pkg::ENGINE_STORE);
      default: engine <= 3'(vn_spec_pkg::ENGINE_DW);
    endcase
  end

  for (genvar a = 0; a < 5; a++) begin : g_initial
    assign tokens_initial[vn_spec_pkg::TOKEN_ROW*a +: vn_spec_pkg::TOKEN_ROW] =
        d[32*(vn_spec_pkg::D_BEGIN_TOKENS_LOAD_LSB/32 + a) +: vn_spec_pkg::TOKEN_ROW];
  end

  // The pass under way.
  logic last, pass_last;  // of the list; of the batch
  logic [32:0] pass_next;
  logic [31:0] after_pass;  // images done then
  always_ff @(posedge clk) begin
    last <= index == last_index;
    pass_next <= pass_first + 33'(group);
    pass_last <= pass_next >= {1'b0, images};
    after_pass <= pass_last ? images : pass_next[31:0];
  end

  // What a step asks, a cycle later: engines_idle; is the descriptor right?; shall no other follow?
  logic busy_seen, engines_rest, right, halt;  // busy_seen: a start while running
  assign fetch_ready = step == LOAD;
  assign running = step != REST;
  logic [2:0] to_blame;
  logic blamed, earlier;
  assign blame = to_blame[0] ? 2'd0 : to_blame[1] ? 2'd1 : 2'd2;

  always_ff @(posedge clk) if (step == LOAD) d <= fetched;

  always_ff @(posedge clk) begin
    check_start <= 1'b0;
    order_start <= 1'b0;
    fetch_start <= 1'b0;
    fetch_stop <= 1'b0;
    finished <= 1'b0;
    tokens_load <= 1'b0;
    engines_rest <= engines_idle;
    right <= check_code == vn_spec_pkg::ERR_NONE;
    halt <= bus_err != 3'd0 || busy_seen;
    earlier <= !blamed || found_executed < total_executed;
    if (start_busy) busy_seen <= 1'b1;
    case (step)
      REST: begin
        busy_seen <= 1'b0;
        if (start) step <= ARGUMENTS;
      end
      ARGUMENTS: begin
        code <= vn_spec_pkg::ERR_NONE;
        fault_desc <= 32'd0;
        fault_field <= 32'd0;
        executed <= 32'd0;
        images_done <= 32'd0;
        pass_first <= 33'd0;
        index <= first;
        is_begin <= 1'b1;
        blamed <= 1'b0;
        if (wrong != 8'd0) begin
          code <= vn_spec_pkg::ERR_ARGUMENT;
          fault_field <= 32'(bad_argument);
          step <= DRAIN;
        end else begin
          fetch_start <= 1'b1;
          step <= NEXT;
        end
      end
      NEXT:
      if (halt) begin
        if (busy_seen) code <= vn_spec_pkg::ERR_BUSY;
        fault_desc <= index;
        fault_field <= 32'(vn_spec_pkg::REG_CTRL);
        step <= DRAIN;
      end else if (fetch_valid) begin
        fault_desc <= index;
        if (fetch_bad) begin
          code <= vn_spec_pkg::ERR_BUS;
          fault_field <= 32'd0;
          step <= DRAIN;
        end else step <= LOAD;
      end
      LOAD: begin
        check_start <= 1'b1;
        step <= CHECK;
      end
      CHECK:
      if (check_done) begin
        code <= check_code;
        fault_field <= 32'(check_field);
        step <= CHECKED;
      end
      CHECKED:
      if (!right) step <= DRAIN;
      else begin
        order_start <= 1'b1;
        order_op <= is_begin ? ORDER_BEGIN : ORDER_TAKE;
        step <= TAKE;
        if (is_begin) begin
          group <= d[vn_spec_pkg::D_BEGIN_GROUP_LSB +: 8];
          tokens_load <= 1'b1;
        end
      end
      TAKE:
      if (order_done) begin
        if (is_begin) begin
          is_begin <= 1'b0;
          index <= first + 32'd1;
          step <= NEXT;
          if (alone) begin  // an empty list: every pass is done
            images_done <= images;
            fault_desc <= 32'd0;
            step <= DRAIN;
          end
        end else if (order_ok) begin
          dispatch_valid <= 1'b1;
          step <= DISPATCH;
        end else begin
          code <= vn_spec_pkg::ERR_TOKEN;
          fault_field <= 32'd1;
          step <= DRAIN;
        end
      end
      DISPATCH:
      if (dispatch_ready) begin
        dispatch_valid <= 1'b0;
        order_start <= 1'b1;
        order_op <= ORDER_GIVE;
        step <= GIVE;
      end
      GIVE:
      if (order_done) begin
        if (!order_ok) begin
          code <= vn_spec_pkg::ERR_TOKEN;
          fault_field <= 32'd2;
          step <= DRAIN;
        end else begin
          executed <= executed + 32'd1;
          index <= index + 32'd1;
          step <= NEXT;
          if (last) begin
            order_start <= 1'b1;
            order_op <= ORDER_HOME;
            step <= HOME;
          end
        end
      end
      HOME:
      if (order_done) begin
        if (!order_ok) begin
          code <= vn_spec_pkg::ERR_TOKEN;
          fault_field <= 32'd2;
          step <= DRAIN;
        end else begin
          index <= first + 32'd1;
          pass_first <= pass_next;
          images_done <= after_pass;
          step <= NEXT;
          if (pass_last) begin
            fault_desc <= 32'd0;
            step <= DRAIN;
          end
        end
      end
      DRAIN: begin
        fetch_stop <= 1'b1;
        total_images <= images_done;
        total_executed <= executed;
        to_blame <= bus_err;
        if (fetch_stop && engines_rest && fetch_quiet) step <= BLAME;
      end
      BLAME: step <= to_blame == 3'd0 ? FINISH : LOOKUP;
      LOOKUP: step <= COMPARE;
      COMPARE: step <= JUDGE;
      JUDGE: begin
        if (earlier) begin
          code <= vn_spec_pkg::ERR_BUS;
          fault_desc <= found_index;
          fault_field <= 32'd3;  // the word that names the block in memory, of every opcode
          total_images <= found_images;
          total_executed <= found_executed;
        end
        blamed <= 1'b1;
        to_blame <= to_blame & (to_blame - 3'd1);
        step <= BLAME;
      end
      default: begin
        finished <= 1'b1;
        step <= REST;
      end
    endcase
    if (rst) begin
      step <= REST;
      dispatch_valid <= 1'b0;
      busy_seen <= 1'b0;
    end
  end

`ifdef VN_ASSERT
  always_ff @(posedge clk)
    if (!rst) begin
      assert (!start || step == REST) else $fatal(1, "a start before the end");
      assert (!check_done || step == CHECK) else $fatal(1, "a verdict that nobody waits for");
      assert (!order_done || step == TAKE || step == GIVE || step == HOME)
        else $fatal(1, "an answer that nobody waits for");
      assert (dispatch_valid == (step == DISPATCH)) else $fatal(1, "a descriptor out of its step");
    end
  vn_stays #(.W(512 + 1 + 4 * 32)) dispatch_stays (
      .clk, .rst, .valid(dispatch_valid), .ready(dispatch_ready), .data({d, acts, image, index, executed, images_done})
  );
`endif
endmodule
