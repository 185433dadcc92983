# weir_guard(<target> [POLICY <weir.toml>] [CODE_SECTION <name>] [NO_SCRIPT] [NO_SHIM] [AUDIT])
# weir_guard_library(<name> [the same])
#
# Makes the link of an executable fail when a banned function survives, and explains who keeps it.
# The second makes an INTERFACE target instead: whatever executable links it is guarded.
#   POLICY        what is banned; without it, the default presets. One that allows malloc_at_init
#                 adds the sealed gate to the target: include "linkguard_gate.h"
#   CODE_SECTION  the output section of your linker script that takes code, if it is not .text
#   NO_SCRIPT     leave the linker script out: for gold and mold, which read none of this kind;
#                 the default where there are shared libraries, which may use what it discards
#   NO_SHIM       the flags alone: the link fails with the linker's own words
#   AUDIT         report what the guard would refuse, and refuse nothing: for debug builds
# WEIR_LINKGUARD names the command, as a list; the default runs the package beside this file with
# the Python that CMake finds (its dependencies are in pyproject.toml).
include_guard(GLOBAL)

get_filename_component(_weir_linkguard_root "${CMAKE_CURRENT_LIST_DIR}/../.." ABSOLUTE)
find_program(_weir_linkguard_installed linkguard)
mark_as_advanced(_weir_linkguard_installed)

function(_weir_linkguard_command result)
  if(WEIR_LINKGUARD)
    set(${result} ${WEIR_LINKGUARD} PARENT_SCOPE)
  elseif(_weir_linkguard_installed)
    set(${result} "${_weir_linkguard_installed}" PARENT_SCOPE)
  else()
    find_package(Python3 3.11 REQUIRED COMPONENTS Interpreter)
    set(${result} ${CMAKE_COMMAND} -E env "PYTHONPATH=${_weir_linkguard_root}"
        "${Python3_EXECUTABLE}" -m linkguard PARENT_SCOPE)
  endif()
endfunction()

function(_weir_linkguard_run)
  _weir_linkguard_command(command)
  execute_process(COMMAND ${command} ${ARGN}
    OUTPUT_QUIET ERROR_VARIABLE words RESULT_VARIABLE status)
  if(status)
    message(FATAL_ERROR "${words}")
  elseif(words)
    message(STATUS "linkguard: ${words}")
  endif()
endfunction()

function(weir_guard target)
  _weir_guard(${target} PRIVATE "" ${ARGN})
endfunction()

function(weir_guard_library name)
  add_library(${name} INTERFACE)
  _weir_guard(${name} INTERFACE INTERFACE_ ${ARGN})
endfunction()

function(_weir_guard target scope property)
  cmake_parse_arguments(PARSE_ARGV 3 guard "NO_SCRIPT;NO_SHIM;AUDIT" "POLICY;CODE_SECTION" "")
  if(guard_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "weir_guard: unknown arguments: ${guard_UNPARSED_ARGUMENTS}")
  endif()
  set(directory "${CMAKE_CURRENT_BINARY_DIR}/linkguard/${target}")
  set(policy)
  if(guard_POLICY)
    get_filename_component(file "${guard_POLICY}" ABSOLUTE)
    set(policy --policy "${file}")
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${file}")
    set_property(TARGET ${target} APPEND PROPERTY ${property}LINK_DEPENDS "${file}")
  endif()
  set(options)
  if(guard_NO_SCRIPT OR NOT CMAKE_SYSTEM_NAME STREQUAL "Generic")
    list(APPEND options --no-script)
  endif()
  if(guard_CODE_SECTION)
    list(APPEND options --code-section "${guard_CODE_SECTION}")
  endif()
  _weir_linkguard_run(flags ${policy} ${options} --output "${directory}")

  if(EXISTS "${directory}/linkguard_gate.c")
    target_sources(${target} ${scope} "${directory}/linkguard_gate.c")
    target_include_directories(${target} ${scope} "${directory}")
  endif()
  target_compile_options(${target} ${scope}
    $<$<COMPILE_LANGUAGE:C,CXX>:-ffunction-sections> $<$<COMPILE_LANGUAGE:C,CXX>:-fdata-sections>)
  # By the compiler that links: clang ignores specs, and the project may have no C at all.
  set(clang)
  foreach(language C CXX ASM)
    list(APPEND clang "$<LINK_LANG_AND_ID:${language},Clang,AppleClang,ARMClang>")
  endforeach()
  list(JOIN clang "," clang)
  # Specs, not the response file: they reach the linker before the script of picolibc.specs.
  target_link_options(${target} ${scope}
    "$<IF:$<OR:${clang}>,--config=${directory}/linkguard.cfg,--specs=${directory}/linkguard.specs>")
  set_property(TARGET ${target} APPEND PROPERTY ${property}LINK_DEPENDS "${directory}/linkguard.rsp")
  set(audit)
  if(guard_AUDIT)
    set(audit --audit)
    if(guard_NO_SHIM)
      message(FATAL_ERROR "weir_guard: AUDIT needs the shim: leave NO_SHIM out")
    endif()
  endif()
  if(NOT guard_NO_SHIM)
    _weir_linkguard_run(shim ${policy} ${audit} --output "${directory}/bin")
    target_link_options(${target} ${scope} "-B${directory}/bin")
  endif()
endfunction()
