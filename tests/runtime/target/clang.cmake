# Links the whole library, compiled by clang, for a core without compare-and-swap:
#   cmake -DCORE=<cortex-m0|riscv32imc> -DMACHINE=<port and startup> -DSCRIPT=<linker script>
#         -DLINKER=<gcc> -DSOURCE=<root> -DDIRECTORY=<scratch> -P clang.cmake
# Clang calls __atomic_* there wherever GCC loads and stores, and bare metal has none.
if(CORE STREQUAL "cortex-m0")
  set(compile --target=thumbv6m-none-eabi)
  set(link -mcpu=cortex-m0 -mthumb)
  # The EABI's names for memcpy, memmove and memset, which a C library has. The program is linked, not run.
  foreach(name memcpy memcpy4 memmove memmove4 memclr memclr4)
    list(APPEND link -Wl,--defsym=__aeabi_${name}=memcpy)
  endforeach()
else()
  set(compile --target=riscv32-unknown-elf -march=rv32imc_zicsr -mabi=ilp32 -mcmodel=medany)
  set(link -march=rv32imc -mabi=ilp32)
endif()

# What only a port with threads has. The program is linked, not run.
foreach(name sleep wake)
  list(APPEND link -Wl,--defsym=weir_port_thread_${name}=0)
endforeach()

find_program(clang NAMES "$ENV{WEIR_CLANG}" clang-22 clang-19 clang)
if(NOT clang AND NOT "$ENV{WEIR_REQUIRE_TOOLS}")
  message("no clang: skipped")
  return()
endif()

file(REMOVE_RECURSE "${DIRECTORY}")
file(MAKE_DIRECTORY "${DIRECTORY}")
file(GLOB sources "${SOURCE}/runtime/src/*.c")
list(APPEND sources "${SOURCE}/runtime/port/${MACHINE}" "${SOURCE}/tests/runtime/heap/unported.c"
     "${SOURCE}/tests/runtime/target/${MACHINE}" "${SOURCE}/tests/runtime/target/semihosting.c")
foreach(source IN LISTS sources)
  file(RELATIVE_PATH name "${SOURCE}" "${source}")
  string(REPLACE "/" "-" name "${name}")
  execute_process(
    COMMAND "${clang}" ${compile} -std=c11 -pedantic -Wall -Wextra -Werror -Os -ffreestanding
            "-I${SOURCE}/runtime/include" -c "${source}" -o "${DIRECTORY}/${name}.o"
            COMMAND_ERROR_IS_FATAL ANY)
  list(APPEND objects "${DIRECTORY}/${name}.o")
endforeach()

# Every object whole, so that every function's references are looked for.
execute_process(COMMAND "${LINKER}" ${link} -nostartfiles -nostdlib -Wl,--defsym=__ram_size=0x4000
                        "-T${SOURCE}/tests/runtime/target/${SCRIPT}" ${objects} -lgcc -o
                        "${DIRECTORY}/whole.elf" COMMAND_ERROR_IS_FATAL ANY)
