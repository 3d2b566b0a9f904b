;; A loop that goes on from a block within a block.
(module
  (func (export "run")
    loop
      block
        block
          br 2
        end
      end
    end))
