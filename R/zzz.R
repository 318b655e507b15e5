.onLoad <- function(libname, pkgname) {
  reticulate::py_require(python_requirements, python_version = ">=3.10")

  # Whoever starts Python, and whenever: from then on `import kerasvar` finds
  # the core that came with this R package, also inside the user's own Python
  # modules. Loading must not start Python, so this waits for it.
  if (reticulate::py_available()) {
    add_core_to_path()
  } else {
    setHook("reticulate.onPyInit", add_core_to_path)
  }

  register_s3_methods()
  start_identities()
}
