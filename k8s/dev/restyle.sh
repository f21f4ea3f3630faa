#!/bin/sh
# restyle: makes the style of a developer's pod anew from /live/style and the class names in /live/app, under the
# name that its content has, as the build does. Whoever loads a page then gets it.
set -eu
cd /live
# A worker, which has no pages
[ -e bin/hash.txt ] || exit 0
css=/tmp/restyled.css
tailwindcss --input style/main.css --output "$css" --minify
hash=$(sha256sum "$css" | cut -c 1-22)
cp "$css" "site/pkg/gittix.$hash.css"
# In one step: a page may be rendered meanwhile.
sed "s/^css: .*/css: $hash/" bin/hash.txt >bin/hash.txt.new
mv bin/hash.txt.new bin/hash.txt
