# The project's own Python environment. Sourced by tools/setup.

# Python >= 3.10 with what a venv needs, and a shared libpython, which R loads.
python_is_suitable() {
  "$1" - 2>/dev/null <<'PYTHON'
import ensurepip, os, sys, sysconfig, venv
assert sys.version_info >= (3, 10)
names = [sysconfig.get_config_var(n) for n in ("INSTSONAME", "LDLIBRARY")]
folder = sysconfig.get_config_var("LIBDIR") or ""
folders = [folder, os.path.join(folder, sysconfig.get_config_var("MULTIARCH") or "")]
framework = sysconfig.get_config_var("PYTHONFRAMEWORK")
files = [os.path.join(f, n) for f in folders for n in names if n and not n.endswith(".a")]
assert framework or any(map(os.path.exists, files))
PYTHON
}

find_python() {
  for candidate in ${PYTHON-} python3 python3.13 python3.12 python3.11 python3.10 /usr/bin/python3; do
    if have "$candidate" && python_is_suitable "$candidate"; then
      command -v "$candidate"
      return
    fi
  done
}

ensure_venv() {
  if [ -x "$python" ] && "$python" -c 'import pip' 2>/dev/null; then
    note "Python: $("$python" --version) in .local/venv"
    return
  fi
  base=$(find_python)
  if [ -z "$base" ]; then
    apt_install python3 python3-venv
    apt_install "libpython$(/usr/bin/python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')"
    base=$(find_python)
  fi
  [ -n "$base" ] || die "Python >= 3.10 with the venv module and a shared libpython is needed."
  say "Making a Python environment in .local/venv from $base"
  rm -rf "$venv"
  "$base" -m venv "$venv"
}

# ensure_python_packages [EXTRA]: the hard requirements of pyproject.toml, and
# those of the extra.
ensure_python_packages() {
  if "$python" tools/requirements.py --satisfied "$@"; then
    note "Python packages: all there"
    return
  fi
  wanted=$local_dir/requirements.txt
  "$python" tools/requirements.py "$@" >"$wanted"
  say "Python packages to install: $(paste -sd ' ' "$wanted")"
  # No cache: it would be written outside this folder.
  "$python" -m pip install --no-cache-dir --disable-pip-version-check \
    --requirement "$wanted"
}
