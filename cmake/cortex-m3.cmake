# GNU Arm Embedded for the Cortex-M3; the tests run on QEMU's mps2-an385.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR cortex-m3)
set(CMAKE_C_COMPILER arm-none-eabi-gcc)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(CMAKE_C_FLAGS_INIT "-mcpu=cortex-m3 -mthumb")

set(WEIR_TARGET_STARTUP cortex_m.c)
set(WEIR_TARGET_INTERRUPT interrupt_cortex_m.c)
set(WEIR_TARGET_ICOUNT shift=6)
set(WEIR_TARGET_LINK_OPTIONS -nostartfiles -nostdlib -Wl,--defsym=__ram_size=0x400000)
set(WEIR_TARGET_LINKER_SCRIPT cortex_m.ld)
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-system-arm -M mps2-an385 -display none -monitor none -serial null
    -semihosting-config enable=on,target=native -kernel)
