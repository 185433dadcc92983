"""Where control can go, read from machine code: one module an instruction set."""
