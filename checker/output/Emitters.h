// The forms a report can be written in, one emitter a file. FORMATS.md describes each.
//
// All write the same bytes for the same report: no clock, no host, no order of hashes.
#ifndef WEIR_OUTPUT_EMITTERS_H
#define WEIR_OUTPUT_EMITTERS_H

#include "output/Finding.h"

#include "llvm/Support/raw_ostream.h"

namespace weir {

/// `file:line:column: error: ... [rule]` for each finding and a `note:` for each of its notes.
/// Color follows Out's own setting.
void writeText(const Report &Result, llvm::raw_ostream &Out);

/// SARIF 2.1.0: a result a finding, the path as its code flow.
void writeSarif(const Report &Result, llvm::raw_ostream &Out);

/// weir's own JSON, version 1.
void writeJson(const Report &Result, llvm::raw_ostream &Out);

/// The paths of all findings as one graph for Graphviz.
void writeDot(const Report &Result, llvm::raw_ostream &Out);

/// The version of the tool that says what it found.
extern const char ToolVersion[];

} // namespace weir

#endif
