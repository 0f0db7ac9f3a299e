#!/bin/sh
# The layers, enforced on the objects and the includes.
cd "$(dirname "$0")/.." && exec perl t/layers.pl "${BUILD_DIR:-build}"
