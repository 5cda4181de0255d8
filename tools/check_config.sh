#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# check_config.sh size RxC "NAME=VALUE..." [FOLDER] - is there such a compute unit?  By spec/cu.def, less what rtl/ cannot be.
#   FOLDER: of plug-ins, which have no parameter but their size
# check_config.sh card CARD CUS - is there such a card, with so many compute units in its recipe?
# Exit 2 and a sentence if not: before anything is built, of which tools would only complain later and in their own words.
set -u
root=$(dirname "$0")/..

fail() { # sentence hint
	printf 'error: %s\nhint: %s\n' "$1" "$2" >&2
	exit 2
}
# NAME LEAST MOST of each word that can be chosen
words() {
	sed -n 's/^VN_CONFIG(\([A-Z_]*\), *[0-9]*, *[0-9]*, *\([0-9]*\), *\([0-9]*\),.*/\1 \2 \3/p' "$root/spec/cu.def"
}
range() { words | awk -v name="$1" '$1 == name { print $2, $3 }'; }
is_power() { (($1 > 0 && ($1 & ($1 - 1)) == 0)); }
# within NUMBER LEAST MOST: a plain decimal number
within() { [[ $1 =~ ^(0|[1-9][0-9]{0,8})$ ]] && (($1 >= $2 && $1 <= $3)); }

check_size() {
	local size=$1 rows=${1%x*} cols=${1#*x} r c
	local hint="as in SIZE=8x8, 16x16, 32x32 or 32x64"
	read -r -a r <<<"$(range ROWS)"
	read -r -a c <<<"$(range COLS)"
	local rule="rows are a power of two from ${r[0]} to ${r[1]}, columns one from ${c[0]} to ${c[1]} and not below the rows"
	[[ $size =~ ^[0-9]+x[0-9]+$ ]] || fail "SIZE=$size: not ROWSxCOLUMNS; $rule" "$hint"
	within "$rows" "${r[@]}" && within "$cols" "${c[@]}" && is_power "$rows" && is_power "$cols" && ((cols >= rows)) ||
		fail "SIZE=$size: no compute unit has such an array: $rule" "$hint"
}

# Of what a word must be a multiple
multiple() {
	case $1 in MID_SLOTS) echo 8 ;; PSUM_ENTRIES) echo 2 ;; *) echo 1 ;; esac
}

# The default of a word
usual() { sed -n "s/^VN_CONFIG($1, *[0-9]*, *\([0-9]*\),.*/\1/p" "$root/spec/cu.def"; }
least() { echo $(($1 < $2 ? $1 : $2)); }

# LANES and DW_CH: powers of two, DW_CH <= LANES <= rows <= 4 * LANES
check_lanes() { # SIZE PARAMS
	local rows=${1%x*} lanes dw p
	lanes=$(least "$(usual LANES)" "$rows")
	for p in $2; do [ "${p%%=*}" != LANES ] || lanes=${p#*=}; done
	dw=$(least "$(usual DW_CH)" "$lanes")
	for p in $2; do [ "${p%%=*}" != DW_CH ] || dw=${p#*=}; done
	is_power "$lanes" && is_power "$dw" && ((dw <= lanes && lanes <= rows && rows <= 4 * lanes)) ||
		fail "RTL_PARAMS: LANES=$lanes DW_CH=$dw with $rows rows: they are powers of two, DW_CH <= LANES <= rows <= 4 * LANES" \
			"docs/contract.md, Configuration record, says what they mean"
}

check_params() {
	local p name value bounds names
	names=$(words | awk '$1 !~ /^(VERSION|ROWS|COLS)$/ { print $1 }' | xargs)
	for p in $1; do
		name=${p%%=*} value=${p#*=}
		[[ $p == *=* && " $names " == *" $name "* ]] ||
			fail "RTL_PARAMS: $p: the compute unit has no such parameter; there are: $names" "as in RTL_PARAMS=\"ACT_WORDS=2048 MAX_KTILES=3\"; SIZE has rows and columns"
		read -r -a bounds <<<"$(range "$name")"
		within "$value" "${bounds[@]}" && ((value % $(multiple "$name") == 0)) ||
			fail "RTL_PARAMS: $p: $name is a number from ${bounds[0]} to ${bounds[1]}$(m=$(multiple "$name"); [ "$m" = 1 ] || echo ", a multiple of $m")" \
				"docs/contract.md, Configuration record, says what it means"
	done
}

check_card() {
	local card=$1 cus=$2 cards recipe most
	cards=$(awk -F '[^A-Za-z0-9_]' '$1 == "VN_CARD" { print $2 }' "$root/spec/cards.def" | xargs)
	[ -n "$card" ] || fail "CARD is empty; the cards are: $cards" "as in CARD=${cards%% *}"
	[[ " $cards " == *" $card "* ]] || fail "CARD=$card: there is no card $card; there are: $cards" "docs/extending.md says how to add one"
	recipe=$root/bitstreams/$card.cfg
	[ -f "$recipe" ] || fail "no link recipe for $card: $recipe" "docs/extending.md says what it holds"
	most=$(sed -n 's/^nk=vn_cu:\([0-9]*\).*/\1/p' "$recipe")
	within "$cus" 0 "${most:-0}" || fail "CUS=$cus: the recipe of $card has $most compute units: CUS is a number from 1 to $most, or 0 for all" "bitstreams/$card.cfg says why so many"
}

case "${1:-} $#" in
"size 3" | "size 4")
	check_size "$2"
	check_params "$3"
	check_lanes "$2" "$3"
	# Names tell sizes only: such a plug-in would never be built, or would stay for everybody.
	[ -z "${3// /}" ] || [ -z "${4:-}" ] || fail "RTL_PARAMS: $4 is for compute units that differ in size only" "choose another folder as well, as in SIM=$4-small"
	;;
"card 3") check_card "$2" "$3" ;;
*) fail "usage: check_config.sh size SIZE PARAMS [FOLDER] | card CARD CUS" "mk/bitstreams.mk calls it" ;;
esac
