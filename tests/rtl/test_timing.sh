#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The timing estimate: it finds what is planted, a slower module fails its budget, and no module of rtl/ is above its own.
. tests/lib.sh
command -v yosys >/dev/null || skip "no yosys"
export VN_TIMING_CACHE=$T/cache
planted() { # TOOLS ARGUMENT...
	local tools=$1
	shift
	"$tools/rtl_timing.py" --source tests/rtl/timing/planted.sv --top vn_planted "$@"
}

check "planted faults are analysed" 0 planted tools --unit --json
cp "$T/out" "$T/planted.json"
judge "each is named" "$T/planted.json" <<'PY'
import json, sys
r = json.load(open(sys.argv[1]))[0]
worst = r["causes"][0]
assert "start_q" in worst["start"] and "long_q" in worst["end"], worst
assert worst["at"].startswith("planted.sv:"), worst
assert worst["levels"] >= 5, worst
assert any(n == 300 and "enable_q" in name and "CE" in pins for n, name, pins in r["fanout"]), r["fanout"]
assert sorted(r["clocks"]) == ["clk", "other_clk"], r["clocks"]
assert any(b["cell"].startswith("memory") and b["type"].startswith("RAMB") for b in r["unregistered_outputs"]), r
assert not r["unknown_cells"], r
print(f"{worst['ns']} ns, {worst['levels']} LUTs, {worst['at']}")
PY
for nets in optimistic pessimistic; do
	check "$nets nets" 0 planted tools --unit --json --nets $nets
	cp "$T/out" "$T/$nets.json"
done
judge "the net models are in order" "$T/optimistic.json" "$T/planted.json" "$T/pessimistic.json" <<'PY'
import json, sys
ns = [json.load(open(f))[0]["worst_ns"] for f in sys.argv[1:]]
assert ns[0] < ns[1] < ns[2], ns
print(ns)
PY

# By hand from delays.py, 32 bits: clock to Q, a net, LUT into the chain, eight blocks of CARRY4 (yosys 0.23), sum to its own register.
check "a counter is analysed" 0 tools/rtl_timing.py --source tests/rtl/timing/small.sv --top vn_counter --unit --json
cp "$T/out" "$T/counter.json"
judge "a counter takes one chain" "$T/counter.json" <<'PY'
import json, sys
r = json.load(open(sys.argv[1]))[0]
assert 0.6 < r["worst_ns"] < 1.2 and r["clocks"] == ["clk"] and r["flip_flops"] == 32, r
print(r["worst_ns"], "ns")
PY

# --- budgets: unchanged is not measured, slower fails ---
budgets=$T/budgets.txt
check "budgets are written" 0 planted tools --write-budgets --budgets "$budgets"
check "an unchanged module passes" 0 planted tools --check --budgets "$budgets"
says "and is not measured again" out 'timing: 0 modules measured, 0 too slow or unknown'
check "measured again it passes" 0 planted tools --check --all --budgets "$budgets"
says "one was measured" out 'timing: 1 modules measured, 0 too slow or unknown'
check "one level more fails" 1 planted tools --check --budgets "$budgets" --param LEVELS=11
says "by name, with its path" out 'FAIL vn_planted: .* start_q.* -> .*long_q.* \[planted\.sv:[0-9]+\]'
: >"$T/none.txt"
check "a module without a budget fails" 1 planted tools --check --budgets "$T/none.txt"

# --- a tool that knows no arc through LUTs must not find the path ---
mkdir "$T/tools" && cp -r tools/rtl_timing.py tools/timing "$T/tools"
sed -i 's/self.bits(cell, "O"), d.LUT, pin, "LUT")/[], d.LUT, pin, "LUT")/' "$T/tools/timing/graph.py"
check "mutant of the tool: runs" 0 planted "$T/tools" --unit --json
cp "$T/out" "$T/mutant.json"
judge "mutant of the tool: the path is lost" "$T/mutant.json" <<'PY'
import json, sys
worst = json.load(open(sys.argv[1]))[0]["causes"][0]
assert "long_q" not in worst["end"], worst
PY

# --- rtl/ ---
export VN_TIMING_CACHE=${B:-build}/timing
if [ -f tools/timing/budgets.txt ]; then
	check "every module of rtl/ is within its budget" 0 tools/rtl_timing.py --check $([ "${LONG:-0}" = 1 ] && echo --all)
	grep -E '^(ok|FAIL|timing)' "$T/out" | sed 's/^/     /'
	if [ "${LONG:-0}" = 1 ]; then
		check "the whole unit is analysed" 0 nice tools/rtl_timing.py --unit
		sed 's/^/     /' "$T/out"
	fi
else
	skip_part "budgets of rtl/" "tools/timing/budgets.txt is not there: tools/rtl_timing.py --write-budgets"
fi
finish
