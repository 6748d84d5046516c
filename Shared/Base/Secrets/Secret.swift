/// A password, key or token that must never be printed by accident.
///
/// Interpolation, `print`, `dump` and mirrors show `<secret>`. Only ``reveal()`` returns the value, so a search for
/// that word finds every use.
package struct Secret: Sendable, Hashable {
  private let value: String

  /// Wraps a value from a file, the environment or a generator.
  package init(_ value: String) {
    self.value = value
  }

  /// The value itself. Pass it straight to the call that needs it.
  package func reveal() -> String { value }

  /// Whether the value is empty.
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
