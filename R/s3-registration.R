# Methods for generics of packages that are only suggested: registered when such a
# package is loaded, or at once if it is already.

# Called by .onLoad.
register_s3_methods <- function() {
  register_s3_method("pillar", "type_sum", "kerasvar.Array")
  register_s3_method("ggplot2", "autoplot", "kerasvar.Array")
  when_loaded("jsonlite", register_as_json)
  when_loaded("Matrix", register_matrix_ops)
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
  generic <- get("asJSON", asNamespace("jsonlite"))
  method <- function(x, ...) generic(as_r(x), ...)
  register_s4_method(generic, "kerasvar.Array", method)
}

# Matrix has operators for whatever meets a matrix of its own, which are errors.
register_matrix_ops <- function(...) {
  method <- function(e1, e2) {
    call <- sys.call(-1)
    operate <- get(.Generic, baseenv())
    operate(dense(e1, "e1", call), dense(e2, "e2", call))
  }
  register_s4_method("Ops", methods::signature("kerasvar.Array", "Matrix"), method)
  register_s4_method("Ops", methods::signature("Matrix", "kerasvar.Array"), method)
}

# A dense matrix as R's own; a sparse one is the error that as_operand() gives.
dense <- function(x, arg, call) {
  if (is_ours(x)) {
    return(x)
  }
  as_operand(x, arg = arg, call = call)
  as.matrix(x)
}

# Not in the namespace, which is closed by then.
register_s4_method <- function(generic, signature, method) {
  where <- new.env(parent = topenv())
  where$.packageName <- "kerasvar"
  methods::setMethod(generic, signature, method, where = where)
}

when_loaded <- function(package, register) {
  if (isNamespaceLoaded(package)) {
    register()
  }
  # Also after it was unloaded and loaded anew.
  setHook(packageEvent(package, "onLoad"), register)
}
