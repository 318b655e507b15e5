# Sourced by the scripts beside it, with the project's folder as the working
# directory: where things are, how to speak, how to become root.

set -eu

root=$(pwd)
local_dir=$root/.local
venv=$local_dir/venv
r_library=$local_dir/R
python=$venv/bin/python

if [ ! -f "$root/DESCRIPTION" ]; then
  echo "Run this from the project's folder (or use make)." >&2
  exit 1
fi

say() { printf '\n==> %s\n' "$*"; }
note() { printf '    %s\n' "$*"; }
die() { printf '\n*** %s\n' "$*" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# The project's R library and Python come first; the machine's own R packages
# stay visible behind them.
use_project() {
  R_LIBS=$r_library${R_LIBS:+:$R_LIBS}
  RETICULATE_PYTHON=$python
  # What the frameworks would otherwise write into the home folder, the folder
  # for temporary files or the log.
  KERAS_HOME=$local_dir/keras
  TORCHINDUCTOR_CACHE_DIR=$local_dir/torchinductor
  TF_CPP_MIN_LOG_LEVEL=${TF_CPP_MIN_LOG_LEVEL:-3}
  PYTHONUNBUFFERED=1
  export R_LIBS RETICULATE_PYTHON KERAS_HOME TORCHINDUCTOR_CACHE_DIR TF_CPP_MIN_LOG_LEVEL PYTHONUNBUFFERED
  # The session's own choice of backend must not decide what is tested or shown.
  unset KERASVAR_BACKEND KERAS_BACKEND PYTHONPATH PYTHONHOME VIRTUAL_ENV
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif have sudo; then
    sudo "$@"
  else
    die "This needs root or sudo: $*"
  fi
}

# apt_update: once a run.
apt_update() {
  [ -z "${apt_updated-}" ] || return 0
  say "Reading Debian's package lists"
  as_root apt-get update
  apt_updated=yes
}

# apt_install PACKAGE...: Debian packages, those that are there already are free.
apt_install() {
  have apt-get || die "Please install these (there is no apt-get here to do it): $*"
  apt_update
  say "Installing from Debian: $*"
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install --yes --no-install-recommends "$@"
}

install_package() {
  say "Installing kerasvar into .local/R"
  R CMD INSTALL --no-multiarch --library="$r_library" "$root"
}
