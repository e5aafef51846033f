#!/bin/sh
# Installs Madoguchi from this folder, without a network. Repeats without harm; data, keys and contract are never overwritten.
#   ./install.sh                 on this server (as root)
#   ./install.sh --root DIR      everything under DIR, runs from there; no user is made (for a trial)
#   ./install.sh --upgrade DIR   makes this version the current one of a home that lives: backs it up into DIR, migrates, goes back by itself
#   ./install.sh --uninstall     takes programme and units away; home, keys and contract stay
set -eu
umask 022
root="" uninstall="" medium=""
while [ $# -gt 0 ]; do
  case $1 in
    --root) [ $# -ge 2 ] || { echo "install.sh: --root needs a folder" >&2; exit 2; }
            mkdir -p "$2"; root=$(cd "$2" && pwd -P); [ "$root" != / ] || root=""; shift 2 ;;
    --upgrade) [ $# -ge 2 ] || { echo "install.sh: --upgrade needs the folder of backups" >&2; exit 2; }
               medium=$2; shift 2 ;;
    --uninstall) uninstall=yes; shift ;;
    *) echo "usage: install.sh [--root DIR] [--upgrade DIR] [--uninstall]" >&2; exit 2 ;;
  esac
done
say() { echo "madoguchi: $*"; }
fail() { echo "madoguchi: $*" >&2; exit 1; }
here=$(cd "$(dirname "$0")" && pwd -P)
opt=$root/opt/madoguchi etc=$root/etc/madoguchi home=$root/var/lib/madoguchi keys=$root/var/lib/madoguchi-keys
units=$root/etc/systemd/system command=$root/usr/local/bin/madoguchi
placed() { sed -n "s/^$1=//p" "$etc/madoguchi.env" 2>/dev/null | tail -n 1; }
# a home that was restored at another place is the one that lives
home=$(placed MADOGUCHI_HOME | grep . || echo "$home") keys=$(placed MADOGUCHI_KEYS | grep . || echo "$keys")
[ -n "$root" ] || [ "$(id -u)" = 0 ] || fail "run it as root, or try it with --root DIR"
lives() { [ -z "$root" ] && [ -d /run/systemd/system ]; }

if [ -n "$uninstall" ]; then
  for unit in "$units"/madoguchi-*.service "$units"/madoguchi-*.timer; do
    [ -e "$unit" ] || continue
    if lives; then systemctl disable --now "${unit##*/}" >/dev/null 2>&1 || :; fi
    rm -f "$unit"
  done
  if lives; then systemctl daemon-reload; fi
  rm -rf "$opt"; rm -f "$command"
  say "programme and units are removed."
  say "left as they were: $home, $keys, $etc, and the user madoguchi. Keys that are removed open nothing again."
  exit 0
fi

[ -f "$here/BUNDLE" ] || fail "this is not an unpacked bundle: BUNDLE is missing"
(cd "$here" && sha256sum --quiet --strict -c SHA256SUMS) >&2 || fail "a file is not as it was packed: fetch the bundle again; nothing was changed"
told() { sed -n "s/^$1=//p" "$here/BUNDLE"; }
version=$(told version) tag=$(told python) build=$(sha256sum < "$here/SHA256SUMS" | cut -d' ' -f1)
python=""
for one in "python3.${tag#cp3}" python3 python; do
  if command -v "$one" >/dev/null 2>&1 && [ "$("$one" -c 'import sys; print("cp%d%d" % sys.version_info[:2])')" = "$tag" ]; then python=$one; break; fi
done
[ -n "$python" ] || fail "this bundle is for Python 3.${tag#cp3}, which is not here: install it, or take the bundle of the Python that is"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || fail "Python 3.11 or newer is needed"
"$python" -c 'import ensurepip, venv' 2>/dev/null || fail "this Python cannot make a virtual environment: install its venv package (Debian: python3-venv)"

if [ -z "$root" ] && ! id madoguchi >/dev/null 2>&1; then
  useradd --system --user-group --home-dir /var/lib/madoguchi --no-create-home --shell /usr/sbin/nologin madoguchi
  say "user madoguchi made"
fi
own() { if [ -z "$root" ]; then chown "$1" "$2"; fi; }
for folder in "$home" "$keys"; do
  if [ ! -d "$folder" ]; then mkdir -p "$folder"; chmod 0700 "$folder"; own madoguchi:madoguchi "$folder"; say "$folder made"; fi
done
mkdir -p "$opt" "$etc" "$units" "${command%/*}"
if [ ! -e "$etc/contract" ]; then
  cp -R "$here/contract" "$etc/contract.new"
  chmod 0750 "$etc/contract.new"; own root:madoguchi "$etc/contract.new"
  for one in "$etc/contract.new"/*; do chmod 0640 "$one"; own root:madoguchi "$one"; done
  mv "$etc/contract.new" "$etc/contract"
  say "$etc/contract is an example: write your contract into it"
fi

venv=$opt/$version
if [ "$(cat "$venv/.whole" 2>/dev/null)" = "$build" ]; then
  say "$venv is this build already"
else
  rm -rf "$venv"
  "$python" -m venv "$venv"
  env PIP_CONFIG_FILE=/dev/null PIP_CONSTRAINT= PIP_FIND_LINKS= PIP_NO_INDEX=1 PIP_DISABLE_PIP_VERSION_CHECK=1 \
    "$venv/bin/python" -m pip install --quiet --no-index --no-deps --no-cache-dir --no-compile "$here"/wheels/*.whl
  # by every core; a file of another Python's in some wheel is left as it is
  "$venv/bin/python" -m compileall -qq -j 0 "$venv/lib" >/dev/null 2>&1 || :
  "$venv/bin/python" -m application.warehouse.manifest
  mkdir "$venv/systemd"
  for unit in "$here"/systemd/*; do
    sed "s#/\(opt\|etc\|var/lib\)/madoguchi#$root&#g" "$unit" > "$venv/systemd/${unit##*/}"
  done
  cp -R "$here/docs" "$venv/docs"; cp "$here/LICENCES.tsv" "$here/CHANGELOG.md" "$venv/"
  echo "$build" > "$venv/.whole"
  say "$venv installed"
fi

backups=MADOGUCHI_BACKUPS=/mnt/madoguchi-backup
place() { # where contract, home, keys and backups lie, for the version that is current or is about to be
  if [ ! -e "$etc/madoguchi.env" ]; then
    printf '%s\n' "MADOGUCHI_CONFIG=$etc/contract" "MADOGUCHI_HOME=$home" "MADOGUCHI_KEYS=$keys" "$backups" > "$etc/madoguchi.env"
  elif ! grep -q 'MADOGUCHI_BACKUPS=' "$etc/madoguchi.env"; then
    # of an installation that knew of no drill (one that was struck out stays so); a last line may lack its end
    if [ -n "$(tail -c 1 "$etc/madoguchi.env")" ]; then echo >> "$etc/madoguchi.env"; fi
    echo "$backups" >> "$etc/madoguchi.env"
    say "$etc/madoguchi.env: $backups added. Where backups lie elsewhere, say so there"
  fi
}

before=$(readlink "$opt/current" || :)
if [ -e "$opt/upgrade.json" ] || { [ -n "$before" ] && [ "$before" != "$version" ] && [ -e "$home/operations.db" ]; }; then
  # a home lives there: it goes to another version with its database, or not at all
  if [ -n "$medium" ]; then place; exec "$venv/bin/madoguchi" service upgrade --to "$medium"; fi
  say "version $version lies beside $before, which stays current. Next: ./install.sh --upgrade <folder of backups>"
  exit 0
fi
place
ln -sfn "$version" "$opt/current"

{ cat <<WRAPPER
#!/bin/sh
# The installed madoguchi, on the home of /etc/madoguchi/madoguchi.env; root hands itself over to the account that owns the home.
set -a; . "$etc/madoguchi.env"; set +a
WRAPPER
[ -n "$root" ] || echo '[ "$(id -u)" != 0 ] || { cd /; exec setpriv --reuid=madoguchi --regid=madoguchi --init-groups /opt/madoguchi/current/bin/madoguchi "$@"; }'
echo "exec \"$opt/current/bin/madoguchi\" \"\$@\""
} > "$command.new"
chmod 0755 "$command.new"; mv "$command.new" "$command"

for unit in "$venv"/systemd/*; do
  cp "$unit" "$units/${unit##*/}.new"
  chmod 0644 "$units/${unit##*/}.new"; mv "$units/${unit##*/}.new" "$units/${unit##*/}"
done
if lives; then systemctl daemon-reload; fi
say "version $version is current. Next: docs/install.md, from the contract on."
