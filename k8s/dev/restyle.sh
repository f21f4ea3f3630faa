#!/bin/sh
# restyle: rebuilds the style of a developer's pod from /live/style and the class names in /live/app. As in a build, its
# name is the hash of its content. The next page that is loaded uses it.
set -eu
cd /live
# A worker has no pages.
[ -e bin/hash.txt ] || exit 0
css=/tmp/restyled.css
tailwindcss --input style/main.css --output "$css" --minify
hash=$(sha256sum "$css" | cut -c 1-22)
cp "$css" "site/pkg/gittix.$hash.css"
# Replaces the file in one step, as a page may be rendered meanwhile.
sed "s/^css: .*/css: $hash/" bin/hash.txt >bin/hash.txt.new
mv bin/hash.txt.new bin/hash.txt
