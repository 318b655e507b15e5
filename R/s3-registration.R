# Methods for generics of packages that are only suggested: registered when such a
# package is loaded, or at once if it is already.

# Called by .onLoad.
register_s3_methods <- function() {
  register_s3_method("pillar", "type_sum", "kerasvar.Array")
  register_s3_method("ggplot2", "autoplot", "kerasvar.Array")
  when_loaded("jsonlite", register_as_json)
}

register_s3_method <- function(package, generic, class) {
  method <- get(paste0(generic, ".", class), envir = topenv())
  register <- function(...) {
    registerS3method(generic, class, method, envir = asNamespace(package))
  }
  when_loaded(package, register)
}

# jsonlite's generic is S4 and not exported. What it does without a method takes
# the classes off one by one, which for an environment is off every alias.
register_as_json <- function(...) {
  where <- new.env(parent = topenv())
  where$.packageName <- "kerasvar"
  generic <- get("asJSON", asNamespace("jsonlite"))
  method <- function(x, ...) generic(as_r(x), ...)
  methods::setMethod(generic, "kerasvar.Array", method, where = where)
}

when_loaded <- function(package, register) {
  if (isNamespaceLoaded(package)) {
    register()
  }
  # Also after it was unloaded and loaded anew.
  setHook(packageEvent(package, "onLoad"), register)
}
