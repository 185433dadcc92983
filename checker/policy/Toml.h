// toml++, set up for code without exceptions.
#ifndef WEIR_POLICY_TOML_H
#define WEIR_POLICY_TOML_H

#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

#endif
