#!/bin/sh
# 回音的安装、升级、回退，不用网络。用法：sh install.sh --help
set -eu
here=$(cd "$(dirname "$0")" && pwd -P)
found=""
for python in ${HUIYIN_PYTHON:-python3.13 python3.12 python3.11 python3}; do
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || continue
    case "$version" in
        3.11 | 3.12 | 3.13)
            PYTHONPATH="$here/lib" exec "$python" -B -m bundle.installer --archive "$here" "$@"
            ;;
    esac
    found="$found $python（$version）"
done
echo "错误：需要 CPython 3.11、3.12 或 3.13，本机实际是：${found:- 没有找到 Python}。" >&2
echo "请装一个（docs/install.md 的“Python”一节），或写明在哪里：HUIYIN_PYTHON=/路径/python3.11 sh install.sh" >&2
exit 1
