# S3 methods for generics of packages that are only suggested: registered when
# such a package is loaded, or at once if it is already.

# Called by .onLoad.
register_s3_methods <- function() {
  register_s3_method("pillar", "type_sum", "kerasvar.Array")
  register_s3_method("ggplot2", "autoplot", "kerasvar.Array")
}

register_s3_method <- function(package, generic, class) {
  method <- get(paste0(generic, ".", class), envir = topenv())
  register <- function(...) {
    registerS3method(generic, class, method, envir = asNamespace(package))
  }
  if (isNamespaceLoaded(package)) {
    register()
  }
  # Also after it was unloaded and loaded anew.
  setHook(packageEvent(package, "onLoad"), register)
}
