# What both firmwares are built with, whatever the compiler.
#
#   CJSON_DIR     cJSON's source: the distribution's, unmodified
#   WEIR_PLUGIN   the checker's plugin, or empty                  (the CI engineer's build, clang)
#   WEIR_POLICY   the policy to guard the link with, or empty     (the release build, GCC)

set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)

# How every piece of the firmware is compiled. With the plugin, each object carries its facts.
function(firmware_compile target)
  target_compile_options(${target} PRIVATE -Os -g -ffunction-sections -fdata-sections)
  if(WEIR_PLUGIN)
    include("${CMAKE_CURRENT_FUNCTION_LIST_DIR}/../checker/cmake/WeirChecker.cmake")
    weir_facts(${target})
  endif()
endfunction()

# How the firmware is linked. With the guard, only when nothing banned is left in it.
function(firmware_link target)
  set_target_properties(${target} PROPERTIES SUFFIX ".elf")
  target_link_options(${target} PRIVATE LINKER:--gc-sections LINKER:-z,noexecstack)
  if(WEIR_POLICY)
    include("${CMAKE_CURRENT_FUNCTION_LIST_DIR}/../linkguard/cmake/WeirLinkguard.cmake")
    weir_guard(${target} POLICY "${WEIR_POLICY}")
  endif()
endfunction()

# The C library's headers: GCC's specs bring them, clang is told where the distribution has them.
function(firmware_libc target specs clang_include)
  if(CMAKE_C_COMPILER_ID STREQUAL "Clang")
    target_compile_options(${target} PRIVATE -isystem "${clang_include}")
  else()
    target_compile_options(${target} PRIVATE "--specs=${specs}")
  endif()
endfunction()
