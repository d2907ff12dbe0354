#!/bin/sh
# Makes the committed files under compassionate/static from the sources here. See README.md.
set -eu
cd "$(dirname "$0")"
out=../../compassionate/static
[ -d node_modules ] || npm ci --no-audit --no-fund
mkdir -p "$out/css" "$out/js" "$out/fonts/ttf"
npx sass --no-source-map --style=compressed --quiet-deps scss/app.scss "$out/css/app.css"
sed '/^\/\/# sourceMappingURL=/d' node_modules/govuk-frontend/dist/govuk/govuk-frontend.min.js > "$out/js/components.min.js"
for style in Regular It Semibold Bold; do
  cp "node_modules/source-sans/WOFF2/TTF/SourceSans3-$style.ttf.woff2" "$out/fonts/SourceSans3-$style.woff2"
  cp "node_modules/source-sans/TTF/SourceSans3-$style.ttf" "$out/fonts/ttf/SourceSans3-$style.ttf"
done
cp node_modules/source-sans/LICENSE.md "$out/fonts/LICENSE.md"
