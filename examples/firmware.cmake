# What both firmwares are built with, whatever the compiler.
#
#   CJSON_DIR     cJSON's source: the distribution's, unmodified
#   WEIR_PLUGIN   the checker's plugin, or empty                  (the CI engineer's build, clang)
#   WEIR_POLICY   the policy to guard the link with, or empty     (the release build, GCC)

set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)

function(firmware_build target)
  set_target_properties(${target} PROPERTIES SUFFIX ".elf")
  target_compile_options(${target} PRIVATE -Os -g -ffunction-sections -fdata-sections)
  target_link_options(${target} PRIVATE LINKER:--gc-sections)
  target_include_directories(${target} PRIVATE "${CJSON_DIR}")

  if(WEIR_PLUGIN)
    target_compile_options(${target} PRIVATE "-fplugin=${WEIR_PLUGIN}" "-fpass-plugin=${WEIR_PLUGIN}")
  endif()
  if(WEIR_POLICY)
    include("${CMAKE_CURRENT_FUNCTION_LIST_DIR}/../linkguard/cmake/WeirLinkguard.cmake")
    weir_guard(${target} POLICY "${WEIR_POLICY}")
  endif()
endfunction()
