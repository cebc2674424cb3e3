#!/bin/sh
# The whole way of an office, on a clean Debian without a network: installed, set up, filled, backed
# up, upgraded, restored. Run by test_clean_debian.py; /root holds the archives, keys and lists.
set -eu
huiyin=/opt/huiyin/bin/huiyin
step() { echo "== $1"; }

step "no network"
if python3 -c 'import socket; socket.create_connection(("192.0.2.1", 80), 3)' 2>/dev/null; then
    echo "there is a network"
    exit 1
fi

step "install"
sh /root/first/install.sh --public-key /root/public.pem
id huiyin
grep -c 设置码 /var/log/huiyin/huiyin.log

step "set up"
$huiyin init --place 宁都县 --superior 赣州市 --admin gao --admin-name 高某

step "fill"
install -m 644 /root/letters.csv /var/lib/huiyin/letters.csv
$huiyin init --export /var/lib/huiyin/letters.csv --channel 县长信箱
$huiyin audit

step "back up"
$huiyin backup
/opt/huiyin/bin/huiyin-health

step "upgrade"
sh /root/second/install.sh upgrade
$huiyin audit

step "what came after the upgrade"
install -m 644 /root/later.csv /var/lib/huiyin/later.csv
$huiyin init --export /var/lib/huiyin/later.csv --channel 县长信箱
$huiyin export ledger --from 2020-01-01 --to 2030-12-31 --format jsonl --out /var/lib/huiyin/before.jsonl
$huiyin backup

step "the disk is lost, the backup is not"
systemctl stop huiyin.service
mv /var/lib/huiyin/data /var/lib/huiyin/lost
$huiyin restore "$(ls -t /var/backups/huiyin/huiyin-*.tar.gz | head -n 1)"
$huiyin audit
$huiyin export ledger --from 2020-01-01 --to 2030-12-31 --format jsonl --out /var/lib/huiyin/after.jsonl
cmp /var/lib/huiyin/before.jsonl /var/lib/huiyin/after.jsonl

step "one person is erased"
install -m 644 /root/old.csv /var/lib/huiyin/old.csv
$huiyin init --export /var/lib/huiyin/old.csv --channel 县长信箱 --archive
found=$($huiyin person find --phone 13700001234 --reason 申请表第1号 --json)
case_id=$(printf %s "$found" | python3 -c 'import json, sys; print(json.load(sys.stdin)[0]["case_id"])')
$huiyin person erase "$case_id" --yes
$huiyin audit
if grep -rqa 13700001234 /var/lib/huiyin/data; then
    echo "the number is still there:"
    grep -rla 13700001234 /var/lib/huiyin/data
    exit 1
fi

step "roll back"
sh /opt/huiyin/current/install.sh rollback
$huiyin audit
/opt/huiyin/bin/huiyin-health
systemctl stop huiyin.service

step "who owns what"
find /var/lib/huiyin /var/backups/huiyin ! -user huiyin | grep -v letters.csv | grep -v later.csv | grep -v old.csv || true
ls -ld /var/lib/huiyin/data
step "done"
