#!/usr/bin/env bash
# Draws the sample tickets again. The repository has the files; this is needed to add one.
#
#   inspect/samples/make.sh [FOLDER]
#
# Wants Debian's zint and texlive-latex-base, a chromium, and a network for the drawing libraries, which go to a folder
# outside of the repository. What one library writes differs from one of its versions to the next, and so may the rates.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
folder=${1:-$here}
tools=${SAMPLE_TOOLS:-/tmp/gittix-samples}

mkdir -p "$tools" "$folder"
[[ -x $tools/venv/bin/python ]] || python3 -m venv "$tools/venv"
"$tools/venv/bin/pip" install -q reportlab==5.1.0 fpdf2==2.8.9 weasyprint==70.0 pymupdf==2.0 pikepdf==10.18.0 pillow==13.0.0 numpy==2.4.6 \
  segno==1.6.6 aztec_code_generator==0.12 pdf417gen==0.8.1 ppf.datamatrix==0.2 python-barcode==0.16.1
npm install --silent --prefix "$tools" bwip-js@"${BWIP_VERSION:-4}"

"$tools/venv/bin/python" "$here/make.py" "$folder"
BWIP_FOLDER=$tools node "$here/make.mjs" "$folder"
