library(testthat)
library(kerasvar)

test_check("kerasvar")
