# The CI engineer's compiler: Clang. GNU Arm Embedded still links, and brings the C library.
# The environment names the clang to use (WEIR_CLANG).
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR cortex-m3)
set(CMAKE_C_COMPILER "$ENV{WEIR_CLANG}")
set(CMAKE_C_COMPILER_TARGET arm-none-eabi)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(CMAKE_C_FLAGS_INIT "-mcpu=cortex-m3 -mthumb -fshort-enums")

# What clang would say to a linker of its own is not for the GNU driver.
set(CMAKE_C_LINK_EXECUTABLE
    "arm-none-eabi-gcc -mcpu=cortex-m3 -mthumb <LINK_FLAGS> <OBJECTS> -o <TARGET> <LINK_LIBRARIES>")
