# GNU Arm Embedded for the Cortex-M0; the tests run on QEMU's microbit.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR cortex-m0)
set(CMAKE_C_COMPILER arm-none-eabi-gcc)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(CMAKE_C_FLAGS_INIT "-mcpu=cortex-m0 -mthumb")

set(WEIR_TARGET_STARTUP cortex_m.c)
set(WEIR_TARGET_INTERRUPT interrupt_cortex_m.c)
set(WEIR_TARGET_WITHOUT_ATOMICS cortex-m0)
set(WEIR_TARGET_ICOUNT shift=6)
set(WEIR_TARGET_LINK_OPTIONS -nostartfiles -nostdlib -Wl,--defsym=__ram_size=0x4000)
set(WEIR_TARGET_LINKER_SCRIPT cortex_m.ld)
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-system-arm -M microbit -display none -monitor none -serial null
    -semihosting-config enable=on,target=native -kernel)
