// The policy file's meaning; what it refuses is tested through weir-check.

#include "policy/Policy.h"
#include "policy/BanList.h"

#include <gtest/gtest.h>

using namespace llvm;
using namespace weir;

namespace {

Policy policy(StringRef Text) { return cantFail(Policy::parse(Text, "weir.toml")); }

TEST(Glob, AStarStandsForAnyText) {
  EXPECT_TRUE(globMatch("malloc", "malloc"));
  EXPECT_FALSE(globMatch("malloc", "mallocx"));
  EXPECT_TRUE(globMatch("*", ""));
  EXPECT_TRUE(globMatch("legacy_*", "legacy_"));
  EXPECT_FALSE(globMatch("legacy_*", "legac"));
  EXPECT_TRUE(globMatch("*_Handler", "UART_Handler"));
  EXPECT_FALSE(globMatch("*_Handler", "UART_Handler2"));
  EXPECT_TRUE(globMatch("a*b*c", "a-b-b-c"));
  EXPECT_FALSE(globMatch("a*b*c", "acb"));
  EXPECT_FALSE(globMatch("ab*b", "ab"));
  EXPECT_TRUE(globMatch("**", "x"));
}

TEST(Policy, EmptyTextBansTheHeapsInTheWholeProgram) {
  Policy P = policy("");
  for (StringRef Name : {"malloc", "_malloc_r", "_Znwj", "_Znam", "strdup"})
    EXPECT_TRUE(P.banned(Name)) << Name.str();
  EXPECT_FALSE(P.banned("free"));
  EXPECT_FALSE(P.banned("pvPortMalloc"));
  EXPECT_EQ(P.root("anything", {true, false}), RootKind::WholeProgram);
  EXPECT_EQ(P.root("anything", {false, true}), RootKind::None);
  EXPECT_TRUE(P.unused().empty());
}

TEST(Policy, PresetsAndNamesAreBanned) {
  Policy P = policy("[ban]\npresets = ['freertos-heap']\nfunctions = ['legacy_*']\n");
  EXPECT_TRUE(P.banned("pvPortMalloc"));
  EXPECT_TRUE(P.banned("legacy_alloc"));
  EXPECT_FALSE(P.banned("malloc"));
}

TEST(Policy, EveryPresetOfTheListHasFunctions) {
  std::vector<std::string> Names = presetNames();
  EXPECT_GE(Names.size(), 6u);
  for (const std::string &Name : Names) {
    const BanPreset *Preset = findPreset(Name);
    ASSERT_NE(Preset, nullptr);
    EXPECT_FALSE(Preset->Functions.empty() && Preset->Includes.empty()) << Name;
    for (const std::string &Included : Preset->Includes)
      EXPECT_NE(findPreset(Included), nullptr) << Included;
  }
  EXPECT_EQ(findPreset("version"), nullptr);
}

TEST(Policy, ANameIsStrongerThanTheWholeProgram) {
  Policy P = policy("[roots]\nfunctions = ['*', 'main', '@nonallocating']\n");
  EXPECT_EQ(P.root("main", {true, false}), RootKind::Named);
  EXPECT_EQ(P.root("other", {true, false}), RootKind::WholeProgram);
  EXPECT_EQ(P.root("quiet", {false, true}), RootKind::Named);
  EXPECT_TRUE(P.unused().empty());
}

TEST(Policy, UnusedEntriesComeInTheOrderOfTheFile) {
  Policy P = policy("[init]\nfunctions = ['boot', 'late*']\n"
                    "[roots]\nfunctions = ['main']\n"
                    "[[allow]]\ncaller = 'a'\ncallee = 'b'\nreason = 'x'\n");
  EXPECT_TRUE(P.init("boot"));
  std::vector<PolicyEntry> Unused = P.unused();
  ASSERT_EQ(Unused.size(), 3u);
  EXPECT_EQ(Unused[0].Text, "late*");
  EXPECT_EQ(Unused[0].Place.Line, 2u);
  EXPECT_EQ(Unused[1].Text, "main");
  EXPECT_EQ(Unused[2].Text, "a -> b");
}

TEST(Policy, AnAllowEntryIsUsedByItsCallAlone) {
  Policy P = policy("[[allow]]\ncaller = 'fs_*'\ncallee = 'malloc'\nreason = 'given'\n");
  EXPECT_TRUE(P.allowsFrom("fs_mount"));
  EXPECT_FALSE(P.allowsFrom("main"));
  EXPECT_EQ(P.allow("fs_mount", "calloc"), nullptr);
  EXPECT_EQ(P.unused().size(), 1u);
  const AllowEntry *Entry = P.allow("fs_mount", "malloc");
  ASSERT_NE(Entry, nullptr);
  EXPECT_EQ(Entry->Reason, "given");
  EXPECT_TRUE(P.unused().empty());
}

} // namespace
