#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# packages.sh PACKAGE... - install those of the Debian packages that are missing; list them first.
set -u
missing=()
for p in "$@"; do
	dpkg-query -W -f '${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || missing+=("$p")
done
[ ${#missing[@]} -eq 0 ] && exit 0

echo "Missing Debian packages: ${missing[*]}"
if [ "$(id -u)" -eq 0 ]; then
	as_root=()
elif command -v sudo >/dev/null; then
	as_root=(sudo)
else
	echo "They need root to install, and neither root nor sudo is here." >&2
	echo "hint: ask an administrator for: apt-get install --no-install-recommends ${missing[*]}" >&2
	exit 1
fi
install() {
	"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"
}
install >/dev/null 2>&1 && exit 0
# A fresh system has no package lists yet.
"${as_root[@]}" apt-get update -q >/dev/null && install || {
	echo "hint: the packages above could not be installed; see apt's message" >&2
	exit 1
}
