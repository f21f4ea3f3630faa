#!/usr/bin/env bash
# make clean-data: deletes the demo data, unless it is in use.
# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

dir=$DATA_ROOT/run
if [[ -e $dir/lock ]] && ! flock -n "$dir/lock" true; then
  die "the demo data is in use; end make run or make dev first."
fi
rm -rf "$dir"
say "The demo data is gone; make run makes it anew."
