// The ban list that was built in: linkguard/banlist.toml.
#ifndef WEIR_POLICY_BANLIST_H
#define WEIR_POLICY_BANLIST_H

#include "llvm/ADT/StringRef.h"

#include <string>
#include <vector>

namespace weir {

/// A family of functions that a policy bans by one name.
struct BanPreset {
  std::string Name;
  std::vector<std::string> Functions; ///< symbol names and '*' globs
  std::vector<std::string> Includes;  ///< presets that come with it
};

/// The preset called Name, or null.
const BanPreset *findPreset(llvm::StringRef Name);
/// The names of all presets, sorted.
std::vector<std::string> presetNames();

} // namespace weir

#endif
