#include "policy/BanList.h"
#include "policy/Toml.h"

#include "llvm/Support/ErrorHandling.h"

#include <string_view>

namespace weir {
namespace {

constexpr std::string_view Text =
#include "policy/BanListText.inc"
    ;

std::vector<std::string> strings(const toml::table &Table, std::string_view Key) {
  std::vector<std::string> Found;
  if (const toml::array *Array = Table.get_as<toml::array>(Key))
    for (const toml::node &Element : *Array)
      if (const toml::value<std::string> *String = Element.as_string())
        Found.push_back(String->get());
  return Found;
}

std::vector<BanPreset> read() {
  toml::parse_result Parsed = toml::parse(Text);
  if (!Parsed)
    llvm::report_fatal_error("the ban list that was built in is not TOML");
  std::vector<BanPreset> Presets;
  for (auto &&[Key, Value] : Parsed.table())
    if (const toml::table *Table = Value.as_table())
      Presets.push_back(
          {std::string(Key.str()), strings(*Table, "functions"), strings(*Table, "includes")});
  return Presets;
}

const std::vector<BanPreset> &presets() {
  static const std::vector<BanPreset> Presets = read();
  return Presets;
}

} // namespace

const BanPreset *findPreset(llvm::StringRef Name) {
  for (const BanPreset &Preset : presets())
    if (Preset.Name == Name)
      return &Preset;
  return nullptr;
}

std::vector<std::string> presetNames() {
  std::vector<std::string> Names;
  for (const BanPreset &Preset : presets())
    Names.push_back(Preset.Name);
  return Names;
}

} // namespace weir
