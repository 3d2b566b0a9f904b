module github.com/ecmabox/ecmabox

go 1.26
