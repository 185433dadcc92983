# The same without the A extension, whose instructions the emulator refuses: no compare-and-swap.
include("${CMAKE_CURRENT_LIST_DIR}/riscv32.cmake")
set(CMAKE_C_FLAGS_INIT "-march=rv32imc_zicsr -mabi=ilp32 -mcmodel=medany")
set(CMAKE_EXE_LINKER_FLAGS_INIT "-march=rv32imc")
unset(WEIR_TARGET_WITHOUT_ATOMICS) # linked whole by clang under the other preset
list(INSERT CMAKE_CROSSCOMPILING_EMULATOR 1 -cpu rv32,a=false)
