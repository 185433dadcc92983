# GNU RISC-V for RV32IMAC; the tests run on QEMU's virt. The CSR instructions are named when
# compiling only: no multilib of the compiler's own library has them in its name.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR riscv32)
set(CMAKE_C_COMPILER riscv64-unknown-elf-gcc)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(CMAKE_C_FLAGS_INIT "-march=rv32imac_zicsr -mabi=ilp32 -mcmodel=medany")
set(CMAKE_EXE_LINKER_FLAGS_INIT "-march=rv32imac")

set(WEIR_TARGET_STARTUP riscv.c)
set(WEIR_TARGET_INTERRUPT interrupt_riscv.c)
set(WEIR_TARGET_WITHOUT_ATOMICS riscv32imc)
set(WEIR_TARGET_ICOUNT shift=8)
set(WEIR_TARGET_LINK_OPTIONS -nostartfiles -nostdlib)
set(WEIR_TARGET_LINKER_SCRIPT riscv.ld)
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-system-riscv32 -M virt -bios none -display none -monitor none
    -serial null -semihosting-config enable=on,target=native -kernel)
