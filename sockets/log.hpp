#pragma once

#include <functional>
#include <string_view>

namespace zither {

/// Hears one sentence about each call that was refused: which option or endpoint, what it takes and what it
/// got. Texts and keys are never repeated, only their sizes. And one about each peer that was disconnected
/// for what it did or is: which endpoint, and why. Called on the calling thread, or on the one that did the
/// I/O, with no lock of Zither's held; what it throws is dropped.
using log_sink = std::function<void(std::string_view sentence)>;

/// Replaces the sink of the process; an empty one is silence. Thread-safe; a sentence on its way may still
/// reach the sink before. Until the first call, sentences go to standard error if the environment variable
/// ZITHER_LOG is "stderr", and nowhere otherwise.
void log_to(log_sink sink);

}  // namespace zither
