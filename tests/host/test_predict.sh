#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# vanillin predict: against build/sweep and docs/sweep.md, which another program wrote; program, ONNX file and name alike; what cannot be.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/lib.sh
make_data
make_net || exit 1
N=$T/net.vnx

# told NAME ARGUMENT...: its JSON in $T/NAME
told() {
	local file=$1
	shift
	check "predict $*" 0 "$VANILLIN" predict "$@" --json
	is_json "predict $*: JSON"
	cp "$T/out" "$T/$file"
}

told v5 vanillanet-5
told v5-8 vanillanet_5 --batch 8
told v5-fast vanillanet-5 --clock 600 --units 3 --card u50
told fashion-64 fashion --batch 64
params="DW_CH=16 LANES=32 MAX_N=4 ACT_WORDS=98304"
check "build/sweep" 0 "${B:-build}/sweep" 32x64 vanillanet-5,fashion 1,8,64/8 "$params"
cp "$T/out" "$T/sweep"
judge "cycles of build/sweep, units of docs/sweep.md" "$T" <<'PY'
import json, re, sys
told = {n: json.load(open(f"{sys.argv[1]}/{n}")) for n in ("v5", "v5-8", "v5-fast", "fashion-64")}
page = open("docs/sweep.md", encoding="utf-8").read()
rows = {(r[1], int(r[2])): (int(r[4]), float(r[5])) for r in map(lambda s: s.split(","), open(f"{sys.argv[1]}/sweep"))}
(one, one_use), (eight, eight_use) = rows["vanillanet-5", 1], rows["vanillanet-5", 8]
v5, v58, fast = told["v5"], told["v5-8"], told["v5-fast"]
assert v5["cycles"] == v5["cycles_of_one_image"] == one and abs(100 * v5["utilisation"] - one_use) < 0.01
assert v58["cycles"] == eight and abs(100 * v58["utilisation"] - eight_use) < 0.01
assert told["fashion-64"]["cycles"] == rows["fashion", 64][0]
for t in told.values():
    assert sum(s["cycles"] for s in t["stages"]) == t["cycles"] and t["predicted"] and t["clock_assumed"]
    assert all(s["bound_by"] == max(s["demand"], key=s["demand"].get) for s in t["stages"])
assert [s["bound_by"] for s in v5["stages"][1:]] == ["array"] * 3 + ["weights"]
assert abs(v5["latency_ms"] - one / 300e3) < 1e-6
# Units an SLR, of the chosen unit.
want = {card: (sum(map(int, a.split("+"))), sum(map(int, b.split("+"))))
        for card, a, b in re.findall(r"^\| (\w+) \| chosen \| ([\d +]+) = \d+ \| ([\d +]+) = \d+ \|$", page, re.M)}
assert len(want) == 5
for card, pair in want.items():
    lines = [l for l in v5["cards"] if l["card"] == card]
    assert tuple(l["units"] for l in lines) == pair and all(sum(l["units_an_slr"]) == l["units"] for l in lines), card
for l in v5["cards"]:
    if not l["bound_by_memory"]:
        assert abs(l["images_per_s"] - l["units"] * v5["images_per_s"]) < 1e-6
(line,) = fast["cards"]
assert line["units"] == 3 and abs(line["images_per_s"] - 6 * v5["images_per_s"]) < 1e-6
assert abs(line["of_dsp_limit"] - line["images_per_s"] * sum(s["macs"] for s in v5["stages"]) / (5160 * 2 * 775e6)) < 1e-9
assert all(p["published"] for p in v5["peers"]) and len(v5["peers"]) > 5
print(f"VanillaNet-5: {one} and {eight // 8} cycles")
PY

# ---- a program, its ONNX file and info say the same ----
told program "$N"
told onnx model/zoo/fashion.onnx --target 8x8
told onnx-9 model/zoo/fashion.onnx --target 8x8 --batch 9
check "info" 0 "$VANILLIN" info "$N" --json
cp "$T/out" "$T/info"
judge "program, ONNX file and info alike" "$T" <<'PY'
import json, sys
program, onnx, nine, info = (json.load(open(f"{sys.argv[1]}/{n}")) for n in ("program", "onnx", "onnx-9", "info"))
assert program["config"]["ROWS"] == 8 and program["cards"] == []
for key in ("cycles", "stages", "images_per_s", "images_of_a_full_batch"):
    assert program[key] == onnx[key], key
assert info["predicted"]["cycles"] == program["cycles"]
# Eight in one start, the ninth in another.
assert nine["cycles"] == info["predicted"]["cycles_of_a_pass"] + program["cycles"]
PY
check "info in words" 0 "$VANILLIN" info "$N"
says "info: cycles" out 'predicted +[0-9]+ cycles for one image, [0-9.]+ % of the array useful; [0-9]+ an image in passes, .*'
check "predict in words" 0 "$VANILLIN" predict "$N" --units 2 --card u250 --clock 250
says "its head" out 'predict: .* on 8x8 .* batch=1: all predicted, at an assumed clock of 250 MHz'
says "a stage" out 'block1 +[0-9]+ +[0-9.]+ +[0-9.]+ +[0-9.]+  (array|weights|post|depthwise|maps)'
says "a card" out 'u250 +- +2 +[0-9.]+ .*'
says "peers are published" out 'Published of others, not measured here:'
check "a unit without figures" 0 "$VANILLIN" predict "$N"
says "a unit without figures: told" out 'What this compute unit takes of a card is not known .*'
check "a starved card" 0 "$VANILLIN" predict fashion --units 64 --card u200
says "a starved card: told" out '\* as much as its DDRs deliver'

# ---- what cannot be ----
refuse "a program for another array" 'net.vnx is compiled for 8x8' "$VANILLIN" predict "$N" --target 16x16
refuse "no file" 'nothing.vnx: cannot be read' "$VANILLIN" predict "$T/nothing.vnx"
refuse "no such variant" 'there is no such network' "$VANILLIN" predict vanillanet-3
refuse "no such size of array" 'no compute unit has a tile of 7 x 9' "$VANILLIN" predict fashion --target 7x9
refuse "taps" 'has n = 4, the compute unit at most 3' "$VANILLIN" predict vanillanet-13-det@64 --params MAX_N=3
head -c 3000 "$N" >"$T/cut.vnx"
refuse "a cut program" 'cut.vnx' "$VANILLIN" predict "$T/cut.vnx"
check "no such card" 2 "$VANILLIN" predict fashion --card u1
says "no such card: sentence" err "vanillin: --card: 'u1' is none of u50 u55c u200 u250 u280"
check "no clock" 2 "$VANILLIN" predict fashion --clock 0
check "no target" 2 "$VANILLIN" predict fashion --target 8
check "no network" 2 "$VANILLIN" predict
finish
