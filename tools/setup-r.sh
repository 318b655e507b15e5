# R and its packages: from CRAN where it can be reached, else from Debian.
# Sourced by tools/setup.

ensure_r() {
  if have R && Rscript -e 'quit(status = getRversion() < "4.2")' 2>/dev/null; then
    note "R: $(R --version | head -n 1)"
    return
  fi
  if have R; then
    die "R >= 4.2 is needed; found $(R --version | head -n 1)"
  fi
  apt_install r-base-core
}

# r_missing FIELDS DESCRIPTION: the packages listed there that are not installed
# in the version asked for, one a line.
r_missing() {
  Rscript --vanilla tools/r-packages.R missing "$1" "$2"
}

r_has() {
  Rscript --vanilla -e "quit(status = !requireNamespace('$1', quietly = TRUE))"
}

# ensure_r_packages FIELDS: what those fields of DESCRIPTION name.
ensure_r_packages() {
  missing=$(r_missing "$1" DESCRIPTION)
  if [ -z "$missing" ]; then
    note "R packages: all there"
    return
  fi
  say "R packages to install: $(echo $missing)"
  note "Asking whether CRAN can be reached (10 seconds at most)"
  if Rscript tools/r-packages.R reach; then
    install_from_cran $missing
    missing=$(r_missing "$1" DESCRIPTION)
  else
    note "CRAN cannot be reached: Debian's packages serve"
  fi
  install_from_debian $missing

  missing=$(r_missing "$1" DESCRIPTION)
  [ -z "$missing" ] || die "These R packages could not be installed: $(echo $missing)"
}

install_from_cran() {
  ensure_compiler
  # What reticulate needs and CRAN cannot give to every machine: a library for
  # the package png, and a Matrix for an R older than 4.4.
  if have apt-get; then
    [ -e /usr/include/png.h ] || apt_install libpng-dev
    r_has Matrix || apt_install r-cran-matrix
  fi
  say "Compiling packages from CRAN (this can take several minutes)"
  # What fails here may still be had from Debian.
  Rscript tools/r-packages.R cran "$r_library" "$@" || true
}

install_from_debian() {
  reticulate=
  set_of_debian=
  for package in "$@"; do
    if [ "$package" = reticulate ]; then
      reticulate=yes
    else
      set_of_debian="$set_of_debian $(debian_name "$package")"
    fi
  done
  [ -z "$set_of_debian" ] || apt_install $set_of_debian
  if [ -n "$reticulate" ]; then
    if debian_has_reticulate; then
      apt_install r-cran-reticulate
    else
      install_reticulate
    fi
  fi
}

debian_name() {
  printf 'r-cran-%s\n' "$1" | tr '[:upper:]' '[:lower:]'
}

# Recent enough, that is.
debian_has_reticulate() {
  apt_update
  needed=$(sed -n 's/.*reticulate (>= \([0-9.]*\)).*/\1/p' DESCRIPTION)
  offered=$(apt-cache policy r-cran-reticulate | awk '/Candidate:/ { print $2 }')
  dpkg --compare-versions "$offered" ge "$needed"
}

ensure_compiler() {
  if ! have g++ || ! have make; then
    apt_install g++ make
  fi
}

# Debian 12 has reticulate 1.28, too old for py_require(). Its successor's
# source package is taken instead and compiled here. The machine's own sources
# stay as they are: the extra one, whose address comes from them, its lists and
# its cache live in a folder that is removed at the end.
install_reticulate() {
  say "Installing reticulate from the source package of Debian 13"
  address=$(apt-get indextargets 'Created-By: Packages' \
    --format '$(ORIGIN) $(CODENAME) $(REPO_URI)' |
    awk '$1 == "Debian" && $2 !~ /security|updates|backports/ { print $3; exit }')
  [ -n "$address" ] || die "reticulate >= 1.41 is needed: please install it from CRAN."

  # An early Debian 12 does not know the key of Debian 13 yet.
  apt_install debian-archive-keyring

  aside=$(mktemp -d)
  chmod 755 "$aside"
  mkdir -p "$aside/lists/partial" "$aside/cache/archives/partial"
  echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $address trixie main" \
    >"$aside/sources.list"
  (
    cd "$aside"
    set -- -o Dir::Etc::sourcelist="$aside/sources.list" -o Dir::Etc::sourceparts=- \
      -o Dir::State::Lists="$aside/lists" -o Dir::Cache="$aside/cache" \
      -o APT::Sandbox::User=
    apt-get "$@" update
    apt-get "$@" source --tar-only --download-only r-cran-reticulate
    Rscript --vanilla -e 'utils::untar(Sys.glob("*.orig.tar.*"), tar = "internal")'
  ) || die "The source package could not be fetched."

  needs=$(r_missing Imports,LinkingTo "$aside/reticulate/DESCRIPTION")
  [ -z "$needs" ] || install_from_debian $needs

  ensure_compiler
  say "Compiling reticulate (about a minute)"
  MAKEFLAGS=-j2 R CMD INSTALL --no-docs --no-multiarch \
    --library="$r_library" "$aside/reticulate"
  rm -rf "$aside"
}
