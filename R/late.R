# S3 methods for generics of packages that are only suggested: registered when
# such a package is loaded, or at once if it is already.

# Called by .onLoad.
register_late_methods <- function() {
  for (class in c("kerasvar.Variable", "kerasvar_tensor")) {
    register_late("pillar", "type_sum", class)
    register_late("ggplot2", "autoplot", class)
  }
}

register_late <- function(package, generic, class) {
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
