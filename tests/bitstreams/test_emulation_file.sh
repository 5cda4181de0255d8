#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The .xclbin files for hw_emu: what is in them by an independent reading, the same bytes twice, the manifest under many writers.
set -u
B=${B:-build}; PYTHON=${PYTHON:-/usr/bin/python3}
plugin=$B/sim/libvn_rtl_8x8.so
. tests/lib.sh
work=$T
[ -f "$plugin" ] || skip "$plugin is not built: make sim-8x8"
fail() { failed "$*"; }
reading() { PYTHONPATH=tests/bitstreams $PYTHON tests/bitstreams/emulation_file.py "$@"; }
# What is in the device process does not matter here.
printf '#!/bin/sh\nexit 3\n' >"$work/vn_device"
make_file() { # card units folder
	MKXCLBIN=$B/mkxclbin VN_DEVICE=$work/vn_device bitstreams/emulation.sh "$1" "$plugin" "$2" "$3"
}

# Every card with all units of its recipe, and one with a part of them.
mapfile -t all < <(for f in bitstreams/*.cfg; do sed -n "s/^nk=vn_cu:\([0-9]*\).*/$(basename "$f" .cfg) \1/p" "$f"; done)
[ ${#all[@]} = "$(grep -c '^VN_CARD(' spec/cards.def)" ] || fail "${#all[@]} recipes"
for one in "u50 1" "${all[@]}"; do
	read -r card units <<<"$one"
	make_file "$card" "$units" "$work/a" >/dev/null && ok || fail "$one"
	reading "$work/a/vn_cu-$card-8x8-x$units.hw_emu.xclbin" "$card" 8x8 "$units" && ok || fail "$one: content"
done
"$B"/mkxclbin kernel | reading kernel && ok || fail "kernel.xml"
[ "$(find "$work/a" -mindepth 1 ! -name '*.xclbin' ! -name manifest.json)" = "" ] && ok || fail "something is left in the folder"

# The reading is shown to fail: a bit in each section, in the platform and in the UUID.
f=$work/a/vn_cu-u50-8x8-x1.hw_emu.xclbin
for at in 360 420 $(od -A n -t u8 -j 456 -N 240 -w40 "$f" | awk '{ print $4 }'); do
	cp "$f" "$work/a/keep"
	printf '\377' | dd of="$f" bs=1 seek=$((at + 2)) conv=notrunc status=none
	reading "$f" u50 8x8 1 2>/dev/null && fail "a byte changed at $at was not noticed" || ok
	mv "$work/a/keep" "$f"
done

# Again elsewhere, later, by default as many units as the recipe has: the same bytes, and the same manifest.
sleep 2
for one in "${all[@]% *}"; do make_file "$one" 0 "$work/b" >/dev/null; done
make_file u50 1 "$work/b" >/dev/null
diff -r "$work/a" "$work/b" >/dev/null && ok || fail "made twice, two different files"
# Another input, another UUID.
echo >>"$work/vn_device"
make_file u50 1 "$work/b" >/dev/null
cmp -s "$work/a/vn_cu-u50-8x8-x1.hw_emu.xclbin" "$work/b/vn_cu-u50-8x8-x1.hw_emu.xclbin" && fail "another device process made the same file" || ok
[ "$(grep -h uuid "$work"/[ab]/manifest.json | sort -u | wc -l)" = $((${#all[@]} + 2)) ] && ok || fail "UUIDs"

# Many at once: no entry is lost, no half of a file seen.
mkdir "$work/c"
for i in $(seq 24); do cp "$f" "$work/c/f$i.xclbin"; done
for i in $(seq 24); do "$B"/mkxclbin add --size 8x8 --made-from rtl --out "$work/c/f$i.xclbin" >/dev/null & done
wait
n=$($PYTHON -c 'import json, sys; print(len({e["file"] for e in json.load(open(sys.argv[1]))["files"]}))' "$work/c/manifest.json")
[ "$n" = 24 ] && ok || fail "24 writers at once, $n entries"
for i in 1 2 3 4; do "$B"/mkxclbin add --size 8x8 --made-from hls --out "$work/c/f7.xclbin" >/dev/null & done
wait
[ "$(grep -c '"f7.xclbin"' "$work/c/manifest.json")" = 1 ] && ok || fail "an entry twice"
[ "$(ls -A "$work/c" | wc -l)" = 25 ] && ok || fail "left over: $(ls -A "$work/c")"

# The same file by many with different content: what is there in the end belongs to its entry.
for i in 1 2 3 4 5 6; do
	mkdir "$work/d$i" && printf "#!/bin/sh\nexit $i\n" >"$work/d$i/vn_device"
	MKXCLBIN=$B/mkxclbin VN_DEVICE=$work/d$i/vn_device bitstreams/emulation.sh u50 "$plugin" 1 "$work/e" >/dev/null &
done
wait
reading "$work/e/vn_cu-u50-8x8-x1.hw_emu.xclbin" u50 8x8 1 && ok || fail "six makers of one file"
[ "$(ls -A "$work/e" | wc -l)" = 2 ] && ok || fail "left over: $(ls -A "$work/e")"

# A manifest that is not one is not overwritten.
echo '{"format": 9}' >"$work/c/manifest.json"
"$B"/mkxclbin add --size 8x8 --made-from rtl --out "$work/c/f1.xclbin" 2>"$work/err" && fail "a foreign manifest was overwritten" || ok
grep -q 'manifest.json: not a manifest of format 1' "$work/err" && ok || fail "$(cat "$work/err")"
grep -q '"format": 9' "$work/c/manifest.json" && ok || fail "a foreign manifest was changed"

# A recipe, a plug-in and a folder that are not there.
make_file u51 1 "$work/d" 2>"$work/err" >/dev/null && fail "card u51" || ok
grep -q 'no card u51' "$work/err" && ok || fail "$(cat "$work/err")"
"$B"/mkxclbin card --card u50 --recipe bitstreams/u50.cfg --plugin "$work/vn_device" 2>"$work/err" && fail "a plug-in that is none" || ok
grep -q 'not a simulated compute unit' "$work/err" && ok || fail "$(cat "$work/err")"
make_file u50 1 /proc/nowhere 2>/dev/null >/dev/null && fail "a folder that cannot be" || ok
finish
