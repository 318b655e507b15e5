# How a variable shows in the header of a tibble's column and inside list
# columns. Registered when pillar is loaded, see register_late() in late.R.

# `var<f32>`
type_sum.kerasvar.Variable <- function(x, ...) {
  if (is_dead(x)) {
    return("var<?>")
  }
  dtype <- reticulate::py_to_r(call_py(py_fn("display.describe"), x))$dtype
  kind <- if (inherits(x, "kerasvar.Variable")) "var" else "tensor"
  paste0(kind, "<", short_dtype(dtype), ">")
}

type_sum.kerasvar_tensor <- type_sum.kerasvar.Variable

# float32 -> f32, bfloat16 -> bf16, uint8 -> u8, complex64 -> c64.
short_dtype <- function(dtype) {
  dtype <- sub("float", "f", dtype)
  dtype <- sub("^uint", "u", dtype)
  dtype <- sub("^int", "i", dtype)
  sub("^complex", "c", dtype)
}
