#!/bin/sh
# 同步到对象存储 Copies the published folder to an object store or a CDN's origin, in the order in which readers may trust it:
# what never changes, then what is replaced, and the checkpoint last.
#
# 用法 Use: mirror.sh /srv/hallmark/public store:hallmark
# The target is anything that rclone knows. Run it after each publication or every minute; it may be killed at any moment.
set -eu
source=$1 target=$2
# The checkpoint as it is now: a publication meanwhile must not name tiles that were copied too early.
checkpoint=$(mktemp)
trap 'rm -f "$checkpoint"' EXIT
cp "$source/checkpoint" "$checkpoint"

for folder in tile roots; do
    rclone copy "$source/$folder" "$target/$folder" --ignore-existing --exclude ".part-*"
done
rclone copy "$source/lists" "$target/lists" --exclude "/*.json" --exclude ".part-*"
for folder in events hints bitstring status lists; do
    [ ! -d "$source/$folder" ] || rclone copy "$source/$folder" "$target/$folder" --exclude ".part-*"
done
rclone copyto "$checkpoint" "$target/checkpoint"
