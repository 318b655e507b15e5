# The one way from R into Python: where the core is, the module, and its
# functions fetched once. Calling them is in call.R.

# What the core cannot do without. pyproject.toml states the same list for
# Python users; test-zzz.R compares the two.
python_requirements <- c("numpy>=2", "ml_dtypes", "optree", "safetensors")

core_path <- function() {
  system.file("python", package = "kerasvar", mustWork = TRUE)
}

# In front, so that the R code and the Python core in one process are always of
# one version, also where another kerasvar was installed with pip. The folder
# holds nothing but the core, hence shadows nothing else.
add_core_to_path <- function(...) {
  sys <- reticulate::import("sys", convert = FALSE)
  path <- core_path()
  if (!path %in% reticulate::py_to_r(sys$path)) {
    sys$path$insert(0L, path)
  }
}

# The core, imported at first use. Objects that come from it are not converted.
py_module <- function() {
  if (is.null(pkg_env$module)) {
    pkg_env$module <- import_core()
    reticulate::import("kerasvar.bridge.conditions", convert = FALSE)$report_warnings(keep_warning)
    pkg_env$pid <- Sys.getpid()
  }
  pkg_env$module
}

import_core <- function() {
  module <- tryCatch(
    {
      # Not left to the start-up hook alone: hooks can be reset.
      add_core_to_path()
      reticulate::import("kerasvar", convert = FALSE)
    },
    error = function(cnd) abort_no_core(cnd)
  )
  core <- reticulate::py_to_r(reticulate::py_get_attr(module, "__version__"))
  ours <- utils::packageVersion("kerasvar")
  if (core != as.character(ours)) {
    cli::cli_abort(
      c(
        "Python has loaded another version of {.pkg kerasvar}.",
        x = "The R package is {ours}, the Python module {core}.",
        i = "Call {.code library(kerasvar)} before Python code that imports
             it, or update the one installed with {.code pip}."
      ),
      class = c("kerasvar_version_error", "kerasvar_error"),
      call = NULL
    )
  }
  module
}

abort_no_core <- function(cnd) {
  rlang::abort(
    c(
      "The Python core of kerasvar cannot be loaded.",
      x = python_message(cnd),
      i = cli::format_inline(
        "Install what it needs with {.run kerasvar::install_kerasvar()}, or
         with {.code pip install {paste(shQuote(python_requirements), collapse = ' ')}}
         into the Python that {.fn reticulate::py_config} shows.",
        keep_whitespace = FALSE
      )
    ),
    class = c("kerasvar_import_error", "kerasvar_error"),
    call = NULL
  )
}

# A Python function or class by its name inside the core: `"Variable"`,
# `"subscript.r_selection"`. Fetched once, because looking an attribute up from
# R costs more than calling it.
py_fn <- function(name) {
  .subset2(py_functions, name) %||% fetch_py_fn(name)
}

py_functions <- new.env(parent = emptyenv())

fetch_py_fn <- function(name) {
  # Python was there and is no more: whatever is to be called, it has no objects.
  if (!is.null(pkg_env$module) && !reticulate::py_available()) {
    abort_invalid_pointer(call = NULL)
  }
  parts <- strsplit(name, ".", fixed = TRUE)[[1]]
  object <- py_module()
  if (length(parts) > 1) {
    submodule <- paste(c("kerasvar", parts[-length(parts)]), collapse = ".")
    object <- reticulate::import(submodule, convert = FALSE)
  }
  object <- reticulate::py_get_attr(object, parts[length(parts)])
  assign(name, object, envir = py_functions)
  object
}
