# weir_check(<target> POLICY <weir.toml> [FACTS <file>...])
#
# Compiles a target of Clang's with the plugin, and judges what was linked as part of its build: the
# build fails when the program reaches what the policy bans.
#   POLICY  what is banned and where execution starts
#   FACTS   facts of libraries without source, as `linkguard summarize` writes them
# weir_facts(<target>) gives the plugin alone to a library that such a program links.
# WEIR_PLUGIN and WEIR_CHECK_PROGRAM name the tools; by default the installed ones beside this file.
include_guard(GLOBAL)

find_file(WEIR_PLUGIN weir.so HINTS "${CMAKE_CURRENT_LIST_DIR}/../../weir" NO_DEFAULT_PATH NO_CMAKE_FIND_ROOT_PATH)
find_program(WEIR_CHECK_PROGRAM weir-check HINTS "${CMAKE_CURRENT_LIST_DIR}/../../../bin" NO_CMAKE_FIND_ROOT_PATH)
mark_as_advanced(WEIR_PLUGIN WEIR_CHECK_PROGRAM)

function(weir_found caller tool)
  if(NOT ${tool})
    message(FATAL_ERROR "${caller}: ${tool} was not found: set it to where the checker was built")
  endif()
endfunction()

function(weir_facts target)
  weir_found(weir_facts WEIR_PLUGIN)
  if(NOT CMAKE_C_COMPILER_ID STREQUAL "Clang" AND NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "weir_facts: the plugin is Clang's, and '${target}' is compiled by another")
  endif()
  target_compile_options(${target} PRIVATE
    "$<$<COMPILE_LANG_AND_ID:C,Clang>:-fplugin=${WEIR_PLUGIN};-fpass-plugin=${WEIR_PLUGIN}>"
    "$<$<COMPILE_LANG_AND_ID:CXX,Clang>:-fplugin=${WEIR_PLUGIN};-fpass-plugin=${WEIR_PLUGIN}>")
  # What another plugin wrote is not what this one would: a new plugin means new objects.
  get_target_property(sources ${target} SOURCES)
  list(FILTER sources EXCLUDE REGEX "[$]<")
  set_property(SOURCE ${sources} TARGET_DIRECTORY ${target}
               APPEND PROPERTY OBJECT_DEPENDS "${WEIR_PLUGIN}")
endfunction()

function(weir_check target)
  cmake_parse_arguments(PARSE_ARGV 1 check "" "POLICY" "FACTS")
  if(check_UNPARSED_ARGUMENTS OR NOT check_POLICY)
    message(FATAL_ERROR "weir_check: usage: weir_check(<target> POLICY <weir.toml> [FACTS <file>...])")
  endif()
  weir_found(weir_check WEIR_CHECK_PROGRAM)
  weir_facts(${target})
  get_filename_component(policy "${check_POLICY}" ABSOLUTE)
  set(facts)
  foreach(file IN LISTS check_FACTS)
    get_filename_component(file "${file}" ABSOLUTE BASE_DIR "${CMAKE_CURRENT_BINARY_DIR}")
    list(APPEND facts "${file}")
  endforeach()
  # The stamp, not a step after the link: a policy that changed is judged anew without a link.
  set(stamp "${CMAKE_CURRENT_BINARY_DIR}/${target}.weir-check")
  add_custom_command(OUTPUT "${stamp}"
    COMMAND "${WEIR_CHECK_PROGRAM}" --policy "${policy}" "$<TARGET_FILE:${target}>" ${facts}
    COMMAND "${CMAKE_COMMAND}" -E touch "${stamp}"
    DEPENDS ${target} "${policy}" ${facts} "${WEIR_CHECK_PROGRAM}"
    COMMENT "Checking ${target}" VERBATIM)
  add_custom_target(${target}-weir-check ALL DEPENDS "${stamp}")
endfunction()
