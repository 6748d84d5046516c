/// A password, key or token that must never be printed by accident.
///
/// Interpolation, `print`, `dump` and mirrors show `<secret>`; the value leaves only through ``reveal()``, so that
/// every place that hands it on can be found by that word.
package struct Secret: Sendable, Hashable {
  private let value: String

  /// Wraps a value that was read from a file, the environment or a generator.
  package init(_ value: String) {
    self.value = value
  }

  /// The value itself, for the one call that needs it.
  package func reveal() -> String { value }

  /// Whether there is nothing to keep.
  package var isEmpty: Bool { value.isEmpty }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// Always `<secret>`.
  package var description: String { "<secret>" }
  /// Always `<secret>`.
  package var debugDescription: String { "<secret>" }
  /// A mirror without children, so that `dump` shows nothing.
  package var customMirror: Mirror { Mirror(self, children: [:]) }
}
