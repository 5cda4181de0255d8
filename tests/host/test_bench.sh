#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# vanillin bench: the table, the JSON, and what it refuses.  Figures are not judged here.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/lib.sh
make_data
make_net || exit 1
ONNX=model/zoo/fashion.onnx
quick=(--seconds 1 --batch 2 --target 8x8 --images 4 --threads 1)
row='  %s +measured +%s +[0-9.]+ +[0-9.]+( +[0-9.]+){8} *'
# row DEVICE FEED: a row of the table
row() { printf -- "$row" "$1" "$2"; }

if "$VANILLIN" bench "$ONNX" "${quick[@]}" --devices cpu:f32 >"$T/out" 2>"$T/err"; then
	check "bench of a network" 0 "$VANILLIN" bench "$ONNX" "${quick[@]}" --devices cpu:f32,cpu:int8,ref:,hls: --text --json "$T/bench.json"
	says "cpu: in float" out "$(row cpu:f32 latency)"
	says "cpu: in int8" out "$(row cpu:int8 'queue 2')"
	says "hls:" out "$(row hls: 'queue 2')"
	says "a prediction says so" out "  card 8x8 +predicted +latency .*"
	says "int8 of a CPU is called approximate" out "  cpu:int8 .*, approximate; .*"
	says "float: every class is right" out "  cpu:f32 .*; [1-9][0-9]* answers, 0 of another class than the float reference"
	says "hls: every byte is right" out "  hls: .*; [1-9][0-9]* answers, 0 differ from ref:"
	judge "bench's JSON" "$T/bench.json" <<'PY'
import json, sys
r = json.load(open(sys.argv[1]))
n = r["networks"][0]
print(r["machine"]["cpu"], r["machine"]["isa"], r["machine"]["library"], r["command"])
assert r["machine"]["isa"] != "unknown" and r["machine"]["library"].startswith("oneDNN")
assert r["command"][:3] == ["vanillin", "bench", "model/zoo/fashion.onnx"] and "--text" in r["command"]
assert len(n["crc32"]) == len(n["program_crc32"]) == 8
devices = {d["device"]: d for d in n["devices"]}
assert list(devices) == ["cpu:f32", "cpu:int8", "ref:", "hls:", "card 8x8"]
for name, d in devices.items():
    assert d["figures"] == ("predicted" if name == "card 8x8" else "measured")
    assert d["approximate"] == (name == "cpu:int8")
    assert [(c["mode"], c["batch"]) for c in d["cells"]] == [("latency", 1), ("queue", 2)]
    for c in d["cells"]:
        ms = [c["ms"][k] for k in ("min", "median", "p90", "p95", "p99", "max")]
        assert ms == sorted(ms) and ms[0] > 0 and c["images_per_s"] > 0 and c["jobs"] * c["batch"] == c["images"]
        assert abs(c["images"] / c["seconds"] / c["images_per_s"] - 1) < 1e-9
        if d["figures"] == "measured":
            # a job's own time is counted, and under load most of the second goes elsewhere
            rounds = len(c["images_per_s_by_round"])  # fewer where one job takes longer than two rounds
            assert rounds == 5 if name.startswith("cpu:") else 1 <= rounds <= 5, (name, c)
            assert c["seconds"] >= 0.05 and d["answers"] >= c["images"], (name, d["answers"], c)
assert all(c["ratio"] == 1 for c in devices["cpu:f32"]["cells"])
PY
	check "bench of networks by name" 0 "$VANILLIN" bench vanillanet-5@64 fashion#3 "${quick[@]}" --devices cpu:f32,ref: --text --json "$T/names.json"
	says "a network by name" out "vanillanet-5@64: .*"
	judge "no checksum of what is no file" "$T/names.json" <<'PY'
import json, sys
nets = json.load(open(sys.argv[1]))["networks"]
assert [n["network"] for n in nets] == ["vanillanet-5@64", "fashion#3"]
assert all("crc32" not in n and len(n["program_crc32"]) == 8 for n in nets)
PY
	refuse "--also of a network by name" "--also: vanillanet-5@64 is no file that other libraries could read" \
		"$VANILLIN" bench vanillanet-5@64 "${quick[@]}" --devices cpu:f32 --also ort
	check "bench on pictures" 0 "$VANILLIN" bench "$ONNX" "${quick[@]}" --data "$T/data" --devices cpu:int8
	# What the loader finds first is no library, and one without its functions.
	mkdir "$T/broken" "$T/empty"
	echo nothing >"$T/broken/libdnnl.so.2"
	refuse "no oneDNN" "cpu: oneDNN is not installed: " env LD_LIBRARY_PATH="$T/broken" "$VANILLIN" bench "$ONNX" "${quick[@]}" --devices cpu:f32
	says "no oneDNN: hint" err "hint: apt-get install libdnnl2"
	check "without oneDNN the rest works" 0 env LD_LIBRARY_PATH="$T/broken" "$VANILLIN" bench "$ONNX" "${quick[@]}" --devices ref:
	echo 'int nothing;' | gcc -shared -xc -o "$T/empty/libdnnl.so.2" -
	refuse "another oneDNN" "has no function dnnl_version: it is of another version of oneDNN" \
		env LD_LIBRARY_PATH="$T/empty" "$VANILLIN" bench "$ONNX" "${quick[@]}" --devices cpu:f32
	refuse "cpu: of a program" "net.vnx: a program; cpu: runs the float network" "$VANILLIN" bench "$T/net.vnx" "${quick[@]}" --devices ref:,cpu:f32
	check "--also without Python" 0 env PYTHON=/nonexistent "$VANILLIN" bench "$ONNX" "${quick[@]}" --devices cpu:f32 --also ort
	says "--also without Python: note" err "vanillin: note: ort:f32: /nonexistent cannot be started: No such file or directory"
	says "--also without Python: row" out "  ort:f32 +left out: not installed"
	if "${PYTHON:-/usr/bin/python3}" -c 'import torch, onnx' 2>/dev/null; then
		check "--also torch" 0 env PYTHON="${PYTHON:-/usr/bin/python3}" "$VANILLIN" bench tests/golden/n3_deploy.onnx "${quick[@]}" --devices cpu:f32 --also torch
		says "--also torch: row" out "$(row torch:f32 'queue 2')"
		says "--also torch: classes" out "  torch:f32 +PyTorch [0-9a-z.]+; [1-9][0-9]* answers, 0 of another class than the float reference"
	else
		skip_part "--also torch" "PyTorch or onnx is not installed"
	fi
	mkdir -p "$T/no/onnxruntime" && echo 'raise ImportError("hidden")' >"$T/no/onnxruntime/__init__.py"
	check "--also of what is not installed" 0 env PYTHONPATH="$T/no" "$VANILLIN" bench "$ONNX" "${quick[@]}" --devices cpu:f32 --also ort
	says "--also of what is not installed: note" err "vanillin: note: ort:f32: not installed: .*"
else
	skip_part "cpu:" "$(head -1 "$T/err")"
fi

cp "$T/net.vnx" "$T/a<b>&.vnx"
check "bench's page" 0 "$VANILLIN" bench "$T/a<b>&.vnx" "${quick[@]}" --devices ref:,hls: --html "$T/bench.html"
judge "bench's page: whole, escaped, without scripts and links" "$T/bench.html" <<'PY'
import html.parser, sys
page = open(sys.argv[1], encoding="utf-8").read()
class Reader(html.parser.HTMLParser):
    open, seen, bars, headings = [], set(), [], []
    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        assert not {"src", "href", "onclick"} & {k for k, _ in attrs}
        if tag not in ("meta", "rect"):
            self.open.append(tag)
    def handle_startendtag(self, tag, attrs):
        self.seen.add(tag)
        if tag == "rect" and dict(attrs).get("width", "").endswith("%"):
            self.bars.append(dict(attrs)["class"])
    def handle_endtag(self, tag):
        assert self.open.pop() == tag, tag
    def handle_data(self, data):
        if self.open and self.open[-1] == "h2":
            self.headings.append(data)
r = Reader()
r.feed(page)
r.close()
print(r.bars, r.headings)
assert not r.open and not r.seen & {"script", "link", "img", "iframe", "b>&.vnx"}
assert "".join(r.headings).endswith("/a<b>&.vnx") and "url(http" not in page and "@import" not in page
assert r.bars == ["measured", "measured", "predicted"] * 2
PY

check "bench of a program" 0 "$VANILLIN" bench "$T/net.vnx" "${quick[@]}" --devices ref:
says "bench of a program: table" out "$(row ref: 'queue 2')"
refuse "unknown device" "" "$VANILLIN" bench "$ONNX" "${quick[@]}" --devices nothing:
refuse "unknown type" "unknown device cpu:f16" "$VANILLIN" bench "$ONNX" "${quick[@]}" --devices cpu:f16
refuse "no device" "--devices: none is named" "$VANILLIN" bench "$ONNX" "${quick[@]}" --devices ,
refuse "unknown library" "--also: unknown library tvm" "$VANILLIN" bench "$ONNX" "${quick[@]}" --devices ref: --also tvm
refuse "no such network" "nothing.onnx" "$VANILLIN" bench "$T/nothing.onnx" "${quick[@]}" --devices ref:
refuse "impossible target" "--target: '8by8' is not RxC" "$VANILLIN" bench "$ONNX" "${quick[@]}" --devices ref: --target 8by8
refuse "no pictures" "nothing" "$VANILLIN" bench "$ONNX" "${quick[@]}" --devices ref: --data "$T/nothing"
check "no batch" 2 "$VANILLIN" bench "$ONNX" --batch 0
check "--device" 2 "$VANILLIN" bench "$ONNX" --device ref:
check "no network" 2 "$VANILLIN" bench
# No minute is measured for a report that cannot be written.
for report in --json --html; do
	refuse "$report on a folder" "$T" "$VANILLIN" bench "$T/net.vnx" --seconds 30 --devices ref: $report "$T"
	refuse "$report on a full device" "/dev/full" "$VANILLIN" bench "$T/net.vnx" --seconds 30 --devices ref: $report /dev/full
	refuse "$report in no folder" "absent" "$VANILLIN" bench "$T/net.vnx" --seconds 30 --devices ref: $report "$T/absent/x"
	echo before >"$T/report"
	# shellcheck disable=SC2016
	refuse "$report on a full disk" "report: cannot be written" \
		bash -c '(trap "" XFSZ; ulimit -f 0; exec "$@" 2>&1 >/dev/null) | cat >&2; exit "${PIPESTATUS[0]}"' - \
		"$VANILLIN" bench "$T/net.vnx" "${quick[@]}" --devices ref: $report "$T/report"
	says "$report on a full disk: the earlier one stays" report before
done
check "nothing is left over" 1 compgen -G "/tmp/vanillin-bench-*"
check "no temporary file is left" 1 compgen -G "$T/*.tmp"
finish
